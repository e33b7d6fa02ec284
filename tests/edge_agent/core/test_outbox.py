"""The outbox's decisions: who goes next, what an acknowledgement means, what is shed."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from edge_agent.core.outbox import (
    FLIGHTS,
    AckMeaning,
    AckRefused,
    Allowance,
    Backlog,
    Believed,
    InFlight,
    Limits,
    ShedPolicy,
    Waiting,
    choose,
    is_too_much,
    loss_events,
    to_shed,
    understand,
)
from endcap.wire.body import Priority
from endcap.wire.commands import MAX_RANGES, Ack
from endcap.wire.seqset import SeqSet

EPOCH, OTHER = "00112233445566aa", "ffeeddccbbaa9988"
CENTRE, RESTORED = "aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb"

rows_waiting = st.lists(
    st.builds(
        Waiting, seq=st.integers(1, 300), priority=st.integers(0, 3), size=st.integers(1, 5000)
    ),
    max_size=60,
    unique_by=lambda row: row.seq,
)


def ordered(rows: list[Waiting]) -> tuple[list[Waiting], list[Waiting]]:
    urgent = sorted(rows, key=lambda row: (row.priority, row.seq))
    return urgent, sorted(rows, key=lambda row: row.seq)


def test_the_important_goes_first_and_the_oldest_is_not_forgotten() -> None:
    rows = [Waiting(seq, Priority.NORMAL, 10) for seq in range(1, 101)]
    rows += [Waiting(seq, Priority.CRITICAL, 10) for seq in range(101, 201)]
    assert choose(*ordered(rows), Limits(events=8)) == (1, 2, *range(101, 107))


def test_a_batch_is_filled_up_when_little_waits() -> None:
    rows = [Waiting(seq, Priority.HIGH, 10) for seq in range(1, 6)]
    assert choose(*ordered(rows), Limits(events=8)) == (1, 2, 3, 4, 5)


def test_one_event_goes_even_when_it_is_larger_than_a_batch() -> None:
    rows = [Waiting(1, Priority.HIGH, 900), Waiting(2, Priority.HIGH, 1)]
    assert choose(*ordered(rows), Limits(bytes=100)) == (1,)


@given(rows_waiting, st.integers(1, 20), st.integers(1, 20_000))
def test_a_batch_keeps_its_limits_and_is_never_empty_while_something_waits(
    rows: list[Waiting], events: int, size: int
) -> None:
    sizes = {row.seq: row.size for row in rows}
    chosen = choose(*ordered(rows), Limits(events, size))
    assert set(chosen) <= set(sizes)
    assert list(chosen) == sorted(set(chosen))
    assert bool(chosen) == bool(rows)
    assert len(chosen) <= events
    assert len(chosen) <= 1 or sum(sizes[seq] for seq in chosen) <= size


@given(rows_waiting, st.integers(1, 12))
def test_every_event_goes_sooner_or_later(rows: list[Waiting], events: int) -> None:
    left, turns = list(rows), 0
    while left:
        chosen = set(choose(*ordered(left), Limits(events, 4000)))
        left = [row for row in left if row.seq not in chosen]
        turns += 1
    assert turns <= len(rows)


def test_limits_may_be_lowered_but_not_raised() -> None:
    assert Limits(10).but_at_most(3).events == 3
    assert Limits(10).but_at_most(30).events == 10


def test_an_allowance_grows_with_time_up_to_a_second_of_it() -> None:
    allowance = Allowance.full(100, 0.0).spend(100)
    assert allowance.by(0.5, 100).left == 50
    assert allowance.by(9.0, 100).left == 100
    assert allowance.by(0.5, 10).left == 5
    assert allowance.by(-5.0, 100).left == 0


def test_a_batch_is_under_way_until_it_is_acknowledged_or_overdue() -> None:
    flying = InFlight().launched([1, 2], 0.0).launched([3], 10.0)
    assert flying.seqs == {1, 2, 3}
    assert flying.landed({2, 3}).seqs == {1, 2, 3}
    assert flying.landed({3}).seqs == {3}
    assert flying.on_time(14.0).seqs == {1, 2, 3}
    assert flying.on_time(16.0).seqs == {3}
    assert flying.on_time(16.0, timedelta(seconds=30)).seqs == {1, 2, 3}


def test_a_new_connection_begins_with_nothing_under_way() -> None:
    flying = InFlight(1).launched([1], 0.0)
    assert flying.on(1) is flying
    assert flying.on(2) == InFlight(2)


def test_few_batches_are_under_way_at_once() -> None:
    flying = InFlight()
    for seq in range(FLIGHTS):
        assert flying.room
        flying = flying.launched([seq + 1], 0.0)
    assert not flying.room


def ack(*ranges: tuple[int, int], centre: str = CENTRE, epoch: str = EPOCH) -> Ack:
    return Ack(centre=centre, epoch=epoch, committed=ranges)


def meaning(one: Ack, believed: Believed | None = None, highest: int = 100) -> AckMeaning:
    found = understand(one, EPOCH, highest, believed or Believed())
    assert isinstance(found, AckMeaning)
    return found


def test_an_acknowledgement_settles_what_is_new_in_it() -> None:
    believed = Believed(CENTRE, SeqSet(((1, 10),)))
    found = meaning(ack((1, 20)), believed)
    assert found.settle.ranges == ((11, 20),)
    assert not found.doubt.ranges
    assert found.believed == Believed(CENTRE, SeqSet(((1, 20),)))


def test_after_a_start_everything_unnamed_is_in_doubt() -> None:
    found = meaning(ack((5, 20)))
    assert found.settle.ranges == ((5, 20),)
    assert found.doubt.ranges == ((1, 4), (21, 100))


def test_another_centre_puts_in_doubt_what_it_does_not_name() -> None:
    found = meaning(ack((1, 8), centre=RESTORED), Believed(CENTRE, SeqSet(((1, 90),))))
    assert found.settle.ranges == ((1, 8),)
    assert found.doubt.ranges == ((9, 100),)


def test_fewer_numbers_than_before_mean_that_the_centre_lost_some() -> None:
    found = meaning(ack((1, 8)), Believed(CENTRE, SeqSet(((1, 90),))))
    assert not found.settle.ranges
    assert found.doubt.ranges == ((9, 90),)


def test_an_acknowledgement_told_in_part_takes_nothing_back() -> None:
    full = ack(*((2 * n, 2 * n) for n in range(1, MAX_RANGES + 1)))
    believed = Believed(CENTRE, SeqSet(((2, 2), (5001, 5003))))
    found = meaning(full, believed, 9999)
    assert not found.doubt.ranges
    assert len(found.settle) == MAX_RANGES - 1
    assert found.believed.has is not None
    assert 5002 in found.believed.has
    assert meaning(full, None, 9999).believed == Believed(CENTRE, None)


def test_an_acknowledgement_that_cannot_be_ours_is_refused() -> None:
    for one in (ack((1, 5), epoch=OTHER), ack((1, 101)), ack((9, 5))):
        assert isinstance(understand(one, EPOCH, 100, Believed()), AckRefused)


def test_an_empty_outbox_has_nothing_to_doubt() -> None:
    assert meaning(ack(), None, 0) == AckMeaning(SeqSet(), SeqSet(), Believed(CENTRE, SeqSet()))


@given(
    st.lists(st.sets(st.integers(1, 40)), max_size=6),
    st.lists(st.sampled_from([CENTRE, RESTORED]), min_size=6, max_size=6),
)
def test_after_any_acknowledgements_settled_is_what_the_last_one_named(
    told: list[set[int]], centres: list[str]
) -> None:
    believed, settled = Believed(), set[int]()
    for has, centre in zip(told, centres, strict=False):
        found = meaning(ack(*SeqSet.of(has).ranges, centre=centre), believed, 40)
        believed = found.believed
        settled = {
            n for n in range(1, 41) if n in found.settle or (n in settled and n not in found.doubt)
        }
        assert settled == has


def test_low_goes_before_normal_and_the_important_never() -> None:
    rows = [
        Waiting(4, Priority.LOW, 10),
        Waiting(1, Priority.NORMAL, 10),
        Waiting(2, Priority.NORMAL, 10),
        Waiting(3, Priority.CRITICAL, 10),
    ]
    policy = ShedPolicy(max_rows=2, max_bytes=1000)
    assert [row.seq for row in to_shed(rows, Backlog(4, 40), policy)] == [4, 1]
    assert [row.seq for row in to_shed(rows[3:], Backlog(4, 40), policy)] == []


def test_bytes_count_too() -> None:
    policy = ShedPolicy(max_rows=100, max_bytes=25)
    rows = [Waiting(seq, Priority.LOW, 10) for seq in range(1, 5)]
    assert is_too_much(Backlog(4, 40), policy)
    assert [row.seq for row in to_shed(rows, Backlog(4, 40), policy)] == [1, 2]
    assert not is_too_much(Backlog(2, 20), policy)


def test_the_loss_ledger_names_every_lost_event_once() -> None:
    lost = SeqSet.of(range(1, 1203, 2))
    parts = loss_events(EPOCH, lost, {1: 7, 1201: 5}, "too many wait")
    assert [len(part.ranges) for part in parts] == [500, 101]
    assert [part.count for part in parts] == [500, 101]
    assert [part.bytes for part in parts] == [7, 5]
    assert SeqSet.from_ranges([one for part in parts for one in part.ranges]) == lost
    assert loss_events(EPOCH, SeqSet(), {}, "nothing") == ()
