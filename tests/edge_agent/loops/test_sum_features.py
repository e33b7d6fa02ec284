"""The last period is told for the ranker, once, out of a real database."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from edge_agent.adapters.ranker_sums_tables import RankerSumsTables
from edge_agent.adapters.store_figures import FiguresOfStore
from edge_agent.core.baskets import BasketRule
from edge_agent.loops.sum_features import sum_once
from endcap.models.shopper.feature_sums import GRAM_PART
from endcap.models.shopper.private import Budget
from endcap.models.shopper.tensors import ITEMS, SCORES
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.manifest import ModelManifest
from endcap.wire.shopper_events import FeaturesSummed
from tests.edge_agent.adapters.store_file import rows, told, with_store
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.flat_models import FlatSite

ZONE = ZoneInfo("UTC")
RULE = BasketRule(2, timedelta(days=7), Budget(1e9, 1e-6), clip=100.0, secret=b"key")
GTINS = [f"{n:014}" for n in range(1, 6)]


class OneModel:
    """A site whose item model proposes the same items always, or that has none."""

    def __init__(self, *, there: bool = True) -> None:
        self.release, self._there = 1, there

    @property
    def current(self) -> "OneModel":
        return self

    def manifest(self, kind: str) -> ModelManifest | None:
        if not self._there:
            return None
        assert kind == "shopper"
        found = FlatSite(kinds=(kind,)).manifest(kind)
        assert found is not None
        return found.model_copy(update={"version": "2.0.0"})

    def setting(self, part: str, name: str, otherwise: float) -> float:
        assert part != name
        return otherwise

    def run(self, kind: str, feed: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        assert (kind, len(feed)) == ("shopper", 3)
        return {ITEMS: np.arange(1, 6), SCORES: np.linspace(1, 0.2, 5).astype(np.float32)}


async def sell(file: SqliteFile, day: date, shopper: str | None) -> None:
    line = (
        "INSERT INTO sale_lines (transaction_id, line, gtin, units, amount, sold_at, day, shopper)"
        " VALUES (?, ?, ?, 1, 2.0, ?, ?, ?)"
    )
    at = f"{day}T10:00:00+00:00"
    sold = [(f"{shopper}-{day}", n, gtin, at, str(day), shopper) for n, gtin in enumerate(GTINS)]
    await file.write(lambda db: db.executemany(line, sold).close())


async def sum_now(file: SqliteFile, models: OneModel, at: datetime = NOON) -> bool:
    figures = FiguresOfStore(file, ZONE, FakeClock(NOON))
    return await sum_once(RankerSumsTables(file, ZONE), models, figures, RULE, at)


def test_the_last_week_is_told_once_at_its_price(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        for gtin in GTINS:
            await file.write(
                lambda db, gtin=gtin: db.execute(  # type: ignore[misc]
                    "INSERT INTO items (gtin, name) VALUES (?, ?)", (gtin, gtin)
                ).close()
            )
        for who in ("ann", "bob", None):
            for ago in (20, 4, 2):
                await sell(file, NOON.date() - timedelta(days=ago), who)
        assert not await sum_now(file, OneModel(there=False))
        assert await sum_now(file, OneModel())
        assert not await sum_now(file, OneModel())
        events = [one for one in await told(file) if isinstance(one, FeaturesSummed)]
        assert [one.part for one in events] == list(range(1, len(events) + 1))
        assert events[0].item_model == "2.0.0"
        asked = events[0].weight / events[0].steps / GRAM_PART
        assert round(asked) == 4  # two known persons, two visits
        [(what, rho)] = await rows(file, "SELECT what, rho FROM privacy_spent")
        assert what == "features"
        assert 0 < rho < RULE.noise_budget.rho

    with_store(tmp_path, work)
