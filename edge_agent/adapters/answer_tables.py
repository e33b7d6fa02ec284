"""Keeps what shoppers were offered, and what they did with it, in the store's database.

Answers wait in memory until they are written, many in one transaction, so that answering never
waits for the disk. What is learned of them is core/shopper_learning's.
"""

import json
import sqlite3
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import UTC, tzinfo
from operator import attrgetter

from edge_agent.ports.answers import Answer, Feedback, Shown
from edge_agent.ports.kiosk import StoreUnwritableError
from endcap.plumbing.sqlite_file import SqliteFile, StorageError

MOST_WAITING = 5_000
"""Answers that may wait in memory: ten seconds of more than any kiosk is asked."""
MOST_ANSWERS, MOST_FEEDBACK = 50_000, 200_000
"""Rows that are kept; of answers that somebody did something with, as many again."""

_NOTE = """
INSERT OR IGNORE INTO answers
    (answer, surface, at, day, session, shopper, query, found, release, arms, items)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_BOUND_ANSWERS = """
DELETE FROM answers WHERE number <= (SELECT max(number) FROM answers) - :most AND
    (number <= (SELECT max(number) FROM answers) - 2 * :most
     OR NOT EXISTS (SELECT 1 FROM feedback f WHERE f.answer = answers.answer))
"""
_SHOWN = tuple(field.name for field in fields(Shown))
_places = attrgetter(*_SHOWN)
_TAKE = "INSERT OR IGNORE INTO feedback (answer, gtin, what, at) VALUES (?, ?, ?, ?)"
_BOUND_FEEDBACK = "DELETE FROM feedback WHERE number <= (SELECT max(number) FROM feedback) - ?"


class AnswerTables:
    """Keeps the promises of edge_agent.ports.answers.AnswerLog and NotedAnswers.

    `zone` says on which of the store's days an answer was given.
    """

    def __init__(
        self,
        file: SqliteFile,
        zone: tzinfo,
        *,
        waiting: int = MOST_WAITING,
        most: int = MOST_ANSWERS,
    ) -> None:
        self._file = file
        self._zone = zone
        self._most = most
        self._waiting: deque[Answer] = deque(maxlen=waiting)

    def note(self, answer: Answer) -> None:
        """Remember an answer until it is kept; the oldest makes room."""
        self._waiting.append(answer)

    async def keep(self) -> int:
        """Write what waits; what the disk refuses waits on, unless newer ones need its room."""
        noted = tuple(self._waiting)
        if not noted:
            return 0
        self._waiting.clear()
        values = [_row(one, self._zone) for one in noted]

        def change(db: sqlite3.Connection) -> None:
            db.executemany(_NOTE, values)
            db.execute(_BOUND_ANSWERS, {"most": self._most})

        try:
            await self._file.write(change)
        except StorageError:
            meanwhile = tuple(self._waiting)
            self._waiting.clear()
            self._waiting.extend((*noted, *meanwhile))
            raise
        return len(noted)


class FeedbackTables:
    """Keeps the promises of edge_agent.ports.answers.FeedbackBook."""

    def __init__(self, file: SqliteFile, *, most: int = MOST_FEEDBACK) -> None:
        self._file = file
        self._most = most

    async def take(self, feedback: Sequence[Feedback]) -> int:
        """Keep what was done; return how much of it was new."""
        values = [(one.answer, one.gtin, one.what, _moment(one)) for one in feedback]
        try:
            return await self._file.write(lambda db: _take(db, values, self._most))
        except StorageError as error:
            raise StoreUnwritableError(str(error)) from error


def _take(db: sqlite3.Connection, values: Iterable[tuple[str, ...]], most: int) -> int:
    before = db.total_changes
    db.executemany(_TAKE, values)
    new = db.total_changes - before
    db.execute(_BOUND_FEEDBACK, (most,))
    return new


def _moment(one: Answer | Feedback) -> str:
    return one.at.astimezone(UTC).isoformat()


def _row(one: Answer, zone: tzinfo) -> tuple[str | int | None, ...]:
    return (
        one.answer,
        one.surface,
        _moment(one),
        one.at.astimezone(zone).date().isoformat(),
        one.session,
        one.shopper,
        one.query,
        one.found,
        one.release,
        json.dumps(dict(one.arms)),
        json.dumps(
            [dict(zip(_SHOWN, _places(item), strict=True)) for item in one.items],
            ensure_ascii=False,
        ),
    )
