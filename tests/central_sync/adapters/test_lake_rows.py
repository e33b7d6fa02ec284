"""The highest whole revision of a day counts, whatever the order, on whatever engine it is asked.

DuckDB and SQLite answer; that PostgreSQL and Spark are asked the same is seen by the translation.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, cast

import duckdb
import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ibis.backends.sql import compilers
from ibis.expr import types as ir

from central_sync.adapters.lake_rows import (
    AROUND,
    DEMAND,
    categories_of,
    day_rows,
    demand_rows,
    lines_of,
    newest,
)
from tests.fakes.store_world import EPOCH, NOON, OTHER_EPOCH, OTHER_STORE, STORE

DAY = date(2026, 8, 30)
TOLD = ibis.table(
    {
        "store": "string", "epoch": "string", "seq": "int64", "time": "string", "day": "string",
        "revision": "int32", "part": "int32", "parts": "int32",
    },
    name="told",
)  # fmt: skip
EVENT = {"store": "string", "epoch": "string", "seq": "int64"}
SOLD = EVENT | {
    "gtin": "string", "units": "float64", "price": "float64", "promotion": "boolean",
    "in_stock": "float64",
}  # fmt: skip
LINES = ibis.table(SOLD, name="lines")
DESCRIBED = ibis.table(EVENT | {"gtin": "string", "category": "string"}, name="described")
DAYS = ibis.table(
    {
        "store": "string", "day": "string", "temperature": "float64", "rain": "float64",
        "holiday": "boolean", "special": "boolean", "closed": "boolean",
    },
    name="days",
)  # fmt: skip
WINNERS = newest(TOLD, ["day"])
CHOSEN = ibis.table(EVENT | {"day": "string"}, name="chosen")
LATEST = ibis.table(EVENT, name="latest")
ROWS = demand_rows(lines_of(CHOSEN, LINES), categories_of(LATEST, DESCRIBED))
TABLES = (TOLD, LINES, DESCRIBED, DAYS, CHOSEN, LATEST)

Row = tuple[Any, ...]
Ask = Callable[[ir.Table, Mapping[str, Sequence[Row]]], list[Row]]


def translated(question: ir.Table, engine: str) -> str:
    """Return a question in the words of an engine."""
    compiler = getattr(compilers, engine).compiler
    return str(compiler.to_sqlglot(question).sql(dialect=compiler.dialect))


@pytest.fixture(params=["duckdb", "sqlite"])
def ask(request: pytest.FixtureRequest) -> Ask:
    """Ask an engine a question about tables of rows."""
    engine = cast("str", request.param)

    def answer(question: ir.Table, tables: Mapping[str, Sequence[Row]]) -> list[Row]:
        db: Any = duckdb.connect() if engine == "duckdb" else sqlite3.connect(":memory:")
        for table in TABLES:
            kinds = {"string": "TEXT", "float64": "DOUBLE", "boolean": "BOOLEAN"}
            columns = ", ".join(
                f"{name} {kinds.get(str(kind), 'BIGINT')}" for name, kind in table.schema().items()
            )
            db.execute(f"CREATE TABLE {table.get_name()} ({columns})")
            for row in tables.get(table.get_name(), ()):
                places = ", ".join("?" * len(row))
                db.execute(f"INSERT INTO {table.get_name()} VALUES ({places})", row)  # noqa: S608 - its own words
        found = db.execute(translated(question, engine)).fetchall()
        db.close()
        return cast("list[Row]", found)

    return answer


def part(
    seq: int,
    revision: int = 1,
    of: tuple[int, int] = (1, 1),
    *,
    epoch: str = EPOCH,
    at: datetime = NOON,
    store: str = STORE,
) -> Row:
    return (store, epoch, seq, at.isoformat(), DAY.isoformat(), revision, *of)


def counting(ask: Ask, told: Sequence[Row]) -> list[int]:
    """Return the numbers of the events that count."""
    return sorted(row[2] for row in ask(WINNERS, {"told": told}))


def test_a_higher_revision_replaces_a_lower_one(ask: Ask) -> None:
    assert counting(ask, [part(1, 1), part(2, 3), part(3, 2)]) == [2]


def test_a_revision_that_lacks_a_part_does_not_count_yet(ask: Ask) -> None:
    whole = [part(1, 1, (1, 2)), part(2, 1, (2, 2))]
    assert counting(ask, [*whole, part(3, 2, (1, 2))]) == [1, 2]
    assert counting(ask, [*whole, part(3, 2, (1, 2)), part(4, 2, (2, 2))]) == [3, 4]
    assert counting(ask, [part(1, 1, (2, 2))]) == []
    assert counting(ask, [part(1, 1, (1, 2)), part(2, 1, (3, 2))]) == []


def test_a_part_that_came_twice_counts_once_as_it_was_told_last(ask: Ask) -> None:
    assert counting(ask, [part(1, 1), part(2, 1)]) == [2]


def test_a_later_life_of_a_store_wins_over_higher_revisions_of_an_earlier_one(ask: Ask) -> None:
    later = NOON + timedelta(hours=1)
    told = [part(1, 5), part(2, 1, epoch=OTHER_EPOCH, at=later)]
    assert counting(ask, told) == [2]
    assert counting(ask, told[::-1]) == [2]


def test_each_store_counts_by_itself(ask: Ask) -> None:
    assert counting(ask, [part(1, 2), part(2, 1, store=OTHER_STORE)]) == [1, 2]


@settings(max_examples=20)
@given(st.permutations(range(8)))
def test_the_order_of_arrival_does_not_matter(order: list[int]) -> None:
    told = [
        part(0, 1, (1, 2)),
        part(1, 1, (2, 2)),
        part(2, 2, (1, 3)),
        part(3, 2, (2, 3)),
        part(4, 2, (3, 3)),
        part(5, 3, (1, 2)),
        part(6, 1, store=OTHER_STORE),
        part(7, 9, epoch=OTHER_EPOCH, at=NOON - timedelta(days=1)),
    ]
    db = sqlite3.connect(":memory:")
    db.execute("CREATE TABLE told (store, epoch, seq, time, day, revision, part, parts)")
    db.executemany(
        "INSERT INTO told VALUES (?, ?, ?, ?, ?, ?, ?, ?)", [told[place] for place in order]
    )
    rows = db.execute(translated(WINNERS, "sqlite")).fetchall()
    db.close()
    assert sorted(row[2] for row in rows) == [2, 3, 4, 6]


def test_a_day_is_told_with_its_items_categories(ask: Ask) -> None:
    told = {"told": [part(1), part(2, store=OTHER_STORE)]}
    tables = {
        "chosen": ask(WINNERS, told),
        "latest": ask(newest(TOLD), told),
        "lines": [
            (STORE, EPOCH, 1, "b", 3.0, 2.5, True, 0.5),
            (STORE, EPOCH, 1, "a", 1.0, None, False, 1.0),
            (OTHER_STORE, EPOCH, 2, "a", 7.0, 2.0, False, 1.0),
            (OTHER_STORE, EPOCH, 9, "a", 9.0, 2.0, False, 1.0),
        ],
        "described": [
            (STORE, EPOCH, 1, "a", "fruit"),
            (STORE, EPOCH, 1, "b", ""),
        ],
    }
    rows = [dict(zip(DEMAND, row, strict=True)) for row in ask(ROWS, tables)]
    assert [(row["store"], row["gtin"], row["units"], row["category"]) for row in rows] == [
        (STORE, "a", 1.0, "fruit"),
        (STORE, "b", 3.0, None),
        (OTHER_STORE, "a", 7.0, None),
    ]
    assert rows[1]["promotion"] == 1
    assert rows[1]["in_stock"] == 0.5


def test_what_else_is_known_of_days_is_told_whether_they_sold_or_not(ask: Ask) -> None:
    days = [
        (OTHER_STORE, "2026-08-30", 21.5, 0.0, False, True, False),
        (STORE, "2026-08-31", None, None, True, False, True),
        (STORE, "2026-08-30", 9.0, 2.5, False, False, False),
    ]
    rows = [dict(zip(AROUND, row, strict=True)) for row in ask(day_rows(DAYS), {"days": days})]
    assert [(row["store"], row["day"], row["temperature"]) for row in rows] == [
        (STORE, "2026-08-30", 9.0),
        (STORE, "2026-08-31", None),
        (OTHER_STORE, "2026-08-30", 21.5),
    ]
    assert [(row["holiday"], row["special"], row["closed"]) for row in rows] == [
        (0, 0, 0), (1, 0, 1), (0, 1, 0),
    ]  # fmt: skip


def test_postgresql_and_spark_are_asked_the_same() -> None:
    window = "ROW_NUMBER() OVER (PARTITION BY"
    assert window in translated(WINNERS, "postgres")
    assert "LEFT OUTER JOIN" in translated(ROWS, "postgres")
    assert window in translated(WINNERS, "pyspark")
