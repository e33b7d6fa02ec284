"""Reads what the dashboard shows from the centre's database. Writes nothing, decides nothing."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime

from central_sync.adapters import shelf_rows
from central_sync.adapters.demand_reads import DemandReads, training_of
from central_sync.adapters.experiment_tables import read_experiments
from central_sync.adapters.fleet_tables import read_stores
from central_sync.adapters.media_reads import MediaReads
from central_sync.core.experiments.showing import Kept
from central_sync.core.fleet import StoreRecord
from central_sync.core.overview import (
    Figure,
    OpenGap,
    Release,
    Training,
    UnknownFacing,
    Version,
    Wish,
)
from endcap.wire.manifest import ModelManifest, ReleaseManifest

_PAGE = "SELECT store FROM stores WHERE store > ? ORDER BY store LIMIT ?"
_MODELS = """
SELECT v.kind, v.version, v.sha256, v.created, v.manifest,
    (SELECT group_concat(alias) FROM model_aliases a
        WHERE a.kind = v.kind AND a.version = v.version) AS aliases
FROM model_versions v ORDER BY v.kind, v.created DESC
"""
_TRAININGS = "SELECT * FROM trainings ORDER BY training DESC LIMIT ?"
_RELEASES = """
SELECT r.release, r.created, r.signed_at, r.revoked_at, r.notes,
    r.manifest,
    (SELECT count(*) FROM assignments a WHERE a.release = r.release) AS stores
FROM releases r ORDER BY r.release DESC LIMIT ?
"""
_WISHES = """
SELECT store, release, assigned, told_at FROM assignments
WHERE store IN (SELECT value FROM json_each(?))
"""


class DashboardReads(DemandReads, MediaReads):
    """Keeps the promises of central_sync.ports.reads."""

    async def experiments(self, name: str | None = None) -> tuple[Kept, ...]:
        """Return every experiment, the newest first, or the one named."""
        return await self._ask(lambda db: read_experiments(db, name))

    async def fleet(self, after: str, limit: int) -> tuple[StoreRecord, ...]:
        """Return at most `limit` stores whose names come after `after`, by name."""

        def question(db: sqlite3.Connection) -> tuple[StoreRecord, ...]:
            names = [row["store"] for row in db.execute(_PAGE, (after, limit))]
            return tuple(record for name in names for record in read_stores(db, name))

        return await self._ask(question)

    async def store(self, name: str) -> StoreRecord | None:
        """Return one store; None when it was never heard."""
        found = await self._ask(lambda db: read_stores(db, name))
        return found[0] if found else None

    async def last_seen(self) -> tuple[datetime, ...]:
        """Return when each store of the fleet was last heard."""
        rows = await self._rows("SELECT last_seen FROM stores")
        return tuple(_at(row["last_seen"]) for row in rows)

    async def open_gaps(self, store: str | None, limit: int) -> tuple[OpenGap, ...]:
        """Return the facings that stand empty, the oldest first."""
        return await self._ask(lambda db: shelf_rows.open_gaps(db, store, limit))

    async def unknown_facings(self, store: str | None, limit: int) -> tuple[UnknownFacing, ...]:
        """Return the facings of which nothing is known, the oldest first."""
        return await self._ask(lambda db: shelf_rows.unknown_facings(db, store, limit))

    async def models(self) -> tuple[Version, ...]:
        """Return every registered model, newest first within its kind."""
        return tuple(_version(row) for row in await self._rows(_MODELS))

    async def trainings(self, limit: int) -> tuple[Training, ...]:
        """Return the last trainings, newest first."""
        return tuple(training_of(row) for row in await self._rows(_TRAININGS, limit))

    async def releases(self, limit: int) -> tuple[Release, ...]:
        """Return the last releases, newest first."""
        return tuple(_release(row) for row in await self._rows(_RELEASES, limit))

    async def wishes(self, stores: Sequence[str]) -> Mapping[str, Wish]:
        """Return what each of `stores` should want, of those that have a wish."""
        rows = await self._rows(_WISHES, json.dumps(list(stores)))
        return {
            row["store"]: Wish(
                row["store"], row["release"], _at(row["assigned"]), _moment(row["told_at"])
            )
            for row in rows
        }

    async def _rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        def question(db: sqlite3.Connection) -> list[sqlite3.Row]:
            return db.execute(query, values).fetchall()

        return await self._ask(question)


def _version(row: sqlite3.Row) -> Version:
    manifest = ModelManifest.model_validate_json(row["manifest"])
    return Version(
        kind=row["kind"],
        version=row["version"],
        sha256=row["sha256"],
        created=_at(row["created"]),
        aliases=tuple(sorted((row["aliases"] or "").split(","))) if row["aliases"] else (),
        metrics=tuple(Figure(one.name, one.value, one.data) for one in manifest.metrics),
        licence=manifest.licence,
        restriction=manifest.restriction,
    )


def _release(row: sqlite3.Row) -> Release:
    models = ReleaseManifest.model_validate_json(row["manifest"]).models
    return Release(
        release=row["release"],
        created=_at(row["created"]),
        signed_at=_moment(row["signed_at"]),
        revoked_at=_moment(row["revoked_at"]),
        notes=row["notes"],
        models={kind: one.version for kind, one in sorted(models.items())},
        restricted={kind: one.restriction for kind, one in models.items() if one.restriction},
        stores=row["stores"],
    )


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
