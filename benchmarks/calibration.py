"""What a store's nightly correction is worth: weeks of real sales, replayed day by day.

Each store of a FreshRetailNet export forecasts every day from what it knew the evening before, with
the model that comes with the program, once as the model says it and once corrected by what the
store learned of its own residuals so far. `--growth` lets the demand of the last weeks drift away
from what the features saw; `--hidden` hides the history of a share of the items before the replay,
so that they are new: their first two weeks are scored apart, against knowing nothing.

The model was taught on these stores, so its plain errors are smaller than elsewhere; what is
compared is with and without the correction.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from central_sync.trainers.demand.dataset import DataSet
from central_sync.trainers.demand.forecasting import Forecaster, load
from central_sync.trainers.demand.layouts import read
from edge_agent.core.calibration.lessons import Draft
from edge_agent.core.cold_start import Newcomer
from edge_agent.core.demand import Learned, Plan, Said, drafts, said, served
from edge_agent.core.learning import DayOver, Experience, learned
from edge_agent.core.scoring import Sold
from endcap.models.demand.chain import Chain, chain_of
from endcap.models.demand.features import FEATURES, Prepared, features_at
from endcap.models.demand.panel import IN_STOCK, Floats, Ints, Panel
from endcap.plumbing.packaged import reference_models

AHEAD = 4
"""Days ahead that are forecast each night: enough for two buckets of leads."""
LEADS = (1, 4)
NEW_FOR = 14
FIRST = date(2024, 3, 28)
WARM = 7
"""Days before the replay is scored in which stores already learn."""

Answer = Mapping[str, NDArray[np.float32]]


@dataclass(slots=True)
class Tally:
    """How one way of forecasting fared, added up over items, stores and days in stock."""

    items: int = 0
    units: float = 0.0
    absolute: float = 0.0
    error: float = 0.0
    covered: int = 0

    def add(self, sold: Floats, expected: Floats, low: Floats, high: Floats) -> None:
        """Count in some items of one day."""
        self.items += len(sold)
        self.units += float(sold.sum())
        self.absolute += float(np.abs(expected - sold).sum())
        self.error += float((expected - sold).sum())
        self.covered += int(((low <= sold) & (sold <= high)).sum())

    @property
    def figures(self) -> dict[str, float]:
        """Return WAPE, bias, and the share inside the 90 % interval."""
        units, items = max(self.units, 1e-9), max(self.items, 1)
        return {
            "items": self.items,
            "wape": round(self.absolute / units, 4),
            "bias": round(self.error / units, 4),
            "coverage_90": round(self.covered / items, 4),
        }


@dataclass(slots=True)
class Books:
    """What is added up: by what is compared, and by week of the replay."""

    tallies: dict[tuple[str, str], Tally] = field(default_factory=dict)

    def of(self, group: str, way: str) -> Tally:
        """Return the tally of a way of forecasting in a group."""
        return self.tallies.setdefault((group, way), Tally())


@dataclass(slots=True)
class Store:
    """One store of the replay: its rows of the panel, and what it learned so far."""

    rows: Ints
    gtins: tuple[str, ...]
    category: tuple[str, ...]
    known: Experience = field(default_factory=Experience)
    waiting: dict[int, list[tuple[Draft, Floats, Floats]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Replay:
    """The data, the model, and which items are hidden until `start`."""

    data: DataSet
    panel: Panel
    by: Forecaster
    start: int
    first_seen: Ints

    def night(self, origin: int) -> tuple[Prepared, Answer]:
        """Return the model's input and answer for all stores, from the end of `origin`."""
        chain: Chain = chain_of(self.panel, origin)
        prepared = features_at(self.panel, origin, range(1, AHEAD + 1), chain)
        rows = prepared.rows.reshape(-1, len(FEATURES))
        return prepared, self.by.session.run({"features": rows})


def prepare(data: DataSet, by: Forecaster, start: int, *, growth: float, hidden: float) -> Replay:
    """Return the replay: the data with its drift, and some items' history hidden."""
    rng = np.random.default_rng(7)
    periods = data.panel.periods
    drift = 1.0 + growth * np.clip((np.arange(periods) - start) / (periods - start), 0.0, 1.0)
    units = data.panel.units * drift
    gone = rng.random(len(units)) < hidden
    units[gone, :start] = np.nan
    seen = np.isfinite(units)
    first = np.where(seen.any(axis=1), seen.argmax(axis=1), periods)
    return Replay(data, replace(data.panel, units=units), by, start, first.astype(np.int64))


def stores_of(panel: Panel, data: DataSet) -> list[Store]:
    """Return the stores, each with its rows."""
    found = []
    for store in range(len(data.stores)):
        rows = np.flatnonzero(data.store == store)
        gtins = tuple(str(row) for row in rows.tolist())
        found.append(Store(rows, gtins, tuple(str(one) for one in panel.category[rows].tolist())))
    return found


def planned(replay: Replay, store: Store, prepared: Prepared, origin: int) -> tuple[Plan, Ints]:
    """Return one store's plan, and the rows of the items that the model can forecast."""
    panel = replay.panel
    fine = np.isfinite(prepared.level[store.rows])
    known, others = store.rows[fine], store.rows[~fine]
    kind = dict(zip(store.gtins, store.category, strict=True))
    begun = others[replay.first_seen[others] <= origin]
    return (
        Plan(
            gtins=tuple(str(row) for row in known.tolist()),
            days=tuple(FIRST + timedelta(days=origin + lead) for lead in range(1, AHEAD + 1)),
            rows=prepared.rows[known].reshape(-1, len(FEATURES)),
            level=prepared.level[known],
            category=tuple(kind[str(row)] for row in known.tolist()),
            price=np.full(len(known), np.nan),
            chain=np.full(len(known), np.nan),
            whole=np.zeros(len(known), dtype=np.bool_),
            waver=0.0,
            newcomers=tuple(_newcomer(panel, row, kind, origin) for row in begun.tolist()),
            seasons={"": np.ones(AHEAD)},
            closed=frozenset(),
        ),
        known,
    )


def _newcomer(panel: Panel, row: int, kind: Mapping[str, str], origin: int) -> Newcomer:
    """Return what is known of an item without enough history."""
    units, there = panel.units[row, : origin + 1], panel.in_stock[row, : origin + 1]
    days = float(there[np.isfinite(units)].sum())
    return Newcomer(str(row), kind[str(row)], None, float(np.nansum(units)), days)


def run(replay: Replay, stores: list[Store], books: Books) -> None:
    """Replay every night: score and learn from the day that closed, then forecast."""
    periods = replay.panel.periods
    for origin in range(replay.start - WARM, periods - 1):
        prepared, answer = replay.night(origin)
        quantiles = answer["quantiles"].reshape(len(prepared.level), AHEAD, -1)
        mean = answer["mean"].reshape(len(prepared.level), AHEAD)
        for store in stores:
            plan, rows = planned(replay, store, prepared, origin)
            if not plan.gtins:
                continue
            told = Learned(store.known.levels, store.known.shifts)
            wide = quantiles[rows].reshape(-1, quantiles.shape[2])
            spoken = said(plan, wide, mean[rows].reshape(-1), replay.by.reading, told)
            _keep(store, spoken, told, origin)
            if origin + 1 < periods:
                _over(replay, store, books, origin + 1)


def _keep(store: Store, spoken: Said, told: Learned, origin: int) -> None:
    """Keep what was said of the days that will be looked at, as the model and the store said it."""
    lines = served(spoken, told)
    ends = np.array([(one.expected, one.quantiles[0], one.quantiles[-1]) for one in lines])
    ends = ends.reshape(len(spoken.gtins), AHEAD, 3)
    for draft in drafts(spoken, 0):
        place = origin + draft.lead
        store.waiting.setdefault(place, []).append((draft, ends[:, draft.lead - 1], _plain(draft)))


def _plain(draft: Draft) -> Floats:
    """Return what the model alone says: its point forecast and the ends of its interval."""
    return np.column_stack([draft.mean, draft.quantiles[:, 0], draft.quantiles[:, -1]])


def _over(replay: Replay, store: Store, books: Books, day: int) -> None:
    """Score a day that is over, and learn from it."""
    units, there = replay.panel.units[:, day], replay.panel.in_stock[:, day]
    said_of = store.waiting.pop(day, [])
    for draft, ends, plain in said_of:
        rows = np.array([int(gtin) for gtin in draft.gtins], dtype=np.int64)
        fine = (there[rows] >= IN_STOCK) & np.isfinite(units[rows])
        if day >= replay.start:
            _score(replay, books, (rows, fine, draft), (ends, plain), day)
    sold = {
        gtin: Sold(float(np.nan_to_num(units[row])), float(there[row] * np.isfinite(units[row])))
        for gtin, row in zip(store.gtins, store.rows.tolist(), strict=True)
    }
    category = dict(zip(store.gtins, store.category, strict=True))
    over = DayOver(
        FIRST + timedelta(days=day), [draft for draft, _, _ in said_of], sold, (), category
    )
    store.known = learned(store.known, over)


def _score(
    replay: Replay,
    books: Books,
    what: tuple[Ints, NDArray[np.bool_], Draft],
    ways: tuple[Floats, Floats],
    day: int,
) -> None:
    """Add a day's forecasts to the books."""
    rows, fine, draft = what
    units = replay.panel.units[rows, day]
    new = day - replay.first_seen[rows] < NEW_FOR
    new &= replay.first_seen[rows] >= replay.start
    week = (day - replay.start) // 7 + 1
    groups = {f"lead {draft.lead}": fine & ~new, f"week {week}": fine & ~new}
    if draft.lead > 1:
        del groups[f"week {week}"]
    for group, these in groups.items():
        for way, ends in zip(("corrected", "plain"), ways, strict=True):
            books.of(group, way).add(units[these], *ends[these].T)
    for group, these in (
        ("new, forecast from its like", draft.fresh),
        ("new, all", draft.fresh | new),
    ):
        if draft.lead == 1:
            books.of(group, "corrected").add(
                units[fine & these & new], *ways[0][fine & these & new].T
            )


def told(books: Books) -> Iterator[str]:
    """Yield the lines of the answer."""
    for group in sorted({group for group, _ in books.tallies}):
        plain, corrected = books.tallies.get((group, "plain")), books.tallies[group, "corrected"]
        yield f"{group}: corrected {_line(corrected)}"
        if plain is None:
            yield "  unknown would be WAPE 1.000, bias -1.000"
        else:
            ratio = corrected.absolute / max(plain.absolute, 1e-9)
            yield f"  the model alone {_line(plain)}; errors x {ratio:.3f}"


def _line(tally: Tally) -> str:
    found = tally.figures
    return (
        f"WAPE {found['wape']:.4f}, bias {found['bias']:+.4f}, 90 % interval holds"
        f" {found['coverage_90']:.3f} ({tally.items} item-days)"
    )


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--model", type=click.Path(path_type=Path, exists=True), default=None)
@click.option("--stores", default=250, show_default=True, help="How many stores, from the first.")
@click.option("--weeks", default=4, show_default=True, help="How many weeks are scored.")
@click.option(
    "--growth", default=0.0, show_default=True, help="Drift over the replay: 0.3 is 30 %."
)
@click.option("--hidden", default=0.0, show_default=True, help="Share of items made new.")
@click.option("--json", "as_json", is_flag=True, help="Figures for machines.")
def main(  # noqa: PLR0913 - one argument an option
    data: Path,
    model: Path | None,
    stores: int,
    weeks: int,
    growth: float,
    hidden: float,
    *,
    as_json: bool,
) -> None:
    """Replay a FreshRetailNet export, with the nightly correction and without."""
    whole = read(data)
    by = load(model or reference_models() / "demand", "day")
    kept = np.isin(whole.store, np.arange(stores))
    cut = replace(
        whole,
        panel=whole.panel.only(kept),
        store=whole.store[kept],
        stores=whole.stores[:stores],
        items=tuple(item for item, fine in zip(whole.items, kept, strict=True) if fine),
    )
    start = cut.panel.periods - 7 * weeks
    replay = prepare(cut, by, start, growth=growth, hidden=hidden)
    books = Books()
    run(replay, stores_of(replay.panel, cut), books)
    if as_json:
        print(
            json.dumps(
                {f"{g}, {w}": {**asdict(t), **t.figures} for (g, w), t in books.tallies.items()}
            )
        )
    else:
        for line in told(books):
            print(line)


if __name__ == "__main__":
    main()
