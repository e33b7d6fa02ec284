"""The columns of the lake: events of one kind as an Arrow table, a row an event.

Sales, baskets and descriptions of items have typed, nested columns, so that an event without items
is kept too; every other kind has its body as JSON. What this version does not know of a typed body
stays in the centre's database.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from pydantic_core import from_json

from endcap.wire.events import ItemsDescribed, SalesTallied
from endcap.wire.shopper_events import BasketsCounted, FeaturesSummed

_MOMENT = pa.timestamp("us", "UTC")
_EVENT: list["pa.Field[Any]"] = [
    pa.field("store", pa.string()),
    pa.field("epoch", pa.string()),
    pa.field("seq", pa.int64()),
    pa.field("time", _MOMENT),
    pa.field("clock_ok", pa.bool_()),
    pa.field("received_at", _MOMENT),
]
_ITEM_TALLY = pa.struct(
    [
        ("gtin", pa.string()),
        ("units", pa.float64()),
        ("returns", pa.float64()),
        ("revenue", pa.float64()),
        ("price", pa.float64()),
        ("promotion", pa.bool_()),
        ("in_stock", pa.float64()),
    ]
)
_REVISION: list["pa.Field[Any]"] = [
    pa.field("revision", pa.int32()),
    pa.field("part", pa.int32()),
    pa.field("parts", pa.int32()),
]
SALES = pa.schema(
    [*_EVENT, pa.field("day", pa.date32()), *_REVISION, pa.field("items", pa.list_(_ITEM_TALLY))]
)
_COUNTED = pa.struct([("gtin", pa.string()), ("baskets", pa.float64())])
_COUNTED_PAIR = pa.struct(
    [("gtin_a", pa.string()), ("gtin_b", pa.string()), ("baskets", pa.float64())]
)
_COUNTED_KIND = pa.struct(
    [("category_a", pa.string()), ("category_b", pa.string()), ("baskets", pa.float64())]
)
BASKETS = pa.schema(
    [
        *_EVENT,
        pa.field("period", pa.date32()),
        *_REVISION,
        pa.field("days", pa.int32()),
        pa.field("baskets", pa.float64()),
        pa.field("minimum_group", pa.int32()),
        pa.field("suppressed", pa.int64()),
        pa.field("noise", pa.float64()),
        pa.field("items", pa.list_(_COUNTED)),
        pa.field("pairs", pa.list_(_COUNTED_PAIR)),
        pa.field("kinds", pa.list_(_COUNTED_KIND)),
    ]
)
FEATURES = pa.schema(
    [
        *_EVENT,
        pa.field("period", pa.date32()),
        *_REVISION,
        pa.field("days", pa.int32()),
        pa.field("basis", pa.string()),
        pa.field("width", pa.int32()),
        pa.field("weight", pa.int64()),
        pa.field("steps", pa.int32()),
        pa.field("noise", pa.float64()),
        pa.field("start", pa.int32()),
        pa.field("values", pa.list_(pa.int64())),
    ]
)
_ITEM = pa.struct(
    [
        ("gtin", pa.string()),
        ("name", pa.string()),
        ("department", pa.string()),
        ("category", pa.string()),
    ]
)
ITEMS = pa.schema([*_EVENT, *_REVISION, pa.field("items", pa.list_(_ITEM))])
_OF_DAYS: list["pa.Field[Any]"] = [
    pa.field("store", pa.string()),
    pa.field("day", pa.date32()),
    pa.field("temperature", pa.float64()),
    pa.field("rain", pa.float64()),
    pa.field("holiday", pa.bool_()),
    pa.field("special", pa.bool_()),
    pa.field("closed", pa.bool_()),
]
DAYS = pa.schema(_OF_DAYS)
"""What is known of stores' days besides their sales: what the centre told them."""


def days_file(lake: Path, store: str) -> Path:
    """Return the file in which a store's days lie."""
    return lake / "days" / f"store={store}.parquet"


OTHERS = pa.schema(
    [
        *_EVENT,
        pa.field("priority", pa.int8()),
        pa.field("body", pa.string()),
        pa.field("attributes", pa.string()),
    ]
)


def table_of(kind: str, rows: Sequence[sqlite3.Row]) -> pa.Table:
    """Return rows of the table `events`, all of one kind, as the lake keeps them."""
    schema, typed = _TYPED.get(kind, (OTHERS, _untyped))
    return pa.Table.from_pylist([_event(row) | typed(row) for row in rows], schema=schema)


def _event(row: sqlite3.Row) -> dict[str, Any]:
    """Return the columns that every kind has."""
    return {
        "store": row["store"],
        "epoch": row["epoch"],
        "seq": row["seq"],
        "time": datetime.fromisoformat(row["time"]),
        "clock_ok": bool(row["clock_ok"]),
        "received_at": datetime.fromisoformat(row["received_at"]),
    }


def _untyped(row: sqlite3.Row) -> dict[str, Any]:
    """Return the columns of a kind that has none of its own."""
    return {name: row[name] for name in ("priority", "body", "attributes")}


def _sales(row: sqlite3.Row) -> dict[str, Any]:
    """Return the columns of a day's sales."""
    body: dict[str, Any] = from_json(row["body"])
    return body | {"day": date.fromisoformat(body["day"])}


def _items(row: sqlite3.Row) -> dict[str, Any]:
    """Return the columns of a description of items."""
    body: dict[str, Any] = from_json(row["body"])
    return body


def _baskets(row: sqlite3.Row) -> dict[str, Any]:
    """Return the columns of a period's baskets; counts in steps become whole ones."""
    body: dict[str, Any] = from_json(row["body"])
    step, names = 1.0 / body.get("steps", 1), body.get("categories", ())
    return body | {
        "period": date.fromisoformat(body["period"]),
        "baskets": step * body["baskets"],
        "noise": body.get("noise") or 0.0,
        "items": [{"gtin": gtin, "baskets": step * count} for gtin, count in body["items"]],
        "pairs": [
            {"gtin_a": first, "gtin_b": second, "baskets": step * count}
            for first, second, count in body["pairs"]
        ],
        "kinds": [
            {"category_a": names[first], "category_b": names[second], "baskets": step * count}
            for first, second, count in body.get("kinds", ())
        ],
    }


def _features(row: sqlite3.Row) -> dict[str, Any]:
    """Return the columns of a period's sums for the ranker."""
    body: dict[str, Any] = from_json(row["body"])
    return body | {"period": date.fromisoformat(body["period"])}


_TYPED: Mapping[str, tuple[pa.Schema, Callable[[sqlite3.Row], dict[str, Any]]]] = {
    SalesTallied.kind: (SALES, _sales),
    BasketsCounted.kind: (BASKETS, _baskets),
    FeaturesSummed.kind: (FEATURES, _features),
    ItemsDescribed.kind: (ITEMS, _items),
}
