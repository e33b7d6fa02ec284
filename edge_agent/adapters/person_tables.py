"""Hands over, and erases, everything the store has of one person, wherever it lies.

An erasure is marked first, so that whatever interrupts it, it is finished later, and an older copy
of the database is erased again. What is a person's row is person_rows'.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from edge_agent.adapters.backup_folder import ASIDE
from edge_agent.adapters.consent_tables import CardReader
from edge_agent.adapters.person_rows import erase_rows, leave_no_trace, names_in, rows_of
from edge_agent.adapters.read_files import scrub_files
from edge_agent.core.consent import pseudonyms
from edge_agent.ports.kiosk import StoreUnreadableError, StoreUnwritableError
from edge_agent.ports.shoppers import Erased, ErasureError, Erasures, Export
from endcap.plumbing import audit_log
from endcap.plumbing.audit_log import Act
from endcap.plumbing.sqlite_file import SqliteFile, StorageError, connect

STEP = 5_000
_TOO_LONG_AGO = (
    """
UPDATE sale_lines SET shopper = NULL WHERE (transaction_id, line) IN
    (SELECT transaction_id, line FROM sale_lines
    WHERE shopper IS NOT NULL AND day < :day LIMIT :step)
""",
    "UPDATE plays SET shopper = NULL, session = NULL WHERE shopper IS NOT NULL AND at < :at",
    "UPDATE answers SET shopper = NULL, session = NULL WHERE shopper IS NOT NULL AND at < :at",
)
_LEFT = "a trace is left in freed parts of {path}: it is in use or the disk is full; erase again"


async def _nothing() -> None:
    """Wait for nothing."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Where a person may be besides the database: folders of files that were read, and memory.

    `flush` writes down what waits in memory, so that it can be erased; `forget` drops what is
    remembered there only to answer faster.
    """

    folders: Sequence[Path] = ()
    flush: Callable[[], Awaitable[object]] = _nothing
    forget: Callable[[], None] = lambda: None


class PersonTables:
    """Keeps the promises of edge_agent.ports.shoppers.Persons and PersonCare."""

    def __init__(
        self, file: SqliteFile, cards: CardReader, elsewhere: Elsewhere = Elsewhere()
    ) -> None:
        self._file = file
        self._cards = cards
        self._elsewhere = elsewhere

    async def export(self, card: str, who: str, at: datetime) -> Export:
        """Return everything the store has of a card's holder."""
        names = pseudonyms(card, self._cards.key)
        try:
            await self._elsewhere.flush()
            await self._file.write(lambda db: _note(db, Act(who, "exported a shopper"), at))
            return await self._file.read(
                lambda db: Export(self._cards.remembered(db, card), rows_of(db, names))
            )
        except (StorageError, sqlite3.Error) as error:
            raise StoreUnreadableError(str(error)) from error

    async def erase(self, card: str, who: str, at: datetime) -> Erased:
        """Erase everything the store has of a card's holder, who must agree anew from now on."""
        names = pseudonyms(card, self._cards.key)
        try:
            self._cards.erased.add(names, at)
            await self._elsewhere.flush()
            rows = await self._file.write(lambda db: _erase(db, names, who, at))
            self._elsewhere.forget()
            await self._leave_no_trace(names)
            files = await asyncio.to_thread(self._elsewhere_erased, card)
        except (StorageError, OSError) as error:
            raise StoreUnwritableError(f"{error}; erase again") from error
        return Erased(rows, files)

    async def erase_again(self, at: datetime) -> int:
        """Erase whoever was erased before and is here all the same; return how many they were.

        That is so in an older copy of the database, and when an erasure was interrupted.
        """
        self._elsewhere.forget()  # a command may have erased somebody, who is in our memory still
        found = await self._file.read(lambda db: gone(db, self._cards.erased))
        if found:
            await self._file.write(lambda db: _erase(db, found, "the store", at))
            await self._leave_no_trace(found)
        return len(found)

    async def forget(self, before: datetime) -> int:
        """Take the shopper out of a step of what was bought or shown before `before`."""
        named = {"day": before.date().isoformat(), "at": before.isoformat(), "step": STEP}
        return await self._file.write(
            lambda db: sum(db.execute(statement, named).rowcount for statement in _TOO_LONG_AGO)
        )

    async def _leave_no_trace(self, names: Sequence[str]) -> None:
        path = self._file.path
        if not await self._file.alone(lambda db: leave_no_trace(db, path, names)):
            raise ErasureError(_LEFT.format(path=path))

    def _elsewhere_erased(self, card: str) -> int:
        """Erase a card from a database that was put aside, and from files; return how many."""
        aside = self._file.path.with_name(self._file.path.name + ASIDE)
        if aside.exists():
            _erase_aside(aside, card)
        return scrub_files(self._elsewhere.folders, card)


def gone(db: sqlite3.Connection, erased: Erasures) -> tuple[str, ...]:
    """Return the pseudonyms in a database whose holders were erased and did not agree since."""
    found = []
    for name in sorted(names_in(db)):
        at = erased.since((name,))
        row = db.execute("SELECT since FROM shoppers WHERE shopper = ?", (name,)).fetchone()
        since = datetime.fromisoformat(row["since"]) if row is not None and row["since"] else None
        if at is not None and (since is None or since <= at):
            found.append(name)
    return tuple(found)


def erase_copy(path: Path, erased: Erasures) -> int:
    """Erase from a database that nobody has open whoever was erased; return how many they were.

    Raises:
        ErasureError: a trace is left.
    """
    with closing(connect(path)) as db:
        found = gone(db, erased)
        _erase_closed(db, path, found)
    return len(found)


def _erase_aside(path: Path, card: str) -> None:
    with closing(connect(path)) as db:
        row = db.execute("SELECT value FROM meta WHERE name = 'shopper_key'").fetchone()
        if row is not None:
            _erase_closed(db, path, pseudonyms(card, bytes.fromhex(row["value"])))


def _erase_closed(db: sqlite3.Connection, path: Path, names: Sequence[str]) -> None:
    if not names:
        return
    db.execute("BEGIN IMMEDIATE").close()
    erase_rows(db, names)
    db.execute("COMMIT").close()
    if not leave_no_trace(db, path, names):
        raise ErasureError(_LEFT.format(path=path))


def _erase(db: sqlite3.Connection, names: Sequence[str], who: str, at: datetime) -> int:
    rows = erase_rows(db, names)
    _note(db, Act(who, "erased a shopper"), at)
    return rows


def _note(db: sqlite3.Connection, act: Act, at: datetime) -> None:
    audit_log.note(db, act, at)
