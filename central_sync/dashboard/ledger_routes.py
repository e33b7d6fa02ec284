"""GET /v1/ledger: what became of every event that the stores made, per store and epoch."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query

from central_sync.core.fleet import StoreRecord
from central_sync.core.ledger import Totals
from central_sync.ports.reads import FleetReads
from endcap.plumbing.clock import Clock
from endcap.wire.seqset import Range

HOLES_SHOWN = 100

After = Annotated[str, Query(max_length=41, description="names that come after this one")]
Limit = Annotated[int, Query(ge=1, le=1000)]


@dataclass(frozen=True, slots=True)
class EpochLine:
    """The books of one epoch: every event the store made is in one of the counts.

    `dead` could not be read and is kept to be replayed; `ledgered` was shed by a declared policy;
    `coming` waits in the store still, above all that arrived; `missing` should be here and is not.
    At most 100 of its ranges are shown, as `holes`.
    """

    store: str
    epoch: str
    present: bool
    stored: int
    dead: int
    ledgered: int
    coming: int
    missing: int
    holes: tuple[Range, ...]


@dataclass(frozen=True, slots=True)
class Ledger:
    """The books of a page of the fleet, and their sums.

    `balanced` says that sent = stored + dead + ledgered, in every line: nothing is missing.
    """

    at: datetime
    sent: int
    stored: int
    dead: int
    ledgered: int
    coming: int
    missing: int
    balanced: bool
    lines: tuple[EpochLine, ...]
    next: str | None


def ledger_routes(fleet: FleetReads, clock: Clock) -> APIRouter:
    """Return the route about the books."""
    router = APIRouter(prefix="/v1", tags=["fleet"])

    @router.get("/ledger")
    async def ledger(after: After = "", limit: Limit = 200) -> Ledger:
        """Per store and epoch: what arrived, what is missing, what was told lost."""
        records = await fleet.fleet(after, limit)
        lines = tuple(line for one in records for line in books_of(one))
        return _summed(lines, clock.now(), following(records, limit))

    return router


def following(records: tuple[StoreRecord, ...], limit: int) -> str | None:
    """Return what to ask for `after` to go on behind a page; None at the end."""
    return records[-1].store if len(records) == limit else None


def books_of(record: StoreRecord) -> tuple[EpochLine, ...]:
    """Return the books of a store, the present epoch first."""
    lines = (_line(record, epoch, totals) for epoch, totals in record.lines.items())
    return tuple(sorted(lines, key=lambda one: (not one.present, one.epoch)))


def _line(record: StoreRecord, epoch: str, totals: Totals) -> EpochLine:
    """Return the books of one epoch; what ends where the store is now has only not come yet."""
    present = epoch == record.epoch
    newest = record.state.last_seq if record.state and record.state.epoch == epoch else 0
    holes = totals.missing
    coming = holes[-1:] if holes and holes[-1][1] == newest else ()
    missing = holes[: len(holes) - len(coming)]
    return EpochLine(
        store=record.store,
        epoch=epoch,
        present=present,
        stored=totals.stored,
        dead=totals.dead,
        ledgered=totals.ledgered,
        coming=_count(coming),
        missing=_count(missing),
        holes=missing[:HOLES_SHOWN],
    )


def _count(ranges: tuple[Range, ...]) -> int:
    return sum(last - first + 1 for first, last in ranges)


def _summed(lines: tuple[EpochLine, ...], at: datetime, after: str | None) -> Ledger:
    """Return the books with their sums."""
    sums = {
        what: sum(getattr(one, what) for one in lines)
        for what in ("stored", "dead", "ledgered", "coming", "missing")
    }
    sent = sums["stored"] + sums["dead"] + sums["ledgered"] + sums["missing"]
    balanced = sums["missing"] == 0
    return Ledger(at=at, sent=sent, balanced=balanced, lines=lines, next=after, **sums)
