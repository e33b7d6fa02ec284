"""The ledger: which event is new, what is told lost, what is missing, what to acknowledge.

A line is one epoch of one store, numbered 1, 2, 3, ... without holes. Whatever order the
deliveries come in, and however often, the lines end the same. Stores nothing and sends nothing.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic_core import to_json

from endcap.wire.commands import MAX_RANGES, Ack
from endcap.wire.envelope import Batch, Refused, to_cloud_event
from endcap.wire.events import Event, EventsShed
from endcap.wire.identifiers import MAX_SEQ
from endcap.wire.seqset import Range, SeqSet

NOTHING = SeqSet()


@dataclass(frozen=True, slots=True)
class Line:
    """The books of one epoch: what the centre holds, and what the store told lost.

    `committed` counts the events kept as dead letters too: they are safe, and must not block.
    """

    committed: SeqSet = NOTHING
    lost: SeqSet = NOTHING

    @property
    def accounted(self) -> SeqSet:
        """Return what the store needs not send again."""
        return self.committed.union(self.lost)


@dataclass(frozen=True, slots=True)
class Loss:
    """Events that a store dropped by a declared policy, as it told."""

    epoch: str
    first: int
    last: int
    reason: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What a delivery adds to the books. `lines` are those that it touched, as they stand then."""

    new: tuple[Event, ...]
    seen: int
    refused: tuple[Refused, ...]
    losses: tuple[Loss, ...]
    lines: Mapping[str, Line]
    touched: Mapping[str, SeqSet]


def epochs_of(batch: Batch) -> frozenset[str]:
    """Return the epochs whose lines are wanted to judge `batch`."""
    said = {event.epoch for event in batch.events}
    refused = {one.epoch for one in batch.refused if one.epoch is not None}
    lost = {event.body.lost_epoch for event in batch.events if isinstance(event.body, EventsShed)}
    return frozenset(said | refused | lost)


def take(store: str, batch: Batch, lines: Mapping[str, Line]) -> Taken:
    """Judge what `store` delivered against its `lines`: new, seen before, or refused.

    An event is refused when it says it is another store's, or when it tells of losses that
    cannot be; it is dead-lettered then, and its place counts as committed. `lines` holds every
    epoch of `epochs_of(batch)`.
    """
    new: dict[tuple[str, int], Event] = {}
    refused = list(batch.refused)
    for event in batch.events:
        problem = _problem(store, event)
        if problem:
            refused.append(_refused(event, problem))
        elif event.seq not in lines[event.epoch].committed:
            new.setdefault((event.epoch, event.seq), event)
    losses = tuple(loss for event in new.values() for loss in losses_of(event))
    touched = _touched(batch)
    return Taken(
        new=tuple(new.values()),
        seen=len(batch.events) + len(batch.refused) - len(refused) - len(new),
        refused=tuple(one for one in refused if not _held(one, lines)),
        losses=losses,
        lines=_advanced(lines, touched, losses),
        touched=touched,
    )


def losses_of(event: Event) -> tuple[Loss, ...]:
    """Return what `event` tells lost. In its own epoch it can only speak of earlier events."""
    body = event.body
    if not isinstance(body, EventsShed):
        return ()
    told = SeqSet.from_ranges(body.ranges)
    if body.lost_epoch == event.epoch:
        told = told.minus(SeqSet(((event.seq, MAX_SEQ),)))
    return tuple(Loss(body.lost_epoch, first, last, body.reason) for first, last in told.ranges)


def acknowledgements(
    centre: str, epoch: str, line: Line, just: SeqSet = NOTHING
) -> tuple[Ack, ...]:
    """Return what to tell the store: one Ack, or several when it has more ranges than one holds.

    A line with very many holes is told in part: always the ranges that hold `just`, so that the
    store can go on, and the lowest others as far as there is room. Each part is full: that is how
    a store knows it for a part.
    """
    ranges = line.accounted.ranges
    if len(ranges) <= MAX_RANGES:
        return (Ack(centre=centre, epoch=epoch, committed=ranges),)
    wanted = sorted({_holding(ranges, first) for first, _ in just.ranges})
    parts = max(1, -(-len(wanted) // MAX_RANGES))
    told = list(dict.fromkeys([*wanted, *ranges]))[: parts * MAX_RANGES]
    starts = (min(part * MAX_RANGES, len(told) - MAX_RANGES) for part in range(parts))
    return tuple(
        Ack(centre=centre, epoch=epoch, committed=tuple(sorted(told[start : start + MAX_RANGES])))
        for start in starts
    )


@dataclass(frozen=True, slots=True)
class Totals:
    """A line's balance up to its highest number: accounted = stored + ledgered + dead letters.

    A number is counted once: as stored if it is, else as a dead letter, else as told lost.
    """

    stored: int
    dead: int
    ledgered: int
    missing: tuple[Range, ...]

    @property
    def accounted(self) -> int:
        """Return how many of the store's events the centre can answer for."""
        return self.stored + self.dead + self.ledgered


def totals(stored: SeqSet, dead: SeqSet, lost: SeqSet, upto: int) -> Totals:
    """Return the balance of a line whose store has made `upto` events, as far as is known."""
    only_dead = dead.minus(stored)
    only_lost = lost.minus(stored).minus(dead)
    everything = stored.union(dead).union(lost)
    return Totals(len(stored), len(only_dead), len(only_lost), tuple(everything.holes(upto)))


def _problem(store: str, event: Event) -> str:
    """Return why `event` cannot be taken from `store`; empty when it can."""
    if event.store != store:
        return f"it says it is from {event.store}, but {store} sent it"
    if isinstance(event.body, EventsShed) and any(a > b for a, b in event.body.ranges):
        return "it tells of a range that ends before it begins"
    return ""


def _refused(event: Event, reason: str) -> Refused:
    """Return a readable event as refused, whole."""
    return Refused(reason, to_json(to_cloud_event(event)).decode(), event.epoch, event.seq)


def _held(one: Refused, lines: Mapping[str, Line]) -> bool:
    """Tell whether the centre answered for the place of `one` before."""
    return one.epoch is not None and one.seq is not None and one.seq in lines[one.epoch].committed


def _touched(batch: Batch) -> dict[str, SeqSet]:
    """Return the places that a delivery names, by epoch."""
    places: dict[str, list[int]] = {}
    for event in batch.events:
        places.setdefault(event.epoch, []).append(event.seq)
    for one in batch.refused:
        if one.epoch is not None and one.seq is not None:
            places.setdefault(one.epoch, []).append(one.seq)
    return {epoch: SeqSet.of(numbers) for epoch, numbers in places.items()}


def _advanced(
    lines: Mapping[str, Line], touched: Mapping[str, SeqSet], losses: Iterable[Loss]
) -> dict[str, Line]:
    """Return the lines that a delivery changes or repeats, with it."""
    lost: dict[str, list[Range]] = {}
    for loss in losses:
        lost.setdefault(loss.epoch, []).append((loss.first, loss.last))
    return {
        epoch: Line(
            lines[epoch].committed.union(touched.get(epoch, NOTHING)),
            lines[epoch].lost.union(SeqSet.from_ranges(lost.get(epoch, ()))),
        )
        for epoch in touched.keys() | lost.keys()
    }


def _holding(ranges: tuple[Range, ...], number: int) -> Range:
    """Return the one of the sorted `ranges` that holds `number`."""
    return ranges[bisect_right(ranges, (number, MAX_SEQ)) - 1]
