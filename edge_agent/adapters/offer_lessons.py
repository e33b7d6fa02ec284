"""Keeps what was learned of answers, in SQLite, and joins answers with what was done with them.

A purchase is known by feedback, or by the till where the shopper agreed to be remembered and bought
the item the same day. What is learned is core/offers/learning's.
"""

import json
import sqlite3
from collections.abc import Sequence
from datetime import date, datetime
from functools import partial

from edge_agent.adapters.store_life import get_meta, set_meta
from edge_agent.adapters.tally_rows import tell_news
from edge_agent.core.offers.learning import (
    Lessons,
    Seen,
    Sums,
    Tallied,
    learn,
    offers_tallied,
)
from edge_agent.core.sales import digest_of
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.shopper_events import OffersTallied

_LEARNED = "offers_learned"
_UNTAUGHT = """
SELECT DISTINCT day, surface FROM answers
WHERE surface IN ('recommendations', 'search') AND day < ? AND NOT EXISTS (
    SELECT 1 FROM tallies t WHERE t.what = 'offers:' || surface AND t.day = answers.day)
ORDER BY day, surface
"""
_ANSWERS = "SELECT answer, items FROM answers WHERE day = ? AND surface = ? ORDER BY number"
_DONE = """
SELECT f.answer, f.gtin, f.what FROM feedback f JOIN answers a USING (answer)
WHERE a.day = ?1 AND a.surface = ?2
UNION
SELECT a.answer, s.gtin, 'bought' FROM answers a
JOIN sale_lines s ON s.shopper = a.shopper AND s.day = a.day
WHERE a.day = ?1 AND a.surface = ?2 AND a.shopper IS NOT NULL AND s.units > 0
    AND s.sold_at >= a.at
"""
_KEEP = "INSERT INTO offer_lessons (what, name, looks, acts) VALUES (?, ?, ?, ?)"


class LessonTables:
    """Keeps the promises of edge_agent.ports.offers.LessonBook."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def untaught(self, today: date) -> Sequence[tuple[date, Tallied]]:
        """Return the days, and of them the surfaces, that nothing was learned from yet."""
        rows = await self._file.read(
            lambda db: db.execute(_UNTAUGHT, (today.isoformat(),)).fetchall()
        )
        return tuple((date.fromisoformat(row["day"]), row["surface"]) for row in rows)

    async def seen(self, day: date, surface: Tallied) -> Sequence[Seen]:
        """Return a day's answers, with what was done with each."""
        return await self._file.read(lambda db: _seen(db, day, surface))

    async def lessons(self) -> Lessons:
        """Return what was learned so far."""
        return await self._file.read(lessons_of)

    async def record(
        self, day: date, surface: Tallied, answers: Sequence[Seen], at: datetime
    ) -> None:
        """Learn from a day's answers, and tell the centre, both once."""
        await self._file.write(lambda db: _record(db, day, surface, answers, at))


def lessons_of(db: sqlite3.Connection) -> Lessons:
    """Return what was learned so far."""
    day = get_meta(db, _LEARNED)
    rows = db.execute("SELECT what, name, looks, acts FROM offer_lessons")
    sums = {(row["what"], row["name"]): Sums(row["looks"], row["acts"]) for row in rows}
    return Lessons(None if day is None else date.fromisoformat(day), sums)


def _seen(db: sqlite3.Connection, day: date, surface: Tallied) -> tuple[Seen, ...]:
    named = (day.isoformat(), surface)
    done: dict[str, set[tuple[str, str]]] = {}
    for row in db.execute(_DONE, named):
        done.setdefault(row["answer"], set()).add((row["gtin"], row["what"]))
    return tuple(
        Seen(
            tuple((item["gtin"], item["reason"]) for item in json.loads(row["items"])),
            frozenset(done.get(row["answer"], ())),
        )
        for row in db.execute(_ANSWERS, named)
    )


def _record(
    db: sqlite3.Connection, day: date, surface: Tallied, answers: Sequence[Seen], at: datetime
) -> None:
    told = offers_tallied(surface, day, answers)
    digest = digest_of([one.model_dump_json() for one in told])
    news = tell_news(db, (f"offers:{surface}", day), digest, partial(_revised, told), at)
    if news and surface == "recommendations":
        learned = learn(lessons_of(db), day, answers)
        db.execute("DELETE FROM offer_lessons")
        sums = learned.sums.items()
        db.executemany(_KEEP, [(what, name, one.looks, one.acts) for (what, name), one in sums])
        set_meta(db, _LEARNED, str(learned.day))


def _revised(told: Sequence[OffersTallied], revision: int) -> list[OffersTallied]:
    return [one.model_copy(update={"revision": revision}) for one in told]
