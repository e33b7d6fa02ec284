"""Sums of stores, put together: the larger a store, the more of what it tells is no noise."""

import numpy as np
import pytest

from central_sync.trainers.shopper.feature_tables import Told, together
from endcap.models.shopper.feature_sums import Moments


def told(weight: float, target: float) -> Told:
    return Told(Moments(np.eye(1), np.array([target]), weight), 2.0, 1)


def test_a_larger_store_counts_more_and_an_empty_one_not_at_all() -> None:
    found = together([("large", told(30.0, 1.0)), ("small", told(10.0, 1.0)), ("no", told(-5, 9))])
    large, small = 30.0 * 40 / 1000, 10.0 * 40 / 1000
    assert found.moments.target[0] == pytest.approx(large + small)
    assert found.moments.weight == pytest.approx(large * 30 + small * 10) == pytest.approx(40)
    assert found.noise == pytest.approx(2.0 * np.hypot(large, small))
    assert found.number == 3


def test_how_large_a_store_is_say_all_its_periods() -> None:
    one, other = told(25.0, 1.0), told(-5.0, 3.0)
    found = together([("a", one), ("a", other), ("b", told(20.0, 0.0))])
    assert found.moments.target[0] == pytest.approx(4.0 * found.moments.gram[0, 0] / 3)


def test_stores_that_tell_of_nobody_count_alike() -> None:
    found = together([("a", told(-1.0, 1.0)), ("b", told(0.0, 2.0))])
    assert found.moments.target[0] == pytest.approx(3.0)
