"""Drift is found soon and seldom seen where there is none: by simulation, seeds fixed."""

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import pytest

from central_sync.core.drift import (
    ENOUGH_UNITS,
    LEARNING,
    Change,
    Noise,
    Score,
    Watch,
    limit,
    run_length,
    watched,
)

FIRST = date(2026, 1, 1)
GROUPS = 6
SHIFTED = 60


def days(
    rng: np.random.Generator,
    count: int,
    *,
    units: float = 900.0,
    noise: float = 0.07,
    factor: float = 1.0,
    uncovered: float = 0.1,
) -> Iterator[Score]:
    """Yield days of a store whose sales resemble the day before; a shift comes after SHIFTED."""
    likeness, mood = 0.2, 0.0
    for day in range(count):
        mood = likeness * mood + noise * np.sqrt(1 - likeness**2) * rng.standard_normal()
        shifted = day >= SHIFTED
        sold = units * np.exp(mood)
        error = units * (factor if shifted else 1.0) - sold
        off = abs(error) + units * 0.4 * np.exp(0.1 * rng.standard_normal())
        covered = int(rng.binomial(300, 1.0 - (uncovered if shifted else 0.1)))
        yield Score(FIRST + timedelta(day), 300, covered, float(sold), float(off), float(error))


def opened(found: tuple[Change, ...]) -> list[Change]:
    return [one for one in found if one.opened]


def test_a_store_that_does_not_drift_opens_less_than_one_alarm_a_year() -> None:
    rng = np.random.default_rng(7)
    years, alarms = 5, 0
    for _ in range(years):
        alarms += len(opened(watched(Watch(), days(rng, 365 + LEARNING), 1)[1]))
        for _ in range(GROUPS):
            scores = days(rng, 365 + LEARNING, units=60.0, noise=0.2)
            alarms += len(opened(watched(Watch(), scores, GROUPS)[1]))
    assert alarms <= years


@pytest.mark.parametrize(("factor", "sign"), [(1.2, "high"), (0.8, "low")])
def test_a_bias_of_a_fifth_is_found_within_two_weeks(factor: float, sign: str) -> None:
    rng = np.random.default_rng(11)
    runs, found = 40, 0
    for _ in range(runs):
        scores = days(rng, SHIFTED + 14, factor=factor, noise=0.06)
        found += any(one.sign == sign for one in watched(Watch(), scores, 1)[1])
    assert found >= 0.95 * runs


def test_intervals_that_cover_too_little_are_found() -> None:
    scores = days(np.random.default_rng(3), SHIFTED + 10, uncovered=0.25)
    (alarm,) = [one for one in watched(Watch(), scores, 1)[1] if one.sign == "coverage"]
    assert alarm.since >= FIRST + timedelta(SHIFTED - 2)
    assert "intervals miss 1" in alarm.why


def test_an_alarm_says_how_far_and_since_when_and_ends_when_it_is_over() -> None:
    scores = list(days(np.random.default_rng(5), 120, factor=1.4))
    better = [
        Score(one.day + timedelta(120), 300, 270, one.units, 0.4 * one.units, 0.0)
        for one in scores[:30]
    ]
    watch, first = watched(Watch(), scores, 1)
    _, last = watched(watch, better, 1)
    (high,) = [one for one in first if one.sign == "high"]
    assert high.opened
    assert abs((high.since - FIRST).days - SHIFTED) <= 5
    assert high.why.startswith("forecasts are ")
    assert high.why.endswith(f"too high since {high.since}")
    (over,) = [one for one in last if one.sign == "high"]
    assert (over.opened, over.since) == (False, high.since)


def test_errors_that_grow_are_found_without_a_bias() -> None:
    def worse(day: int) -> Score:
        off = 360.0 if day < SHIFTED else 540.0
        return Score(FIRST + timedelta(day), 300, None, 900.0, off + day % 5 * 20, 0.0)

    (alarm,) = watched(Watch(), [worse(day) for day in range(90)], 1)[1]
    assert alarm.sign == "error"
    assert "further off than usual" in alarm.why


def test_a_day_that_comes_late_or_again_changes_nothing() -> None:
    scores = list(days(np.random.default_rng(1), 70, factor=1.3))
    watch, _ = watched(Watch(), scores, 1)
    assert watched(watch, scores, 1) == (watch, ())
    stepwise = Watch()
    for score in scores:
        stepwise, _ = watched(stepwise, [score], 1)
    assert stepwise == watch


def test_small_days_are_put_together_until_there_is_something_to_judge() -> None:
    small = [Score(FIRST + timedelta(day), 3, 3, 4.0, 1.0, 1.0) for day in range(6)]
    watch, _ = watched(Watch(), small[:5], 1)
    assert watch.pending is not None
    assert (watch.pending.units, watch.pending.covered) == (20.0, 15)
    assert watch.noise["bias"].steps == 0
    watch, _ = watched(watch, small[5:], 1)
    assert (watch.pending, watch.noise["bias"].steps) == (None, 1)
    unknown = Score(FIRST + timedelta(9), 3, None, 4.0, 1.0, 1.0)
    more = Score(FIRST + timedelta(10), 3, 3, ENOUGH_UNITS, 1.0, 1.0)
    watch, _ = watched(watch, [unknown, more], 1)
    assert (watch.noise["bias"].steps, watch.noise["uncovered"].steps) == (2, 1)


def test_a_day_of_nothing_sold_is_wholly_too_high_and_no_alarm_alone() -> None:
    nothing = Score(FIRST + timedelta(SHIFTED), 300, None, 0.0, 500.0, 500.0)
    usual = list(days(np.random.default_rng(4), SHIFTED))
    assert watched(Watch(), [*usual, nothing], 1)[1] == ()
    watch, _ = watched(Watch(), [nothing], 1)
    assert watch.noise["bias"].mean == 1.0
    assert watch.noise["error"].mean == pytest.approx(np.log(2.0))


def test_the_limit_is_that_of_the_tables() -> None:
    assert limit(0.5, 1.0, 930) == pytest.approx(5.0, abs=0.1)
    assert limit(0.5, 1.0, 336 / 2 * 2) == pytest.approx(4.0, abs=0.1)
    assert limit(0.1, 0.2, 930) == pytest.approx(0.2 * 5.0, abs=0.02)
    assert limit(10.0, 1.0, 2.0) == 0.0
    assert run_length(10) == 10 * run_length(1)


def test_steps_that_resemble_each_other_are_noisier_than_they_look() -> None:
    alone = Noise(steps=90, variance=0.01)
    alike = Noise(steps=90, variance=0.01, covariance=0.005)
    assert alone.deviation == pytest.approx(0.12)
    assert alike.deviation == pytest.approx(0.12 * np.sqrt(3))
    assert Noise().deviation == 0.01
