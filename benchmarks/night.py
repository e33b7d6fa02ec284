"""What a store's night costs: learning from the day that closed, and forecasting four weeks.

A made-up store in a real database: its items' days are written, forecasts made once, a day sold,
and then the loops' own steps are run and their processor time is told, a part at a time. The model
is the one that comes with the program.
"""

import asyncio
import json
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path

import click
import numpy as np

from edge_agent.adapters.catalogue_tables import put_items
from edge_agent.adapters.forecast_tables import ForecastTables
from edge_agent.adapters.lesson_tables import LessonTables
from edge_agent.adapters.model_files import ModelFolder
from edge_agent.adapters.model_slots import ModelSlots
from edge_agent.adapters.sale_rows import SALES, mark_changed
from edge_agent.adapters.sales_tables import DayTables
from edge_agent.adapters.schema import migrate
from edge_agent.adapters.score_tables import ScoreTables
from edge_agent.core.facing import Opening
from edge_agent.core.feed.shelf import Item
from edge_agent.core.hours import lesson_of
from edge_agent.core.learning import learned
from edge_agent.core.sales import tally
from edge_agent.core.scoring import score
from edge_agent.loops.make_forecasts import Forecasting, forecast_once
from endcap.plumbing.packaged import reference_models
from endcap.plumbing.sqlite_file import SqliteFile, open_sqlite
from endcap.wire.identifiers import check_digit

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
OPENING = Opening(clock_time(8), clock_time(20), UTC)
HISTORY = 90
DAY = timedelta(days=1)
_SALES = "INSERT INTO day_sales VALUES (?, ?, ?, 0, 0, 2.5, 0, 1)"
_LINE = "INSERT INTO sale_lines VALUES (?, 1, ?, ?, 2.5, ?, ?, NULL, 0)"
_TOLD = "INSERT INTO tallies VALUES ('sales', ?, 1, '', '')"

Costs = dict[str, float]


@contextmanager
def told(costs: Costs, part: str) -> Iterator[None]:
    """Note the processor time of a block, over all threads of this process."""
    begun = time.process_time()
    yield
    costs[part] = round(time.process_time() - begun, 3)


def gtins(count: int) -> list[str]:
    """Return so many items."""
    bodies = (f"{number:013}" for number in range(count))
    return [body + check_digit(body) for body in bodies]


async def furnish(file: SqliteFile, items: list[str]) -> None:
    """Write the store's items and the days behind it, the last one as receipts."""
    rng = np.random.default_rng(1)
    level = rng.lognormal(0.3, 1.1, len(items))
    today = NOON.date()
    known = [Item(gtin, gtin, "", "", f"c{n % 60}", "", 2.5) for n, gtin in enumerate(items)]
    await file.write(lambda db: put_items(db, known))

    days = [(today - n * DAY).isoformat() for n in range(HISTORY, 1, -1)]
    rows = [
        (day, gtin, float(units))
        for day in days
        for gtin, units in zip(items, rng.poisson(level), strict=True)
        if units
    ]
    await file.write(lambda db: db.executemany(_SALES, rows).rowcount)
    await file.write(lambda db: db.executemany(_TOLD, [(day,) for day in days]).rowcount)
    await sell(file, today - DAY, rng.poisson(level).tolist(), items)


async def sell(file: SqliteFile, day: date, units: list[int], items: list[str]) -> None:
    """Write a day's receipts, a line each two units."""
    midnight = datetime.combine(day, clock_time(), UTC)
    rng = np.random.default_rng(day.toordinal())
    lines = [
        (f"{day}-{gtin}-{n}", gtin, 2.0, (midnight + timedelta(hours=at)).isoformat(), str(day))
        for gtin, count in zip(items, units, strict=True)
        for n, at in enumerate(rng.uniform(8, 20, -(-count // 2)).tolist())
    ]
    await file.write(lambda db: db.executemany(_LINE, lines).rowcount)
    await file.write(lambda db: mark_changed(db, SALES, [day]))


async def night(file: SqliteFile, slots: ModelSlots, items: int) -> Costs:
    """Return what each part of a night cost."""
    slots.swap(await slots.prepare(None))
    costs: Costs = {}
    listed, today = gtins(items), NOON.date()
    days, scores, lessons = DayTables(file), ScoreTables(file), LessonTables(file)
    await furnish(file, listed)
    await _tally(days, today - DAY, NOON)
    work = Forecasting(ForecastTables(file), lessons, slots, OPENING)
    await forecast_once(work, NOON)
    rng = np.random.default_rng(2)
    await sell(file, today, rng.poisson(rng.lognormal(0.3, 1.1, items)).tolist(), listed)
    with told(costs, "tally, with stock-outs"):
        await _tally(days, today, NOON + DAY)
    with told(costs, "score"):
        facts = await scores.facts_of(today)
        await scores.record(facts, score(today, facts.expected, facts.sold), NOON + DAY)
    with told(costs, "learn: levels, intervals, hours"):
        await _learn(lessons, today)
    with told(costs, "forecast 28 days, and write them"):
        await forecast_once(work, NOON + DAY)
    return costs


async def _tally(days: DayTables, day: date, at: datetime) -> None:
    [facts] = await days.facts_of([day])
    await days.record([tally(facts, OPENING)], at)


async def _learn(lessons: LessonTables, day: date) -> None:
    facts = await lessons.facts_of(day)
    hours = lesson_of(day, facts.sold_at, facts.missing, OPENING)
    await lessons.record(day, learned(facts.experience, facts.over), hours)


def measure(items: int, slots: ModelSlots) -> Costs:
    """Return the processor seconds of each part of a night in a store of so many items."""

    async def run(work: Callable[[SqliteFile], Awaitable[Costs]]) -> Costs:
        with tempfile.TemporaryDirectory() as folder:
            async with open_sqlite(Path(folder) / "store.db", migrate) as file:
                return await work(file)

    return asyncio.run(run(lambda file: night(file, slots, items)))


@click.command()
@click.option("--items", default=3000, show_default=True, help="Items of the store.")
@click.option("--json", "as_json", is_flag=True, help="Figures for machines.")
def main(items: int, *, as_json: bool) -> None:
    """Tell what a night costs a store, in seconds of one processor."""
    with tempfile.TemporaryDirectory() as folder:
        slots = ModelSlots(ModelFolder(Path(folder)), reference_models(), threads=1)
        costs = measure(items, slots)
    if as_json:
        print(json.dumps({"items": items, "cpu_s": costs}))
        return
    print(f"a night of {items} items, in seconds of one processor:")
    for part, seconds in costs.items():
        print(f"  {seconds:6.2f}  {part}")


if __name__ == "__main__":
    main()
