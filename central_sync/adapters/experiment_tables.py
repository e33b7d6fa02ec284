"""Experiments in the centre's database: planned, told, stopped, and the words that tell stores.

Whatever a person orders is an entry of the journal and of the audit log, in the same write. What is
better or harmful is core/experiments' to say.
"""

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta

from central_sync.core.experiments.judging import Figures, added
from central_sync.core.experiments.life import Event, ExperimentRefusedError, State, after
from central_sync.core.experiments.plan import Plan, check_apart
from central_sync.core.experiments.showing import Entry, Kept
from central_sync.core.experiments.telling import LINGER, Spoken, Standing, digest_of, news_for
from central_sync.core.sequential import Sums
from central_sync.ports.experiments import SignedWord, WantedWord
from central_sync.ports.identity import By
from endcap.plumbing import audit_log
from endcap.plumbing.sqlite_file import SqliteFile

BY_ITSELF = "the centre"
MOST_RUNNING = 20  # what an order may name

_MAKE = """
INSERT OR IGNORE INTO experiments (experiment, plan, salt, state, since)
VALUES (?, ?, ?, 'running', ?)
"""
_ENTRY = """
INSERT INTO experiment_journal (experiment, event, at, by, reason) VALUES (?, ?, ?, ?, ?)
"""
_MOVE = "UPDATE experiments SET state = ?, since = ? WHERE experiment = ?"
_TO_TELL = "SELECT * FROM experiments WHERE state = 'running' OR since > ? ORDER BY experiment"
_TO_SAY = """
SELECT s.store, coalesce(json_extract(s.state, '$.region'), '') AS region, o.counter, o.digest,
    o.expires, o.envelope
FROM stores s LEFT JOIN experiment_orders o ON o.store = s.store
WHERE s.store NOT IN (SELECT store FROM revoked_stores) AND (coalesce(o.said, 0) < :entry
    OR (o.envelope IS NOT NULL AND (:everything OR o.told_at IS NULL OR o.expires < :soon)))
ORDER BY s.store
"""
_KEEP = """
INSERT INTO experiment_orders (store, counter, digest, expires, envelope, said)
VALUES (:store, :counter, :digest, :expires, :envelope, :said)
ON CONFLICT (store) DO UPDATE SET counter = excluded.counter, digest = excluded.digest,
    expires = excluded.expires, envelope = excluded.envelope, said = excluded.said, told_at = NULL
"""
_SAME = """
INSERT INTO experiment_orders (store, said) VALUES (?, ?)
ON CONFLICT (store) DO UPDATE SET said = excluded.said
"""
_TOLD = "UPDATE experiment_orders SET told_at = ? WHERE store = ? AND counter = ?"


class ExperimentTables:
    """Keeps the promises of central_sync.ports.experiments."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def start(self, plan: Plan, salt: str, reason: str, by: By) -> None:
        """Begin an experiment; `salt` is random and makes its arms its own.

        Raises:
            ExperimentRefusedError: there is one of that name, or it would disturb another.
        """
        await self._file.write(lambda db: _start(db, plan, salt, reason, by))

    async def stop(self, experiment: str, reason: str, by: By) -> None:
        """End an experiment before its time.

        Raises:
            ExperimentRefusedError: it does not run, or is not there.
        """
        await self._file.write(lambda db: _move(db, experiment, Event.STOP, reason, by))

    async def running(self) -> tuple[tuple[Standing, Figures], ...]:
        """Return what runs, with what stores told."""
        kept = await self._file.read(read_experiments)
        return tuple(
            (one.standing, one.figures) for one in kept if one.standing.state is State.RUNNING
        )

    async def happened(self, experiment: str, event: Event, reason: str, at: datetime) -> bool:
        """Change where an experiment stands, unless somebody else was quicker."""

        def change(db: sqlite3.Connection) -> bool:
            try:
                _move(db, experiment, event, reason, By(BY_ITSELF, at))
            except ExperimentRefusedError:
                return False
            return True

        return await self._file.write(change)

    async def to_say(
        self, at: datetime, margin: timedelta, *, everything: bool
    ) -> tuple[WantedWord, ...]:
        """Return what may be news for stores, was not told, or ends within `margin` of `at`."""
        soon = (at + margin).isoformat()
        return await self._file.read(lambda db: _to_say(db, at, soon, everything=everything))

    async def keep(self, signed: Sequence[SignedWord]) -> None:
        """Keep signed words before they are said."""
        await self._file.write(lambda db: db.executemany(_KEEP, map(_row, signed)).close())

    async def nothing_new(self, known: Sequence[WantedWord]) -> None:
        """Note that what might have been news for stores was none."""
        rows = [(one.spoken.store, one.entry) for one in known]
        await self._file.write(lambda db: db.executemany(_SAME, rows).close())

    async def told(self, said: Sequence[tuple[str, int]], at: datetime) -> None:
        """Note, by store and counter, that the broker has words."""
        rows = [(at.isoformat(), *one) for one in said]
        await self._file.write(lambda db: db.executemany(_TOLD, rows).close())


def read_experiments(db: sqlite3.Connection, name: str | None = None) -> tuple[Kept, ...]:
    """Return every experiment, newest first, or the one named; from any connection."""
    rows = db.execute(
        "SELECT * FROM experiments WHERE ?1 IS NULL OR experiment = ?1"
        " ORDER BY since DESC, experiment",
        (name,),
    ).fetchall()
    return tuple(_kept(db, row) for row in rows)


def _start(db: sqlite3.Connection, plan: Plan, salt: str, reason: str, by: By) -> None:
    running = [one for one in read_experiments(db) if one.standing.state is State.RUNNING]
    if len(running) >= MOST_RUNNING:
        raise ExperimentRefusedError(f"{MOST_RUNNING} experiments run; stop one first")
    check_apart(plan, (one.standing.plan for one in running))
    values = (plan.experiment, plan.model_dump_json(), salt, by.at.isoformat())
    if not db.execute(_MAKE, values).rowcount:
        raise ExperimentRefusedError(
            f"there is an experiment {plan.experiment} already; take another name"
        )
    _note(db, plan.experiment, Event.START, reason, by)


def _move(db: sqlite3.Connection, experiment: str, event: Event, reason: str, by: By) -> None:
    row = db.execute("SELECT state FROM experiments WHERE experiment = ?", (experiment,)).fetchone()
    if row is None:
        raise ExperimentRefusedError(f"there is no experiment {experiment}")
    state = after(State(row["state"]), event)
    db.execute(_MOVE, (state.value, by.at.isoformat(), experiment))
    _note(db, experiment, event, reason, by)


def _note(db: sqlite3.Connection, experiment: str, event: Event, reason: str, by: By) -> None:
    db.execute(_ENTRY, (experiment, event.value, by.at.isoformat(), by.who, reason))
    act = audit_log.Act(by.who, f"experiment {experiment}: {event.value}", after=reason)
    audit_log.note(db, act, by.at)


def _kept(db: sqlite3.Connection, row: sqlite3.Row) -> Kept:
    named = (row["experiment"],)
    words = db.execute("SELECT arms FROM experiment_words WHERE experiment = ?", named).fetchall()
    journal = db.execute(
        "SELECT * FROM experiment_journal WHERE experiment = ? ORDER BY entry", named
    )
    told = [one for word in words for one in _sums(word["arms"])]
    return Kept(
        standing=_standing(row),
        figures=added(told),
        stores=len(words),
        journal=tuple(
            Entry(one["event"], datetime.fromisoformat(one["at"]), one["by"], one["reason"])
            for one in journal
        ),
    )


def _sums(arms: str) -> list[tuple[str, str, Sums]]:
    """Return the sums in a store's word."""
    return [
        (arm["arm"], metric, Sums(one["units"], one["total"], one["squares"]))
        for arm in json.loads(arms)
        for metric, one in arm["metrics"].items()
    ]


def _standing(row: sqlite3.Row) -> Standing:
    return Standing(
        plan=Plan.model_validate_json(row["plan"]),
        salt=row["salt"],
        state=State(row["state"]),
        since=datetime.fromisoformat(row["since"]),
    )


def _to_say(
    db: sqlite3.Connection, at: datetime, soon: str, *, everything: bool
) -> tuple[WantedWord, ...]:
    (entry,) = db.execute("SELECT coalesce(max(entry), 0) FROM experiment_journal").fetchone()
    values = {"entry": entry, "everything": everything, "soon": soon}
    rows = db.execute(_TO_SAY, values).fetchall()
    if not rows:
        return ()
    lately = (at - LINGER).isoformat()
    standing = [_standing(row) for row in db.execute(_TO_TELL, (lately,)).fetchall()]
    found = []
    for row in rows:
        spoken = Spoken(
            store=row["store"],
            region=row["region"],
            counter=row["counter"] or 0,
            digest=row["digest"] or "",
            expires=datetime.fromisoformat(row["expires"]) if row["expires"] else None,
            envelope=row["envelope"],
        )
        found.append(WantedWord(spoken, news_for(spoken, standing, at), entry))
    return tuple(found)


def _row(one: SignedWord) -> dict[str, object]:
    return {
        "store": one.order.store,
        "counter": one.order.counter,
        "digest": digest_of(one.order.experiments),
        "expires": one.order.expires.isoformat(),
        "envelope": one.envelope,
        "said": one.wanted.entry,
    }
