"""How the last candidate fared, in SQLite: for the centre, and across restarts.

What is good enough is core/trial's.
"""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import groupby, islice
from typing import Any

from edge_agent.core.trial import Fared, Trial, Truths
from edge_agent.core.update import State, Update
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.commands import KindTrial

_KEEP = """
INSERT INTO trial (one, release, stage, kinds) VALUES (1, ?, ?, ?)
ON CONFLICT (one) DO UPDATE SET release = excluded.release, stage = excluded.stage,
kinds = excluded.kinds
WHERE (excluded.release, excluded.stage, excluded.kinds) IS NOT (release, stage, kinds)
"""
_TRUTHS = """
INSERT INTO trial_truths (kind, release, truths) VALUES (?, ?, ?)
ON CONFLICT (kind) DO UPDATE SET release = excluded.release, truths = excluded.truths
"""
_KNOWN = "SELECT kind, truths FROM trial_truths WHERE release = ?"
_BASKETS = """
SELECT transaction_id, gtin FROM sale_lines WHERE units > 0
AND day > (SELECT date(max(day), '-28 days') FROM sale_lines)
ORDER BY day DESC, transaction_id LIMIT ?
"""
_LINES_A_BASKET = 20
_AGREED = "SELECT kinds FROM trial WHERE release = ?"


class TrialTables:
    """Keeps the promises of edge_agent.ports.trials.TrialBook."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def keep(self, update: Update, trial: Trial) -> None:
        """Keep how an update's release fares, in place of the one before."""
        await self._file.write(lambda db: _keep(db, update, trial))

    async def learn(self, release: int, kind: str, truths: Truths) -> None:
        """Keep how a release fared at `kind` where the truth is known."""
        values = (kind, release, json.dumps(asdict(truths)))
        await self._file.write(lambda db: db.execute(_TRUTHS, values))

    async def truths(self, release: int) -> Mapping[str, Truths]:
        """Return how a release fared where the truth is known, by kind."""
        rows = await self._file.read(lambda db: db.execute(_KNOWN, (release,)).fetchall())
        return {row["kind"]: Truths(**json.loads(row["truths"])) for row in rows}

    async def baskets(self, limit: int) -> Sequence[Sequence[str]]:
        """Return the newest baskets of at least two items. They never leave the store."""
        rows = await self._file.read(
            lambda db: db.execute(_BASKETS, (limit * _LINES_A_BASKET,)).fetchall()
        )
        baskets = (
            sorted({row["gtin"] for row in lines})
            for _, lines in groupby(rows, key=lambda row: row["transaction_id"])
        )
        return tuple(islice((basket for basket in baskets if len(basket) > 1), limit))


def _keep(db: sqlite3.Connection, update: Update, trial: Trial) -> None:
    """Write a trial down; what was found in the shadow of the same release stays with it."""
    row = db.execute(_AGREED, (update.release,)).fetchone()
    before = json.loads(row["kinds"]) if row else {}
    kinds = {kind: _told(trial, kind, before.get(kind, {})) for kind in trial.kinds}
    stage = "shadow" if update.state is State.SHADOW else "probation"
    db.execute(_KEEP, (update.release, stage, json.dumps(kinds)))


def _told(trial: Trial, kind: str, before: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the centre is told of a kind."""
    fared, truths = trial.fared.get(kind, Fared()), trial.truths.get(kind, Truths())
    agreement = before.get("agreement") if fared.likeness is None else fared.likeness
    known = truths.count > 0
    return KindTrial(
        runs=fared.runs,
        errors=fared.errors,
        agreement=None if agreement is None else round(agreement, 4),
        latency_ms=_rounded(fared.latency_ms),
        champion_latency_ms=_rounded(fared.champion_latency_ms),
        truths=truths.count,
        error=_rounded(truths.error) if known else None,
        champion_error=_rounded(truths.champion_error) if known else None,
        better=truths.better,
        worse=truths.worse,
    ).model_dump(mode="json")


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
