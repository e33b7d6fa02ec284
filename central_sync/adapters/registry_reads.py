"""What the registry's tables say, for people: versions, aliases, and where each came from."""

import json
import sqlite3
from dataclasses import asdict, dataclass
from typing import Any

from central_sync.adapters.demand_reads import read_parts
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.manifest import ModelManifest

_VERSIONS = """
SELECT v.kind, v.version, v.sha256, v.created, v.manifest, group_concat(a.alias, ', ') AS alias
FROM model_versions v
LEFT JOIN model_aliases a ON a.kind = v.kind AND a.version = v.version
GROUP BY v.kind, v.version ORDER BY v.kind, v.created DESC, v.rowid DESC
"""
_VERSION = "SELECT manifest FROM model_versions WHERE kind = ? AND version = ?"
_TRAINING = """
SELECT training, started, finished, cause, outcome, reason, metric, candidate, champion, rows,
    events FROM trainings WHERE kind = ? AND version = ? ORDER BY training DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Listing:
    """One registered version; `alias` is empty, champion, candidate or both.

    `restriction` are terms that keep it out of business, empty without any.
    """

    kind: str
    version: str
    sha256: str
    created: str
    alias: str
    licence: str
    restriction: str

    def told(self) -> dict[str, str]:
        """Return it as JSON says it."""
        return asdict(self)


class RegistryReads:
    """Reads of the registry's tables."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def versions(self) -> tuple[Listing, ...]:
        """Return every version, by kind, the newest first."""
        rows = await self._file.read(lambda db: db.execute(_VERSIONS).fetchall())
        return tuple(_listing(row) for row in rows)

    async def version(self, kind: str, version: str) -> dict[str, Any] | None:
        """Return a version's manifest, the training it came from and its parts, or None."""

        def read(db: sqlite3.Connection) -> dict[str, Any] | None:
            row = db.execute(_VERSION, (kind, version)).fetchone()
            if row is None:
                return None
            training = db.execute(_TRAINING, (kind, version)).fetchone()
            parts = read_parts(db, training["training"]) if training else ()
            return {
                "manifest": json.loads(row["manifest"]),
                "training": dict(training) if training else None,
                "parts": [asdict(one) for one in parts],
            }

        return await self._file.read(read)


def _listing(row: sqlite3.Row) -> Listing:
    """Return a row as a version."""
    manifest = ModelManifest.model_validate_json(row["manifest"])
    return Listing(
        row["kind"], row["version"], row["sha256"], row["created"], row["alias"] or "",
        manifest.licence, manifest.restriction,
    )  # fmt: skip
