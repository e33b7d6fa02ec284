"""Gives every shopper in a store's database another pseudonym, which follows from the one before.

So histories go on although no card is kept; whoever had the old key alone can name nobody now.
"""

import sqlite3
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from edge_agent.adapters.person_rows import leave_no_trace, names_in, tables_of_persons
from edge_agent.adapters.store_life import get_meta, set_meta
from edge_agent.core.consent import PIECE, renamed
from edge_agent.ports.shoppers import ErasureError
from endcap.plumbing import audit_log
from endcap.plumbing.audit_log import Act

_KEY = "shopper_key"


def rekey(db: sqlite3.Connection, path: Path, token: Callable[[int], bytes], at: datetime) -> int:
    """Add a piece to the store's key, and follow it in every table; return how many were renamed.

    The database must be nobody else's meanwhile.

    Raises:
        ErasureError: freed parts of the file still have old names.
    """
    piece = token(PIECE)
    old = names_in(db)
    db.execute("PRAGMA secure_delete = ON").close()
    db.execute("BEGIN IMMEDIATE").close()
    for table in tables_of_persons(db):
        change = f"UPDATE {table} SET shopper = ? WHERE shopper = ?"  # noqa: S608 - our own tables
        db.executemany(change, [(renamed(name, piece), name) for name in old])
    set_meta(db, _KEY, (get_meta(db, _KEY) or "") + piece.hex())
    audit_log.note(db, Act("command", "gave every shopper another pseudonym"), at)
    db.execute("COMMIT").close()
    if not leave_no_trace(db, path, old):
        raise ErasureError(f"old pseudonyms are left in freed parts of {path}; run it again")
    return len(old)
