"""The journal of updates and what serves, in the store's database; the centre's wish is read.

A stand of the update, what serves and the event that tells the centre are one transaction. Which
stand follows which is core/update's to decide.
"""

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime

from edge_agent.adapters.outbox_rows import append
from edge_agent.core.update import Standing, State, Update
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.body import Body
from endcap.wire.commands import UpdateStanding
from endcap.wire.events import ModelsSwapped, UpdateAdvanced
from endcap.wire.manifest import ReleaseManifest
from endcap.wire.topics import Channel

KEPT_STEPS = 500
_LONGEST = 300
_JOURNAL = """
INSERT INTO update_journal (release, state, reason, steps, counts, at) VALUES (?, ?, ?, ?, ?, ?)
"""
_PRUNE = """
DELETE FROM update_journal WHERE state NOT IN ('committed', 'refused')
AND step <= (SELECT MAX(step) FROM update_journal) - ?
"""
_SERVE = """
INSERT INTO serving (one, release, manifest, previous_release, previous_manifest, since)
VALUES (1, :release, :manifest, :previous, :previous_manifest, :at)
ON CONFLICT (one) DO UPDATE SET release = excluded.release, manifest = excluded.manifest,
previous_release = excluded.previous_release, previous_manifest = excluded.previous_manifest,
since = excluded.since
"""
_WISH = "SELECT json_extract(body, '$.release') AS release FROM orders WHERE channel = ?"


class UpdateTables:
    """The tables `update_journal` and `serving`, and the wish among `orders`."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def standing(self) -> Standing:
        """Return all that is remembered of releases."""
        return await self._file.read(_standing)

    async def reported(self) -> UpdateStanding:
        """Return the standing as the store's state tells it to the centre."""
        now = await self.standing()
        update = now.update
        return UpdateStanding(
            state=update.state.value,
            release=update.release or now.serving,
            reason=update.reason[:_LONGEST],
        )

    async def serving(self) -> ReleaseManifest | None:
        """Return the release in place; None is what came with the program."""
        return await self._file.read(lambda db: _manifest(db, "manifest"))

    async def previous(self) -> ReleaseManifest | None:
        """Return the release before the one in place; None is what came with the program."""
        return await self._file.read(lambda db: _manifest(db, "previous_manifest"))

    async def advance(self, update: Update, at: datetime) -> None:
        """Journal where the update stands, and tell the centre."""
        await self._file.write(lambda db: _journal(db, update, at, ()))

    async def serve(self, update: Update, release: ReleaseManifest | None, at: datetime) -> None:
        """Journal where the update stands, change what serves, and tell the centre, as one."""

        def change(db: sqlite3.Connection) -> None:
            before = db.execute("SELECT release, manifest FROM serving").fetchone()
            number, replaced = release.release if release else 0, before["release"] if before else 0
            forward = number > replaced  # what was gone back from is never gone back to
            db.execute(
                _SERVE,
                {
                    "release": number,
                    "manifest": release.model_dump_json() if release else None,
                    "previous": replaced if forward else 0,
                    "previous_manifest": before["manifest"] if before and forward else None,
                    "at": at.isoformat(),
                },
            )
            models = release.models if release else {}
            versions = {kind: model.version for kind, model in models.items()}
            _journal(
                db, update, at, [ModelsSwapped(release=number, previous=replaced, models=versions)]
            )

        await self._file.write(change)


def _journal(db: sqlite3.Connection, update: Update, at: datetime, also: Sequence[Body]) -> None:
    """Write a stand of the update and the events that tell of it."""
    before = _update(db)
    db.execute(
        _JOURNAL,
        (
            update.release,
            update.state.value,
            update.reason,
            update.steps,
            json.dumps(dict(update.counts)),
            at.isoformat(),
        ),
    )
    db.execute(_PRUNE, (KEPT_STEPS,))
    news = (update.state, update.release, update.reason)
    told: list[Body] = list(also)
    if update.state is not State.IDLE and news != (before.state, before.release, before.reason):
        told.append(
            UpdateAdvanced(
                release=update.release, state=update.state.value, reason=update.reason[:_LONGEST]
            )
        )
    append(db, told, at)


def _standing(db: sqlite3.Connection) -> Standing:
    """Read all that is remembered of releases."""
    serving = db.execute("SELECT release, previous_release FROM serving").fetchone()
    wish = db.execute(_WISH, (Channel.DESIRED.value,)).fetchone()
    ended = db.execute(
        "SELECT DISTINCT release, state FROM update_journal WHERE state IN ('committed', 'refused')"
    ).fetchall()
    return Standing(
        update=_update(db),
        serving=serving["release"] if serving else 0,
        previous=serving["previous_release"] if serving else 0,
        desired=wish["release"] if wish else 0,
        committed=max((row["release"] for row in ended if row["state"] == "committed"), default=0),
        refused=frozenset(row["release"] for row in ended if row["state"] == "refused"),
    )


def _update(db: sqlite3.Connection) -> Update:
    """Read the newest stand of the journal."""
    row = db.execute("SELECT * FROM update_journal ORDER BY step DESC LIMIT 1").fetchone()
    if row is None:
        return Update()
    return Update(
        state=State(row["state"]),
        release=row["release"],
        reason=row["reason"],
        steps=row["steps"],
        counts=json.loads(row["counts"]),
    )


def _manifest(db: sqlite3.Connection, column: str) -> ReleaseManifest | None:
    """Read the manifest of what serves, or served before; None for what came with the program."""
    row = db.execute("SELECT manifest, previous_manifest FROM serving").fetchone()
    text = row[column] if row else None
    return ReleaseManifest.model_validate_json(text) if text else None
