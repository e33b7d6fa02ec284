"""What is made of sums with noise: what is evident counts, what may be noise does not."""

import numpy as np
import pytest

from central_sync.trainers.shopper.noisy_gram import (
    LEAST_LIFT,
    MOST_LIFT,
    KindSums,
    affinity,
    completed,
)

GROUP = np.array([0, 0, 1, 1, 2])  # the last item is of no known category
POPULARITY = np.array([100.0, 200.0, 300.0, 100.0, 50.0])
PERSONS = 1000.0
BY_CHANCE = np.array([[20.0, 120.0], [120.0, 30.0]])  # of the pairs of different items, per PERSONS


def sums(pairs: np.ndarray[tuple[int, int], np.dtype[np.float64]], variance: float) -> KindSums:
    return KindSums(("drinks", "snacks"), pairs, variance)


def test_categories_that_go_together_by_chance_lift_nothing() -> None:
    found = affinity(sums(2 * BY_CHANCE, 0.0), GROUP, POPULARITY, PERSONS)
    assert found.lift == pytest.approx(2.0)


def test_what_noise_alone_could_be_moves_no_lift() -> None:
    off = BY_CHANCE + np.array([[15.0, -9.0], [-9.0, 6.0]])
    noisy = affinity(sums(off, 100.0), GROUP, POPULARITY, PERSONS)
    assert np.ptp(noisy.lift) == pytest.approx(0.0)


def test_what_is_evident_moves_it_by_what_is_beyond_the_noise() -> None:
    together = np.array([[2000.0, 12_000.0], [12_000.0, 30_000.0]])
    popular, many = 10 * POPULARITY, 10 * PERSONS
    one = affinity(sums(together, 0.0), GROUP, popular, many).lift
    other = affinity(sums(together, 1e6), GROUP, popular, many).lift
    assert one[1, 1] > other[1, 1] > other[0, 0]


def test_lifts_stay_within_bounds_and_an_item_of_no_category_has_the_usual_one() -> None:
    apart = 1e4 * np.array([[0.0, 100.0], [100.0, 0.0]])
    found = affinity(sums(apart, 0.0), GROUP, POPULARITY, PERSONS)
    usual = found.lift[2, 2]
    assert found.lift[0, 0] == pytest.approx(LEAST_LIFT * usual)
    assert found.lift.max() <= MOST_LIFT * usual
    assert found.between(np.array([4]), np.array([0, 2])) == pytest.approx(usual)


def test_sums_that_noise_has_eaten_say_nothing() -> None:
    nothing = affinity(sums(-BY_CHANCE, 1.0), GROUP, POPULARITY, PERSONS)
    assert nothing.lift == pytest.approx(1.0)


def test_items_not_told_count_by_their_sales_up_to_what_was_withheld() -> None:
    told, sold = np.array([40.0, 0.0, 0.0, 10.0]), np.array([80.0, 6.0, 900.0, 20.0])
    assert completed(told, sold, withheld=9.0).tolist() == [40.0, 3.0, 9.0, 10.0]
    assert completed(told, np.zeros(4), withheld=9.0) is told
