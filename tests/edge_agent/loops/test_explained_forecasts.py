"""What the forecast loop wrote down explains what it told, to the last hundredth of a unit."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from edge_agent.adapters.basket_tables import BasketTables
from edge_agent.adapters.consent_tables import CardReader
from edge_agent.adapters.feed_intake import SqliteIntake
from edge_agent.adapters.feed_tables import FeedTables
from edge_agent.adapters.forecast_tables import ForecastTables
from edge_agent.adapters.item_history_tables import ItemHistoryTables
from edge_agent.adapters.lesson_tables import LessonTables
from edge_agent.adapters.sales_tables import DayTables
from edge_agent.adapters.score_tables import ScoreTables
from edge_agent.core.baskets import BasketRule
from edge_agent.core.explaining import EVENTS, OWN_ERRORS, Explanation, Inputs, Told, explain
from edge_agent.core.facing import Opening
from edge_agent.core.item_history import ItemFacts
from edge_agent.loops.make_forecasts import Forecasting, forecast_once
from edge_agent.loops.tally_sales import Books, tally_once
from edge_agent.ports.models import Site
from endcap.models.demand.outlook import reading_of
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.commands import Feed, LocalEvent, Promotion
from tests.edge_agent.adapters.store_file import with_store
from tests.edge_agent.kiosk.corner_store import FakeModels
from tests.edge_agent.kiosk.selling_store import models
from tests.fakes.clock import NOON
from tests.fakes.store_files import SALES_HEADER, dropped

MILK, LIGHTER, BREAD = "04006381333931", "00000096385074", "05000112637922"
DAY = timedelta(days=1)
TODAY = NOON.date()
MATCH, OFFER = TODAY + 3 * DAY, TODAY + 5 * DAY
OPENING = Opening(time(8), time(20), UTC)


async def forecast(file: SqliteFile, serving: FakeModels, at: datetime = NOON) -> None:
    """Sell for sixty days, milk fast and lighters slowly; tally; forecast what is to come."""
    lines = []
    for ago in range(1, 61):
        day = TODAY - ago * DAY
        lines.append(f"m{ago},1,{MILK},{8 + ago % 5},4,{day}T10:00:00,,\n")
        if ago % 3 == 0:
            lines.append(f"l{ago},1,{LIGHTER},1,1,{day}T11:00:00,,\n")
    lines.append(f"b,1,{BREAD},1,3,{TODAY - DAY}T10:00:00,,\n")
    await SqliteIntake(file, UTC, CardReader(b"key")).take(
        dropped("till.csv", SALES_HEADER + "".join(lines)), at
    )
    feed = Feed(
        version=1,
        promotions=(Promotion(gtin=MILK, first=OFFER, last=OFFER, discount=0.2),),
        local_events=(LocalEvent(day=MATCH, name="Match", effect=0.5),),
    )
    await FeedTables(file).take(feed, at)
    books = Books(DayTables(file), BasketTables(file), ScoreTables(file))
    await tally_once(books, OPENING, BasketRule(2), at)
    tables = Forecasting(ForecastTables(file), LessonTables(file), serving, OPENING)
    assert await forecast_once(tables, at)


def explained(site: Site, inputs: Inputs, facts: ItemFacts, day: date) -> Explanation:
    manifest = site.manifest("demand")
    assert manifest is not None
    reading = reading_of(manifest.parameters)
    one = facts.foretold[day]
    told = Told(day, one.expected, one.reasons)
    found = explain(lambda rows: site.run("demand", {"features": rows}), reading, inputs, told)
    assert found is not None
    return found


@pytest.mark.parametrize("gtin", [MILK, LIGHTER])
def test_every_day_to_come_is_explained_in_whole(tmp_path: Path, gtin: str) -> None:
    async def work(file: SqliteFile) -> None:
        serving = models()
        await forecast(file, serving)
        history = ItemHistoryTables(file)
        facts = await history.facts_of(gtin, TODAY, TODAY + 28 * DAY, TODAY)
        inputs = await history.inputs_of(gtin)
        assert inputs is not None
        assert len(facts.foretold) == len(inputs.rows) > 7
        for day, one in facts.foretold.items():
            found = explained(serving.current, inputs, facts, day)
            total = found.typical + sum(driver.units for driver in found.drivers)
            assert total == pytest.approx(one.expected, abs=0.06)
            names = {driver.name: driver for driver in found.drivers}
            assert OWN_ERRORS not in names, "a store without a past has nothing to correct"
            assert (EVENTS in names) == (day == MATCH)
            assert ("price" in names) == (gtin == MILK and day == OFFER)

    with_store(tmp_path, work)


def test_what_events_do_is_told_with_their_names(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        serving = models()
        await forecast(file, serving)
        history = ItemHistoryTables(file)
        facts = await history.facts_of(MILK, TODAY, TODAY + 28 * DAY, TODAY)
        inputs = await history.inputs_of(MILK)
        assert inputs is not None
        found = explained(serving.current, inputs, facts, MATCH)
        driver = next(one for one in found.drivers if one.name == EVENTS)
        assert driver.units == pytest.approx(found.expected / 3, abs=0.02)
        assert driver.reason.startswith("Match: +50%")
        plain = replace(inputs, events=(1.0,) * len(inputs.events))
        without = explained(serving.current, plain, facts, MATCH)
        assert OWN_ERRORS in {one.name for one in without.drivers}

    with_store(tmp_path, work)


def test_an_item_too_new_for_the_model_has_no_inputs(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await forecast(file, models())
        assert await ItemHistoryTables(file).inputs_of(BREAD) is None

    with_store(tmp_path, work)
