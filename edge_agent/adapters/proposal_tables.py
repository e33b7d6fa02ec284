"""The store's proposals in SQLite: a decision, what it does and its event are one write.

What may be decided is core/stock/decisions'. Working proposals out is propose's.
"""

import json
import sqlite3
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import TypeVar

from edge_agent.adapters import outbox_rows
from edge_agent.adapters.decision_effects import take_effect
from edge_agent.core.stock.decisions import (
    Answer,
    Refusal,
    Standing,
    decide,
    lapsed,
    renewed,
    told,
)
from edge_agent.core.stock.proposals import Proposal
from edge_agent.ports.kiosk import StoreUnreadableError, StoreUnwritableError
from edge_agent.ports.stock import Shown
from endcap.plumbing.sqlite_file import SqliteFile, StorageError

T = TypeVar("T")

_PUT = """
INSERT INTO proposals (proposal, what, gtin, day, amount, rank, until, since, reasons, figures,
    made_at, state, decided, decided_at)
VALUES (:proposal, :what, :gtin, :day, :amount, :rank, :until, :since, :reasons, :figures,
    :made_at, :state, :decided, :decided_at)
ON CONFLICT (proposal) DO UPDATE SET amount = excluded.amount, rank = excluded.rank,
    until = excluded.until, since = excluded.since, reasons = excluded.reasons,
    figures = excluded.figures, made_at = excluded.made_at, state = excluded.state,
    decided = excluded.decided, decided_at = excluded.decided_at
"""
_ONE = "SELECT * FROM proposals WHERE proposal = ?"
_OPEN = "SELECT * FROM proposals WHERE state = 'open'"
_SETTLE = """
UPDATE proposals SET state = ?, decided = ?, decided_at = ? WHERE proposal = ?
"""
_DECISION = """
INSERT INTO proposal_decisions (proposal, decision, proposed, decided, reason, at)
VALUES (?, ?, ?, ?, ?, ?)
"""
_SHOWN = """
SELECT p.*, i.name FROM proposals p LEFT JOIN items i ON i.gtin = p.gtin
WHERE (:what IS NULL OR p.what = :what)
    AND CASE WHEN :day IS NULL THEN p.state = 'open' ELSE p.day = :day END
ORDER BY p.what, p.rank DESC, p.gtin LIMIT :limit
"""


class ProposalTables:
    """Keeps the promises of edge_agent.ports.stock.ProposalBook."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def record(self, found: Sequence[Proposal], at: datetime) -> None:
        """Put `found` in place of what is not decided."""
        await self._file.write(lambda db: _record(db, found, at))

    async def decide(
        self, proposal: str, answer: Answer, at: datetime
    ) -> Standing | Refusal | None:
        """Keep a decision with all that follows from it."""
        try:
            return await self._file.write(lambda db: _decide(db, proposal, answer, at))
        except StorageError as error:
            raise StoreUnwritableError(str(error)) from error

    async def shown(self, what: str | None, day: date | None, limit: int) -> tuple[Shown, ...]:
        """Return proposals, the most pressing first, whole kinds together."""
        named = {"what": what, "day": day and day.isoformat(), "limit": limit}
        rows = await self._ask(lambda db: db.execute(_SHOWN, named).fetchall())
        return tuple(
            Shown(_standing(row), row["name"], datetime.fromisoformat(row["made_at"]))
            for row in rows
        )

    async def _ask(self, question: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return await self._file.read(question)
        except (StorageError, sqlite3.Error) as error:
            raise StoreUnreadableError(str(error)) from error


def _record(db: sqlite3.Connection, found: Sequence[Proposal], at: datetime) -> None:
    known = {row["proposal"]: _standing(row) for row in db.execute(_OPEN)}
    proposed = {one.id for one in found}
    for name, standing in known.items():
        if name not in proposed:
            _settle(db, lapsed(standing))
    rows = []
    for one in found:
        before = known.get(one.id) or _find(db, one.id)
        after = renewed(before, one)
        if after != before:
            rows.append(_row(after, at))
    db.executemany(_PUT, rows)


def _decide(
    db: sqlite3.Connection, name: str, answer: Answer, at: datetime
) -> Standing | Refusal | None:
    before = _find(db, name)
    if before is None:
        return None
    after = decide(before, answer, at)
    if isinstance(after, Refusal) or after == before:
        return after
    _settle(db, after)
    proposed = after.proposal.amount
    row = (name, answer.decision, proposed, after.decided, answer.reason, at.isoformat())
    db.execute(_DECISION, row)
    take_effect(db, after, at)
    outbox_rows.append(db, [told(after, answer.reason)], at)
    return after


def _find(db: sqlite3.Connection, name: str) -> Standing | None:
    row = db.execute(_ONE, (name,)).fetchone()
    return None if row is None else _standing(row)


def _settle(db: sqlite3.Connection, standing: Standing) -> None:
    at = standing.decided_at and standing.decided_at.isoformat()
    db.execute(_SETTLE, (standing.state, standing.decided, at, standing.proposal.id))


def _row(standing: Standing, at: datetime) -> dict[str, object]:
    one = standing.proposal
    return {
        "proposal": one.id,
        "what": one.what,
        "gtin": one.gtin,
        "day": one.day.isoformat(),
        "amount": one.amount,
        "rank": one.rank,
        "until": one.until.isoformat(),
        "since": one.since and one.since.isoformat(),
        "reasons": json.dumps(one.reasons, ensure_ascii=False),
        "figures": json.dumps(dict(one.figures)),
        "made_at": at.isoformat(),
        "state": standing.state,
        "decided": standing.decided,
        "decided_at": standing.decided_at and standing.decided_at.isoformat(),
    }


def _standing(row: sqlite3.Row) -> Standing:
    return Standing(
        proposal=Proposal(
            what=row["what"],
            gtin=row["gtin"],
            day=date.fromisoformat(row["day"]),
            amount=row["amount"],
            rank=row["rank"],
            until=datetime.fromisoformat(row["until"]),
            reasons=tuple(json.loads(row["reasons"])),
            figures=json.loads(row["figures"]),
            since=row["since"] and datetime.fromisoformat(row["since"]),
        ),
        state=row["state"],
        decided=row["decided"],
        decided_at=row["decided_at"] and datetime.fromisoformat(row["decided_at"]),
    )
