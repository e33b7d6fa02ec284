import pytest
from hypothesis import given
from hypothesis import strategies as st

from endcap.models.shopper.sums import MAX_BASKET, basket_sums, parts_of


def test_only_what_enough_baskets_share_is_told() -> None:
    sums = basket_sums([("a", "b")] * 3 + [("a", "c")], minimum_group=3)
    assert (sums.baskets, sums.items, sums.pairs) == (4, {"a": 4, "b": 3}, {("a", "b"): 3})
    assert (sums.suppressed, sums.suppressed_baskets) == (2, 2)


def test_a_repeat_inside_a_basket_counts_once() -> None:
    assert basket_sums([("a", "a")] * 2, minimum_group=2).items == {"a": 2}


def test_a_group_of_one_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 2"):
        basket_sums([], minimum_group=1)


def test_a_wholesale_basket_is_cut() -> None:
    many = [f"{i:04}" for i in range(3 * MAX_BASKET)]
    assert len(basket_sums([many] * 2, minimum_group=2).items) == MAX_BASKET


def test_nothing_sold_is_still_one_part() -> None:
    (part,) = parts_of(basket_sums([], minimum_group=2), most=10)
    assert (part.baskets, part.items, part.pairs) == (0, {}, {})


BASKETS = st.lists(st.frozensets(st.sampled_from("abcdef"), max_size=6), max_size=40)


@given(BASKETS, st.integers(2, 5), st.integers(1, 7))
def test_parts_are_bounded_and_together_the_whole(
    baskets: list[frozenset[str]], group: int, most: int
) -> None:
    sums = basket_sums(baskets, minimum_group=group)
    parts = parts_of(sums, most=most)
    assert all(len(part.items) <= most and len(part.pairs) <= most for part in parts)
    assert [pair for part in parts for pair in part.pairs.items()] == list(sums.pairs.items())
    assert [item for part in parts for item in part.items.items()] == list(sums.items.items())


@given(BASKETS, st.integers(2, 5))
def test_no_figure_is_smaller_than_its_group_and_none_is_lost(
    baskets: list[frozenset[str]], group: int
) -> None:
    sums = basket_sums(baskets, minimum_group=group)
    told = [*sums.items.values(), *sums.pairs.values()]
    everything = sum(len(one) + len(one) * (len(one) - 1) // 2 for one in baskets)
    assert all(count >= group for count in told)
    assert sum(told) + sums.suppressed_baskets == everything
