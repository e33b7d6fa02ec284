"""What lost sales and waste cost when orders follow our quantiles, and when they follow usual ones.

    python -m benchmarks.newsvendor DATA [--model DIR] [--stores N] [--life DAYS] [--json]

DATA is a demand folder of layout freshretailnet or bakery. Every held-out day in stock, where what
sold is what was wanted, is ordered for by edge_agent.core.stock itself, from the forecasts made at
the end of the history; every method's quantiles go through the same code, with the same costs. A
missed unit costs the critical ratio (0.95: the 95 % service of fresh food; 0.75 and 0.9 for
bakeries), a unit thrown away the rest of 1, in any currency. Prices and lives are not in the data:

- life 1: ordered in the evening for the next day, thrown away at its end;
- life 3: ordered every evening, sold on the day it comes and the next two, the oldest first, over
  runs of consecutive days in stock; what is left at the end of a run counts as thrown away.

Cases are a hundredth of a unit, which is the data's own grain. Without --model one is fitted on the
history first. The ratio is to the best usual method of the same row; nothing here judges it. Its
interval is that of other stores on the same days, a bootstrap over stores: another week may lie
outside it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import click
import numpy as np

from benchmarks.usual_orders import LEVELS, usual_quantiles
from central_sync.trainers.demand.dataset import DataSet
from central_sync.trainers.demand.forecasting import forecast, load
from central_sync.trainers.demand.layouts import read
from central_sync.trainers.demand.learning import learn
from central_sync.trainers.demand.peers import only
from edge_agent.core.stock.lots import Floats, Lot, lots_of, sell
from edge_agent.core.stock.orders import by_margin, order
from edge_agent.core.stock.scenarios import CORRELATION, DemandDay, even_ranks
from edge_agent.core.stock.supply import Coverage, Supply

OURS = "endcap"
RATIOS = {"freshretailnet": (0.95,), "bakery": (0.75, 0.9)}
LIVES = {"freshretailnet": (1, 3), "bakery": (1,)}
GRAIN = 0.01
FIRST = date(2026, 1, 5)
_DAY = timedelta(days=1)
_DRAWS = 2000


@dataclass(frozen=True, slots=True, eq=False)
class Method:
    """A method's quantiles of the test: [S, horizon, Q], at `levels`."""

    name: str
    levels: tuple[float, ...]
    quantiles: Floats


@dataclass(frozen=True, slots=True)
class Cost:
    """What orders by a method cost, per unit wanted.

    `met` is the share of units wanted that were there, `service` that of days without a miss.
    `by_store` is what each store lost, and what was wanted there, in units.
    """

    method: str
    ratio: float
    life: int
    cost: float
    short: float
    wasted: float
    met: float
    service: float
    days: int
    by_store: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Saving:
    """Our cost over that of the best usual method, and where 95 % of other stores' would lie."""

    ratio: float
    low: float
    high: float


@dataclass(slots=True)
class _Sum:
    """What happened so far, in units and days."""

    wanted: float = 0.0
    short: float = 0.0
    wasted: float = 0.0
    days: int = 0
    full: int = 0

    def add(self, wanted: float, short: float, wasted: float) -> None:
        """Note a day."""
        self.wanted, self.short = self.wanted + wanted, self.short + short
        self.wasted, self.days = self.wasted + wasted, self.days + 1
        self.full += short <= GRAIN / 2

    def loss(self, ratio: float) -> float:
        """Return what was lost, when a missed unit costs `ratio` and a wasted one the rest of 1."""
        return ratio * self.short + (1.0 - ratio) * self.wasted


def cost_of(data: DataSet, method: Method, ratio: float, life: int, *, ties: float) -> Cost:
    """Return what ordering by `method` costs; `ties` is the correlation of days."""
    stores = [_Sum() for _ in data.stores]
    ranks = even_ranks(np.random.default_rng(1), max(data.horizon, life), correlation=ties)
    wanted = data.test(data.panel.units)
    for series, run in _runs(data, life):
        if np.isfinite(method.quantiles[series]).all():
            found = stores[int(data.store[series])]
            _sell_run(found, method, series, run, wanted[series], (ratio, life), ranks)
    stores = [one for one in stores if one.wanted > 0]
    total = sum(one.wanted for one in stores)
    short = sum(one.short for one in stores) / total
    days = sum(one.days for one in stores)
    return Cost(
        method=method.name,
        ratio=ratio,
        life=life,
        cost=sum(one.loss(ratio) for one in stores) / total,
        short=short,
        wasted=sum(one.wasted for one in stores) / total,
        met=1.0 - short,
        service=sum(one.full for one in stores) / days,
        days=days,
        by_store=tuple((one.loss(ratio), one.wanted) for one in stores),
    )


def _runs(data: DataSet, life: int) -> Iterator[tuple[int, range]]:
    """Yield (series, test columns): runs of at least `life` days in stock on end."""
    good = data.test_in_stock() & np.isfinite(data.test(data.panel.units))
    for series, row in enumerate(good):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], row.astype(np.int64), [0]])))
        for begin, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            if end - begin >= life:
                yield series, range(begin, end)


def _sell_run(  # noqa: PLR0913, PLR0917 - a run is what it is
    found: _Sum,
    method: Method,
    series: int,
    run: range,
    wanted: Floats,
    terms: tuple[float, int],
    ranks: Floats,
) -> None:
    """Order and sell through a run of days; what is left at its end is waste."""
    ratio, life = terms
    supply = Supply("", case_pack=GRAIN, shelf_life_days=life)
    worth = by_margin(price=1.0, cost=1.0 - ratio, keep=0.0)
    days = [_demand(method, series, column) for column in range(run.stop)]
    lots: tuple[Lot, ...] = ()
    for column in run:
        day = FIRST + column * _DAY
        covered = Coverage(day - _DAY, day, day + _DAY)
        told = order(supply, covered, lots, days[column : column + life], ranks, worth)
        units = told.units if told else 0.0
        lots = (*lots, Lot(units, day + (life - 1) * _DAY))
        sold = sell(lots, (day,), wanted[None, column : column + 1])
        left = [replace(lot, units=float(n[0])) for lot, n in zip(lots, sold.left, strict=True)]
        last = column == run.stop - 1
        gone = [one for one in left if last or (one.expires or day) <= day]
        found.add(wanted[column], float(sold.short.sum()), sum(one.units for one in gone))
        kept = [one for one in left if one not in gone]
        lots = lots_of(sum(one.units for one in kept), kept, None)


def _demand(method: Method, series: int, column: int) -> DemandDay:
    values = tuple(method.quantiles[series, column].tolist())
    middle = values[len(values) // 2]
    return DemandDay(FIRST + column * _DAY, middle, method.levels, values)


def ties_of(data: DataSet, method: Method) -> float:
    """Return how the errors of two days of one item go together, on pairs of days in stock.

    The correlation of where the truth lay in the forecast's distribution, over all pairs of days.
    """
    good = data.test_in_stock() & np.isfinite(data.test(data.panel.units))
    good &= np.isfinite(method.quantiles).all(axis=2)
    truth = data.test(data.panel.units)
    place: Floats = np.full(truth.shape, np.nan)
    for series, column in np.argwhere(good):
        values = method.quantiles[series, column]
        place[series, column] = np.interp(truth[series, column], values, method.levels)
    days = np.arange(place.shape[1])
    first, second = np.nonzero(days[:, None] < days)
    pairs = np.stack([place[:, first].ravel(), place[:, second].ravel()])
    return float(np.ravel(np.corrcoef(pairs[:, np.isfinite(pairs).all(axis=0)]))[1])


def thinned(data: DataSet, stores: int) -> DataSet:
    """Return every n-th store's series, so that about `stores` stay; all when it is 0."""
    if stores <= 0 or stores >= len(data.stores):
        return data
    chosen = np.linspace(0, len(data.stores) - 1, stores).astype(np.int64)
    rows = np.flatnonzero(np.isin(data.store, chosen))
    return only(data, rows)


def methods(data: DataSet, model: Path | None) -> Sequence[Method]:
    """Return our quantiles first, then the usual ones."""
    period = data.panel.rhythm.period
    by = load(model, period) if model else learn(data, seed=0, progress=_say)[0]
    ours = Method(OURS, by.reading.levels, forecast(data, by).quantiles)
    usual = usual_quantiles(data)
    return [ours, *(Method(name, LEVELS, found) for name, found in usual.items())]


def _say(line: str) -> None:
    click.echo(line, err=True)


def compared(costs: Sequence[Cost]) -> Mapping[str, Saving]:
    """Return our cost over that of the best usual method, by ratio and life."""
    found: dict[str, Saving] = {}
    for ratio, life in sorted({(one.ratio, one.life) for one in costs}):
        row = [one for one in costs if (one.ratio, one.life) == (ratio, life)]
        best = min((one for one in row if one.method != OURS), key=lambda one: one.cost)
        [ours] = [one for one in row if one.method == OURS]
        low, high = _interval(ours, best)
        found[f"ratio {ratio:g}, life {life}"] = Saving(ours.cost / best.cost, low, high)
    return found


def _interval(ours: Cost, other: Cost) -> tuple[float, float]:
    """Return where the middle 95 % of the ratios lie when stores are drawn again, with both costs.

    The same stores are drawn for both: what a store's week does to one, it does to the other.
    """
    each = np.array([ours.by_store, other.by_store])
    draws = np.random.default_rng(0).integers(0, each.shape[1], (_DRAWS, each.shape[1]))
    lost, wanted = np.moveaxis(each[:, draws].sum(axis=2), 2, 0)
    mine, theirs = lost / wanted
    low, high = np.quantile(mine / theirs, (0.025, 0.975))
    return float(low), float(high)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("data", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--model", type=click.Path(path_type=Path, exists=True), help="Ours; else fitted.")
@click.option("--stores", default=0, help="About so many stores, for a quick look; else all.")
@click.option("--ties", default=CORRELATION, help="How the errors of two days go together.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(data: Path, model: Path | None, stores: int, ties: float, *, as_json: bool) -> None:
    """Order for the held-out days of DATA by our quantiles and by the usual ones."""
    sales = thinned(read(data), stores)
    tried = methods(sales, model)
    costs = [
        cost_of(sales, method, ratio, life, ties=ties)
        for ratio in RATIOS[sales.layout]
        for life in LIVES[sales.layout]
        for method in tried
    ]
    tied = ties_of(sales, tried[0])
    if as_json:
        told = {
            "costs": [asdict(one) for one in costs],
            "of": {name: asdict(one) for name, one in compared(costs).items()},
            "ties": tied,
        }
        click.echo(json.dumps(told))
        return
    for one in costs:
        click.echo(
            f"ratio {one.ratio:<4} life {one.life}  {one.method:44} cost {one.cost:.4f}"
            f"  short {one.short:.4f}  thrown away {one.wasted:.4f}"
            f"  days without a miss {one.service:.1%}"
        )
    click.echo(f"the errors of two days of an item go together by {tied:.2f}")
    for name, found in compared(costs).items():
        click.echo(
            f"{name}: {found.ratio:.3f} of the best usual cost ({1.0 - found.ratio:.1%} less,"
            f" {1.0 - found.high:.1%} to {1.0 - found.low:.1%} in stores drawn again)"
        )


if __name__ == "__main__":
    main()
