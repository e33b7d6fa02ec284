"""Makes the figures that a store recommends from, out of its database, and keeps the last made.

The catalogue is read each minute, the receipts less often, the longer that takes: at most a
twentieth of the time. Both are read in steps, so that answering never waits long for them. What
the figures are is endcap.models.shopper's and core/offers' to say.
"""

import asyncio
import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

import numpy as np
from numpy.typing import NDArray

from edge_agent.adapters.chain_tables import chain_told
from edge_agent.adapters.offer_lessons import lessons_of
from edge_agent.core.chain import in_use
from edge_agent.core.offers.catalogue import Floats, Goods
from edge_agent.core.offers.company import Company, company_of, no_company
from edge_agent.core.offers.diets import mask_of
from edge_agent.core.offers.selling import selling
from edge_agent.core.offers.store import Store, aligned
from edge_agent.core.offers.today import LOOKS_BACK, Weather, days_alike, lifts
from edge_agent.ports.kiosk import StoreUnreadableError
from endcap.models.shopper.figures import MONTH, Figures, Kinds, Receipts, figures_of
from endcap.plumbing.clock import Clock
from endcap.plumbing.memory import give_back
from endcap.plumbing.sqlite_file import SqliteFile, StorageError

MOST_LINES = 250_000
"""Lines of sales that figures are made from, the newest; in most stores that is a year."""
YEAR = timedelta(days=365)
SHARE_OF_TIME = 20
LEAST = timedelta(minutes=1)
STEP = 500

_ITEMS = """
SELECT CAST(i.gtin AS INTEGER) AS item, i.name, i.brand, i.department, i.category, i.diets, i.age,
    coalesce((SELECT price FROM prices WHERE gtin = i.gtin AND since <= :at
        ORDER BY since DESC LIMIT 1), i.price) AS price,
    (SELECT max(discount) FROM promotions WHERE gtin = i.gtin AND :day BETWEEN first AND last)
        AS discount
FROM items i ORDER BY item
"""
_DAYS = (
    "SELECT day, count(*) AS lines FROM sale_lines WHERE day >= ? GROUP BY day ORDER BY day DESC"
)
# The plus keeps SQLite to the order of the primary key: one pass, and no sorting.
_VISITS = """
SELECT max(sold_at) AS sold_at, max(shopper) AS shopper, count(*) AS lines,
    group_concat(CAST(gtin AS INTEGER)) AS items, group_concat(amount / units) AS prices
FROM sale_lines WHERE +day >= ? AND units > 0 GROUP BY transaction_id
"""
_USUAL = "SELECT CAST(gtin AS INTEGER), sum(units) FROM day_sales WHERE day >= ? GROUP BY 1"
_ALIKE = """
SELECT CAST(gtin AS INTEGER), sum(units) FROM day_sales
WHERE day IN (SELECT value FROM json_each(?)) GROUP BY 1
"""
_UNIX_DAY = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True, eq=False)
class _Learned:
    """What the receipts said when they were read last."""

    figures: Figures
    company: Company
    baskets: float
    today: Floats


class FiguresOfStore:
    """Keeps the promises of edge_agent.ports.offers.StoreFigures over the store's database."""

    def __init__(self, file: SqliteFile, zone: tzinfo, clock: Clock) -> None:
        self._file = file
        self._zone = zone
        self._clock = clock
        self._store: Store | None = None
        self._learned: _Learned | None = None
        self._learn_at = float("-inf")
        self._making = asyncio.Lock()

    async def current(self, at: datetime) -> Store:
        """Return the figures made last; makes them when there are none."""
        if self._store is None:
            try:
                await self.refresh(at)
            except (StorageError, sqlite3.Error) as error:
                raise StoreUnreadableError(str(error)) from error
        assert self._store is not None  # noqa: S101 - refreshed, or raised
        return self._store

    async def refresh(self, at: datetime) -> None:
        """Make the figures anew; those of the receipts only when that is due."""
        async with self._making:
            goods = await self._file.read(lambda db: read_goods(db, at, self._zone))
            began = self._clock.monotonic()
            if self._learned is None or began >= self._learn_at:
                self._learned = await self._learn(goods, at)
                took = self._clock.monotonic() - began
                wait = max(LEAST.total_seconds(), took * SHARE_OF_TIME)
                self._learn_at = self._clock.monotonic() + wait
            self._store = await self._put_together(goods, self._learned, at)
            await asyncio.to_thread(give_back)  # the receipts, and the figures before

    async def _learn(self, goods: Goods, at: datetime) -> _Learned:
        receipts = await self._file.read(lambda db: read_receipts(db, at, self._zone))
        today = await self._file.read(lambda db: read_today(db, goods, at, self._zone))
        return await asyncio.to_thread(_learned, goods, receipts, today, local_days(at, self._zone))

    async def _put_together(self, goods: Goods, learned: _Learned, at: datetime) -> Store:
        told = await self._file.read(chain_told)
        chain = in_use(told, at.astimezone(self._zone).date() - timedelta(days=1))
        levels = None
        if chain is not None:
            codes = (f"{item:014}" for item in goods.kinds.items.tolist())
            levels = np.array([chain.level(one) or 0.0 for one in codes], dtype=np.float32)
        lessons = await self._file.read(lessons_of)
        figures, company, today = learned.figures, learned.company, learned.today
        if not np.array_equal(figures.items, goods.kinds.items):
            rows = figures.rows(goods.kinds.items)
            company = await asyncio.to_thread(moved, company, rows)
            today = np.where(rows >= 0, np.append(today, np.float32(1))[rows], np.float32(1))
        figures = aligned(figures, goods.kinds)
        return Store(
            goods=goods,
            figures=figures,
            selling=await asyncio.to_thread(selling, goods, figures, learned.baskets, levels),
            company=company,
            today=today,
            learned=lessons.lifts(goods.kinds.items),
            reasons=lessons.reasons(),
        )


def local_days(at: datetime, zone: tzinfo) -> float:
    """Return a moment in days since 1970 by the store's own clock."""
    local = at.astimezone(zone)
    seconds = local.hour * 3600 + local.minute * 60 + local.second
    return local.date().toordinal() - _UNIX_DAY + seconds / 86_400


def read_goods(db: sqlite3.Connection, at: datetime, zone: tzinfo) -> Goods:
    """Return the catalogue with the prices and promotions of a moment."""
    day = at.astimezone(zone).date().isoformat()
    rows = [tuple(row) for row in in_steps(db.execute(_ITEMS, {"at": at.isoformat(), "day": day}))]
    item, name, brand, department, category, diets, age, price, discount = (
        zip(*rows, strict=True) if rows else ((),) * 9
    )
    kinds = Kinds(
        np.array(item, dtype=np.int64), _codes(department), _codes(category), _codes(brand)
    )
    masks = {words: mask_of(words.split()) for words in set(diets)}
    return Goods(
        kinds=kinds,
        names=tuple(name),
        price=np.array(price, dtype=np.float32),
        discount=np.nan_to_num(np.array(discount, dtype=np.float32)),
        suits=np.array([masks[words] for words in diets], dtype=np.int32),
        age=np.array(age, dtype=np.int16),
    )


def read_receipts(db: sqlite3.Connection, at: datetime, zone: tzinfo) -> Receipts:
    """Return the newest sales before a moment, of a year at most."""
    first = _first_day(db, (at - YEAR).astimezone(zone).date().isoformat())
    days: list[float] = []
    shoppers: list[int] = []
    sizes: list[int] = []
    items, prices = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.float32)]
    known: dict[str, int] = {}
    for rows in _chunks(db.execute(_VISITS, (first,))):
        items.append(_joined(row["items"] for row in rows).astype(np.int64))
        prices.append(_joined(row["prices"] for row in rows).astype(np.float32))
        for row in rows:
            days.append(local_days(datetime.fromisoformat(row["sold_at"]), zone))
            shopper = row["shopper"]
            shoppers.append(-1 if shopper is None else known.setdefault(shopper, len(known)))
            sizes.append(row["lines"])
    visit = np.repeat(np.arange(len(sizes)), sizes)
    item = np.concatenate(items)
    place = np.unique(item, return_inverse=True)[1]
    once = np.unique(visit * (place.max(initial=0) + 1) + place, return_index=True)[1]
    return Receipts(
        visit[once],
        item[once],
        np.repeat(np.array(days), sizes)[once],
        np.repeat(np.array(shoppers, dtype=np.int64), sizes)[once],
        np.concatenate(prices)[once],
    )


def moved(company: Company, rows: NDArray[np.int64]) -> Company:
    """Return the company of another catalogue, whose items stood in `rows` (-1: they did not)."""
    size = len(rows)
    place = np.full(max(len(company.start) - 1, int(rows.max(initial=-1)) + 1), -1, dtype=np.int64)
    place[rows[rows >= 0]] = np.flatnonzero(rows >= 0)
    if len(company.start) <= 1:
        return no_company()
    owner = place[np.repeat(np.arange(len(company.start) - 1), np.diff(company.start))]
    partner = place[company.partner]
    kept = (owner >= 0) & (partner >= 0)
    order = np.argsort(owner[kept], kind="stable")
    start = np.searchsorted(owner[kept][order], np.arange(size + 1))
    return Company(
        start.astype(np.int64),
        partner[kept][order].astype(np.int32),
        company.weight[kept][order],
    )


def in_steps(cursor: sqlite3.Cursor) -> Iterator[sqlite3.Row]:
    """Yield rows, a few at a time."""
    for rows in _chunks(cursor):
        yield from rows


def _chunks(cursor: sqlite3.Cursor) -> Iterator[list[sqlite3.Row]]:
    while rows := cursor.fetchmany(STEP):
        yield rows


def read_today(db: sqlite3.Connection, goods: Goods, at: datetime, zone: tzinfo) -> Floats:
    """Return by how much more each item sells on days like the day of `at`."""
    today = at.astimezone(zone).date()
    first = (today - LOOKS_BACK).isoformat()
    weather = {
        date.fromisoformat(row["day"]): Weather(row["temperature"], row["rain"])
        for row in db.execute("SELECT day, temperature, rain FROM weather WHERE day >= ?", (first,))
    }
    alike = json.dumps([day.isoformat() for day in days_alike(today, weather)])
    return lifts(
        goods.kinds.items,
        dict(db.execute(_ALIKE, (alike,)).fetchall()),
        dict(db.execute(_USUAL, (first,)).fetchall()),
    )


def _learned(goods: Goods, receipts: Receipts, today: Floats, at: float) -> _Learned:
    """Return what receipts say of the store's items."""
    known = receipts.before(at)
    rows = goods.rows(known.item)
    sold = rows >= 0
    return _Learned(
        figures=figures_of(known, goods.kinds, at),
        company=company_of(known.visit[sold], rows[sold], goods.size),
        baskets=float(len(np.unique(known.visit[known.day >= at - MONTH]))),
        today=today,
    )


def _first_day(db: sqlite3.Connection, earliest: str) -> str:
    """Return the first day of the newest MOST_LINES lines."""
    total, first = 0, "9999-12-31"
    for row in db.execute(_DAYS, (earliest,)):
        total += row["lines"]
        if total > MOST_LINES:
            break
        first = row["day"]
    return first


def _joined(texts: Iterable[str]) -> NDArray[np.float64]:
    """Return the numbers of texts with commas between them."""
    return np.fromstring(",".join(texts), dtype=np.float64, sep=",")


def _codes(words: Iterable[str]) -> NDArray[np.int32]:
    """Return a number for each word, the same for the same one; -1 for none."""
    known: dict[str, int] = {}
    found = [known.setdefault(word, len(known)) if word else -1 for word in words]
    return np.array(found, dtype=np.int32)
