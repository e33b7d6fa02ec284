"""Bounds that may be looked at daily: they hold at every look, and close as units come."""

from math import inf

import numpy as np
import pytest

from central_sync.core.sequential import LEAST, Sums, difference, share

DAYS, A_DAY, RUNS = 60, 60, 400


def days_of(rng: np.random.Generator, rate: float) -> list[Sums]:
    """Return the sums to the end of each day of units that tap at `rate`."""
    taps = rng.binomial(A_DAY, rate, DAYS).cumsum()
    return [
        Sums(A_DAY * day, float(hits), float(hits)) for day, hits in enumerate(taps.tolist(), 1)
    ]


def test_looking_every_day_finds_no_difference_that_is_not_there() -> None:
    rng = np.random.default_rng(7)
    wrong = naive = 0
    for _ in range(RUNS):
        looks = list(zip(days_of(rng, 0.1), days_of(rng, 0.1), strict=True))
        found = [difference(one, other, 0.05) for one, other in looks]
        wrong += any(one.low > 0 or one.high < 0 for one in found)
        naive += any(
            abs(a.mean - b.mean) > 1.96 * ((a.variance + b.variance) / a.units) ** 0.5
            for a, b in looks
            if a.units >= LEAST
        )
    assert wrong / RUNS <= 0.05
    assert naive / RUNS > 0.2, "the usual interval does not bear daily looks: else nothing is shown"


def test_a_difference_that_is_there_is_found() -> None:
    rng = np.random.default_rng(7)
    found = sum(
        difference(days_of(rng, 0.16)[-1], days_of(rng, 0.1)[-1], 0.05).low > 0 for _ in range(100)
    )
    assert found > 90


def test_few_units_say_nothing() -> None:
    few, many = Sums(LEAST - 1, 5.0, 5.0), Sums(5000, 500.0, 500.0)
    assert (difference(few, many, 0.05).low, difference(few, many, 0.05).high) == (-inf, inf)
    assert share(3, LEAST - 1, 0.5, 0.05).low == -inf
    assert share(0, 0, 0.5, 0.05).value == 0.0


def test_an_arm_in_which_nothing_differed_is_not_known_exactly() -> None:
    found = difference(Sums(LEAST, 0.0, 0.0), Sums(LEAST, LEAST, LEAST), 0.05)
    assert found.value == -1.0
    assert found.low < -1.0 < found.high


def test_sums_add_up_and_know_their_mean() -> None:
    values = [1.0, 2.0, 4.5, 0.0]
    parts = [Sums(1, value, value * value) for value in values]
    whole = sum(parts, Sums())
    assert whole.mean == pytest.approx(np.mean(values))
    assert whole.variance == pytest.approx(np.var(values, ddof=1))
    assert Sums().mean == 0.0
    assert parts[0].variance == 0.0


def test_a_share_is_held_by_its_bounds() -> None:
    found = share(620, 1000, 0.5, 0.001)
    assert found.low > 0
    assert share(505, 1000, 0.5, 0.001).low < 0 < share(505, 1000, 0.5, 0.001).high
