"""Small data folders in the layouts that shopper reads, made from a rule anyone can check.

Items 1 and 2 go together, so do 3 and 4, ...; item 9 is in every third basket.
"""

import json
from datetime import UTC, date, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from endcap.models.shopper.sums import STEPS, Telling, categories_of, count_persons, tell
from endcap.wire.identifiers import check_digit

FIRST = datetime(2026, 1, 5, 8, tzinfo=UTC)


def gtin(number: int) -> str:
    """Return the GTIN-14 of a made-up item."""
    body = f"0040{number:09}"
    return body + check_digit(body)


CATEGORIES = {gtin(number): f"k{number % 3}" for number in range(1, 10)}


def made_up_baskets(number: int, seed: int = 1) -> list[list[int]]:
    """Return baskets of item numbers: a pair that belongs together, sometimes more."""
    rng = np.random.default_rng(seed)
    baskets = []
    for i in range(number):
        first = 2 * int(rng.integers(4)) + 1
        other = int(rng.integers(1, 9))
        baskets.append(sorted({first, first + 1, other} | ({9} if i % 3 == 0 else set())))
    return baskets


def write_baskets(data: Path, number: int = 600, households: int = 20, **settings: object) -> Path:
    """Write a folder in the layout `baskets`: ten weeks, two of them to be scored on."""
    data.mkdir(parents=True, exist_ok=True)
    rows: dict[str, list[Any]] = {
        name: []
        for name in (
            "household_id",
            "store_id",
            "basket_id",
            "item_id",
            "quantity",
            "value",
            "week",
            "at",
        )
    }
    for i, basket in enumerate(made_up_baskets(number)):
        day = 70 * i // number
        at = (FIRST + timedelta(days=day, minutes=i % 600)).replace(tzinfo=None)
        for item in basket:
            values = (i % households, 1, 10_000 + i, item, 1, 1.0, 1 + day // 7, at)
            for column, value in zip(rows.values(), values, strict=True):
                column.append(value)
    pq.write_table(pa.table(rows), data / "baskets.parquet")
    said = {
        "layout": "baskets",
        "task": "next_item",
        "fit_weeks": [1, 8],
        "test_weeks": [9, 10],
        "min_item_baskets": 5,
        "min_basket_items": 3,
        "seed": 3,
    } | settings
    (data / "dataset.json").write_text(json.dumps({k: v for k, v in said.items() if v is not None}))
    return data


def write_counts(
    data: Path, periods: int = 3, number: int = 300, holdout: object = 1, rho: float = 1e6
) -> Path:
    """Write a folder in the layout `basket_counts`: two stores, a few weeks, groups of 3."""
    data.mkdir(parents=True, exist_ok=True)
    terms, categories = Telling(3, rho, 1e-6), categories_of(CATEGORIES)
    items, pairs, kinds, totals = [], [], [], []
    for store, week in product(("store-one", "store-two"), range(periods)):
        day = date(2026, 1, 5) + timedelta(weeks=week)
        baskets = [[[gtin(i) for i in b]] for b in made_up_baskets(number, seed=week)]
        counted = count_persons(baskets, categories, terms.clip)
        sums = tell(counted, categories, terms, np.random.default_rng(week).random)
        at, names = (store, day), sums.categories
        items += [(*at, one, n / STEPS) for one, n in sums.items.items()]
        pairs += [(*at, *both, n / STEPS) for both, n in sums.pairs.items()]
        kinds += [(*at, names[a], names[b], n / STEPS) for a, b, n in sums.kinds]
        totals.append((*at, sums.persons / STEPS, terms.noise))
    period = ("store", "period")
    _write(data / "items.parquet", items, (*period, "gtin", "baskets"))
    _write(data / "pairs.parquet", pairs, (*period, "gtin_a", "gtin_b", "baskets"))
    _write(data / "kinds.parquet", kinds, (*period, "category_a", "category_b", "baskets"))
    _write(data / "totals.parquet", totals, (*period, "baskets", "noise"))
    _write(data / "categories.parquet", list(CATEGORIES.items()), ("gtin", "category"))
    _write(data / "sold.parquet", [(gtin(n), 9.0 * n) for n in range(1, 12)], ("gtin", "units"))
    said = {"layout": "basket_counts", "holdout_periods": holdout}
    (data / "dataset.json").write_text(json.dumps(said))
    return data


def _write(path: Path, rows: list[Any], columns: tuple[str, ...]) -> None:
    """Write rows as a Parquet file."""
    pq.write_table(pa.table(dict(zip(columns, zip(*rows, strict=True), strict=True))), path)
