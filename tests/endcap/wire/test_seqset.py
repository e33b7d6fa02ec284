"""Sets of sequence numbers, held against Python's own sets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from endcap.wire.seqset import SeqSet

numbers = st.sets(st.integers(1, 60), max_size=40)


@given(numbers, st.integers(1, 60))
def test_it_holds_what_was_put_in(inside: set[int], asked: int) -> None:
    found = SeqSet.of(inside)
    assert (asked in found) == (asked in inside)
    assert len(found) == len(inside)
    assert found.highest == max(inside, default=0)


@given(numbers, numbers)
def test_union_and_difference_are_those_of_sets(one: set[int], other: set[int]) -> None:
    assert SeqSet.of(one).union(SeqSet.of(other)) == SeqSet.of(one | other)
    assert SeqSet.of(one).minus(SeqSet.of(other)) == SeqSet.of(one - other)


@given(numbers, st.integers(0, 70))
def test_holes_are_what_is_missing(inside: set[int], upto: int) -> None:
    missing = {n for first, last in SeqSet.of(inside).holes(upto) for n in range(first, last + 1)}
    assert missing == set(range(1, upto + 1)) - inside


@pytest.mark.parametrize("bad", [(0, 1), (5, 4), (1, 2**63)])
def test_a_range_outside_the_numbers_is_refused(bad: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="no range"):
        SeqSet.from_ranges([bad])
