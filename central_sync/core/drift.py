"""Decides when a store's forecasts have drifted, from how each day's forecast fared.

Four one-sided CUSUM tests (Page 1954) watch each store and each of its item groups: forecasts too
high, too low, further off than usual, and intervals that cover too little. A test sums what lies
beyond half of the shift it is to find, and opens an alarm where the sum passes its limit. The limit
follows from the series' own noise, by Siegmund's approximation of the run length (1985), so that a
noisy series is slower but not more often wrong: all tests of a store together open at most one
alarm in a year without cause. Reads nothing, tells nobody, and retrains nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from math import exp, log, sqrt
from typing import Literal

Sign = Literal["high", "low", "error", "coverage"]
"""What is wrong: forecasts too high, too low, too far off, or intervals too narrow."""

Series = Literal["bias", "error", "uncovered"]

WHOLE_STORE = ""
"""The name of the group that is all of a store."""

NOMINAL = 0.9
"""The share of items whose sales the interval is meant to cover."""

ENOUGH_UNITS = 30.0
"""A step of the tests is a day, or as many days as it takes to sell or expect so many units."""

LEARNING = 28
"""So many steps are watched before anything is judged: how noisy is this series?"""

_MEMORY = 90  # steps after which what was learned of the noise has mostly been learned anew
_BUDGET = 0.5  # alarms without cause in a store-year by design; estimated noise costs the rest
_YEAR = 365.0
_MOST_OFF = 1.0  # a step counts as at most so far off: a day of nothing says "nothing", not more
_STRAY = 3.0  # in standard deviations: beyond it a step teaches the noise no more
_OVERSHOOT = 1.166  # Siegmund: how far beyond its limit a sum lands, of both ends, in deviations
_LEAST_NOISE = 0.01
_ROUNDS = 8  # of a fixed point that gains several digits in each
_MOST_BEYOND = 4.0  # halves of the shift that a step may lie beyond: no single day is an alarm
_RESTRAINT = 1.5  # a sum is held at so much of its limit, so that an alarm can end


@dataclass(frozen=True, slots=True)
class Score:
    """How a day's forecast fared for a group of items, in units; `error` is expected minus sold."""

    day: date
    items: int
    covered: int | None
    units: float
    absolute_error: float
    error: float


@dataclass(frozen=True, slots=True)
class Noise:
    """What is known of a series: mean, variance, and covariance of one step with the next."""

    steps: int = 0
    mean: float = 0.0
    variance: float = 0.0
    covariance: float = 0.0
    last: float = 0.0

    @property
    def deviation(self) -> float:
        """The standard deviation, widened for steps that resemble the one before.

        By the long-run variance of a first-order autoregression; a fifth is added because the
        deviation itself is estimated, from few steps.
        """
        likeness = self.covariance / self.variance if self.variance > 0 else 0.0
        likeness = min(max(likeness, 0.0), 0.6)
        long_run = sqrt(self.variance * (1.0 + likeness) / (1.0 - likeness))
        return max(1.2 * long_run, _LEAST_NOISE)


@dataclass(frozen=True, slots=True)
class Sum:
    """One test: what has summed up `since` the day it last was nothing, over `steps`.

    `total` is what the series itself came to over these steps.
    """

    value: float = 0.0
    since: date | None = None
    steps: int = 0
    total: float = 0.0
    open: bool = False


_NOTHING_YET: Mapping[str, Noise] = {name: Noise() for name in ("bias", "error", "uncovered")}
_AT_REST: Mapping[str, Sum] = {name: Sum() for name in ("high", "low", "error", "coverage")}


@dataclass(frozen=True, slots=True)
class Watch:
    """Where the tests of one group stand after `last`; `pending` sums days too small for a step."""

    last: date | None = None
    pending: Score | None = None
    noise: Mapping[str, Noise] = field(default_factory=lambda: dict(_NOTHING_YET))
    sums: Mapping[str, Sum] = field(default_factory=lambda: dict(_AT_REST))


@dataclass(frozen=True, slots=True)
class Change:
    """An alarm that opened or ended on `day`; the drift is dated `since`, and `why` says it."""

    sign: Sign
    opened: bool
    day: date
    since: date
    why: str


@dataclass(frozen=True, slots=True)
class _Test:
    """What a test sums: `direction` times its series, less half the `shift`.

    Nothing is wrong with shares of nothing; the error, a logarithm, is held `against_usual`.
    """

    series: Series
    direction: float
    shift: float
    said: str
    against_usual: bool = False


_TESTS: Mapping[Sign, _Test] = {
    "high": _Test("bias", 1.0, 0.20, "forecasts are {:.0%} too high"),
    "low": _Test("bias", -1.0, 0.20, "forecasts are {:.0%} too low"),
    "error": _Test("error", 1.0, log(1.3), "forecasts are {:.0%} further off than usual", True),  # noqa: FBT003 - its last field
    "coverage": _Test("uncovered", 1.0, 0.10, "intervals miss {:.0%} more than they should"),
}


def watched(watch: Watch, scores: Iterable[Score], groups: int) -> tuple[Watch, tuple[Change, ...]]:
    """Return where the tests stand after `scores`, and which alarms opened and ended.

    Days at or before the last one that was taken in are passed over: they came late, or twice.

    Args:
        watch: where the tests stood.
        scores: the days' scores of one group.
        groups: how many series share this half of the store's alarms without cause: 1 for the
            whole store, the number of its item groups for one of them.
    """
    changes: list[Change] = []
    for score in sorted(scores, key=lambda one: one.day):
        if watch.last is None or score.day > watch.last:
            watch, found = _day(watch, score, run_length(groups))
            changes += found
    return watch, tuple(changes)


def run_length(groups: int) -> float:
    """Return the steps between alarms without cause that one test of a group may have.

    Half of a store's alarms are its own as a whole, the other half its groups'.
    """
    return _YEAR * len(_TESTS) * groups * 2.0 / _BUDGET


def limit(half_shift: float, deviation: float, length: float) -> float:
    """Return the limit of a one-sided CUSUM whose mean run length without a shift is `length`.

    Source: D. Siegmund, Sequential Analysis (1985): (exp(2kb) - 2kb - 1) / 2k^2, b = h + 1.166.

    >>> round(limit(0.5, 1.0, 930), 1)  # in tables: h = 5, k = 1/2
    5.0
    """
    k = half_shift / deviation
    b = 1.0 / k
    for _ in range(_ROUNDS):
        b = log(1.0 + 2.0 * k * b + 2.0 * k * k * length) / (2.0 * k)
    return max(b - _OVERSHOOT, 0.0) * deviation


def _day(watch: Watch, score: Score, length: float) -> tuple[Watch, tuple[Change, ...]]:
    """Take in one day: a step, once there is enough to judge."""
    step = _together(watch.pending, score) if watch.pending else score
    if max(step.units, step.units + step.error) < ENOUGH_UNITS:
        return replace(watch, last=score.day, pending=step), ()
    values = _values(step)
    sums, changes, strained = dict(watch.sums), [], set()
    for sign, test in _TESTS.items():
        known = watch.noise[test.series]
        if test.series not in values or known.steps < LEARNING:
            continue
        most = limit(test.shift / 2.0, max(known.deviation, test.shift / 2.0), length)
        beyond = test.direction * (
            values[test.series] - (known.mean if test.against_usual else 0.0)
        )
        moved = _moved(sums[sign], beyond, test.shift / 2.0, most, score.day)
        changes += _told(sign, sums[sign], moved, score.day)
        sums[sign] = moved
        if moved.value > most / 2.0:
            strained.add(test.series)  # else a drift would soon pass for noise
    noise = {
        name: _learned(known, values[name]) if name in values and name not in strained else known
        for name, known in watch.noise.items()
    }
    return Watch(score.day, None, noise, sums), tuple(changes)


def _together(first: Score, then: Score) -> Score:
    """Return two scores as one of the later day; what one does not know, both do not."""
    known = first.covered is not None and then.covered is not None
    return Score(
        day=then.day,
        items=first.items + then.items,
        covered=(first.covered or 0) + (then.covered or 0) if known else None,
        units=first.units + then.units,
        absolute_error=first.absolute_error + then.absolute_error,
        error=first.error + then.error,
    )


def _values(step: Score) -> dict[str, float]:
    """Return a step's value of each series that is known.

    The error is a logarithm: it has no upper bound, and a bad day would weigh like a bad week.
    """
    units = max(step.units, 1.0)
    values = {
        "bias": min(max(step.error / units, -_MOST_OFF), _MOST_OFF),
        "error": log(min(max(step.absolute_error / units, _LEAST_NOISE), 2.0 * _MOST_OFF)),
    }
    if step.covered is not None and step.items:
        values["uncovered"] = NOMINAL - step.covered / step.items
    return values


def _moved(before: Sum, beyond: float, half: float, most: float, day: date) -> Sum:
    """Return a test's sum after a step that lay `beyond` its target; `half` of the shift is let."""
    grown = min(before.value + min(beyond, _MOST_BEYOND * half) - half, _RESTRAINT * most)
    if grown <= 0.0:
        return Sum()
    return Sum(
        value=grown,
        since=before.since or day,
        steps=before.steps + 1,
        total=before.total + beyond,
        open=before.open or grown > most,
    )


def _told(sign: Sign, before: Sum, after: Sum, day: date) -> list[Change]:
    """Return what became of an alarm in a step."""
    if after.open and not before.open and after.since is not None:
        test, off = _TESTS[sign], after.total / after.steps
        said = test.said.format(exp(off) - 1.0 if test.against_usual else off)
        return [Change(sign, True, day, after.since, f"{said} since {after.since}")]  # noqa: FBT003 - its second field
    if before.open and not after.open and before.since is not None:
        return [Change(sign, False, day, before.since, "as good as usual again")]  # noqa: FBT003 - likewise
    return []


def _learned(known: Noise, value: float) -> Noise:
    """Return what is known of a series after a step; a stray one counts as far as it may.

    The first steps weigh alike; later ones push out what was learned some ninety steps ago.
    """
    if known.steps >= LEARNING:
        most = _STRAY * sqrt(known.variance)
        value = min(max(value, known.mean - most), known.mean + most)
    weight = 1.0 / min(known.steps + 1, _MEMORY)
    off = value - known.mean
    mean = known.mean + weight * off
    return Noise(
        steps=known.steps + 1,
        mean=mean,
        variance=(1.0 - weight) * (known.variance + weight * off * off),
        covariance=(1.0 - weight) * known.covariance + weight * off * (known.last - mean),
        last=value,
    )
