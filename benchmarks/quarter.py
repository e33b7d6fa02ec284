"""A quarter of a store's life: what nightly correction and monthly training are worth together.

A chain is simulated whose world turns three weeks into the quarter (`simulated_chain`). Stores
forecast the next seven days every night, in three ways: with the model of the quarter's first day
as it is; with the same, corrected every night by the store's own residuals; and corrected, with a
model that the centre fits anew every four weeks. What runs are the store's own decisions
(edge_agent.core) and the centre's own trainer. Printed is each week's error (WAPE on items in
stock), the ratio to the frozen model, and the error of one who knows the true demand: nobody can be
below that, for what sells is partly chance. So the last lines also compare with the demand itself.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

import click
import numpy as np

from benchmarks.simulated_chain import FIRST_DAY, Simulated, World, simulated
from central_sync.trainers.demand.forecasting import Forecaster
from central_sync.trainers.demand.learning import learn
from edge_agent.core.calibration.lessons import Draft
from edge_agent.core.demand import Learned, Plan, drafts, plan, said, served
from edge_agent.core.learning import DayOver, Experience, learned
from edge_agent.core.scoring import Sold
from edge_agent.core.store_panel import Ahead, Calendar, Promised, SaleRow
from endcap.models.demand.panel import IN_STOCK, Floats, Ints

AHEAD = 7
QUARTER = 91
MONTH = 28
LAST = 4
WAYS = ("frozen", "corrected nightly", "and retrained monthly")
_DAY = timedelta(days=1)
_EPOCH = date(1970, 1, 1)


def day_of(period: int) -> date:
    """Return the date of a period."""
    return _EPOCH + timedelta(days=FIRST_DAY + period)


@dataclass(slots=True)
class Way:
    """One way of forecasting in one store: its model, and what the store learned of it."""

    corrects: bool
    by: Forecaster
    release: int = 1
    known: Experience = field(default_factory=Experience)
    waiting: dict[date, list[Draft]] = field(default_factory=dict)

    def told(self) -> Learned:
        """Return what the store corrects by tonight."""
        known = self.known.of(self.release)
        return Learned(known.levels, known.shifts) if self.corrects else Learned()


@dataclass(slots=True)
class Store:
    """One store that is watched: its rows of the panel, its sales so far, its ways."""

    rows: Ints
    sales: list[SaleRow]
    ways: dict[str, Way]


@dataclass(slots=True)
class Books:
    """Absolute errors and units by week of the quarter, and by way; `LAST` weeks are "the end"."""

    errors: dict[str, Floats]
    beside_demand: dict[str, float]  # of the last weeks, added up
    units: Floats
    weeks: int

    def wape(self, way: str) -> Floats:
        """Return each week's WAPE."""
        return self.errors[way] / self.units


def gtin_of(item: int) -> str:
    """Return an item's name: here any text will do."""
    return f"{item:04d}"


def sales_of(chain: Simulated, rows: Ints, period: int) -> list[SaleRow]:
    """Return a store's tally of one day."""
    panel, day = chain.panel, day_of(period).isoformat()
    return [
        (
            gtin_of(int(panel.item[row])),
            day,
            float(panel.units[row, period]),
            float(panel.price[row, period]),
            int(panel.promotion[row, period]),
            float(panel.in_stock[row, period]),
        )
        for row in rows.tolist()
    ]


def ahead_of(chain: Simulated, rows: Ints, period: int) -> Ahead:
    """Return what is known of the days after `period`: prices, promotions and the weather."""
    panel = chain.panel
    last = min(period + AHEAD, panel.periods - 1)
    days = range(period + 1, last + 1)
    promised = {
        (gtin_of(int(panel.item[row])), day_of(day)): Promised(
            float(panel.price[row, day]), bool(panel.promotion[row, day])
        )
        for row in rows.tolist()
        for day in days
    }
    weather = {
        day_of(day): (float(panel.temperature[0, day]), 0.0)
        for day in range(max(0, period - 60), last + 1)
    }
    return Ahead(
        last_closed=day_of(period),
        horizon=len(days),
        calendar=Calendar(weather=weather),
        promised=promised,
        category={gtin_of(int(panel.item[r])): f"{panel.category[r]}" for r in rows.tolist()},
    )


def night(chain: Simulated, store: Store, period: int, books: Books, first: int) -> None:
    """Forecast the days after `period` in every way, and score what is forecast."""
    ahead = ahead_of(chain, store.rows, period)
    planned = plan(store.sales, ahead)
    place = {gtin_of(int(chain.panel.item[row])): row for row in store.rows.tolist()}
    rows = np.array([place[gtin] for gtin in planned.gtins], dtype=np.int64)
    for name, way in store.ways.items():
        expected = forecast(way, planned)
        _score(chain, books, name, rows, expected, period, first)
    weeks = _weeks(period, len(planned.days), first)
    panel = chain.panel
    for lead, week in enumerate(weeks, 1):
        fine = panel.in_stock[rows, period + lead] >= IN_STOCK
        books.units[week] += float(panel.units[rows, period + lead][fine].sum())
        off = np.abs(chain.demand[rows, period + lead] - panel.units[rows, period + lead])
        books.errors["who knows the demand"][week] += float(off[fine].sum())


def forecast(way: Way, planned: Plan) -> Floats:
    """Return one way's forecasts in units, [N, H], and keep its drafts."""
    answer = way.by.session.run({"features": planned.rows})
    told = way.told()
    spoken = said(planned, answer["quantiles"], answer["mean"], way.by.reading, told)
    for draft in drafts(spoken, way.release):
        way.waiting.setdefault(draft.day, []).append(draft)
    lines = served(spoken, told)
    expected = np.array([one.expected for one in lines])
    return expected.reshape(len(spoken.gtins), -1)[: len(planned.gtins)]


def _score(  # noqa: PLR0913, PLR0917 - what is compared with what, and where it is written
    chain: Simulated,
    books: Books,
    name: str,
    rows: Ints,
    expected: Floats,
    period: int,
    first: int,
) -> None:
    """Add a night's errors to the weeks of the days they are of."""
    panel = chain.panel
    for lead, week in enumerate(_weeks(period, expected.shape[1], first), 1):
        fine = panel.in_stock[rows, period + lead] >= IN_STOCK
        off = np.abs(expected[:, lead - 1] - panel.units[rows, period + lead])
        books.errors[name][week] += float(off[fine].sum())
        if week >= books.weeks - LAST:
            beside = np.abs(expected[:, lead - 1] - chain.demand[rows, period + lead])
            books.beside_demand[name] += float(beside[fine].sum())


def _weeks(period: int, days: int, first: int) -> list[int]:
    """Return the week of the quarter that each of the next days belongs to."""
    return [(period + lead - first) // 7 for lead in range(1, days + 1)]


def morning(chain: Simulated, store: Store, period: int) -> None:
    """Take in the day that closed, and learn from it."""
    rows = sales_of(chain, store.rows, period)
    store.sales.extend(rows)
    sold = {row[0]: Sold(row[2], row[5]) for row in rows}
    panel = chain.panel
    category = {gtin_of(int(panel.item[r])): f"{panel.category[r]}" for r in store.rows.tolist()}
    for way in store.ways.values():
        past = way.waiting.pop(day_of(period), [])
        way.known = learned(way.known, DayOver(day_of(period), past, sold, (), category))


def run(chain: Simulated, watched: int, first: int, seed: int) -> Books:
    """Live through the quarter that begins with day `first` in `watched` stores."""
    model, _ = learn(chain.until(first - 1, AHEAD), seed=seed, progress=_told)
    stores = [_opened(chain, number, first, model) for number in range(watched)]
    weeks = QUARTER // 7
    names = (*WAYS, "who knows the demand")
    books = Books(
        errors={name: np.zeros(weeks) for name in names},
        beside_demand=dict.fromkeys(WAYS, 0.0),
        units=np.zeros(weeks),
        weeks=weeks,
    )
    for period in range(first - 1, first + QUARTER - 1):
        since = period - first + 1
        if since and since % MONTH == 0:
            model, _ = learn(chain.until(period, AHEAD), seed=seed, progress=_told)
            for store in stores:
                retrained = store.ways[WAYS[2]]
                retrained.by, retrained.release = model, retrained.release + 1
        for store in stores:
            if since:
                morning(chain, store, period)
            night(chain, store, period, books, first)
    return books


def _opened(chain: Simulated, number: int, first: int, model: Forecaster) -> Store:
    """Return a store as it stands on the evening before the quarter."""
    rows = np.flatnonzero(chain.panel.group == number)
    sales = [one for period in range(first) for one in sales_of(chain, rows, period)]
    ways = {name: Way(corrects=name != WAYS[0], by=model) for name in WAYS}
    return Store(rows, sales, ways)


def _told(line: str) -> None:
    """Say what the trainer does."""
    click.echo(line, err=True)


def lines(books: Books) -> Iterator[str]:
    """Yield the answer: a line a week, and the last four weeks together."""
    yield f"{'week':>6}" + "".join(f"{name:>23}" for name in (*WAYS, "who knows the demand"))
    for week in range(books.weeks):
        figures = "".join(_cell(books, name, slice(week, week + 1)) for name in books.errors)
        yield f"{week + 1:>6}{figures}"
    yield "last 4" + "".join(_cell(books, name, slice(-LAST, None)) for name in books.errors)
    units, frozen = books.units[-LAST:].sum(), books.beside_demand[WAYS[0]]
    yield "the last four weeks beside the demand itself:"
    for name in WAYS:
        beside = books.beside_demand[name]
        yield f"    {name}: {beside / units:.4f} x {beside / frozen:.3f}"


def _cell(books: Books, name: str, weeks: slice) -> str:
    """Return an error, and its ratio to the frozen model's."""
    error = books.errors[name][weeks].sum()
    wape = error / books.units[weeks].sum()
    return f"{wape:>14.4f} x {error / books.errors[WAYS[0]][weeks].sum():.3f}"


@click.command()
@click.option("--stores", default=8, show_default=True, help="How many stores the chain has.")
@click.option("--watched", default=3, show_default=True, help="How many of them are lived in.")
@click.option("--items", default=120, show_default=True)
@click.option("--turn", default=21, show_default=True, help="The day on which the world turns.")
@click.option("--seed", default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Figures for machines.")
def main(stores: int, watched: int, items: int, turn: int, seed: int, *, as_json: bool) -> None:
    """Live through a quarter in which the world turns."""
    world = World(stores=stores, items=items)
    first = world.days - QUARTER
    world = World(stores=stores, items=items, turn=first + turn)
    books = run(simulated(world, np.random.default_rng(seed)), watched, first, seed)
    if as_json:
        found = {name: [round(one, 5) for one in books.wape(name)] for name in books.errors}
        click.echo(json.dumps(found))
        return
    for line in lines(books):
        click.echo(line)


if __name__ == "__main__":
    main()
