"""A store with real tables: from counts, forecasts, gaps and deliveries to proposals and orders."""

import asyncio
import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, time, timedelta
from pathlib import Path

import numpy as np

from edge_agent.adapters.decision_effects import DecidedTables
from edge_agent.adapters.proposal_tables import ProposalTables
from edge_agent.adapters.stock_reads import StockTables
from edge_agent.core.facing import Opening
from edge_agent.core.hours import open_hours
from edge_agent.core.stock.decisions import Answer
from edge_agent.core.stock.facts import Rules
from edge_agent.core.stock.proposals import Proposal
from edge_agent.core.stock.scenarios import even_ranks
from edge_agent.loops.drop_orders import drop_once, drop_orders
from edge_agent.loops.propose_stock import House, StockPorts, propose_once, propose_stock
from edge_agent.ports.stock import OrderFile, OrdersUnwritableError
from endcap.plumbing.sqlite_file import SqliteFile
from tests.edge_agent.adapters.store_file import rows, with_store
from tests.fakes.clock import NOON, FakeClock, until

MILK, BREAD, ROLLS, SALT = (
    "04006381333931", "05000112637922", "04000000000013", "04000000000020",
)  # fmt: skip
OPENING = Opening(time(8), time(20), UTC)
HOUSE = House(
    UTC, tuple(open_hours(OPENING).tolist()), Rules(), even_ranks(np.random.default_rng(1), 15, 100)
)
TODAY = NOON.date()
DAY = timedelta(days=1)


def ports(file: SqliteFile) -> StockPorts:
    reads = StockTables(file, OPENING, timedelta(days=14), expiry_days=2)
    return StockPorts(reads, ProposalTables(file), DecidedTables(file))


def ago(**length: float) -> str:
    return (NOON - timedelta(**length)).isoformat()


def furnish(db: sqlite3.Connection) -> None:
    """Milk to order, bread that is missing from its shelf, rolls that expire, salt uncounted."""
    for gtin, name, price in ((MILK, "Milk", 1.2), (BREAD, "Bread", 3.0), (ROLLS, "Rolls", 2.0)):
        db.execute("INSERT INTO items (gtin, name, price) VALUES (?, ?, ?)", (gtin, name, price))
    for gtin, case, life in ((MILK, 6, None), (BREAD, 1, 2), (ROLLS, 4, 2), (SALT, 1, None)):
        db.execute(
            "INSERT INTO supply (gtin, case_pack, shelf_life_days, unit_cost) VALUES (?, ?, ?, 1)",
            (gtin, case, life),
        )
    for gtin, units in ((MILK, 8), (BREAD, 5), (ROLLS, 40)):
        db.execute("INSERT INTO stock VALUES (?, ?, ?)", (gtin, units, ago(hours=5)))
    db.execute("INSERT INTO batches VALUES (?, ?, 40, ?)", (ROLLS, str(TODAY), ago(hours=5)))
    for number, gtin in enumerate((MILK, BREAD, ROLLS, SALT)):
        for ahead in range(14):
            mean = 10.0 - number
            spread = {"0.05": mean * 0.5, "0.5": mean, "0.95": mean * 1.5}
            db.execute(
                "INSERT INTO forecasts (gtin, day, made_at, made_for, release, model, expected, "
                "quantiles) VALUES (?, ?, ?, ?, 0, '1.0.0', ?, ?)",
                (gtin, str(TODAY + ahead * DAY), ago(hours=8), str(TODAY - DAY), mean,
                 json.dumps(spread)),
            )  # fmt: skip
    db.execute(
        "INSERT INTO facings VALUES ('aisle-1', 'f1', ?, 0, 0, 1, 1), "
        "('aisle-1', 'f2', ?, 0, 0, 1, 1)",
        (BREAD, BREAD),
    )
    db.execute("INSERT INTO camera_conditions VALUES ('aisle-1', 'ok', ?, '')", (ago(hours=9),))
    db.execute(
        "INSERT INTO gaps (camera, facing, gtin, opened, probability) "
        "VALUES ('aisle-1', 'f1', ?, ?, 0.9)",
        (BREAD, ago(minutes=30)),
    )
    sell(db, MILK, 2)


def sell(db: sqlite3.Connection, gtin: str, units: float) -> None:
    """Sell units after the count."""
    db.execute(
        "INSERT INTO sale_lines (transaction_id, line, gtin, units, amount, sold_at, day) "
        "VALUES ('t1', 1, ?, ?, 1, ?, ?)",
        (gtin, units, ago(hours=1), str(TODAY)),
    )


async def proposed(file: SqliteFile) -> dict[str, Proposal]:
    """Return what is open, by kind and item."""
    found = await ProposalTables(file).shown(None, None, 99)
    return {f"{p.what} {p.gtin}": p for p in (one.standing.proposal for one in found)}


def in_store(
    tmp_path: Path, *changes: Callable[[sqlite3.Connection], object]
) -> dict[str, Proposal]:
    """Return what a furnished store proposes after some changes."""

    async def work(file: SqliteFile) -> dict[str, Proposal]:
        await file.write(furnish)
        for change in changes:
            await file.write(change)
        await propose_once(ports(file), HOUSE, NOON, "")
        return await proposed(file)

    return with_store(tmp_path, work)


def test_everything_a_store_knows_becomes_what_there_is_to_do(tmp_path: Path) -> None:
    found = in_store(tmp_path)
    assert set(found) == {
        f"order {MILK}", f"order {BREAD}", f"refill {BREAD}", f"markdown {ROLLS}",
        f"order {ROLLS}", f"count {SALT}",
    }  # fmt: skip
    assert "6 on hand: counted today, 2 sold since" in found[f"order {MILK}"].reasons
    assert found[f"refill {BREAD}"].reasons[0] == "1 of 2 facings empty for 30 min (aisle-1 f1)"
    assert (found[f"markdown {ROLLS}"].amount or 0) < 2.0


def test_a_camera_that_is_not_to_be_believed_sends_nobody(tmp_path: Path) -> None:
    found = in_store(
        tmp_path, lambda db: db.execute("UPDATE camera_conditions SET condition = 'dark'")
    )
    assert f"refill {BREAD}" not in found


def test_a_promotion_or_a_change_of_today_leaves_the_price_alone(tmp_path: Path) -> None:
    promoted = in_store(
        tmp_path / "promoted",
        lambda db: db.execute(
            "INSERT INTO promotions VALUES (?, ?, ?, 0.2)", (ROLLS, str(TODAY), str(TODAY))
        ),
    )
    changed = in_store(
        tmp_path / "changed",
        lambda db: db.execute(
            "INSERT INTO prices (gtin, since, price) VALUES (?, ?, 1.8)", (ROLLS, ago(hours=2))
        ),
    )
    assert not {f"markdown {ROLLS}"} & {*promoted, *changed}


def test_a_closed_day_moves_the_delivery(tmp_path: Path) -> None:
    found = in_store(
        tmp_path,
        lambda db: db.execute(
            "INSERT INTO calendar_days (day, kind) VALUES (?, 'closed')", (str(TODAY + DAY),)
        ),
    )
    assert found[f"order {MILK}"].figures["arrives"] == str(TODAY + 2 * DAY)


def test_what_came_brings_its_own_expiry(tmp_path: Path) -> None:
    found = in_store(
        tmp_path,
        lambda db: db.execute("DELETE FROM batches"),
        lambda db: db.execute(
            "INSERT INTO deliveries VALUES ('D-1', ?, ?, 30, ?, ?)",
            (ROLLS, str(TODAY), ago(hours=4), str(TODAY)),
        ),
    )
    assert found[f"markdown {ROLLS}"].figures["units"] == 30


def test_a_decision_changes_what_is_proposed_next(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await file.write(furnish)
        there = ports(file)
        basis = await propose_once(there, HOUSE, NOON, "")
        assert await propose_once(there, HOUSE, NOON, basis) == basis
        order = (await proposed(file))[f"order {MILK}"]
        await there.book.decide(order.id, Answer("accept"), NOON)
        after = await propose_once(there, HOUSE, NOON, basis)
        assert after != basis
        assert f"order {MILK}" not in await proposed(file)
        on_order = await there.reads.facts(NOON)
        (milk,) = [one for one in on_order.items if one.gtin == MILK]
        assert [lot.units for lot in milk.on_order] == [order.amount]

    with_store(tmp_path, work)


def test_the_loop_proposes_when_a_count_comes(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await file.write(furnish)
        clock = FakeClock()
        looping = asyncio.create_task(propose_stock(ports(file), HOUSE, clock))
        await until(lambda: len(clock.slept) > 1)
        await file.write(
            lambda db: db.execute("INSERT INTO stock VALUES (?, 3, ?)", (SALT, ago(minutes=1)))
        )
        seen = len(clock.slept)
        await until(lambda: len(clock.slept) > seen + 2)
        looping.cancel()
        assert f"order {SALT}" in await proposed(file)

    with_store(tmp_path, work)


class OneTimeFolder:
    """Keeps the promises of edge_agent.ports.stock.OrderDrop, once it can be written."""

    def __init__(self, *, broken: bool = False) -> None:
        self.broken = broken
        self.put_: list[OrderFile] = []

    async def put(self, file: OrderFile) -> None:
        if self.broken:
            raise OrdersUnwritableError("no room")
        self.put_.append(file)


def test_an_order_goes_out_once_the_folder_takes_it(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await file.write(furnish)
        there, desk, clock = ports(file), DecidedTables(file), FakeClock()
        await propose_once(there, HOUSE, NOON, "")
        order = (await proposed(file))[f"order {MILK}"]
        await there.book.decide(order.id, Answer("accept"), NOON)
        folder = OneTimeFolder(broken=True)
        try:
            await drop_orders(desk, folder, clock)
        except OrdersUnwritableError:
            folder.broken = False
        looping = asyncio.create_task(drop_orders(desk, folder, clock))
        await until(lambda: len(clock.slept) > 1)
        looping.cancel()
        await drop_once(desk, folder, clock)
        ((line,),) = [one.lines for one in folder.put_]
        assert (line.order, line.units) == (order.id, order.amount)
        assert await rows(file, "SELECT count(dropped_at) FROM order_lines") == [(1,)]

    with_store(tmp_path, work)
