"""Who says that an item was missing on a day, from SQLite: cameras, stock records, the till.

What they prove is core/stock_outs'.
"""

import json
import sqlite3
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from edge_agent.adapters.facing_rows import seen_empty
from edge_agent.core.stock_outs import FAST, Absence, Mark, StockOut, Takings, Witnesses

REMEMBERED = timedelta(days=3)
"""How long a count of nothing counts, and how long an item that stopped selling is missed."""

_ABSENCES = """
SELECT camera, facing, gtin, opened, closed FROM gaps WHERE gtin IS NOT NULL
    AND opened < :until AND (closed IS NULL OR closed > :since) AND ended IS NOT 'person'
"""
_UNSEEN = """
WITH turns AS (
    SELECT f.camera, f.facing, f.gtin, j.state, j.since,
        lead(j.since) OVER (PARTITION BY j.camera, j.facing ORDER BY j.step) AS until
    FROM facings f JOIN facing_journal j USING (camera, facing)
    WHERE f.gtin IN (SELECT value FROM json_each(:gtins))
)
SELECT * FROM turns WHERE state IN ('unknown', 'gap_unseen')
    AND since < :until AND (until IS NULL OR until > :since)
"""
_FACINGS = "SELECT gtin, count(*) AS n FROM facings WHERE gtin IS NOT NULL GROUP BY gtin"
_MARKS = """
WITH gone AS (
    SELECT gtin, min(counted_at) AS since FROM stock_counts
    WHERE on_hand <= 0 AND counted_at BETWEEN :known AND :until GROUP BY gtin
)
SELECT gtin, counted_at AS at, on_hand > 0 AS there FROM stock_counts JOIN gone USING (gtin)
    WHERE counted_at BETWEEN since AND :until
UNION ALL
SELECT gtin, received_at, 1 FROM deliveries JOIN gone USING (gtin)
    WHERE received_at BETWEEN since AND :until
UNION ALL
SELECT gtin, sold_at, 1 FROM sale_lines JOIN gone USING (gtin)
    WHERE day BETWEEN :first AND :day AND units > 0 AND sold_at >= since
"""
_EXPECTED = "SELECT gtin, expected FROM forecasts WHERE day = :day AND made_for < day"
_LINES = "SELECT gtin, sold_at, units FROM sale_lines WHERE day = ? AND units > 0 ORDER BY sold_at"
_LATELY = """
SELECT gtin, sum(units) / count(*) AS a_line FROM sale_lines
WHERE day BETWEEN :first AND :day AND units > 0 GROUP BY gtin
"""
_PUT = "INSERT INTO stock_outs VALUES (?, ?, ?, ?, ?, ?, ?, ?)"


def witnesses(db: sqlite3.Connection, day: date, *, listens: bool) -> Witnesses:
    """Return what is known of who was missing; what could touch the day in any zone is in it.

    The till is heard where it `listens` to it.
    """
    noon = datetime.combine(day, time(12), UTC)
    named = {
        "since": (noon - timedelta(days=2)).isoformat(),
        "until": (noon + timedelta(days=2)).isoformat(),
        "known": (noon - REMEMBERED).isoformat(),
        "first": (day - REMEMBERED).isoformat(),
        "day": day.isoformat(),
    }
    absences = tuple(_absences(db, named))
    gtins = json.dumps(sorted({one.gtin for one in absences}))
    unseen = tuple(
        _absence(row, row["since"], row["until"])
        for row in db.execute(_UNSEEN, {**named, "gtins": gtins})
    )
    marks = tuple(
        Mark(row["gtin"], datetime.fromisoformat(row["at"]), bool(row["there"]))
        for row in db.execute(_MARKS, named)
    )
    facings = {row["gtin"]: row["n"] for row in db.execute(_FACINGS)}
    takings = _takings(db, named) if listens else Takings()
    return Witnesses(absences, facings, marks, takings, unseen)


def _absences(db: sqlite3.Connection, named: dict[str, str]) -> Iterable[Absence]:
    """Yield when gaps stood open in sight; one of which a person says that it was none is none."""
    for row in db.execute(_ABSENCES, named).fetchall():
        opened, until = (datetime.fromisoformat(row["opened"]), row["closed"] or named["until"])
        place = (row["camera"], row["facing"])
        for begin, end in seen_empty(db, *place, opened, datetime.fromisoformat(until)):
            yield _absence(row, begin.isoformat(), end.isoformat())


def _absence(row: sqlite3.Row, since: str, until: str | None) -> Absence:
    return Absence(
        facing=f"{row['camera']}/{row['facing']}",
        gtin=row["gtin"],
        since=datetime.fromisoformat(since),
        until=None if until is None else datetime.fromisoformat(until),
    )


def _takings(db: sqlite3.Connection, named: dict[str, str]) -> Takings:
    """Return what the till says of items that sell often and have sold of late."""
    expected = {row["gtin"]: row["expected"] for row in db.execute(_EXPECTED, named)}
    if max(expected.values(), default=0.0) < FAST:
        return Takings()
    a_line = {row["gtin"]: row["a_line"] for row in db.execute(_LATELY, named)}
    lines = {gtin: units / a_line[gtin] for gtin, units in expected.items() if gtin in a_line}
    fast = {gtin: count for gtin, count in lines.items() if count >= FAST}
    bought: dict[str, list[datetime]] = {gtin: [] for gtin in fast}
    every: list[datetime] = []
    for gtin, sold_at, _ in db.execute(_LINES, (named["day"],)):
        moment = datetime.fromisoformat(sold_at)
        every.append(moment)
        if gtin in bought:
            bought[gtin].append(moment)
    return Takings(fast, sum(lines.values()), bought, every)


def put_stock_outs(db: sqlite3.Connection, day: date, found: Iterable[StockOut]) -> None:
    """Keep why a day counts as it does, in place of what was kept of it."""
    db.execute("DELETE FROM stock_outs WHERE day = ?", (day.isoformat(),))
    db.executemany(
        _PUT,
        [
            (
                *(one.day.isoformat(), one.gtin, one.source, one.since.isoformat()),
                *(one.until.isoformat(), one.share, one.chance, one.detail),
            )
            for one in found
        ],
    )
