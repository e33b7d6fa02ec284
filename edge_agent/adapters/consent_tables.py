"""Reads and writes who agreed that the store remembers; turns cards into pseudonyms by it.

Whether one may be remembered is core/consent's to decide; erasing is person_tables'.
"""

import json
import sqlite3
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from edge_agent.core.consent import Agreed, agreed, pseudonyms
from edge_agent.ports.kiosk import StoreUnreadableError, StoreUnwritableError
from edge_agent.ports.shoppers import Erasures, Remembered
from endcap.plumbing import audit_log
from endcap.plumbing.audit_log import Act
from endcap.plumbing.sqlite_file import SqliteFile, StorageError

T = TypeVar("T")

PROGRAMME = "programme"
"""The source of a consent that is to have joined the loyalty programme."""

_NEXT = timedelta(microseconds=1)
_SAID = "SELECT since, source, diets FROM shoppers WHERE shopper = ?"
_AGREE = """
INSERT INTO shoppers (shopper, since, source) VALUES (?, ?, ?)
ON CONFLICT (shopper) DO UPDATE SET since = excluded.since, source = excluded.source
WHERE since = ''
"""
_DIETS = """
INSERT INTO shoppers (shopper, since, source, diets) VALUES (?1, '', ?2, ?3)
ON CONFLICT (shopper) DO UPDATE SET diets = excluded.diets
"""


class _Nobody:
    """Nobody was ever erased."""

    def since(self, names: Collection[str]) -> datetime | None:
        """Return None."""
        _ = names
        return None

    def add(self, names: Collection[str], at: datetime) -> None:
        """Forget it again: for a store that keeps no file of erasures."""
        _ = names, at


NOBODY = _Nobody()


@dataclass(frozen=True, slots=True)
class CardReader:
    """How a store reads cards: its key, whether joining is to agree, and who was erased."""

    key: bytes = field(repr=False)
    programme: bool = False
    erased: Erasures = NOBODY

    def agreed(self, db: sqlite3.Connection, card: str) -> Agreed | None:
        """Return whether the holder of a card may be remembered, and by which name."""
        found = self.remembered(db, card)
        return None if found is None else Agreed(found.name, found.since)

    def all_agreed(self, db: sqlite3.Connection, cards: Iterable[str]) -> dict[str, Agreed]:
        """Return those of `cards` whose holders may be remembered."""
        found = {card: self.agreed(db, card) for card in cards}
        return {card: one for card, one in found.items() if one is not None}

    def remembered(self, db: sqlite3.Connection, card: str) -> Remembered | None:
        """Return what is known of the consent of a card's holder; None when there is none."""
        names = pseudonyms(card, self.key)
        row = db.execute(_SAID, (names[-1],)).fetchone()
        since = datetime.fromisoformat(row["since"]) if row is not None and row["since"] else None
        gone = self.erased.since(names)
        found = agreed(names[-1], since, programme=self.programme, erased=gone)
        if found is None:
            return None
        diets = tuple(json.loads(row["diets"])) if row is not None else ()
        source = row["source"] if since is not None else PROGRAMME
        return Remembered(found.name, found.since, source, diets)


class ConsentTables:
    """Keeps the promises of edge_agent.ports.shoppers.Consents over the store's database."""

    def __init__(self, file: SqliteFile, cards: CardReader) -> None:
        self._file = file
        self._cards = cards

    async def remembered(self, card: str) -> Remembered | None:
        """Return the shopper of a card whose holder agreed."""
        try:
            return await self._file.read(lambda db: self._cards.remembered(db, card))
        except (StorageError, sqlite3.Error) as error:
            raise StoreUnreadableError(str(error)) from error

    async def agree(self, card: str, source: str, who: str, at: datetime) -> Remembered:
        """Take down that a card's holder agrees; one who did before is asked nothing anew."""

        def change(db: sqlite3.Connection) -> Remembered:
            names = pseudonyms(card, self._cards.key)
            gone = self._cards.erased.since(names)
            since = at if gone is None else max(at, gone + _NEXT)
            if db.execute(_AGREE, (names[-1], since.isoformat(), source)).rowcount > 0:
                audit_log.note(db, Act(who, f"took down a shopper's consent ({source})"), at)
            return self._cards.remembered(db, card) or Remembered(names[-1], since, source)

        return await self._write(change)

    async def set_diets(
        self, card: str, diets: Collection[str], who: str, at: datetime
    ) -> Remembered | None:
        """Keep what must not be offered to a card's holder, who agreed; else keep nothing."""

        def change(db: sqlite3.Connection) -> Remembered | None:
            found = self._cards.remembered(db, card)
            if found is None:
                return None
            db.execute(_DIETS, (found.name, PROGRAMME, json.dumps(sorted(set(diets)))))
            audit_log.note(db, Act(who, "took down a shopper's diets"), at)
            return self._cards.remembered(db, card)

        return await self._write(change)

    async def _write(self, change: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return await self._file.write(change)
        except StorageError as error:
            raise StoreUnwritableError(str(error)) from error
