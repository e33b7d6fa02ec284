"""Counters only grow, and an assignment is signed anew in time."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from central_sync.core.assignments import Wanted, is_stale, next_counter, orders
from endcap.wire.identifiers import MAX_SEQ

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
LIFE = timedelta(days=14)


@given(st.integers(0, MAX_SEQ - 1))
def test_a_counter_follows_the_last_one_whatever_it_was(last: int) -> None:
    assert last < next_counter(last, AT) <= MAX_SEQ


def test_a_centre_restored_from_an_older_copy_counts_on() -> None:
    before = next_counter(0, AT)
    assert next_counter(0, AT + timedelta(seconds=1)) == before + 1


def test_what_was_never_signed_or_is_half_over_is_stale() -> None:
    fresh = Wanted("s-0001", 5, 1, AT + LIFE, b"word")
    assert is_stale(Wanted("s-0001", 5), AT, LIFE)
    assert is_stale(Wanted("s-0001", 5, 1, None, b"word"), AT, LIFE)
    assert not is_stale(fresh, AT + LIFE / 2, LIFE)
    assert is_stale(fresh, AT + LIFE / 2 + timedelta(seconds=1), LIFE)


def test_an_order_names_the_store_the_release_and_its_end() -> None:
    [made] = orders([Wanted("s-0001", 5, 7)], AT, LIFE)
    assert (made.store, made.release, made.issued, made.expires) == ("s-0001", 5, AT, AT + LIFE)
    assert made.counter == int(AT.timestamp())
