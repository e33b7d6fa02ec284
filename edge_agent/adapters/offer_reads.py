"""Reads what is known of one question for recommending: what is gone, the past, what was dismissed.

All of it in one read of the database, so that it is of one moment, but a shopper's past: that may
be a minute old. What is recommended is core/offers' to decide.
"""

import sqlite3
from datetime import datetime, timedelta, tzinfo

import numpy as np

from edge_agent.adapters.consent_tables import CardReader
from edge_agent.adapters.kept_pasts import KeptPasts
from edge_agent.adapters.shopper_reads import GONE, UntilWritten
from edge_agent.core.offers.catalogue import Ids
from edge_agent.ports.kiosk import StoreUnreadableError
from edge_agent.ports.offers import Known, no_items
from endcap.models.shopper.habits import Past, no_past
from endcap.plumbing.sqlite_file import SqliteFile, StorageError

PAST = timedelta(days=365)
MOST_VISITS = 400

_GTINS = 10**14
"""As many GTINs as there can be."""

# One row, as shopper_reads.GONE is.
_PAST = """
SELECT group_concat(at) AS at, group_concat(lines) AS lines, group_concat(items) AS items FROM (
    SELECT unixepoch(max(sold_at)) AS at, count(*) AS lines, group_concat(gtin) AS items
    FROM sale_lines WHERE shopper = :shopper AND day >= :first AND units > 0
    GROUP BY transaction_id HAVING at <= :now ORDER BY at DESC, transaction_id LIMIT :most)
"""
DISMISSED = """
SELECT group_concat(DISTINCT f.gtin) FROM answers a JOIN feedback f USING (answer)
WHERE a.session = ? AND f.what = 'dismissed'
"""
_DAY_S = 86_400.0


class OfferTables:
    """Keeps the promises of edge_agent.ports.offers.OfferReads; `zone` is of the store's clock."""

    def __init__(self, file: SqliteFile, zone: tzinfo, cards: CardReader) -> None:
        self._file = file
        self._zone = zone
        self._cards = cards
        self._gone = UntilWritten(_gone)
        self._pasts = KeptPasts()

    def forget(self) -> None:
        """Keep nobody's past in memory any longer."""
        self._pasts.forget()

    async def known(self, card: str | None, session: str | None, at: datetime) -> Known:
        """Return what is known of a question at `at`."""
        try:
            return self._file.read_now(lambda db: self._known(db, card, session, at))
        except (StorageError, sqlite3.Error) as error:
            raise StoreUnreadableError(str(error)) from error

    def _known(
        self, db: sqlite3.Connection, card: str | None, session: str | None, at: datetime
    ) -> Known:
        gone = self._gone(db)
        dismissed = no_items() if session is None else _items(db, DISMISSED, session)
        found = None if card is None else self._cards.remembered(db, card)
        if found is None:
            return Known(gone, dismissed=dismissed)
        past = self._pasts.find(found, at)
        if past is None:
            past = self._past(db, found.name, at)
            self._pasts.keep(found, past, at)
        return Known(gone, found.name, past, found.diets, dismissed)

    def _past(self, db: sqlite3.Connection, shopper: str, at: datetime) -> Past:
        """Return what a shopper bought before `at`; what was rung up twice in a visit, once."""
        named = {
            "shopper": shopper,
            "first": (at - PAST).astimezone(self._zone).date().isoformat(),
            "now": at.timestamp(),
            "most": MOST_VISITS,
        }
        found = db.execute(_PAST, named).fetchone()
        if found["items"] is None:
            return no_past()
        moments, lines = _numbers(found["at"]), _numbers(found["lines"])
        visits = np.repeat(np.arange(len(lines)), lines)
        bought = np.sort(visits * _GTINS + _numbers(found["items"]))
        bought = bought[np.diff(bought, prepend=-1) > 0]
        visits = bought // _GTINS
        hours = [_hour(datetime.fromtimestamp(one, self._zone)) for one in moments.tolist()]
        return Past(
            bought % _GTINS,
            visits,
            ((at.timestamp() - moments.astype(np.float64)) / _DAY_S)[visits],
            np.array(hours, dtype=np.float32)[visits],
        )


def _gone(db: sqlite3.Connection) -> Ids:
    return np.sort(_items(db, GONE))


def _hour(local: datetime) -> float:
    return local.hour + local.minute / 60


def _items(db: sqlite3.Connection, question: str, *named: str) -> Ids:
    """Return the items that a statement answers in one text."""
    text = db.execute(question, named).fetchone()[0]
    return no_items() if text is None else _numbers(text)


def _numbers(text: str) -> Ids:
    """Return the numbers of a text with commas between them."""
    return np.fromstring(text, dtype=np.int64, sep=",")
