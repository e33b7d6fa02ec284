"""What the chain sold, as it comes in parts, in SQLite. What is used of it is core/chain's."""

import sqlite3

from edge_agent.core.chain import ChainTold, newest_whole
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.commands import ChainSignals

_PUT = "INSERT OR REPLACE INTO chain_parts (origin, part, parts, body) VALUES (?, ?, ?, ?)"
_WHOLE = """
SELECT max(origin) AS origin FROM (
    SELECT origin FROM chain_parts GROUP BY origin HAVING count(*) = max(parts)
)
"""


class ChainTables:
    """Keeps the promises of edge_agent.ports.demand.ChainBook."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def take(self, told: ChainSignals) -> None:
        """Keep a part; once an origin is whole, older ones are forgotten."""
        await self._file.write(lambda db: _take(db, told))


def _take(db: sqlite3.Connection, told: ChainSignals) -> None:
    whole = whole_origin(db)
    if whole is not None and told.origin.isoformat() < whole:
        return
    db.execute(_PUT, (told.origin.isoformat(), told.part, told.parts, told.model_dump_json()))
    whole = whole_origin(db)
    if whole is not None:
        db.execute("DELETE FROM chain_parts WHERE origin < ?", (whole,))


def whole_origin(db: sqlite3.Connection) -> str | None:
    """Return the newest origin of which every part is there, as a day."""
    origin: str | None = db.execute(_WHOLE).fetchone()["origin"]
    return origin


def chain_told(db: sqlite3.Connection) -> ChainTold | None:
    """Return what the newest whole origin says."""
    rows = db.execute("SELECT body FROM chain_parts WHERE origin = ?", (whole_origin(db),))
    return newest_whole(ChainSignals.model_validate_json(row["body"]) for row in rows)
