"""The ledger gives the same books for any order, and acknowledges no more than it has."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import from_json

from central_sync.core.ledger import (
    NOTHING,
    Line,
    Taken,
    acknowledgements,
    epochs_of,
    losses_of,
    take,
    totals,
)
from endcap.wire.commands import MAX_RANGES
from endcap.wire.envelope import Batch, Refused, from_cloud_event
from endcap.wire.seqset import SeqSet
from tests.fakes.store_world import (
    EPOCH,
    OTHER_EPOCH,
    OTHER_STORE,
    STORE,
    at_place,
    gap,
    in_row,
    shed,
    travelled,
)

if TYPE_CHECKING:
    from endcap.wire.events import Event

CENTRE = "00000000000000cc"


class Books:
    """The ledger's lines in memory, as the tables keep them."""

    def __init__(self) -> None:
        self.lines: dict[str, Line] = {}
        self.events: dict[tuple[str, int], Event] = {}
        self.letters: dict[tuple[str | None, int | None, str], str] = {}

    def deliver(self, batch: Batch, store: str = STORE) -> Taken:
        known = {epoch: self.lines.get(epoch, Line()) for epoch in epochs_of(batch)}
        taken = take(store, batch, known)
        assert not any((one.epoch, one.seq) in self.events for one in taken.new)
        self.events |= {(one.epoch, one.seq): one for one in taken.new}
        self.letters |= {(one.epoch, one.seq, one.raw): one.reason for one in taken.refused}
        self.lines |= taken.lines
        return taken


def told(books: Books) -> object:
    """Return everything that the books say, comparable."""
    return books.lines, books.events, books.letters


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[Batch], list[Batch]]:
    """Return all batches of a store in order, and the same shuffled, doubled and overlapping."""
    size = draw(st.integers(2, 30))
    shed_at = draw(st.sets(st.integers(2, size), max_size=3))
    events = [
        at_place(shed((1, seq), epoch=draw(st.sampled_from([EPOCH, OTHER_EPOCH]))), seq)
        if seq in shed_at
        else at_place(gap(f"f{seq}"), seq, store=draw(st.sampled_from([STORE] * 9 + [OTHER_STORE])))
        for seq in range(1, size + 1)
    ]
    bad = [Refused("no kind", f"raw {seq}", EPOCH, seq) for seq in range(size + 1, size + 4)]
    parts = [Batch((one,)) for one in events] + [Batch((), (one,)) for one in bad]
    again = draw(st.lists(st.sampled_from(parts), max_size=10))
    shuffled = draw(st.permutations([*parts, *again, Batch(tuple(events), tuple(bad))]))
    return parts, list(shuffled)


@given(deliveries())
def test_any_order_with_duplicates_ends_in_the_same_books(
    both: tuple[list[Batch], list[Batch]],
) -> None:
    in_order, other = Books(), Books()
    for batch in both[0]:
        in_order.deliver(batch)
    for batch in both[1]:
        other.deliver(batch)
    assert told(in_order) == told(other)


@given(st.lists(st.lists(st.integers(1, 40), min_size=1, max_size=8), max_size=20))
def test_dropped_and_resent_batches_leave_known_holes(sent: Sequence[Sequence[int]]) -> None:
    books = Books()
    for numbers in sent:
        books.deliver(Batch(tuple(at_place(gap(f"f{n}"), n) for n in numbers)))
    arrived = {number for numbers in sent for number in numbers}
    line = books.lines.get(EPOCH, Line())
    missing = set(range(1, 41)) - arrived
    assert _numbers(line.accounted.holes(40)) == missing
    assert _numbers(totals(line.committed, NOTHING, NOTHING, 40).missing) == missing


def _numbers(ranges: Iterable[tuple[int, int]]) -> set[int]:
    return {number for first, last in ranges for number in range(first, last + 1)}


def test_an_event_is_new_once() -> None:
    books = Books()
    batch = travelled(*in_row([gap("a1"), gap("a2")]))
    first, second = books.deliver(batch), books.deliver(batch)
    assert (len(first.new), first.seen) == (2, 0)
    assert (len(second.new), second.seen) == (0, 2)


def test_a_double_inside_a_batch_is_seen() -> None:
    one = at_place(gap(), 1)
    taken = Books().deliver(Batch((one, one)))
    assert (taken.new, taken.seen) == ((one,), 1)


def test_an_event_of_another_store_is_refused_whole_and_does_not_block() -> None:
    books = Books()
    foreign = at_place(gap(), 1, store=OTHER_STORE)
    taken = books.deliver(travelled(foreign))
    assert taken.new == ()
    (letter,) = taken.refused
    assert "it says it is from s-0002, but s-0001 sent it" in letter.reason
    assert (letter.epoch, letter.seq) == (EPOCH, 1)
    assert 1 in books.lines[EPOCH].committed
    assert from_cloud_event(from_json(letter.raw)) == foreign


def test_an_unreadable_event_without_a_place_commits_nothing() -> None:
    taken = Books().deliver(Batch((), (Refused("an event is an object", "7"),)))
    assert len(taken.refused) == 1
    assert taken.lines == {}


def test_a_refused_place_is_dead_lettered_once() -> None:
    books = Books()
    batch = Batch((), (Refused("no kind", "{}", EPOCH, 4),))
    assert len(books.deliver(batch).refused) == 1
    again = books.deliver(batch)
    assert (again.refused, again.seen) == ((), 0)


def test_a_loss_speaks_only_of_earlier_events_of_its_own_epoch() -> None:
    assert [(one.first, one.last) for one in losses_of(at_place(shed((1, 9)), 5))] == [(1, 4)]
    assert [
        (one.epoch, one.first, one.last)
        for one in losses_of(at_place(shed((1, 9), epoch=OTHER_EPOCH), 5))
    ] == [(OTHER_EPOCH, 1, 9)]
    assert losses_of(at_place(gap(), 5)) == ()


def test_a_loss_that_ends_before_it_begins_is_a_dead_letter() -> None:
    taken = Books().deliver(Batch((at_place(shed((9, 3)), 10),)))
    assert "ends before it begins" in taken.refused[0].reason
    assert taken.losses == ()


def test_losses_of_an_earlier_epoch_fill_its_holes() -> None:
    books = Books()
    books.deliver(Batch((at_place(gap(), 1, epoch=OTHER_EPOCH),)))
    books.deliver(Batch((at_place(shed((2, 5), epoch=OTHER_EPOCH), 1),)))
    assert books.lines[OTHER_EPOCH].accounted == SeqSet(((1, 5),))


def test_an_ack_tells_what_is_committed_and_what_was_told_lost() -> None:
    line = Line(SeqSet(((1, 3), (6, 9))), SeqSet(((4, 5),)))
    (ack,) = acknowledgements(CENTRE, EPOCH, line)
    assert (ack.centre, ack.epoch, ack.committed) == (CENTRE, EPOCH, ((1, 9),))


def test_an_empty_line_is_acknowledged_as_empty() -> None:
    assert acknowledgements(CENTRE, EPOCH, Line())[0].committed == ()


def scattered(ranges: int) -> Line:
    """Return a line with a hole after each of its events."""
    return Line(SeqSet.of(range(2, 2 * ranges + 2, 2)))


def test_a_line_full_of_holes_is_told_from_its_lowest_ranges() -> None:
    line = scattered(4 * MAX_RANGES)
    (ack,) = acknowledgements(CENTRE, EPOCH, line)
    assert ack.committed == line.committed.ranges[:MAX_RANGES]


@pytest.mark.parametrize(
    ("ranges", "size"), [(4000, 1), (4000, 1000), (4000, 1001), (4000, 3000), (1700, 1500)]
)
def test_a_line_full_of_holes_always_tells_what_just_came(ranges: int, size: int) -> None:
    line = scattered(ranges)
    just = SeqSet(line.committed.ranges[-size:])
    acks = acknowledgements(CENTRE, EPOCH, line, just)
    said = SeqSet.from_ranges(one for ack in acks for one in ack.committed)
    assert just.minus(said) == NOTHING
    assert said.minus(line.committed) == NOTHING
    assert {len(ack.committed) for ack in acks} == {MAX_RANGES}
    assert len(acks) == -(-size // MAX_RANGES)


@given(st.sets(st.integers(1, 60)), st.sets(st.integers(1, 60)), st.sets(st.integers(1, 60)))
def test_each_number_is_in_one_total(stored: set[int], dead: set[int], lost: set[int]) -> None:
    balance = totals(SeqSet.of(stored), SeqSet.of(dead), SeqSet.of(lost), 60)
    missing = _numbers(balance.missing)
    assert balance.accounted == len(stored | dead | lost)
    assert balance.accounted + len(missing) == 60
    assert balance.stored == len(stored)
    assert missing.isdisjoint(stored | dead | lost)
