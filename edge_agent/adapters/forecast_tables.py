"""The store's standing forecasts, in SQLite.

What to expect is core/demand's, and what a forecast was worth core/scoring's.
"""

import json
import sqlite3
from collections.abc import Iterable
from datetime import date, datetime

from edge_agent.adapters.chain_tables import whole_origin
from edge_agent.adapters.feed_tables import feed_version
from edge_agent.adapters.forecast_material import material
from edge_agent.adapters.item_history_tables import put_inputs
from edge_agent.adapters.lesson_tables import put_drafts
from edge_agent.adapters.sale_rows import SALES
from edge_agent.adapters.sales_tables import changed_days
from edge_agent.adapters.store_life import get_meta, set_meta
from edge_agent.core.explaining import Inputs
from edge_agent.ports.demand import Made, Material, Standing
from endcap.plumbing.sqlite_file import SqliteFile

_FORECAST = """
INSERT INTO forecasts (gtin, day, made_at, made_for, release, model, expected, quantiles, basis,
    at_least_one, reasons)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_BASIS = "forecast_basis"


class ForecastTables:
    """Keeps the promises of edge_agent.ports.demand.ForecastBook."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def standing(self, before: date) -> Standing:
        """Return what stands, and what there is to make new forecasts from."""
        return await self._file.read(lambda db: _standing(db, before))

    async def material(self, last_closed: date, horizon: int) -> Material:
        """Return what to forecast the days after `last_closed` from."""
        return await self._file.read(lambda db: material(db, last_closed, horizon))

    async def record(self, made: Made, at: datetime) -> None:
        """Put `made` in place of every forecast of the days after its last closed one."""
        await self._file.write(lambda db: _put(db, made, at))


def _standing(db: sqlite3.Connection, before: date) -> Standing:
    last = db.execute("SELECT max(day) AS day FROM day_sales").fetchone()["day"]
    chain = whole_origin(db)
    return Standing(
        basis=get_meta(db, _BASIS),
        last_tallied=None if last is None else date.fromisoformat(last),
        pending=any(day < before for day in changed_days(db, SALES)),
        feed=feed_version(db),
        chain=None if chain is None else date.fromisoformat(chain),
    )


def _put(db: sqlite3.Connection, made: Made, at: datetime) -> None:
    last_closed = made.basis.last_closed
    db.execute("DELETE FROM forecasts WHERE day > ?", (last_closed.isoformat(),))
    db.executemany(_FORECAST, _rows(made, at))
    put_drafts(db, made.drafts, last_closed)
    put_inputs(db, _inputs(made))
    set_meta(db, _BASIS, str(made.basis))


def _rows(made: Made, at: datetime) -> Iterable[tuple[object, ...]]:
    """Yield a row for each forecast; the levels are text, as JSON wants its names."""
    same = (at.isoformat(), made.basis.last_closed.isoformat(), made.basis.release, made.model)
    quantiles = "{" + ", ".join(f'"{level:g}": %r' for level in made.levels) + "}"
    reasons: dict[tuple[str, ...], str] = {}
    for one in made.forecasts:
        if one.reasons not in reasons:
            reasons[one.reasons] = json.dumps(one.reasons)
        yield (
            *(one.gtin, one.day.isoformat(), *same, one.expected, quantiles % one.quantiles),
            *(one.basis, one.at_least_one, reasons[one.reasons]),
        )


def _inputs(made: Made) -> Iterable[tuple[str, Inputs]]:
    """Yield what the model was asked of each item, and what became of its answers."""
    planned = made.planned
    if planned is None or not planned.gtins:
        return
    rows = planned.rows.reshape(len(planned.gtins), len(planned.days), -1)
    first, release = planned.days[0], made.basis.release
    figures = zip(planned.level.tolist(), planned.whole.tolist(), strict=True)
    for gtin, (level, whole), asked in zip(planned.gtins, figures, rows, strict=True):
        yield gtin, Inputs(release, first, level, whole, asked, made.events)
