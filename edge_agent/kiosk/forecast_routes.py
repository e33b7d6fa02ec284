"""GET /v1/forecasts and /v1/forecasts/{gtin}: what is expected to sell, and when in the day."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from edge_agent.core.hours import Profiles, day_clock, is_weekend, weight_of
from edge_agent.core.knowledge import Knowledge
from edge_agent.core.sales import open_span
from edge_agent.kiosk.facts import StoreFacts, knowledge_of, seconds_since
from edge_agent.kiosk.item_routes import GtinPath, unknown_item
from edge_agent.ports.demand import HourReads
from edge_agent.ports.kiosk import ForecastRow, ItemReads, OutlookReads
from edge_agent.ports.models import Models
from endcap.plumbing.clock import Clock
from endcap.plumbing.http_face.days import Day
from endcap.plumbing.http_face.problems import documented

DAYS_AHEAD = 7


@dataclass(frozen=True, slots=True)
class Hour:
    """A part of the opening time: its share of the day's sales, and the units that makes."""

    begins: datetime
    ends: datetime
    share: float
    expected: float


@dataclass(frozen=True, slots=True)
class Forecasts:
    """A day's items, or an item's days. `age_s` is the age of the newest forecast among them.

    Where no forecast was made, all its figures are None. `knowledge` says how old that is which
    they rest on. `hours` are today's, where they were asked for and today has a forecast.
    """

    at: datetime
    age_s: int | None
    known: int
    forecasts: tuple[ForecastRow, ...]
    knowledge: Knowledge
    hours: tuple[Hour, ...] = ()


def forecast_routes(
    outlook: OutlookReads, items: ItemReads, models: Models, store: StoreFacts, clock: Clock
) -> APIRouter:
    """Return the routes about forecasts."""
    router = APIRouter(prefix="/v1/forecasts", tags=["forecasts"])

    async def answer(
        rows: tuple[ForecastRow, ...], at: datetime, hours: tuple[Hour, ...] = ()
    ) -> Forecasts:
        known = knowledge_of(await outlook.heard(), models.current, store, at)
        made = [row.made_at for row in rows if row.made_at is not None]
        age = seconds_since(max(made, default=None), at)
        return Forecasts(at, age, len(made), rows, known, hours)

    @router.get("")
    async def of_day(
        day: Annotated[Day | None, Query(description="tomorrow, when left out")] = None,
        limit: Annotated[int, Query(ge=1, le=5000)] = 200,
    ) -> Forecasts:
        """What each item is expected to sell on a day, best sellers first."""
        at = clock.now()
        wanted = day or store.today(at) + timedelta(days=1)
        return await answer(await outlook.forecasts_of_day(wanted, limit), at)

    @router.get("/{gtin}", responses=documented(404))
    async def of_item(
        gtin: GtinPath,
        hours: Annotated[bool, Query(description="today's hours as well")] = False,  # noqa: FBT002 - a query's flag
    ) -> Forecasts:
        """What an item is expected to sell on each of the next seven days."""
        at = clock.now()
        today = store.today(at)
        found = await items.items([gtin], at, today)
        if gtin not in found:
            raise unknown_item(gtin)
        known = {row.day: row for row in await outlook.forecasts_of_item(gtin, today)}
        days = [today + timedelta(days=ahead) for ahead in range(1, DAYS_AHEAD + 1)]
        nothing = [ForecastRow(gtin, found[gtin].name, day) for day in days]
        curve = await _hours(outlook, known.get(today), store) if hours else ()
        return await answer(tuple(known.get(row.day, row) for row in nothing), at, curve)

    return router


async def _hours(reads: HourReads, row: ForecastRow | None, store: StoreFacts) -> tuple[Hour, ...]:
    """Return the hours of a day's forecast."""
    if row is None or row.expected is None:
        return ()
    sums = await reads.hour_sums(is_weekend(row.day))
    profile = Profiles(sums, store.opening, weight_of(row.day)).of(row.gtin)
    clock = day_clock(open_span(row.day, store.opening), store.opening.zone)
    return tuple(
        Hour(begins, ends, round(share, 4), round(share * row.expected, 3))
        for begins, ends, share in clock.curve(profile)
    )
