"""Reads what the kiosk shows from the store's database. Writes nothing, decides nothing."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TypeVar

from edge_agent.adapters.chain_tables import whole_origin
from edge_agent.adapters.facing_reads import all_facings, states_of
from edge_agent.adapters.feed_tables import feed_ages
from edge_agent.adapters.hour_tables import hour_sums
from edge_agent.core.facing import FacingState, shelf_of
from edge_agent.core.hours import HourSums
from edge_agent.core.knowledge import Heard
from edge_agent.ports.kiosk import (
    CameraStanding,
    Degradation,
    Facing,
    ForecastRow,
    Item,
    RefusedFile,
    Standing,
    StoreUnreadableError,
    UpdateStanding,
)
from endcap.plumbing.sqlite_file import SqliteFile, StorageError

T = TypeVar("T")

_ITEMS = """
SELECT i.gtin, i.name, i.brand, i.department, i.category, i.size,
    coalesce((SELECT price FROM prices WHERE gtin = i.gtin AND since <= :at
        ORDER BY since DESC LIMIT 1), i.price), p.discount, p.last, s.on_hand, s.counted_at
FROM items i
LEFT JOIN stock s ON s.gtin = i.gtin
LEFT JOIN promotions p ON p.gtin = i.gtin AND :today BETWEEN p.first AND p.last
WHERE i.gtin IN (SELECT value FROM json_each(:gtins))
"""
_DAY = """
SELECT i.gtin, i.name, t.expected, t.quantiles, t.made_at, t.release, t.model, t.basis,
    t.at_least_one, t.reasons, :day AS day
FROM items i LEFT JOIN forecasts t ON t.gtin = i.gtin AND t.day = :day
ORDER BY t.expected IS NULL, t.expected DESC, i.name LIMIT :limit
"""
_DAYS = """
SELECT t.*, i.name FROM forecasts t LEFT JOIN items i ON i.gtin = t.gtin
WHERE t.gtin = ? AND t.day >= ? ORDER BY t.day
"""
_STANDING = """
SELECT (SELECT value FROM meta WHERE name = 'epoch') AS epoch,
    (SELECT value FROM meta WHERE name = 'centre_heard') AS centre_heard,
    (SELECT count(*) FROM items) AS items,
    (SELECT count(*) FROM facings) AS facings,
    (SELECT count(*) FROM gaps WHERE closed IS NULL) AS open_gaps,
    (SELECT count(*) FROM outbox WHERE acked = 0) AS waiting,
    (SELECT time FROM outbox WHERE acked = 0 ORDER BY seq LIMIT 1) AS oldest
"""
_UPDATE = """
SELECT * FROM update_journal WHERE state <> 'idle' ORDER BY step DESC LIMIT 1
"""

_REFUSED = """
SELECT f.*, min(r.line) AS line, r.reason
FROM (SELECT * FROM feed_files ORDER BY read_at DESC, rowid DESC LIMIT 20) f
JOIN refused_rows r ON r.file = f.file WHERE f.refused > 0
GROUP BY f.file ORDER BY f.read_at DESC
"""


class KioskReads:
    """Keeps the promises of edge_agent.ports.kiosk.Reads over the store's database."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def facings(self) -> tuple[Facing, ...]:
        """Return every facing of the planogram, camera by camera, from the top left."""
        return await self._ask(all_facings)

    async def items(self, gtins: Sequence[str], at: datetime, today: date) -> Mapping[str, Item]:
        """Return those of `gtins` that are in the catalogue."""
        named = {"gtins": json.dumps(list(gtins)), "at": at.isoformat(), "today": today.isoformat()}

        def question(db: sqlite3.Connection) -> dict[str, Item]:
            states = states_of(db, gtins)
            rows = db.execute(_ITEMS, named)
            return {row["gtin"]: _item(row, states.get(row["gtin"], [])) for row in rows}

        try:
            return self._file.read_now(question)
        except (StorageError, sqlite3.Error) as error:
            raise StoreUnreadableError(str(error)) from error

    async def forecasts_of_day(self, day: date, limit: int) -> tuple[ForecastRow, ...]:
        """Return a row for each item of the catalogue, best sellers first."""
        named = {"day": day.isoformat(), "limit": limit}
        return _forecasts(await self._ask(lambda db: db.execute(_DAY, named).fetchall()))

    async def forecasts_of_item(self, gtin: str, first: date) -> tuple[ForecastRow, ...]:
        """Return the forecasts of `gtin` from `first` on, by day."""
        named = (gtin, first.isoformat())
        return _forecasts(await self._ask(lambda db: db.execute(_DAYS, named).fetchall()))

    async def hour_sums(self, weekend: int) -> HourSums:
        """Return when items sell on days of one kind."""
        return await self._ask(lambda db: hour_sums(db, weekend))

    async def heard(self) -> Heard:
        """Return when the feed and the chain were last heard."""
        return await self._ask(_heard)

    async def standing(self) -> Standing:
        """Return how the store stands as a whole."""
        return await self._ask(_standing)

    async def _ask(self, question: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return await self._file.read(question)
        except (StorageError, sqlite3.Error) as error:
            raise StoreUnreadableError(str(error)) from error


def _item(row: sqlite3.Row, states: Sequence[FacingState]) -> Item:
    # in the order of the columns: a name costs as much as ten places
    gtin, name, brand, department, category, size, price, discount, until, on_hand, counted_at = row
    return Item(
        gtin,
        name,
        brand,
        department,
        category,
        size,
        price,
        discount,
        promotion_until=until and date.fromisoformat(until),
        shelf=shelf_of(states),
        facings=len(states),
        on_hand=on_hand,
        counted_at=_moment(counted_at),
    )


def _forecasts(rows: Iterable[sqlite3.Row]) -> tuple[ForecastRow, ...]:
    return tuple(
        ForecastRow(
            gtin=row["gtin"],
            name=row["name"],
            day=date.fromisoformat(row["day"]),
            expected=row["expected"],
            quantiles=row["quantiles"] and json.loads(row["quantiles"]),
            made_at=_moment(row["made_at"]),
            release=row["release"],
            model=row["model"],
            basis=row["basis"],
            at_least_one=row["at_least_one"],
            reasons=tuple(json.loads(row["reasons"] or "[]")),
        )
        for row in rows
    )


def _standing(db: sqlite3.Connection) -> Standing:
    row = db.execute(_STANDING).fetchone()
    states = [one.state for one in all_facings(db)]
    return Standing(
        epoch=row["epoch"],
        items=row["items"],
        facings=row["facings"],
        open_gaps=row["open_gaps"],
        outbox_waiting=row["waiting"],
        outbox_oldest=_moment(row["oldest"]),
        centre_heard=_moment(row["centre_heard"]),
        cameras=_cameras(db),
        degraded=_degraded(db),
        update=_update(db),
        refused_files=refused_files(db),
        feeds=feed_ages(db),
        low_facings=states.count("low"),
        unknown_facings=states.count("unknown"),
    )


def refused_files(db: sqlite3.Connection) -> tuple[RefusedFile, ...]:
    """Return those of the files read last of which rows were refused, the newest first."""
    return tuple(
        RefusedFile(
            file=row["file"],
            accepted=row["accepted"],
            refused=row["refused"],
            line=row["line"],
            reason=row["reason"],
            read_at=datetime.fromisoformat(row["read_at"]),
        )
        for row in db.execute(_REFUSED)
    )


def _cameras(db: sqlite3.Connection) -> tuple[CameraStanding, ...]:
    """Return every camera that has facings or a condition; one never heard of is missing."""
    rows = db.execute(
        "SELECT camera, condition, since, detail FROM camera_conditions UNION "
        "SELECT DISTINCT camera, 'missing', NULL, 'never seen yet' FROM facings "
        "WHERE camera NOT IN (SELECT camera FROM camera_conditions) ORDER BY 1"
    )
    return tuple(
        CameraStanding(row["camera"], row["condition"], _moment(row["since"]), row["detail"])
        for row in rows
    )


def _degraded(db: sqlite3.Connection) -> tuple[Degradation, ...]:
    return tuple(
        Degradation(row["part"], row["code"], row["detail"], datetime.fromisoformat(row["since"]))
        for row in db.execute("SELECT part, code, detail, since FROM health ORDER BY since")
    )


def _update(db: sqlite3.Connection) -> UpdateStanding | None:
    row = db.execute(_UPDATE).fetchone()
    if row is None:
        return None
    at = datetime.fromisoformat(row["at"])
    return UpdateStanding(row["release"], row["state"], row["reason"], at)


def _heard(db: sqlite3.Connection) -> Heard:
    row = db.execute("SELECT max(heard_at) AS heard_at FROM feed_sources").fetchone()
    chain = whole_origin(db)
    return Heard(
        feed=_moment(row["heard_at"]), chain=None if chain is None else date.fromisoformat(chain)
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
