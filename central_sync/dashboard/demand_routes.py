"""GET /v1/demand/*: how the forecasts of the fleet fare, which drift, and who won the last contest.

Shares and sums only; which drift is an alarm, and who serves, was decided before.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from central_sync.core.evaluation import PartScore
from central_sync.core.forecast_scores import Alarm, Sums
from central_sync.core.overview import Training
from central_sync.ports.reads import DemandReads
from endcap.plumbing.clock import Clock
from endcap.plumbing.http_face.problems import Problem, documented
from endcap.wire.identifiers import STORE_PATTERN

GROUPS_SHOWN = 40
STORES_SHOWN = 12
TRAININGS_SHOWN = 20
RECENT = timedelta(days=28)
"""The days that groups are ranked by."""

LATELY = timedelta(days=7)
"""The days that stores are ranked by: every store's row of each is read."""

Store = Annotated[str | None, Query(pattern=STORE_PATTERN)]
Group = Annotated[str, Query(max_length=100, description="an item group; empty is all items")]
Days = Annotated[int, Query(ge=1, le=400)]
Limit = Annotated[int, Query(ge=1, le=1000)]


@dataclass(frozen=True, slots=True)
class Fared:
    """How forecasts fared: `units` sold, `expected` of them, and how far off. None: not known."""

    units: float
    expected: float
    wape: float | None
    bias: float | None
    coverage: float | None


@dataclass(frozen=True, slots=True)
class Day:
    """A day, and how many stores told of it."""

    day: date
    stores: int
    fared: Fared


@dataclass(frozen=True, slots=True)
class Named:
    """An item group, or a store."""

    name: str
    fared: Fared


@dataclass(frozen=True, slots=True)
class Scores:
    """How forecasts fared day by day, in a store (None: the fleet), for a group (empty: all).

    `recent` is the sum of the last 28 days. `groups` are ranked by their units of error in these
    days; `worst` are the stores with the largest error for what they sold in the last 7.
    """

    at: datetime
    store: str | None
    group: str
    days: tuple[Day, ...]
    recent: Fared
    groups: tuple[Named, ...]
    worst: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class Alarms:
    """The open alarms of drift, newest first, and behind them those that closed lately."""

    at: datetime
    open: int
    alarms: tuple[Alarm, ...]


@dataclass(frozen=True, slots=True)
class Contests:
    """The last trainings of the demand forecast that came to a verdict, and one of them in parts.

    `parts` are by segment, origin and store; `low` and `high` bound the relative change.
    """

    at: datetime
    trainings: tuple[Training, ...]
    training: int | None
    parts: tuple[PartScore, ...]


def demand_routes(demand: DemandReads, clock: Clock) -> APIRouter:
    """Return the routes about the demand forecast."""
    router = APIRouter(prefix="/v1/demand", tags=["demand"])

    @router.get("/scores")
    async def scores(store: Store = None, group: Group = "", days: Days = 90) -> Scores:
        """How forecasts fared day by day: error, bias, and how often the interval held."""
        at = clock.now()
        recent = (at - RECENT).date()
        told = await demand.score_days(store, group, (at - timedelta(days=days)).date())
        groups = await demand.score_groups(store, recent, GROUPS_SHOWN)
        worst = () if store else await demand.worst_stores((at - LATELY).date(), STORES_SHOWN)
        return Scores(
            at=at,
            store=store,
            group=group,
            days=tuple(Day(one.day, one.stores, _fared(one.sums)) for one in told),
            recent=_fared(_total(one.sums for one in told if one.day >= recent)),
            groups=tuple(Named(one.group, _fared(one.sums)) for one in groups),
            worst=tuple(Named(one.store, _fared(one.sums)) for one in worst),
        )

    @router.get("/alarms")
    async def alarms(closed_days: Days = 28, limit: Limit = 200) -> Alarms:
        """Which forecasts drift: of which store and group, since when, and how."""
        at = clock.now()
        found = await demand.alarms(limit, (at - timedelta(days=closed_days)).date())
        counted = await demand.open_alarms()
        return Alarms(at, sum(counted.values()), found)

    @router.get("/contests", responses=documented(404))
    async def contests(training: Annotated[int | None, Query(ge=1, le=2**53)] = None) -> Contests:
        """Candidate against champion: the last verdicts, the newest or a chosen one in parts."""
        found = await demand.contests(TRAININGS_SHOWN)
        numbers = [one.training for one in found]
        if training is not None and training not in numbers:
            hint = "see /v1/demand/contests for those there are"
            raise Problem(404, "unknown-training", f"no verdict of training {training}", hint)
        chosen = training if training is not None else next(iter(numbers), None)
        parts = await demand.training_parts(chosen) if chosen is not None else ()
        return Contests(clock.now(), found, chosen, parts)

    return router


def _fared(sums: Sums) -> Fared:
    """Return sums as what a page shows."""
    expected = round(sums.units + sums.error, 3)
    return Fared(round(sums.units, 3), expected, sums.wape, sums.bias, sums.coverage)


def _total(sums: Iterable[Sums]) -> Sums:
    """Return the sum of sums."""
    total = Sums(0, 0, 0, 0.0, 0.0, 0.0)
    for one in sums:
        total = total + one
    return total
