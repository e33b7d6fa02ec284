"""What moves the forecast of one day of an item, from the typical day to the units that are told.

The model's part is shared out by `endcap.models.demand.drivers`; what the store did to its answer
afterwards stands as a driver of its own, so that all of them add up to what is told. Runs the
model it is given and knows no other.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_agent.core.slow_sellers import SLOW
from endcap.models.demand.drivers import GROUPS, drivers_of
from endcap.models.demand.features import FEATURES, Features
from endcap.models.demand.outlook import Reading, median_of
from endcap.models.demand.panel import Floats
from endcap.models.demand.reasons import reason_of

Answer = Mapping[str, NDArray[Any]]

EVENTS, OWN_ERRORS = "events", "own_errors"
_SLIGHT = 0.005  # units: less than this is rounding


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """What the standing forecasts of an item were made from.

    Attributes:
        release: the release whose model was asked.
        first: the day that the first row is of; the others follow.
        level: units that the model's answers are multiples of.
        whole: whether it sells in whole units.
        rows: [H, F] the model's input.
        events: [H] by what the forecast of each day was multiplied for its local events.
    """

    release: int
    first: date
    level: float
    whole: bool
    rows: Features
    events: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Driver:
    """What adds to a forecast, or takes from it: units a day, what it is, and why, in words."""

    name: str
    words: str
    reason: str
    units: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """The forecast of a day in parts: `typical` and all `drivers` add up to `expected`.

    `typical` is what the item sells on a day on which nothing is special; the drivers that move
    most come first.
    """

    day: date
    typical: float
    drivers: tuple[Driver, ...]
    expected: float


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of a day: units, and what moved the whole day, as lines for people."""

    day: date
    expected: float
    reasons: tuple[str, ...] = ()


def explain(
    run: Callable[[Features], Answer], reading: Reading, inputs: Inputs, told: Told
) -> Explanation | None:
    """Return what moves the forecast of `told.day`; None when there is no input for that day.

    Args:
        run: the model that made the forecast: rows to `mean` and `quantiles`.
        reading: how its answers are read.
        inputs: what it was asked.
        told: what became of its answer.
    """
    day = (told.day - inputs.first).days
    if not 0 <= day < len(inputs.rows) or inputs.rows.shape[1] != len(FEATURES):
        return None
    found = drivers_of(
        lambda rows: _point(run(rows), reading, inputs), inputs.rows, day, inputs.level
    )
    parts = [
        Driver(group.name, group.words, reason_of(group.name, inputs.rows, day), one.units)
        for group, one in zip(GROUPS, found.drivers, strict=True)
    ]
    without = told.expected / inputs.events[day]
    parts += [
        Driver(EVENTS, "local events", "; ".join(told.reasons), told.expected - without),
        Driver(
            OWN_ERRORS,
            "correction from this store's own errors",
            "how the last forecasts here compared with what sold",
            without - found.expected,
        ),
    ]
    return Explanation(told.day, round(found.typical, 3), _weightiest(parts), told.expected)


def _point(answer: Answer, reading: Reading, inputs: Inputs) -> Floats:
    """Return the point forecasts in a model's answer, multiples of the level: [n].

    That of a slow seller is its mean, as in core/demand.
    """
    mean = np.asarray(answer["mean"], dtype=np.float64).reshape(-1)
    median = np.asarray(answer["quantiles"], dtype=np.float64)[:, median_of(reading.levels)]
    slow = inputs.whole & (mean * inputs.level < SLOW)
    return np.where(slow, mean, mean + reading.median_share * (median - mean))


def _weightiest(parts: list[Driver]) -> tuple[Driver, ...]:
    """Return the drivers that move anything, those that move most first."""
    moving = [
        Driver(one.name, one.words, one.reason, round(one.units, 3))
        for one in parts
        if abs(one.units) >= _SLIGHT
    ]
    return tuple(sorted(moving, key=lambda one: -abs(one.units)))
