"""What people are asked about facings, in SQLite: kept with its event, for hours, and bounded.

The picture is in two places, this table and the outbox; both let go of it together. What is asked,
and why, is core/vision/asking's.
"""

import sqlite3
from base64 import b64decode
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from edge_agent.adapters import outbox_rows
from edge_agent.core.vision.asking import Asking, Facts
from edge_agent.ports.questions import Shown
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.review_events import FacingAnswered, FacingQuestioned

MOST = 2_000
"""Pictures kept at most, the newest: 24 MB."""

_KEEP = """
INSERT OR IGNORE INTO facing_questions
    (picture, camera, facing, day, reason, alert, asked_at, body, jpeg)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_OVER = """
DELETE FROM facing_questions WHERE picture IN (
    SELECT picture FROM facing_questions ORDER BY asked_at DESC LIMIT -1 OFFSET ?
)
"""
_ASKED = "SELECT facing, reason, alert FROM facing_questions WHERE camera = ? AND day = ?"
_SHOWN = """
SELECT picture, jpeg, json_extract(body, '$.taken_at') AS taken_at FROM facing_questions
WHERE camera = ? AND facing = ? ORDER BY asked_at DESC LIMIT 1
"""
_OPEN = "SELECT facing FROM gaps WHERE camera = ? AND closed IS NULL"
_SOLD = """
SELECT DISTINCT g.facing FROM gaps g JOIN sale_lines s ON s.gtin = g.gtin
WHERE g.camera = :camera AND g.closed IS NULL AND s.units > 0 AND s.day >= :since
    AND unixepoch(s.sold_at) BETWEEN unixepoch(g.opened) + :slack AND unixepoch(:at)
    AND NOT EXISTS (
        SELECT 1 FROM facings f WHERE f.gtin = g.gtin AND NOT EXISTS (
            SELECT 1 FROM gaps o
            WHERE o.camera = f.camera AND o.facing = f.facing AND o.closed IS NULL
        )
    )
"""
_UNSOLD = """
SELECT DISTINCT f.facing FROM facings f JOIN stock_outs o ON o.gtin = f.gtin
WHERE f.camera = :camera AND o.source = 'silence' AND unixepoch(o.until) >= unixepoch(:recent)
"""
_FORGET = "DELETE FROM facing_questions WHERE asked_at < ?"
_BLANK = """
UPDATE outbox SET body = json_remove(body, '$.jpeg')
WHERE kind = ? AND (acked > 0 OR time < ?) AND json_extract(body, '$.jpeg') <> ''
"""
_IN_HAND = timedelta(minutes=3)
"""An item may be bought so long after it was taken off the shelf: that contradicts nothing yet."""
_LATELY = timedelta(hours=3)


class QuestionTables:
    """Keeps the promises of edge_agent.ports.questions; `cameras` are those that may be asked."""

    def __init__(self, file: SqliteFile, cameras: Collection[str]) -> None:
        self._file = file
        self._cameras = frozenset(cameras)

    async def ask(self, questions: Sequence[FacingQuestioned], at: datetime) -> None:
        """Keep what is asked with its events; the oldest goes where there is too much."""
        await self._file.write(lambda db: _ask(db, questions, at))

    async def asked(self, asking: Asking, day: date) -> Asking:
        """Return `asking` with what its camera asked on `day`, before a restart."""
        named = (asking.camera, day.isoformat())
        rows = await self._file.read(lambda db: db.execute(_ASKED, named).fetchall())
        chosen = frozenset(row["facing"] for row in rows if row["reason"] != "random")
        alerts = sum(row["alert"] for row in rows if row["reason"] == "random")
        return replace(asking, day=day, chosen=chosen, alerts=alerts)

    async def facts(self, camera: str, at: datetime) -> Facts:
        """Return which gaps stand open, and what sales say of the camera's facings."""
        named = {
            "camera": camera,
            "at": at.isoformat(),
            "since": (at - timedelta(days=1)).date().isoformat(),
            "slack": int(_IN_HAND.total_seconds()),
            "recent": (at - _LATELY).isoformat(),
        }

        def read(db: sqlite3.Connection) -> Facts:
            open_, sold, unsold = (
                frozenset(row["facing"] for row in db.execute(question, given))
                for question, given in ((_OPEN, (camera,)), (_SOLD, named), (_UNSOLD, named))
            )
            return Facts(open=open_, sold=sold, unsold=unsold)

        return await self._file.read(read)

    async def forget(self, before: datetime) -> int:
        """Let go of pictures from before a moment; of those the centre has, in the outbox too."""
        moment = before.isoformat()

        def change(db: sqlite3.Connection) -> int:
            gone = db.execute(_FORGET, (moment,)).rowcount
            return gone + db.execute(_BLANK, (FacingQuestioned.kind, moment)).rowcount

        return await self._file.write(change)

    async def shown(self, camera: str, facing: str) -> Shown | None:
        """Return the last picture of a facing that was asked about, None where there is none."""
        row = await self._file.read(lambda db: db.execute(_SHOWN, (camera, facing)).fetchone())
        if row is None:
            return None
        return Shown(row["picture"], row["jpeg"], datetime.fromisoformat(row["taken_at"]))

    async def answered(self, answer: FacingAnswered, at: datetime) -> bool:
        """Tell the centre what a person says; False where the camera's pictures stay here."""
        if answer.camera not in self._cameras:
            return False
        return await self._file.write(lambda db: outbox_rows.append(db, [answer], at)) > 0


def _ask(db: sqlite3.Connection, questions: Sequence[FacingQuestioned], at: datetime) -> None:
    day = at.date().isoformat()
    for one in questions:
        body = one.model_dump_json(exclude={"jpeg"})
        told = (one.reason, one.alert, at.isoformat(), body, _bytes(one))
        if db.execute(_KEEP, (one.picture, one.camera, one.facing, day, *told)).rowcount:
            outbox_rows.append(db, [one], at)
    db.execute(_OVER, (MOST,))


def _bytes(one: FacingQuestioned) -> bytes:
    return b64decode(one.jpeg)
