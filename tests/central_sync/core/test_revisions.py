"""The highest whole revision of a day counts, whatever the order."""

from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from central_sync.core.revisions import Part, rows_that_count
from tests.fakes.store_world import EPOCH, NOON, OTHER_EPOCH, OTHER_STORE, STORE

DAY = date(2026, 8, 30)


def part(
    row: int,
    revision: int = 1,
    of: tuple[int, int] = (1, 1),
    *,
    epoch: str = EPOCH,
    at: datetime = NOON,
    store: str = STORE,
) -> Part:
    return Part(store, DAY, epoch, revision, of[0], of[1], at, row)


def test_a_higher_revision_replaces_a_lower_one() -> None:
    assert rows_that_count([part(0, 1), part(1, 3), part(2, 2)]) == (1,)


def test_a_revision_that_lacks_a_part_does_not_count_yet() -> None:
    whole = [part(0, 1, (1, 2)), part(1, 1, (2, 2))]
    assert rows_that_count([*whole, part(2, 2, (1, 2))]) == (0, 1)
    assert rows_that_count([*whole, part(2, 2, (1, 2)), part(3, 2, (2, 2))]) == (2, 3)
    assert rows_that_count([part(0, 1, (2, 2))]) == ()


def test_a_part_that_came_twice_counts_once() -> None:
    assert rows_that_count([part(0, 1), part(1, 1)]) == (1,)


def test_a_later_life_of_a_store_wins_over_higher_revisions_of_an_earlier_one() -> None:
    later = NOON + timedelta(hours=1)
    told = [part(0, 5), part(1, 1, epoch=OTHER_EPOCH, at=later)]
    assert rows_that_count(told) == (1,)
    assert rows_that_count(told[::-1]) == (1,)


def test_each_store_counts_by_itself() -> None:
    assert rows_that_count([part(0, 2), part(1, 1, store=OTHER_STORE)]) == (0, 1)


@given(st.permutations(range(8)))
def test_the_order_of_arrival_does_not_matter(order: list[int]) -> None:
    told = [
        part(0, 1, (1, 2)),
        part(1, 1, (2, 2)),
        part(2, 2, (1, 3)),
        part(3, 2, (2, 3)),
        part(4, 2, (3, 3)),
        part(5, 3, (1, 2)),
        part(6, 1, store=OTHER_STORE),
        part(7, 9, epoch=OTHER_EPOCH, at=NOON - timedelta(days=1)),
    ]
    assert rows_that_count(told[place] for place in order) == (2, 3, 4, 6)
