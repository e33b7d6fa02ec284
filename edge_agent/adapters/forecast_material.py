"""Gathers from SQLite what a forecast is made from: sales, days to come, what was learned.

What comes of it is core/demand's.
"""

import sqlite3
from collections.abc import Sequence
from datetime import date, timedelta

from edge_agent.adapters.chain_tables import chain_told
from edge_agent.adapters.hour_tables import categories
from edge_agent.adapters.lesson_tables import events_between, experience
from edge_agent.core.chain import in_use
from edge_agent.core.store_panel import MEMORY, Ahead, Calendar, Carried, Promised, SaleRow
from edge_agent.ports.demand import Material

_SALES = """
SELECT gtin, day, units, price, promotion, in_stock FROM day_sales NOT INDEXED
WHERE day > ? AND day <= ?
"""
_PRICES = "SELECT gtin, substr(since, 1, 10) AS day, price FROM prices ORDER BY since"
_PROMOTIONS = "SELECT gtin, first, last FROM promotions WHERE last > ? AND first <= ?"
_CALENDAR = "SELECT day, kind FROM calendar_days WHERE day > ?"
_WEATHER = "SELECT day, temperature, rain FROM weather WHERE day > ?"
_CARRIED = """
SELECT gtin, min(day) AS since FROM (
    SELECT gtin, substr(counted_at, 1, 10) AS day FROM stock_counts WHERE on_hand > 0
    UNION ALL
    SELECT gtin, substr(received_at, 1, 10) FROM deliveries WHERE received_at IS NOT NULL
) GROUP BY gtin HAVING since <= :last
"""


def material(db: sqlite3.Connection, last_closed: date, horizon: int) -> Material:
    """Return what to forecast the `horizon` days after `last_closed` from."""
    until, since = last_closed.isoformat(), (last_closed - MEMORY).isoformat()
    plain = db.cursor()
    plain.row_factory = None  # tuples: there are a million rows in a year
    sales: tuple[SaleRow, ...] = tuple(plain.execute(_SALES, (since, until)))
    prices = db.execute("SELECT gtin, price FROM items WHERE price IS NOT NULL")
    ahead = Ahead(
        last_closed=last_closed,
        horizon=horizon,
        calendar=_calendar(db, since),
        promised=_promised(db, last_closed, horizon),
        category=categories(db),
        price={row["gtin"]: row["price"] for row in prices},
        chain=in_use(chain_told(db), last_closed),
        carried=tuple(
            Carried(row["gtin"], date.fromisoformat(row["since"]))
            for row in db.execute(_CARRIED, {"last": until})
        ),
    )
    days = ahead.days
    return Material(sales, ahead, experience(db), events_between(db, days[0], days[-1]))


def _calendar(db: sqlite3.Connection, since: str) -> Calendar:
    """Return the days that sell otherwise; the schools' are special like any others."""
    kinds: dict[str, set[date]] = {}
    for row in db.execute(_CALENDAR, (since,)):
        kinds.setdefault(row["kind"], set()).add(date.fromisoformat(row["day"]))
    return Calendar(
        holidays=frozenset(kinds.get("holiday", ())),
        special=frozenset(kinds.get("school", set()) | kinds.get("special", set())),
        closed=frozenset(kinds.get("closed", ())),
        weather={
            date.fromisoformat(row["day"]): (row["temperature"], row["rain"])
            for row in db.execute(_WEATHER, (since,))
        },
    )


def _promised(
    db: sqlite3.Connection, last_closed: date, horizon: int
) -> dict[tuple[str, date], Promised]:
    """Return what the centre's feed says of the prices and promotions of the days to come.

    Of an item that it names, it says all: on a day without a promotion there is none.
    """
    days = [last_closed + timedelta(days=n) for n in range(1, horizon + 1)]
    prices: dict[str, list[tuple[str, float]]] = {}
    for row in db.execute(_PRICES):
        prices.setdefault(row["gtin"], []).append((row["day"], row["price"]))
    spans: dict[str, list[tuple[str, str]]] = {}
    for row in db.execute(_PROMOTIONS, (last_closed.isoformat(), days[-1].isoformat())):
        spans.setdefault(row["gtin"], []).append((row["first"], row["last"]))
    return {
        (gtin, day): Promised(
            price=_price_on(prices.get(gtin, ()), day.isoformat()),
            promotion=_promoted_on(spans[gtin], day.isoformat()) if gtin in spans else None,
        )
        for gtin in prices.keys() | spans.keys()
        for day in days
    }


def _price_on(prices: Sequence[tuple[str, float]], day: str) -> float | None:
    """Return the price that holds on a day; `prices` are (since, price), the oldest first."""
    return next((price for since, price in reversed(prices) if since <= day), None)


def _promoted_on(spans: Sequence[tuple[str, str]], day: str) -> bool:
    """Tell whether a day lies in one of the spans, both ends inside."""
    return any(first <= day <= last for first, last in spans)
