"""The review of facings in the centre's database: the queue, the answers, and what they tell.

Every answer keeps who gave it and when, also when it is taken back. Which question comes first, and
what answers come to, is core/review's.
"""

import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from central_sync.adapters.review_rows import settle
from central_sync.core.review.answers import Said, agreement
from central_sync.core.review.estimates import Drawn, missed, precision
from central_sync.ports.identity import By
from central_sync.ports.reads import CentreUnreadableError
from central_sync.ports.review import OfStore, Progress, Question, Standing
from endcap.plumbing import audit_log
from endcap.plumbing.sqlite_file import SqliteFile, StorageError
from endcap.wire.review_events import FacingQuestioned

T = TypeVar("T")

_QUEUE = """
SELECT question, store, body, (
    SELECT count(*) FROM review_answers a
    WHERE a.store = q.store AND a.picture = q.picture AND a.withdrawn_at IS NULL
) AS people FROM review_questions q
WHERE over = 0 AND (:store IS NULL OR store = :store) AND NOT EXISTS (
    SELECT 1 FROM review_answers a WHERE a.store = q.store AND a.picture = q.picture
        AND a.who = :who AND a.withdrawn_at IS NULL
) ORDER BY worth DESC, question LIMIT :limit
"""
_ONE = """
SELECT store, picture, settled, over, (
    SELECT count(*) FROM review_answers a
    WHERE a.store = q.store AND a.picture = q.picture AND a.withdrawn_at IS NULL
) AS people FROM review_questions q WHERE question = ?
"""
_ANSWER = """
INSERT INTO review_answers (store, picture, said, who, place, at) VALUES (?, ?, ?, ?, 'centre', ?)
"""
_WITHDRAW = """
UPDATE review_answers SET withdrawn_at = ?
WHERE store = ? AND picture = ? AND who = ? AND withdrawn_at IS NULL
"""
_COUNTS = """
SELECT store, sum(over = 0) AS waiting, sum(settled IS NOT NULL) AS settled,
    sum(over = 1 AND settled IS NULL) AS unsettled
FROM review_questions GROUP BY store ORDER BY store
"""
_DRAWN = """
SELECT store, settled, json_extract(body, '$.sampled') AS sampled,
    json_extract(body, '$.alert') AS alert
FROM review_questions WHERE reason = 'random' AND settled IS NOT NULL
"""
_LIVE = """
SELECT store, picture, said, who FROM review_answers WHERE withdrawn_at IS NULL
ORDER BY store, picture, answer
"""
_FORGET = """
DELETE FROM review_questions WHERE received_at < CASE WHEN settled IS NULL THEN ? ELSE ? END
"""
_ORPHANS = """
DELETE FROM review_answers WHERE at < ? AND (store, picture) NOT IN (
    SELECT store, picture FROM review_questions
)
"""


class ReviewTables:
    """Keeps the promises of central_sync.ports.review."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def queue(self, who: str, store: str | None, limit: int) -> tuple[Question, ...]:
        """Return the next questions for a person, the worthiest first."""
        return await self._read(lambda db: read_queue(db, who, store, limit))

    async def picture(self, question: int) -> bytes | None:
        """Return the JPEG of a question; None where there is none."""
        ask = "SELECT jpeg FROM review_questions WHERE question = ?"
        row = await self._read(lambda db: db.execute(ask, (question,)).fetchone())
        return bytes(row["jpeg"]) if row else None

    async def answer(self, question: int, said: Said, by: By) -> Standing | None:
        """Keep what a person says; return where the question stands then."""
        return await self._write(lambda db: _answered(db, question, said, by))

    async def undo(self, question: int, by: By) -> Standing | None:
        """Take back what a person said; return where the question stands then."""
        return await self._write(lambda db: _answered(db, question, None, by))

    async def progress(self) -> Progress:
        """Return how far reviewing is, and what it tells of stores."""
        return await self._read(read_progress)

    async def forget(self, waiting_before: datetime, answered_before: datetime) -> int:
        """Delete what is too old, with its pictures and answers; return how many questions went."""

        def change(db: sqlite3.Connection) -> int:
            moments = waiting_before.isoformat(), answered_before.isoformat()
            gone = db.execute(_FORGET, moments).rowcount
            db.execute(_ORPHANS, (moments[0],))
            return gone

        return await self._write(change)

    async def forget_store(self, store: str, by: By) -> int:
        """Delete all that a store asked and was answered, because a person says so."""

        def change(db: sqlite3.Connection) -> int:
            gone = db.execute("DELETE FROM review_questions WHERE store = ?", (store,)).rowcount
            db.execute("DELETE FROM review_answers WHERE store = ?", (store,))
            act = audit_log.Act(by.who, f"review {store}: forgotten", str(gone), "0")
            audit_log.note(db, act, by.at)
            return gone

        return await self._write(change)

    async def _read(self, question: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return await self._file.read(question)
        except (StorageError, sqlite3.Error) as error:
            raise CentreUnreadableError(str(error)) from error

    async def _write(self, change: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return await self._file.write(change)
        except StorageError as error:
            raise CentreUnreadableError(str(error)) from error


def read_queue(
    db: sqlite3.Connection, who: str, store: str | None, limit: int
) -> tuple[Question, ...]:
    """Return the next questions for a person; from any connection."""
    named = {"who": who, "store": store, "limit": limit}
    return tuple(
        Question(
            row["question"],
            row["store"],
            FacingQuestioned.model_validate_json(row["body"]),
            row["people"],
        )
        for row in db.execute(_QUEUE, named)
    )


def read_progress(db: sqlite3.Connection) -> Progress:
    """Return how far reviewing is; from any connection."""
    counts = db.execute(_COUNTS).fetchall()
    drawn: dict[str, list[Drawn]] = {}
    for row in db.execute(_DRAWN):
        one = Drawn(row["sampled"], bool(row["alert"]), row["settled"])
        drawn.setdefault(row["store"], []).append(one)
    said: dict[tuple[str, str], list[Said]] = {}
    people: dict[str, int] = {}
    for row in db.execute(_LIVE):
        said.setdefault((row["store"], row["picture"]), []).append(row["said"])
        people[row["who"]] = people.get(row["who"], 0) + 1
    return Progress(
        waiting=sum(row["waiting"] for row in counts),
        settled=sum(row["settled"] for row in counts),
        unsettled=sum(row["unsettled"] for row in counts),
        by=tuple(sorted(people.items(), key=lambda one: (-one[1], one[0]))),
        agreement=agreement(said.values()),
        stores=tuple(_of_store(row, drawn.get(row["store"], ())) for row in counts),
    )


def _of_store(row: sqlite3.Row, drawn: Sequence[Drawn]) -> OfStore:
    return OfStore(row["store"], row["waiting"], row["settled"], precision(drawn), missed(drawn))


def _answered(db: sqlite3.Connection, question: int, said: Said | None, by: By) -> Standing | None:
    """Put what a person says in the place of what they said before; None takes it back."""
    row = db.execute(_ONE, (question,)).fetchone()
    if row is None:
        return None
    place, moment = (row["store"], row["picture"]), by.at.isoformat()
    db.execute(_WITHDRAW, (moment, *place, by.who))
    if said is not None:
        db.execute(_ANSWER, (*place, said, by.who, moment))
    settle(db, *place)
    now = db.execute(_ONE, (question,)).fetchone()
    return Standing(question, now["settled"], bool(now["over"]), now["people"])
