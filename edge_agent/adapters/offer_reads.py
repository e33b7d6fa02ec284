"""Reads what is known of one question for recommending: what is gone, the past, what was dismissed.

All of it in one read of the database, so that it is of one moment. What is recommended is
core/offers' to decide.
"""

import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo

import numpy as np

from edge_agent.adapters.consent_tables import CardReader
from edge_agent.adapters.shopper_reads import UNAVAILABLE, UntilWritten
from edge_agent.core.offers.catalogue import Ids
from edge_agent.ports.kiosk import StoreUnreadableError
from edge_agent.ports.offers import Known, no_items
from endcap.models.shopper.habits import Past, no_past
from endcap.plumbing.sqlite_file import SqliteFile, StorageError

PAST = timedelta(days=365)
MOST_VISITS = 400

_PAST = """
SELECT max(sold_at) AS sold_at, group_concat(DISTINCT CAST(gtin AS INTEGER)) AS items
FROM sale_lines WHERE shopper = ? AND day >= ? AND units > 0
GROUP BY transaction_id ORDER BY sold_at DESC, transaction_id LIMIT ?
"""
_DISMISSED = """
SELECT DISTINCT CAST(f.gtin AS INTEGER) AS item FROM answers a JOIN feedback f USING (answer)
WHERE a.session = ? AND f.what = 'dismissed'
"""
_DAY = timedelta(days=1)


class OfferTables:
    """Keeps the promises of edge_agent.ports.offers.OfferReads; `zone` is of the store's clock."""

    def __init__(self, file: SqliteFile, zone: tzinfo, cards: CardReader) -> None:
        self._file = file
        self._zone = zone
        self._cards = cards
        self._gone = UntilWritten(_gone)

    async def known(self, card: str | None, session: str | None, at: datetime) -> Known:
        """Return what is known of a question at `at`."""
        try:
            return await self._file.read(lambda db: self._known(db, card, session, at))
        except (StorageError, sqlite3.Error) as error:
            raise StoreUnreadableError(str(error)) from error

    def _known(
        self, db: sqlite3.Connection, card: str | None, session: str | None, at: datetime
    ) -> Known:
        gone = self._gone(db)
        dismissed = no_items() if session is None else _numbers(db.execute(_DISMISSED, (session,)))
        found = None if card is None else self._cards.remembered(db, card)
        if found is None:
            return Known(gone, dismissed=dismissed)
        day = (at - PAST).astimezone(self._zone).date().isoformat()
        rows = db.execute(_PAST, (found.name, day, MOST_VISITS)).fetchall()
        past = past_of(rows, at, self._zone)
        return Known(gone, found.name, past, found.diets, dismissed)


def past_of(rows: Sequence[sqlite3.Row], at: datetime, zone: tzinfo) -> Past:
    """Return the past that visits make: `sold_at` and `items` of each; later ones are left out."""
    visits = [(datetime.fromisoformat(row["sold_at"]), row["items"]) for row in rows]
    known = [(when, items.split(",")) for when, items in visits if when <= at]
    if not known:
        return no_past()
    sizes = [len(items) for _, items in known]
    hours = [_hour(when.astimezone(zone)) for when, _ in known]
    return Past(
        np.array([item for _, items in known for item in items], dtype=np.int64),
        np.repeat(np.arange(len(known)), sizes),
        np.repeat([(at - when) / _DAY for when, _ in known], sizes),
        np.repeat(np.array(hours, dtype=np.float32), sizes),
    )


def _gone(db: sqlite3.Connection) -> Ids:
    return np.sort(_numbers(db.execute(UNAVAILABLE)))


def _hour(local: datetime) -> float:
    return local.hour + local.minute / 60


def _numbers(rows: sqlite3.Cursor) -> Ids:
    return np.array([row[0] for row in rows], dtype=np.int64)
