"""One store's rows through the centre's export and through the store itself: equal to the bit."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from central_sync.trainers.demand.layouts import read
from edge_agent.core.chain import newest_whole
from edge_agent.core.demand import plan
from edge_agent.core.store_panel import Ahead, Calendar, Promised, SaleRow
from endcap.models.demand.chain import Chain, chain_of
from endcap.models.demand.features import FEATURES, features_at
from endcap.models.demand.panel import Panel
from endcap.models.demand.recent import UNKNOWN
from endcap.wire.commands import ChainCategory, ChainItem, ChainSignals
from endcap.wire.identifiers import check_digit

FIRST = date(2026, 1, 5)  # a Monday
STORES, ITEMS, DAYS, HORIZON = 6, 12, 75, 7
LAST = FIRST + timedelta(days=DAYS - HORIZON - 1)
KINDS = ("bread", "dairy", "")
HOLIDAYS, SCHOOL, CLOSED = (30, 60, 70), (50, 51, 52, 69), (44, 60)

Row = dict[str, Any]


def gtin(number: int) -> str:
    body = f"{number:013}"
    return body + check_digit(body)


def rows() -> list[Row]:
    """Return the rows of every store: some days without a sale, some with a stock-out.

    On one of the closed days the till was rung all the same, on the other nothing was sold.
    """
    rng = np.random.default_rng(11)
    found: list[Row] = []
    for store in range(STORES):
        for item in range(ITEMS):
            begun = 0 if item % 5 else 20
            for day in range(begun, DAYS):
                promoted = bool(rng.random() < 0.15)
                stock = float(rng.uniform(0.2, 0.9)) if rng.random() < 0.1 else 1.0
                units = float(rng.poisson((1 + item) * (1.7 if promoted else 1.0) * stock))
                around = day in (DAYS - HORIZON - 1, DAYS - HORIZON)
                if day == CLOSED[1] or (units == 0 and stock == 1.0 and not around):
                    continue
                found.append({
                    "store": f"s-{store:04}", "gtin": gtin(item),
                    "day": FIRST + timedelta(days=day),
                    "units": units, "price": 2.0 if promoted else 2.5, "promotion": promoted,
                    "in_stock": stock, "category": KINDS[item % 3] or None,
                })  # fmt: skip
    return found


def days() -> list[Row]:
    """Return what is known of each store's days, sold or not; of some no weather."""
    rng = np.random.default_rng(12)
    return [
        {
            "store": f"s-{store:04}", "day": FIRST + timedelta(days=day),
            "temperature": float(rng.normal(9, 4)) if (store + day) % 9 else None,
            "rain": float(rng.gamma(1)) if (store + day) % 9 else None,
            "holiday": day in HOLIDAYS, "special": day in SCHOOL, "closed": day in CLOSED,
        }
        for store in range(STORES)
        for day in range(DAYS)
    ]  # fmt: skip


def exported(folder: Path, told: list[Row]) -> Path:
    """Write the rows as the centre's lake exports them."""
    for name, some in (("sales", told), ("days", days())):
        columns: dict[str, Any] = {key: [row[key] for row in some] for key in some[0]}
        columns["day"] = pa.array(columns["day"], pa.date32())
        pq.write_table(pa.table(columns), folder / f"{name}.parquet")
    about = {"layout": "endcap_sales", "horizon": HORIZON}
    (folder / "dataset.json").write_text(json.dumps(about))
    return folder


def signals(chain: Chain, items: list[str], kinds: list[str]) -> list[ChainSignals]:
    """Return the chain as the centre tells it, in two parts."""
    told_items = tuple(
        ChainItem(gtin=one, trend_3=a, trend_7=b, lift=c)
        for one, a, b, c in zip(items, chain.item_3, chain.item_7, chain.item_lift, strict=True)
    )
    told_kinds = tuple(
        ChainCategory(category=one, trend_3=a, trend_7=b, season=tuple(season), lift=c)
        for one, a, b, season, c in zip(
            kinds,
            chain.category_3,
            chain.category_7,
            chain.season.tolist(),
            chain.category_lift,
            strict=True,
        )
    )
    both = [
        ChainSignals(origin=LAST, part=1, parts=2, items=told_items),
        ChainSignals(origin=LAST, part=2, parts=2, categories=told_kinds),
    ]
    return [ChainSignals.model_validate_json(one.model_dump_json()) for one in both]


def ahead_of(store: str, told: list[Row], panel: Panel, parts: list[ChainSignals]) -> Ahead:
    """Return what one store knows of its days to come, as the feed and its files tell it."""
    mine = [row for row in told if row["store"] == store]
    items = sorted({row["gtin"] for row in mine})
    after = [LAST + timedelta(days=n) for n in range(1, HORIZON + 1)]
    promised = {
        (item, day): Promised(
            float(panel.price[at, DAYS - HORIZON + n]),
            bool(panel.promotion[at, DAYS - HORIZON + n]),
        )
        for at, item in enumerate(items)
        for n, day in enumerate(after)
    }
    return Ahead(
        last_closed=LAST,
        horizon=HORIZON,
        calendar=Calendar(
            holidays=frozenset(FIRST + timedelta(days=n) for n in HOLIDAYS),
            special=frozenset(FIRST + timedelta(days=n) for n in SCHOOL),
            closed=frozenset(FIRST + timedelta(days=n) for n in CLOSED),
            weather={
                row["day"]: (row["temperature"], row["rain"])
                for row in days()
                if row["store"] == store and row["temperature"] is not None
            },
        ),
        promised=promised,
        category={row["gtin"]: row["category"] for row in mine if row["category"]},
        chain=newest_whole(parts),
    )


@pytest.mark.parametrize("store", [0, STORES - 1])
def test_the_store_asks_its_model_what_the_centre_taught_it(tmp_path: Path, store: int) -> None:
    told = rows()
    data = read(exported(tmp_path, told))
    origin = data.panel.periods - HORIZON - 1
    chain = chain_of(data.panel, origin)
    taught = features_at(data.panel, origin, range(1, HORIZON + 1), chain)
    these = np.flatnonzero(data.store == store)
    items = sorted({row["gtin"] for row in told})
    parts = signals(chain, items, sorted({row["category"] for row in told} - {None}))
    name = data.stores[store]
    sales: list[SaleRow] = [
        (row["gtin"], row["day"].isoformat(), row["units"], row["price"], int(row["promotion"]),
         row["in_stock"])
        for row in told
        if row["store"] == name
    ]  # fmt: skip
    asked = plan(sales, ahead_of(name, told, data.panel.only(these), parts))
    assert asked.gtins == tuple(data.items[at] for at in these)
    assert np.isnan(data.panel.units[:, list(CLOSED)]).all()
    expected = taught.rows[these].reshape(-1, len(FEATURES))
    unlike = [
        name
        for at, name in enumerate(FEATURES)
        if not np.array_equal(asked.rows[:, at], expected[:, at])
    ]
    assert unlike == []
    np.testing.assert_array_equal(asked.level, taught.level[these])
    known = {name: (expected[:, at] != UNKNOWN).any() for at, name in enumerate(FEATURES)}
    assert all(known[f"chain_{name}"] for name in ("item_3", "category_7", "season"))
    assert known["temperature"]
    assert known["category_7"]
