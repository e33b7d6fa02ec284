"""Decides what of the outbox goes next, what an acknowledgement means, and what is shed.

A row waits until the centre says that it has it, and stays a while after: a centre that was
restored from a backup asks for it again by not naming it. Sends and stores nothing.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from endcap.wire.body import MAX_ROWS, Priority
from endcap.wire.commands import MAX_RANGES, Ack
from endcap.wire.events import EventsShed
from endcap.wire.seqset import SeqSet

BACKLOG_SHARE = 0.25
"""The part of each batch that is kept for the oldest events, so that a flood starves none."""

FLIGHTS = 4
RESEND_AFTER = timedelta(seconds=15)
SHEDDABLE = (Priority.LOW, Priority.NORMAL)
"""What may be shed, the first to go first."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An event that waits: its place, its priority, and the size of its body in bytes."""

    seq: int
    priority: int
    size: int


@dataclass(frozen=True, slots=True)
class Limits:
    """What one batch may hold. Bytes are of bodies before compression."""

    events: int = 500
    bytes: int = 384 * 1024

    def but_at_most(self, events: int) -> "Limits":
        """Return the limits with no more than `events` events."""
        return replace(self, events=min(self.events, events))


def choose(urgent: Sequence[Waiting], oldest: Sequence[Waiting], limits: Limits) -> tuple[int, ...]:
    """Return the sequence numbers of the next batch, in order.

    Args:
        urgent: what waits, the most important first, then the oldest.
        oldest: what waits, the oldest first whatever its importance.
        limits: of one batch; a single event goes even when it is larger.
    """
    kept = int(limits.events * BACKLOG_SHARE)
    first = Limits(limits.events - kept, int(limits.bytes * (1 - BACKLOG_SHARE)))
    chosen: dict[int, int] = {}
    for rows, bound in ((urgent, first), (oldest, limits), (urgent, limits)):
        _fill(chosen, rows, bound)
    return tuple(sorted(chosen))


def _fill(chosen: dict[int, int], rows: Iterable[Waiting], bound: Limits) -> None:
    """Add `rows` in order, as far as `bound` allows, to what is chosen (number to size)."""
    size = sum(chosen.values())
    for row in rows:
        if row.seq in chosen:
            continue
        too_large = bool(chosen) and size + row.size > bound.bytes
        if len(chosen) >= bound.events or too_large:
            return
        chosen[row.seq] = row.size
        size += row.size


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many events may go now, at `rate` a second; what is not used is kept for a second."""

    rate: int
    left: float
    at: float

    @classmethod
    def full(cls, rate: int, now: float) -> "Allowance":
        """Return a second's worth, at the monotonic time `now`."""
        return cls(rate, float(rate), now)

    def by(self, now: float, rate: int) -> "Allowance":
        """Return the allowance at the monotonic time `now`, at the rate that holds now."""
        earned = max(0.0, now - self.at) * rate
        return Allowance(rate, min(float(rate), self.left + earned), now)

    def spend(self, events: int) -> "Allowance":
        """Return what is left after `events` went."""
        return replace(self, left=self.left - events)


@dataclass(frozen=True, slots=True)
class Flight:
    """A batch under way since the monotonic time `sent`."""

    seqs: frozenset[int]
    sent: float


@dataclass(frozen=True, slots=True)
class InFlight:
    """The batches under way on one connection; a new connection begins with none."""

    connection: int = 0
    flights: tuple[Flight, ...] = ()

    @property
    def seqs(self) -> frozenset[int]:
        """Return every event under way."""
        return frozenset().union(*(flight.seqs for flight in self.flights))

    @property
    def room(self) -> bool:
        """Tell whether another batch may go."""
        return len(self.flights) < FLIGHTS

    def on(self, connection: int) -> "InFlight":
        """Return what is under way on `connection`: nothing yet when it is a new one."""
        return self if connection == self.connection else InFlight(connection)

    def on_time(self, now: float, resend_after: timedelta = RESEND_AFTER) -> "InFlight":
        """Return what is not overdue at the monotonic time `now`; the rest goes again."""
        longest = resend_after.total_seconds()
        return replace(self, flights=tuple(f for f in self.flights if now - f.sent < longest))

    def landed(self, waiting: Collection[int]) -> "InFlight":
        """Return what is not wholly acknowledged: something of it is among `waiting`."""
        still = tuple(f for f in self.flights if not f.seqs.isdisjoint(waiting))
        return replace(self, flights=still)

    def launched(self, seqs: Iterable[int], now: float) -> "InFlight":
        """Return what is under way after one more batch went."""
        return replace(self, flights=(*self.flights, Flight(frozenset(seqs), now)))


@dataclass(frozen=True, slots=True)
class Believed:
    """What the store believes of the centre: who it is, and what it has.

    `has` is None when that is not known: after a start, or when the centre is another one.
    """

    centre: str | None = None
    has: SeqSet | None = None


@dataclass(frozen=True, slots=True)
class AckMeaning:
    """What an acknowledgement changes: `settle` wait no more, `doubt` wait again if they do not."""

    settle: SeqSet
    doubt: SeqSet
    believed: Believed


@dataclass(frozen=True, slots=True)
class AckRefused:
    """An acknowledgement that cannot be meant for us."""

    reason: str


def understand(ack: Ack, epoch: str, highest: int, believed: Believed) -> AckMeaning | AckRefused:
    """Return what `ack` means for an outbox of `epoch` whose last event is `highest`.

    The centre names all that it has, so what it does not name any more it has lost. Only an
    acknowledgement with as many ranges as one can hold is told in part, and takes nothing back.
    """
    if ack.epoch != epoch:
        return AckRefused(f"an acknowledgement of epoch {ack.epoch}; this is {epoch}")
    try:
        has = SeqSet.from_ranges(ack.committed)
    except ValueError as problem:
        return AckRefused(f"an acknowledgement that cannot be: {problem}")
    if has.highest > highest:
        return AckRefused(
            f"an acknowledgement of event {has.highest}; the last one recorded is {highest}"
        )
    known = believed.has if believed.centre == ack.centre else None
    everything = SeqSet.from_ranges([(1, highest)] if highest else [])
    if len(ack.committed) == MAX_RANGES:
        now = known.union(has) if known is not None else None
        return AckMeaning(has.minus(known or SeqSet()), SeqSet(), Believed(ack.centre, now))
    return AckMeaning(
        settle=has.minus(known or SeqSet()),
        doubt=(everything if known is None else known).minus(has),
        believed=Believed(ack.centre, has),
    )


@dataclass(frozen=True, slots=True)
class ShedPolicy:
    """How much may wait before the least important is shed."""

    max_rows: int
    max_bytes: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much waits: events, and the bytes of their bodies."""

    rows: int
    bytes: int


def is_too_much(backlog: Backlog, policy: ShedPolicy) -> bool:
    """Tell whether something must go."""
    return backlog.rows > policy.max_rows or backlog.bytes > policy.max_bytes


def to_shed(
    candidates: Iterable[Waiting], backlog: Backlog, policy: ShedPolicy
) -> tuple[Waiting, ...]:
    """Return what to drop so that the rest fits.

    Args:
        candidates: what may go, the first to go first; anything but SHEDDABLE is passed over.
        backlog: what waits now, with the candidates.
        policy: how much may wait.
    """
    dropped: list[Waiting] = []
    for row in candidates:
        if not is_too_much(backlog, policy):
            break
        if row.priority in SHEDDABLE:
            dropped.append(row)
            backlog = Backlog(backlog.rows - 1, backlog.bytes - row.size)
    return tuple(dropped)


def loss_events(
    epoch: str, lost: SeqSet, sizes: Mapping[int, int], reason: str
) -> tuple[EventsShed, ...]:
    """Return the loss ledger's entries for `lost`, in parts of bounded size.

    `sizes` tells the bytes of those that were still known.
    """
    parts = [
        SeqSet(lost.ranges[start : start + MAX_ROWS])
        for start in range(0, len(lost.ranges), MAX_ROWS)
    ]
    return tuple(
        EventsShed(
            lost_epoch=epoch,
            ranges=part.ranges,
            count=sum(last - first + 1 for first, last in part.ranges),
            bytes=sum(size for seq, size in sizes.items() if seq in part),
            reason=reason,
        )
        for part in parts
    )
