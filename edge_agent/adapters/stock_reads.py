"""Reads what proposals are made from: supply, counts, lots, deliveries, forecasts, gaps, prices.

Puts rows together by item; what they come to is core/stock's.
"""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from edge_agent.adapters.hour_tables import hour_sums
from edge_agent.adapters.store_life import get_meta
from edge_agent.core.facing import Opening
from edge_agent.core.hours import Profiles, is_weekend, weight_of
from edge_agent.core.stock.deliveries import Delivery, came, to_come
from edge_agent.core.stock.elasticity import PastDay
from edge_agent.core.stock.facts import Item
from edge_agent.core.stock.lots import Lot
from edge_agent.core.stock.on_hand import Count
from edge_agent.core.stock.refills import ShelfGap
from edge_agent.core.stock.scenarios import DemandDay
from edge_agent.core.stock.supply import Supply
from edge_agent.ports.stock import StockFacts
from endcap.plumbing.sqlite_file import SqliteFile

_HALF_HOUR_S = 1800
_LATE = timedelta(days=2)  # a delivery may come so long after it was due, and count as come then
_PAST = timedelta(days=364)

_KNOWN = ("forecast_basis", "feed_version")  # what is expected, and what is said of days and prices

_BASIS = """
SELECT
    (SELECT count(*) || ' ' || total(case_pack) || ' ' || total(unit_cost) || ' '
        || total(lead_days) || ' ' || total(shelf_life_days) || ' ' || total(minimum_units) || ' '
        || coalesce(group_concat(DISTINCT delivery_days || order_by), '') FROM supply) AS supply,
    (SELECT count(*) || ' ' || coalesce(max(counted_at), '') || ' ' || total(on_hand)
        FROM stock) AS stock,
    (SELECT count(*) || ' ' || total(units) || ' ' || coalesce(max(counted_at), '')
        FROM batches) AS batches,
    (SELECT count(*) || ' ' || total(units) || ' ' || count(received_at)
        FROM deliveries WHERE due >= :late) AS deliveries,
    (SELECT count(*) || ' ' || coalesce(max(opened), '') FROM gaps WHERE closed IS NULL) AS gaps,
    (SELECT coalesce(max(step), 0) FROM proposal_decisions) AS decisions
"""
_GAPS = """
SELECT g.gtin, min(g.opened) AS since, count(DISTINCT g.camera || '/' || g.facing) AS empty,
    group_concat(DISTINCT g.camera || ' ' || g.facing) AS places,
    (SELECT count(*) FROM facings f WHERE f.gtin = g.gtin) AS facings
FROM gaps g JOIN camera_conditions c ON c.camera = g.camera AND c.condition = 'ok'
WHERE g.closed IS NULL AND g.gtin IS NOT NULL GROUP BY g.gtin
"""
_SOLD = """
SELECT l.gtin, sum(l.units) AS sold FROM sale_lines l CROSS JOIN stock s ON s.gtin = l.gtin
WHERE l.day >= :first AND s.counted_at >= :oldest AND l.sold_at > s.counted_at GROUP BY l.gtin
"""
_FORECASTS = """
SELECT gtin, day, expected, quantiles FROM forecasts
WHERE gtin IN (SELECT value FROM json_each(:gtins)) AND day >= :today ORDER BY gtin, day
"""
_PRICES = """
SELECT i.gtin, coalesce((SELECT price FROM prices WHERE gtin = i.gtin AND since <= :at
        ORDER BY since DESC LIMIT 1), i.price) AS price, p.discount,
    EXISTS (SELECT 1 FROM prices WHERE gtin = i.gtin AND since BETWEEN :midnight AND :at) AS changed
FROM items i LEFT JOIN promotions p ON p.gtin = i.gtin AND :today BETWEEN p.first AND p.last
WHERE i.gtin IN (SELECT value FROM json_each(:gtins))
"""
_DELIVERIES = """
SELECT * FROM deliveries WHERE due >= :since AND (:gtin IS NULL OR gtin = :gtin)
"""
_PAST_DAYS = """
SELECT gtin, day, units, price, in_stock FROM day_sales
WHERE gtin IN (SELECT value FROM json_each(:gtins)) AND day >= :first AND price IS NOT NULL
ORDER BY gtin, day
"""


@dataclass(frozen=True, slots=True)
class _Gathered:
    """The rows of every table by item."""

    supply: Mapping[str, Supply]
    counts: Mapping[str, Count]
    batches: Mapping[str, Sequence[Lot]]
    deliveries: Mapping[str, Sequence[Delivery]]
    days: Mapping[str, Sequence[DemandDay]]
    gaps: Mapping[str, ShelfGap]
    prices: Mapping[str, tuple[float | None, bool]]
    past: Mapping[str, Sequence[PastDay]]
    profiles: Profiles


class StockTables:
    """Keeps the promises of edge_agent.ports.stock.StockReads.

    Counts older than `count_age` are read, but not what was sold since; expiring lots within
    `expiry_days` bring their item's past prices.
    """

    def __init__(
        self, file: SqliteFile, opening: Opening, count_age: timedelta, expiry_days: int
    ) -> None:
        self._file = file
        self._opening = opening
        self._zone = opening.zone
        self._count_age = count_age
        self._expiry_days = expiry_days

    async def basis(self, at: datetime) -> str:
        """Return what facts of `at` are made from, in short."""
        return await self._file.read(lambda db: self._basis(db, at))

    async def facts(self, at: datetime) -> StockFacts:
        """Return every item that is bought in, or missing from its shelf."""
        return await self._file.read(lambda db: self._facts(db, at))

    def _basis(self, db: sqlite3.Connection, at: datetime) -> str:
        today = at.astimezone(self._zone).date()
        late = today - self._count_age - _LATE
        row = db.execute(_BASIS, {"late": late.isoformat()}).fetchone()
        half_hour = str(int(at.timestamp()) // _HALF_HOUR_S)
        known = [get_meta(db, name) or "" for name in _KNOWN]
        return "|".join([half_hour, *known, *(str(value) for value in row)])

    def _facts(self, db: sqlite3.Connection, at: datetime) -> StockFacts:
        today = at.astimezone(self._zone).date()
        supply, gaps = _supply(db), _gaps(db)
        gtins = json.dumps(sorted(supply.keys() | gaps.keys()))
        batches, due = _batches(db), deliveries(db, today - self._count_age - _LATE)
        soon = today + timedelta(days=self._expiry_days)
        gathered = _Gathered(
            supply=supply,
            counts=self._counts(db, at),
            batches=batches,
            deliveries=due,
            days=_days(db, gtins, today),
            gaps=gaps,
            prices=self._prices(db, gtins, at),
            past=_past(db, _expiring(batches, due, soon), today),
            profiles=Profiles(hour_sums(db, is_weekend(today)), self._opening, weight_of(today)),
        )
        closed = db.execute("SELECT day FROM calendar_days WHERE kind = 'closed'")
        return StockFacts(
            items=tuple(_item(gtin, gathered, today) for gtin in json.loads(gtins)),
            closed=frozenset(date.fromisoformat(row["day"]) for row in closed),
        )

    def _counts(self, db: sqlite3.Connection, at: datetime) -> dict[str, Count]:
        oldest = at - self._count_age
        first = oldest.astimezone(self._zone).date()
        named = {"first": first.isoformat(), "oldest": oldest.isoformat()}
        sold = {row["gtin"]: row["sold"] for row in db.execute(_SOLD, named)}
        return {
            row["gtin"]: Count(
                row["on_hand"],
                datetime.fromisoformat(row["counted_at"]).astimezone(self._zone),
                round(sold.get(row["gtin"], 0.0), 3),
            )
            for row in db.execute("SELECT * FROM stock")
        }

    def _prices(
        self, db: sqlite3.Connection, gtins: str, at: datetime
    ) -> dict[str, tuple[float | None, bool]]:
        """Return each item's price now, promotions taken off, and whether it moved already.

        That is when it was changed today, or a promotion has lowered it.
        """
        today = at.astimezone(self._zone).date()
        midnight = datetime.combine(today, time(), self._zone).astimezone(UTC)
        named = {
            "gtins": gtins,
            "at": at.isoformat(),
            "today": today.isoformat(),
            "midnight": midnight.isoformat(),
        }
        found = {}
        for row in db.execute(_PRICES, named):
            price = row["price"]
            if price is not None and row["discount"]:
                price = round(price * (1.0 - row["discount"]), 2)
            found[row["gtin"]] = (price, bool(row["changed"] or row["discount"]))
        return found


def _item(gtin: str, rows: _Gathered, today: date) -> Item:
    """Put the rows of an item together."""
    supply, count = rows.supply.get(gtin), rows.counts.get(gtin)
    deliveries = rows.deliveries.get(gtin, ())
    lots: tuple[Lot, ...] = tuple(rows.batches.get(gtin, ()))
    if count is not None:
        received = came(deliveries, supply, count.counted_at)
        lots += tuple(one for one in received if one.expires is not None)
    price, changed = rows.prices.get(gtin, (None, False))
    return Item(
        gtin=gtin,
        supply=supply,
        count=count,
        lots=lots,
        otherwise=supply.last_day(count.counted_at.date()) if supply and count else None,
        on_order=to_come(deliveries, supply, today),
        days=tuple(rows.days.get(gtin, ())),
        price=price,
        gap=rows.gaps.get(gtin),
        past=tuple(rows.past.get(gtin, ())),
        changed_today=changed,
        profile=tuple(rows.profiles.of(gtin).tolist()),
    )


def _supply(db: sqlite3.Connection) -> dict[str, Supply]:
    return {
        row["gtin"]: Supply(
            gtin=row["gtin"],
            case_pack=row["case_pack"] if row["case_pack"] > 0 else 1.0,
            lead_days=row["lead_days"],
            shelf_life_days=row["shelf_life_days"],
            unit_cost=row["unit_cost"],
            minimum_units=row["minimum_units"],
            delivery_days=frozenset(int(day) for day in row["delivery_days"] if day.isdigit()),
            order_by=time.fromisoformat(row["order_by"]),
        )
        for row in db.execute("SELECT * FROM supply")
    }


def _batches(db: sqlite3.Connection) -> dict[str, list[Lot]]:
    found: dict[str, list[Lot]] = defaultdict(list)
    for row in db.execute("SELECT gtin, expires, units FROM batches WHERE units > 0"):
        found[row["gtin"]].append(Lot(row["units"], date.fromisoformat(row["expires"])))
    return found


def deliveries(
    db: sqlite3.Connection, since: date, gtin: str | None = None
) -> dict[str, list[Delivery]]:
    """Return what was or is due since a day, of every item or of one."""
    found: dict[str, list[Delivery]] = defaultdict(list)
    for row in db.execute(_DELIVERIES, {"since": since.isoformat(), "gtin": gtin}):
        delivery = Delivery(
            delivery=row["delivery"],
            gtin=row["gtin"],
            due=date.fromisoformat(row["due"][:10]),
            units=row["units"],
            received_at=row["received_at"] and datetime.fromisoformat(row["received_at"]),
            expires=row["expires"] and date.fromisoformat(row["expires"]),
        )
        found[delivery.gtin].append(delivery)
    return found


def _expiring(
    batches: Mapping[str, Sequence[Lot]], due: Mapping[str, Sequence[Delivery]], soon: date
) -> str:
    """Return the items, as JSON, of which units expire up to `soon`."""
    found = {gtin for gtin, lots in batches.items() if any(_by(one.expires, soon) for one in lots)}
    found |= {gtin for gtin, all_ in due.items() if any(_by(d.expires, soon) for d in all_)}
    return json.dumps(sorted(found))


def _by(expires: date | None, soon: date) -> bool:
    return expires is not None and expires <= soon


def _days(db: sqlite3.Connection, gtins: str, today: date) -> dict[str, list[DemandDay]]:
    found: dict[str, list[DemandDay]] = defaultdict(list)
    for row in db.execute(_FORECASTS, {"gtins": gtins, "today": today.isoformat()}):
        quantiles = sorted((float(level), q) for level, q in json.loads(row["quantiles"]).items())
        found[row["gtin"]].append(
            DemandDay(
                day=date.fromisoformat(row["day"]),
                expected=row["expected"],
                levels=tuple(level for level, _ in quantiles),
                quantiles=tuple(q for _, q in quantiles),
            )
        )
    return found


def _gaps(db: sqlite3.Connection) -> dict[str, ShelfGap]:
    return {
        row["gtin"]: ShelfGap(
            since=datetime.fromisoformat(row["since"]),
            empty=row["empty"],
            facings=max(row["facings"], row["empty"]),
            where=row["places"].replace(",", ", "),
        )
        for row in db.execute(_GAPS)
    }


def _past(db: sqlite3.Connection, gtins: str, today: date) -> dict[str, list[PastDay]]:
    found: dict[str, list[PastDay]] = defaultdict(list)
    named = {"gtins": gtins, "first": (today - _PAST).isoformat()}
    for row in db.execute(_PAST_DAYS, named):
        day = date.fromisoformat(row["day"])
        found[row["gtin"]].append(PastDay(day, row["units"], row["price"], row["in_stock"]))
    return found
