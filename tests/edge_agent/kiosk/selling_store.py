"""A corner store with a past: eight weeks of milk, with all that can befall an item."""

import json
import sqlite3
from collections.abc import Mapping
from datetime import timedelta

import numpy as np

from edge_agent.adapters.item_history_tables import put_inputs
from edge_agent.core.explaining import Inputs
from edge_agent.ports.models import Arrays
from endcap.models.demand.features import FEATURES, Features
from endcap.models.demand.recent import UNKNOWN
from endcap.wire.manifest import ModelManifest
from tests.edge_agent.kiosk import corner_store
from tests.edge_agent.kiosk.corner_store import FakeModels, FakeSite, gtin_of
from tests.fakes.clock import NOON
from tests.fakes.flat_models import FlatSite

MILK = gtin_of(0)
TODAY = NOON.date()
PAST, FORETOLD, AHEAD = 56, 28, 14
STOCK_OUTS: Mapping[int, float] = {4: 0.55, 17: 0.3, 18: 0.8, 33: 0.6}
"""Days ago, and the share of the day's usual sales in which the milk was there."""
CLOSED = 22
_WEEK = (1.0, 0.9, 0.9, 1.0, 1.3, 1.7, 0.6)
_LEVEL = 12.0


def promoted(ahead: int) -> bool:
    """Tell whether the milk is promoted so many days from today."""
    return -30 <= ahead <= -25 or 3 <= ahead <= 6


def expected(ahead: int) -> float:
    """Return what the model expects, so many days from today."""
    day = TODAY + timedelta(days=ahead)
    return round(_LEVEL * _WEEK[day.weekday()] * (1.5 if promoted(ahead) else 1.0), 3)


class DemandSite(FakeSite):
    """A site whose demand model knows weekdays and promotions and nothing else."""

    def manifest(self, kind: str) -> ModelManifest | None:
        """Return a demand model's manifest."""
        return FlatSite().manifest(kind)

    def run(self, kind: str, feed: Arrays) -> Arrays:
        """Answer a weekday's share, half more when promoted."""
        if kind != "demand":
            return super().run(kind, feed)
        rows = feed["features"]
        weekday = rows[:, FEATURES.index("weekday")].astype(np.int64)
        mean = np.array(_WEEK)[weekday] * (1.0 + 0.5 * rows[:, FEATURES.index("promotion")])
        spread = np.array([0.6, 1.0, 1.5])
        return {"mean": mean.astype(np.float32), "quantiles": mean[:, None] * spread}


def models() -> FakeModels:
    """Return models with a demand model among them."""
    return FakeModels(DemandSite())


def fill(db: sqlite3.Connection) -> None:
    """Write the corner store, and the milk's past and days to come."""
    corner_store.fill(db)
    db.execute("DELETE FROM forecasts WHERE gtin = ?", (MILK,))
    for ago in range(1, PAST + 1):
        _sell(db, ago)
    for ahead in range(-FORETOLD, AHEAD):
        _foretell(db, ahead)
    put_inputs(db, [(MILK, Inputs(3, TODAY, _LEVEL, whole=True, rows=_rows(), events=_events()))])
    day = {
        name: (TODAY + timedelta(days=n)).isoformat()
        for name, n in {
            "carnival": -14,
            "match": 5,
            "first": 3,
            "last": 6,
            "school": 9,
            "inventory": 10,
        }.items()
    }
    db.execute(
        "INSERT INTO promotions (gtin, first, last, discount) VALUES (?, ?, ?, 0.2)",
        (MILK, day["first"], day["last"]),
    )
    for kind, name in (("holiday", "carnival"), ("school", "school"), ("closed", "inventory")):
        db.execute(
            "INSERT INTO calendar_days (day, kind, name) VALUES (?, ?, ?)",
            (day[name], kind, name.capitalize()),
        )
    db.execute(
        "INSERT INTO local_events (day, name, effect) VALUES (?, 'Match', 0.3)", (day["match"],)
    )


def _sell(db: sqlite3.Connection, ago: int) -> None:
    """Write a day's tally, of the milk and of the bread; nothing on the closed day."""
    if ago == CLOSED:
        return
    day = TODAY - timedelta(days=ago)
    there = STOCK_OUTS.get(ago, 1.0)
    units = round(expected(-ago) * (0.8 + 0.4 * (ago * 37 % 10) / 9) * there)
    price = 1.03 if promoted(-ago) else 1.29
    for gtin, sold, share in ((MILK, units, there), (gtin_of(1), 3 + ago % 4, 1.0)):
        db.execute(
            "INSERT INTO day_sales (day, gtin, units, returns, revenue, price, promotion, in_stock)"
            " VALUES (?, ?, ?, 0, ?, ?, ?, ?)",
            (day.isoformat(), gtin, sold, sold * price, price, promoted(-ago), share),
        )
    if there < 1.0:
        since = NOON - timedelta(days=ago)
        until = since + timedelta(hours=8 * (1.0 - there))
        source = ("camera", "stock", "silence")[ago % 3]
        db.execute(
            "INSERT INTO stock_outs (day, gtin, source, since, until, share, chance, detail)"
            " VALUES (?, ?, ?, ?, ?, ?, NULL, ?)",
            (
                *(day.isoformat(), MILK, source, since.isoformat(), until.isoformat()),
                *(1.0 - there, "all of its facings stood empty"),
            ),
        )


def _foretell(db: sqlite3.Connection, ahead: int) -> None:
    """Write the forecast of a day, made the day before it began; of days to come, just now."""
    day = TODAY + timedelta(days=ahead)
    made_for = min(day, TODAY) - timedelta(days=1)
    units = expected(ahead) * (1.3 if ahead == 5 else 1.0) * (1.0 if ahead < 0 else 1.05)
    quantiles = {"0.05": 0.55, "0.2": 0.8, "0.5": 1.0, "0.8": 1.2, "0.95": 1.6}
    told = {level: round(units * share, 3) for level, share in quantiles.items()}
    db.execute(
        "INSERT INTO forecasts (gtin, day, made_at, made_for, release, model, expected, quantiles,"
        " at_least_one, reasons) VALUES (?, ?, ?, ?, 3, '1.0.0', ?, ?, 0.999, ?)",
        (
            *(MILK, day.isoformat(), NOON.isoformat(), made_for.isoformat(), units),
            *(json.dumps(told), json.dumps(["Match: +30%"] if ahead == 5 else [])),
        ),
    )


def _events() -> tuple[float, ...]:
    return tuple(1.3 if ahead == 5 else 1.0 for ahead in range(AHEAD))


def _rows() -> Features:
    """Return the model's input: a typical day's, with its weekday and its promotion."""
    rows = np.ones((AHEAD, len(FEATURES)), dtype=np.float32)
    for name in ("temperature", "temperature_change", "rain", "rain_recent", "chain_item_7"):
        rows[:, FEATURES.index(name)] = UNKNOWN
    for name in ("promotion_recent", "holiday", "holiday_before", "holiday_after", "special"):
        rows[:, FEATURES.index(name)] = 0.0
    for ahead in range(AHEAD):
        rows[ahead, FEATURES.index("weekday")] = (TODAY + timedelta(days=ahead)).weekday()
        rows[ahead, FEATURES.index("promotion")] = promoted(ahead)
        rows[ahead, FEATURES.index("price_recent")] = 0.8 if promoted(ahead) else 1.0
    return rows
