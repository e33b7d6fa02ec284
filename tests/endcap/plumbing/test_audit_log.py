"""The audit log: a change of any entry shows from there on."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from endcap.plumbing.audit_log import TABLE, Act, entries, first_broken, note
from tests.fakes.clock import NOON


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as made:
        made.executescript(TABLE)
        for number in range(5):
            note(made, Act("the centre", f"order {number}", "{}", '{"log": {}}'), NOON)
        yield made


def test_what_was_noted_is_whole(db: sqlite3.Connection) -> None:
    found = entries(db)
    assert [one.act.what for one in found] == [f"order {number}" for number in range(5)]
    assert first_broken(found) is None
    assert first_broken(()) is None


@pytest.mark.parametrize("column", ["at", "who", "what", "before", "after", "hash"])
def test_a_change_shows_where_it_was_made(db: sqlite3.Connection, column: str) -> None:
    db.execute(f"UPDATE audit SET {column} = 'other' WHERE entry = 3")  # noqa: S608 - a test's own
    assert first_broken(entries(db)) == 3


def test_an_entry_taken_out_shows(db: sqlite3.Connection) -> None:
    db.execute("DELETE FROM audit WHERE entry = 2")
    assert first_broken(entries(db)) == 2


def test_numbers_moved_up_show(db: sqlite3.Connection) -> None:
    db.execute("DELETE FROM audit WHERE entry = 2")
    db.execute("UPDATE audit SET entry = entry - 1 WHERE entry > 2")
    assert first_broken(entries(db)) == 2
