"""Forgets the signed words that are kept for stores, so that the server signs each anew.

After a change of control keys: what only the old key signed would be refused by a store that knows
the new keys. What was ordered stays as it is; no counter is given twice.
"""

import sqlite3

from endcap.plumbing.sqlite_file import SqliteFile


async def sign_again(file: SqliteFile) -> int:
    """Let the server sign and tell every order again; return how many were signed before."""
    return await file.write(_forget)


_UNSAID = "UPDATE {} SET envelope = NULL, expires = NULL, told_at = NULL WHERE envelope IS NOT NULL"
_OVER = "UPDATE {} SET expires = NULL, told_at = NULL WHERE envelope IS NOT NULL"
"""Of what is told when it is news the word stays: it tells that the store was told something."""
_FORGET = (
    _UNSAID.format("assignments"),
    _UNSAID.format("config_orders"),
    "UPDATE errand_orders SET envelope = NULL, told_at = NULL WHERE envelope IS NOT NULL",
    _OVER.format("media_orders"),
    _OVER.format("experiment_orders"),
)


def _forget(db: sqlite3.Connection) -> int:
    """Take from every word what says that it is still good; return how many there were."""
    return sum(db.execute(one).rowcount for one in _FORGET)
