"""A store as the centre hears it: events in their places, and the batches they travel in."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from endcap.wire.body import Body
from endcap.wire.commands import StoreState, UpdateStanding
from endcap.wire.envelope import Batch, decode, encode, event
from endcap.wire.events import Event, EventsShed, GapClosed, GapOpened, ItemTally, SalesTallied
from endcap.wire.shopper_events import BasketsCounted

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
STORE, OTHER_STORE = "s-0001", "s-0002"
EPOCH, OTHER_EPOCH = "00112233445566aa", "ffeeddccbbaa9988"
GTIN, OTHER_GTIN = "04006381333931", "05000112637922"


def at_place(
    body: Body, seq: int, *, store: str = STORE, epoch: str = EPOCH, time: datetime = NOON
) -> Event:
    """Return `body` as the event of a store at `seq`."""
    return event(store=store, epoch=epoch, seq=seq, time=time, clock_ok=True, body=body)


def in_row(
    bodies: Iterable[Body], *, first: int = 1, store: str = STORE, epoch: str = EPOCH
) -> list[Event]:
    """Return `bodies` as consecutive events, a second apart."""
    return [
        at_place(body, seq, store=store, epoch=epoch, time=NOON + timedelta(seconds=seq))
        for seq, body in enumerate(bodies, first)
    ]


def travelled(*events: Event) -> Batch:
    """Return what arrives of `events` at the other end of the wire."""
    return decode(encode(events))


def gap(facing: str = "a1") -> GapOpened:
    """Return a gap that opened at noon."""
    return GapOpened(
        camera="aisle-1", facing=facing, gtin=GTIN, since=NOON, probability=0.9, frames=3
    )


def gap_over(facing: str = "a1") -> GapClosed:
    """Return the end of `gap`."""
    return GapClosed(
        camera="aisle-1",
        facing=facing,
        gtin=GTIN,
        opened=NOON,
        since=NOON + timedelta(minutes=20),
    )


def sales(
    day: date, *, units: float = 5.0, revision: int = 1, of: tuple[int, int] = (1, 1)
) -> Body:
    """Return a part of a day's sales: one item, of which the part gives the number."""
    item = ItemTally(gtin=GTIN if of[0] == 1 else OTHER_GTIN, units=units, revenue=units * 2)
    return SalesTallied(day=day, revision=revision, part=of[0], parts=of[1], items=(item,))


def baskets(day: date, *, count: int = 40, revision: int = 1, of: tuple[int, int] = (1, 1)) -> Body:
    """Return a part of a period's basket counts: two items and their pair."""
    return BasketsCounted(
        period=day,
        days=7,
        revision=revision,
        part=of[0],
        parts=of[1],
        baskets=count * 10,
        minimum_group=5,
        suppressed=0,
        items=((GTIN, count), (OTHER_GTIN, count // 2)),
        pairs=((GTIN, OTHER_GTIN, count // 4),),
    )


def shed(*ranges: tuple[int, int], epoch: str = EPOCH) -> EventsShed:
    """Return the loss of `ranges` as a store tells it."""
    count = max(1, sum(last - first + 1 for first, last in ranges))
    return EventsShed(
        lost_epoch=epoch, ranges=ranges, count=count, bytes=count * 100, reason="disk full"
    )


def state(
    *,
    store: str = STORE,
    epoch: str = EPOCH,
    last_seq: int = 0,
    waiting: int = 0,
    at: datetime = NOON,
) -> StoreState:
    """Return a healthy store's state."""
    return StoreState(
        store=store,
        epoch=epoch,
        at=at,
        agent="0.1.0",
        release=0,
        models={},
        update=UpdateStanding(state="idle", release=0),
        cameras={"aisle-1": "ok"},
        open_gaps=0,
        outbox_waiting=waiting,
        last_seq=last_seq,
    )
