"""What a store tells of baskets: bounded by person, noisy, and nothing of a small group."""

from itertools import combinations
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from endcap.models.shopper.sums import (
    MAX_BASKET,
    MAX_CATEGORIES,
    STEPS,
    BasketSums,
    Categories,
    Counted,
    Telling,
    categories_of,
    contribution,
    count_persons,
    parts_of,
    tell,
)

KINDS = categories_of({"a": "fruit", "b": "fruit", "c": "bread", "d": ""})
Persons = list[list[list[str]]]
PERSONS = st.lists(
    st.lists(st.lists(st.sampled_from("abcdefg"), max_size=7), min_size=1, max_size=4), max_size=8
)
CLIPS = st.floats(1.0, 30.0)


def vector(counted: Counted) -> dict[str, int]:
    """Return all of the sums as one vector."""
    pairs = {" ".join(pair): number for pair, number in counted.pairs.items()}
    kinds = {f"kind {place}": int(number) for place, number in enumerate(counted.kinds)}
    return {"persons": counted.persons, **dict(counted.items), **pairs, **kinds}


def apart(one: Counted, other: Counted) -> float:
    here, there = vector(one), vector(other)
    return sqrt(sum((here.get(k, 0) - there.get(k, 0)) ** 2 for k in here | there))


@given(PERSONS, st.integers(0, 7), CLIPS)
def test_one_person_never_moves_the_sums_by_more_than_the_clip(
    persons: Persons, left_out: int, clip: float
) -> None:
    without = [one for n, one in enumerate(persons) if n != left_out]
    here, there = (count_persons(some, KINDS, clip) for some in (persons, without))
    assert apart(here, there) <= clip * STEPS


def test_few_purchases_count_in_full() -> None:
    assert contribution(["ab", "ab"], KINDS, 10.0).each == STEPS
    assert contribution(["ab", "ab"], KINDS, 1.0).each < STEPS


@given(st.lists(st.sets(st.integers(0, 40), max_size=40), min_size=1, max_size=4), CLIPS)
def test_a_large_household_fits_too(baskets: list[set[int]], clip: float) -> None:
    kinds = categories_of({str(n): f"k{n % 7}" for n in range(41)})
    own = contribution([[str(n) for n in basket] for basket in baskets], kinds, clip)
    assert own.length <= clip * STEPS


@given(PERSONS, PERSONS, CLIPS)
def test_sums_of_stores_are_the_sum(one: Persons, other: Persons, clip: float) -> None:
    both, here, there = (count_persons(some, KINDS, clip) for some in (one + other, one, other))
    added = vector(here)
    for name, n in vector(there).items():
        added[name] = added.get(name, 0) + n
    assert vector(both) == added


def test_a_person_counts_once_for_each_pair_whatever_the_baskets() -> None:
    twice = count_persons([[("a", "b"), ("b", "a")]], KINDS, 10.0)
    once = count_persons([[("a", "b")]], KINDS, 10.0)
    assert vector(twice) == vector(once)
    assert once.pairs == {("a", "b"): STEPS}
    assert once.kinds.sum() == STEPS


def test_a_pair_of_different_baskets_is_no_pair() -> None:
    assert count_persons([[("a",), ("b",)]], KINDS, 10.0).pairs == {}


def test_a_wholesaler_s_basket_is_cut() -> None:
    many = [f"{n:03}" for n in range(MAX_BASKET + 50)]
    assert len(contribution([many], KINDS, 1000.0).items) == MAX_BASKET


def test_categories_come_from_the_catalogue_alone() -> None:
    assert KINDS.names == ("bread", "fruit")
    assert KINDS.cells == 3
    assert [KINDS.cell("c", "c"), KINDS.cell("a", "c"), KINDS.cell("a", "b")] == [0, 1, 2]
    assert KINDS.cell("a", "d") is None
    many = categories_of({str(n): f"k{n}" for n in range(MAX_CATEGORIES + 9)} | {"x": "k308"})
    assert len(many.names) == MAX_CATEGORIES
    assert "k308" in many.names


@given(st.integers(1, 12))
def test_every_pair_of_categories_has_a_cell_of_its_own(number: int) -> None:
    names = tuple(f"{n:02}" for n in range(number))
    kinds = Categories(names, {name: n for n, name in enumerate(names)})
    pairs = [(n, n) for n in names] + list(combinations(names, 2))
    assert sorted(kinds.cell(*pair) or 0 for pair in pairs) == list(range(kinds.cells))
    sums = told(count_persons([], kinds, 5.0), kinds, group=2)
    assert [kinds.cell(names[a], names[b]) for a, b, _ in sums.kinds] == list(range(kinds.cells))


def told(counted: Counted, kinds: Categories, *, group: int, rho: float = 1e6) -> BasketSums:
    return tell(counted, kinds, Telling(group, rho, 1e-6), np.random.default_rng(4).random)


def test_what_stands_for_many_is_told_and_small_groups_are_not() -> None:
    persons = [[("a", "b")]] * 12 + [[("c", "d")]] * 2
    sums = told(count_persons(persons, KINDS, 10.0), KINDS, group=4)
    assert set(sums.items) == {"a", "b"}
    assert set(sums.pairs) == {("a", "b")}
    assert sums.pairs["a", "b"] == pytest.approx(12 * STEPS, abs=5)
    assert sums.categories == ("bread", "fruit")
    assert [n / STEPS for *_, n in sums.kinds] == pytest.approx([0, 0, 12], abs=0.1)


@given(st.integers(2, 9), st.integers(0, 12), st.integers(0, 2**32))
def test_nothing_is_told_of_fewer_persons_than_the_group(
    group: int, persons: int, seed: int
) -> None:
    """Not by any luck of the noise, for it would be told that there are that many."""
    counted = count_persons([[("a", "b")]] * persons, KINDS, 3.0)
    sums = tell(counted, KINDS, Telling(group, 0.5, 1e-6, 3.0), np.random.default_rng(seed).random)
    if persons < group:
        assert not sums.items
        assert not sums.pairs
    assert all(n >= Telling(group, 0.5, 1e-6, 3.0).least * STEPS for n in sums.pairs.values())


def test_the_noise_is_what_the_terms_say() -> None:
    many = categories_of({str(n): f"k{n:03}" for n in range(200)})
    terms = Telling(5, 0.02, 1e-6)
    sums = tell(count_persons([], many, 10.0), many, terms, np.random.default_rng(5).random)
    drawn = np.array([n for *_, n in sums.kinds]) / STEPS
    assert drawn.std() == pytest.approx(terms.noise, rel=0.03)
    assert abs(drawn.mean()) < 4 * terms.noise / sqrt(len(drawn))
    assert terms.noise == pytest.approx(50.0)


def test_a_group_of_one_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 2"):
        Telling(1, 1.0, 1e-6)


def test_there_is_always_a_part_and_parts_are_the_whole() -> None:
    nothing = categories_of({})
    [part] = parts_of(told(count_persons([], nothing, 9.0), nothing, group=2), most=10)
    assert (part.items, part.pairs, part.kinds) == ({}, {}, ())
    sums = told(count_persons([["abcdefg"]] * 20, KINDS, 30.0), KINDS, group=3)
    parts = parts_of(sums, most=2)
    assert max(len(one.pairs) for one in parts) == 2
    assert {k: n for one in parts for k, n in one.items.items()} == sums.items
    assert {k: n for one in parts for k, n in one.pairs.items()} == sums.pairs
    assert tuple(cell for one in parts for cell in one.kinds) == sums.kinds
    assert {one.persons for one in parts} == {sums.persons}
