"""Forgets the signed words that are kept for stores, so that the server signs each anew.

After a change of control keys: what only the old key signed would be refused by a store that knows
the new keys. What was ordered stays as it is; no counter is given twice.
"""

import sqlite3

from endcap.plumbing.sqlite_file import SqliteFile


async def sign_again(file: SqliteFile) -> int:
    """Let the server sign and tell every order again; return how many were signed before."""
    return await file.write(_forget)


def _forget(db: sqlite3.Connection) -> int:
    """Drop every envelope; each table's order is signed again where there is none."""
    wishes = db.execute(
        "UPDATE assignments SET envelope = NULL, expires = NULL, told_at = NULL"
        " WHERE envelope IS NOT NULL"
    ).rowcount
    settings = db.execute(
        "UPDATE config_orders SET envelope = NULL, expires = NULL, told_at = NULL"
        " WHERE envelope IS NOT NULL"
    ).rowcount
    errands = db.execute(
        "UPDATE errand_orders SET envelope = NULL, told_at = NULL WHERE envelope IS NOT NULL"
    ).rowcount
    return wishes + settings + errands
