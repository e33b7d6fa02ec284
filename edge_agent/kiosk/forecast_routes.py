"""GET /v1/forecasts and /v1/forecasts/{gtin}: what is expected to sell."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from edge_agent.kiosk.facts import StoreFacts, seconds_since
from edge_agent.kiosk.item_routes import GtinPath, unknown_item
from edge_agent.ports.kiosk import ForecastReads, ForecastRow, ItemReads
from endcap.plumbing.clock import Clock
from endcap.plumbing.http_face.problems import documented

DAYS_AHEAD = 7


@dataclass(frozen=True, slots=True)
class Forecasts:
    """A day's items, or an item's days. `age_s` is the age of the newest forecast among them.

    Where no forecast was made, all its figures are None.
    """

    at: datetime
    age_s: int | None
    known: int
    forecasts: tuple[ForecastRow, ...]


def forecast_routes(
    forecasts: ForecastReads, items: ItemReads, store: StoreFacts, clock: Clock
) -> APIRouter:
    """Return the routes about forecasts."""
    router = APIRouter(prefix="/v1/forecasts", tags=["forecasts"])

    @router.get("")
    async def of_day(
        day: Annotated[date | None, Query(description="tomorrow, when left out")] = None,
        limit: Annotated[int, Query(ge=1, le=5000)] = 200,
    ) -> Forecasts:
        """What each item is expected to sell on a day, best sellers first."""
        at = clock.now()
        wanted = day or store.today(at) + timedelta(days=1)
        return _answer(await forecasts.forecasts_of_day(wanted, limit), at)

    @router.get("/{gtin}", responses=documented(404))
    async def of_item(gtin: GtinPath) -> Forecasts:
        """What an item is expected to sell on each of the next seven days."""
        at = clock.now()
        today = store.today(at)
        found = await items.items([gtin], at, today)
        if gtin not in found:
            raise unknown_item(gtin)
        known = {row.day: row for row in await forecasts.forecasts_of_item(gtin, today)}
        days = [today + timedelta(days=ahead) for ahead in range(1, DAYS_AHEAD + 1)]
        nothing = [ForecastRow(gtin, found[gtin].name, day) for day in days]
        return _answer(tuple(known.get(row.day, row) for row in nothing), at)

    return router


def _answer(rows: tuple[ForecastRow, ...], at: datetime) -> Forecasts:
    made = [row.made_at for row in rows if row.made_at is not None]
    return Forecasts(at, seconds_since(max(made, default=None), at), len(made), rows)
