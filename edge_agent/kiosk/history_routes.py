"""GET /v1/forecasts/{gtin}/history: an item's days, past and to come, and what moves one."""

import asyncio
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from edge_agent.core.explaining import Explanation, Inputs, Told, explain
from edge_agent.core.item_history import (
    Fared,
    ItemFacts,
    ShownDay,
    fared,
    levels_shown,
    shown_days,
)
from edge_agent.kiosk.facts import StoreFacts
from edge_agent.kiosk.item_routes import GtinPath, unknown_item
from edge_agent.ports.item_history import ItemHistoryReads
from edge_agent.ports.kiosk import ItemReads
from edge_agent.ports.models import Models, Site
from endcap.models.demand.outlook import reading_of
from endcap.plumbing.clock import Clock
from endcap.plumbing.http_face.days import Day
from endcap.plumbing.http_face.problems import documented
from endcap.plumbing.onnx_session import ModelUnusableError

AHEAD = timedelta(days=28)
"""How far ahead is looked for forecasts."""

_KIND = "demand"

PastDays = Annotated[int, Query(ge=1, le=730, description="how many days back, without today")]
Explained = Annotated[Day | None, Query(description="the day to explain; tomorrow, if left out")]


@dataclass(frozen=True, slots=True)
class ItemHistory:
    """An item's days.

    Attributes:
        at: when this was asked.
        gtin: the item.
        name: its name.
        category: its category, or its department.
        today: the store's own day; days from it on are yet to come.
        interval: the probability of the interval from `low` to `high` of a day.
        inner: the same of the narrower one.
        days: oldest first, up to the last day with a forecast.
        fared: how forecasts of the item's shown days that are over fared, where it was in stock.
        category_fared: the same of all items of its category.
        explanation: what moves the forecast of one day.
        unexplained: why there is no explanation.
    """

    at: datetime
    gtin: str
    name: str
    category: str
    today: date
    interval: float | None
    inner: float | None
    days: tuple[ShownDay, ...]
    fared: Fared | None
    category_fared: Fared | None
    explanation: Explanation | None
    unexplained: str | None


def history_routes(
    history: ItemHistoryReads, items: ItemReads, models: Models, store: StoreFacts, clock: Clock
) -> APIRouter:
    """Return the route about an item's days."""
    router = APIRouter(prefix="/v1/forecasts", tags=["forecasts"])

    @router.get("/{gtin}/history", responses=documented(404))
    async def of_item(gtin: GtinPath, days: PastDays = 56, day: Explained = None) -> ItemHistory:
        """What an item sold, what was expected of it, and what moves the forecast of a day."""
        at = clock.now()
        today = store.today(at)
        found = await items.items([gtin], at, today)
        if gtin not in found:
            raise unknown_item(gtin)
        item = found[gtin]
        first, last = today - timedelta(days=days), today + AHEAD
        facts = await history.facts_of(gtin, first, last, today)
        wanted = day or today + timedelta(days=1)
        explanation, why = await _explained(
            facts, await history.inputs_of(gtin), models.current, wanted
        )
        reach = max((one for one in facts.foretold if one >= today), default=today)
        interval, inner = _widths(facts)
        return ItemHistory(
            at=at,
            gtin=gtin,
            name=item.name,
            category=item.category or item.department,
            today=today,
            interval=interval,
            inner=inner,
            days=shown_days(facts, first, reach, today),
            fared=fared(facts.own),
            category_fared=fared(facts.category),
            explanation=explanation,
            unexplained=why,
        )

    return router


def _widths(facts: ItemFacts) -> tuple[float | None, float | None]:
    """Return the probabilities of the two intervals that are shown."""
    newest = max(facts.foretold, default=None)
    levels = None if newest is None else levels_shown(tuple(facts.foretold[newest].quantiles))
    if levels is None:
        return None, None
    return round(levels[1] - levels[0], 4), round(levels[3] - levels[2], 4)


async def _explained(
    facts: ItemFacts, inputs: Inputs | None, site: Site, day: date
) -> tuple[Explanation | None, str | None]:
    """Return what moves the forecast of `day`, or why that cannot be said."""
    manifest, why = site.manifest(_KIND), _unexplained(facts, inputs, site, day)
    if why or inputs is None or manifest is None:
        return None, why or "no demand model is loaded"
    try:
        reading = reading_of(manifest.parameters)
        share = site.setting(_KIND, "median_share", reading.median_share)
        found = await asyncio.to_thread(
            explain,
            lambda rows: site.run(_KIND, {"features": rows}),
            replace(reading, median_share=share),
            inputs,
            Told(day, facts.foretold[day].expected, facts.foretold[day].reasons),
        )
    except (ModelUnusableError, ValueError) as error:
        return None, f"the demand model cannot say: {error}"
    return found, None if found else "that day was forecast without the model"


def _unexplained(facts: ItemFacts, inputs: Inputs | None, site: Site, day: date) -> str | None:
    """Return why the forecast of `day` cannot be explained; None where it may be."""
    if day not in facts.foretold:
        return "there is no forecast of this item for that day"
    if any(mark.kind == "closed" for mark in facts.marks.get(day, ())):
        return "the store is closed that day"
    if inputs is None:
        return "the item is too new for the model, and forecast from what is like it"
    if inputs.release != site.release or facts.foretold[day].release != site.release:
        return "another model serves now, and the forecasts are being made anew"
    return None
