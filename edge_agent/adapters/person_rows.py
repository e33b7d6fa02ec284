"""Every row that the store has of one person: gathered, or erased, whatever table it is in.

A row leads to a person by the pseudonym alone, in a column called `shopper`; tables that a later
version brings are found by that. Rows that count without the person stay, without the person: sold
is sold, and a play that was paid for is money. All others go.
"""

import json
import sqlite3
from collections.abc import Collection, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

_SHOPPER = "shopper"
_VISITS = "SELECT DISTINCT session FROM answers WHERE shopper = ? AND session IS NOT NULL"
_SAME_VISIT = "(shopper = :name OR session IN (SELECT value FROM json_each(:visits)))"
_STAY = {
    "sale_lines": "UPDATE sale_lines SET shopper = NULL WHERE shopper = :name",
    "plays": f"UPDATE plays SET shopper = NULL, session = NULL WHERE {_SAME_VISIT}",  # noqa: S608
}
_OF_ANSWERS = f"""
answer IN (SELECT answer FROM answers WHERE {_SAME_VISIT})
    OR answer IN (SELECT play FROM plays WHERE {_SAME_VISIT})
"""  # noqa: S608 - our own words
_FIRST = (
    f"DELETE FROM feedback WHERE {_OF_ANSWERS}",  # noqa: S608 - our own words
    _STAY["plays"],
    f"DELETE FROM answers WHERE {_SAME_VISIT}",  # noqa: S608 - our own words
)
"""What hangs on a person's visits goes before the visits do."""
_LINKED = {
    "answers": f"SELECT * FROM answers WHERE {_SAME_VISIT}",  # noqa: S608 - our own words
    "plays": f"SELECT * FROM plays WHERE {_SAME_VISIT}",  # noqa: S608 - our own words
    "feedback": f"SELECT * FROM feedback WHERE {_OF_ANSWERS}",  # noqa: S608 - our own words
    "play_outcomes": f"""
SELECT * FROM play_outcomes WHERE play IN (SELECT play FROM plays WHERE {_SAME_VISIT})
""",  # noqa: S608 - our own words
}


def rows_of(
    db: sqlite3.Connection, names: Collection[str]
) -> dict[str, tuple[Mapping[str, Any], ...]]:
    """Return what there is of a person, by table, without the pseudonym; empty tables are out."""
    questions = {
        table: f"SELECT * FROM {table} WHERE shopper = :name"  # noqa: S608 - our own tables
        for table in tables_of_persons(db)
    }
    found = {
        table: tuple(
            {key: row[key] for key in row.keys() if key != _SHOPPER}  # noqa: SIM118 - a Row
            for name in names
            for row in db.execute(question, _named(db, name))
        )
        for table, question in (questions | _LINKED).items()
    }
    return {table: rows for table, rows in found.items() if rows}


def erase_rows(db: sqlite3.Connection, names: Collection[str]) -> int:
    """Erase a person within the transaction that is open; return how many rows changed or went.

    What is overwritten is zeroed in its page; pages as a whole are `leave_no_trace`'s.
    """
    db.execute("PRAGMA secure_delete = ON").close()
    before = db.total_changes
    for name in names:
        named = _named(db, name)
        for statement in _FIRST:
            db.execute(statement, named)
        for table in tables_of_persons(db):
            delete = f"DELETE FROM {table} WHERE shopper = :name"  # noqa: S608 - our own tables
            db.execute(_STAY.get(table, delete), named)
    return db.total_changes - before


def _named(db: sqlite3.Connection, name: str) -> dict[str, str]:
    """Return what a person's rows are found by: the pseudonym, and the visits it was part of."""
    visits = [row[0] for row in db.execute(_VISITS, (name,))]
    return {"name": name, "visits": json.dumps(visits)}


def tables_of_persons(db: sqlite3.Connection) -> tuple[str, ...]:
    """Return the tables that have a column `shopper`."""
    rows = db.execute(
        "SELECT t.name FROM sqlite_schema t, pragma_table_info(t.name) c"
        " WHERE t.type = 'table' AND c.name = ? ORDER BY t.name",
        (_SHOPPER,),
    )
    return tuple(row[0] for row in rows)


def names_in(db: sqlite3.Connection) -> frozenset[str]:
    """Return every pseudonym in the database."""
    return frozenset(
        row[0]
        for table in tables_of_persons(db)
        for row in db.execute(
            f"SELECT DISTINCT shopper FROM {table} WHERE shopper IS NOT NULL"  # noqa: S608 - ours
        )
    )


def leave_no_trace(db: sqlite3.Connection, path: Path, names: Collection[str]) -> bool:
    """Empty the log, and write the whole file anew if a freed part of it still has a name.

    SQLite moves rows between pages and leaves copies behind, so only the bytes can tell. Must run
    outside of a transaction. Return whether no byte is left.
    """
    for again in ("PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
        if again == "VACUUM" and not _has_trace(path, names):
            return True
        with closing(db.execute(again)) as done:
            busy = done.fetchone()
        if busy is not None and busy[0]:
            return False
    return not _has_trace(path, names)


def _has_trace(path: Path, names: Collection[str]) -> bool:
    """Tell whether any byte of a database or its log spells one of `names`."""
    spelled = [
        form
        for name in names
        for form in (name.encode(), name.encode("utf-16-le"), bytes.fromhex(name))
    ]
    files = (path, path.with_name(f"{path.name}-wal"))
    return any(_contains(file, spelled) for file in files if file.exists())


def _contains(path: Path, forms: Collection[bytes], block: int = 1 << 20) -> bool:
    """Tell whether a file has one of `forms`, also across two blocks."""
    longest, rest = max(map(len, forms), default=0), b""
    with path.open("rb") as file:
        while part := file.read(block):
            content = rest + part
            if any(form in content for form in forms):
                return True
            rest = content[-longest:]
    return False
