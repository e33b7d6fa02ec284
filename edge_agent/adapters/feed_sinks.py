"""How each kind of file is read and kept: a row here for each kind.

What a row may be is core/feed's; chunks, outcomes and digests are feed_intake's.
"""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from typing import Any

from edge_agent.adapters.catalogue_tables import put_counts, put_items
from edge_agent.adapters.consent_tables import CardReader
from edge_agent.adapters.feed_tables import keep_sayings
from edge_agent.adapters.goods_tables import put_batches, put_deliveries, put_supply
from edge_agent.adapters.sale_rows import insert_sales
from edge_agent.adapters.shelf_tables import replace_planogram
from edge_agent.core.feed import days, goods, shelf
from edge_agent.core.feed.fields import Times
from edge_agent.core.feed.item_codes import PLAIN, ItemCodes
from edge_agent.core.feed.kinds import FeedKind
from edge_agent.core.feed.rows import Accepted, Refused, Shape
from edge_agent.core.feed.sales import FIRST_SALE, sales_shape
from edge_agent.core.feed.sayings import Source
from endcap.plumbing.clock import is_plausible

CHUNK = 5_000
WHOLE = 1_000_000
"""A planogram is put in place as one: its rows are gathered first, up to here."""

FAST_TILL = timedelta(days=1)
"""How far a till's clock may run ahead of ours."""

AHEAD = timedelta(days=800)
"""How far ahead a file may speak of prices, of the calendar and of what goes off."""

KEEPS = timedelta(days=730)
"""How long the store keeps sales; older ones are refused."""

Rows = Sequence[Accepted[Any]]
Keep = Callable[[sqlite3.Connection, Rows], tuple[Refused, ...]]


@dataclass(frozen=True, slots=True)
class Sink:
    """How a kind of file is read and kept. `keep` returns the rows it must refuse after all."""

    shape: Shape[Any]
    keep: Keep
    chunk: int = CHUNK


@dataclass(frozen=True, slots=True)
class Counter:
    """What a store's files are read with: zone, codes, cards, how long sales are kept."""

    zone: tzinfo
    cards: CardReader
    keeps: timedelta = KEEPS
    codes: ItemCodes = PLAIN

    def sink(self, kind: FeedKind, at: datetime) -> Sink:
        """Return how files of `kind` are read and kept; a JSON feed is none of rows."""
        return self._of_days(kind, at) or self._of_goods(kind, at)

    def _of_goods(self, kind: FeedKind, at: datetime) -> Sink:
        """Return how files about items and sales are read and kept."""
        codes, told, planned = self.codes, self.times(at), self.times(at, AHEAD)
        match kind:
            case FeedKind.STOCK:
                sink = Sink(shelf.stock_shape(told, at, codes), _keeping(put_counts))
            case FeedKind.CATALOGUE:
                sink = Sink(shelf.catalogue_shape(codes), _keeping(put_items))
            case FeedKind.PLANOGRAM:
                replace = partial(_replace_planogram, at)
                sink = Sink(shelf.planogram_shape(codes), replace, WHOLE)
            case FeedKind.SUPPLY:
                sink = Sink(goods.supply_shape(codes), _keeping(put_supply))
            case FeedKind.DELIVERIES:
                sink = Sink(goods.deliveries_shape(planned, codes), _keeping(put_deliveries))
            case FeedKind.BATCHES:
                sink = Sink(goods.batches_shape(planned, at, codes), _keeping(put_batches))
            case _:
                sink = Sink(sales_shape(told, codes), self._keep_sales)
        return sink

    def _of_days(self, kind: FeedKind, at: datetime) -> Sink | None:
        """Return how files about days and prices are read and kept."""
        planned = self.times(at, AHEAD)
        match kind:
            case FeedKind.PRICES:
                shape = days.prices_shape(planned, self.codes)
            case FeedKind.PROMOTIONS:
                shape = days.promotions_shape(planned, self.codes)
            case FeedKind.CALENDAR:
                shape = days.calendar_shape(planned)
            case FeedKind.WEATHER:
                shape = days.weather_shape(planned)
            case FeedKind.EVENTS:
                shape = days.events_shape(planned)
            case _:
                return None
        return Sink(shape, partial(_keep_sayings, at))

    def times(self, at: datetime, ahead: timedelta = FAST_TILL) -> Times:
        """Return the moments a row may have; a clock that was never set forbids none to come.

        A sale of a day whose other sales are forgotten would make a wrong tally of it.
        """
        if not is_plausible(at):
            return Times(self.zone, FIRST_SALE, datetime.max.replace(tzinfo=UTC))
        return Times(self.zone, max(FIRST_SALE, at - self.keeps), at + ahead)

    def _keep_sales(self, db: sqlite3.Connection, rows: Rows) -> tuple[Refused, ...]:
        return insert_sales(db, rows, self.cards).contradictions


def _keeping(put: Callable[[sqlite3.Connection, list[Any]], None]) -> Keep:
    """Return a keeper that refuses nothing."""

    def keep(db: sqlite3.Connection, rows: Rows) -> tuple[Refused, ...]:
        put(db, [row.value for row in rows])
        return ()

    return keep


def _replace_planogram(at: datetime, db: sqlite3.Connection, rows: Rows) -> tuple[Refused, ...]:
    replace_planogram(db, [row.value for row in rows], at)
    return ()


def _keep_sayings(at: datetime, db: sqlite3.Connection, rows: Rows) -> tuple[Refused, ...]:
    keep_sayings(db, [row.value for row in rows], Source.FILE, at)
    return ()
