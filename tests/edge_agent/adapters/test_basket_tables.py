"""The book of baskets: what a period may tell, once, and never beyond the budget of a year."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from edge_agent.adapters.basket_tables import BasketTables
from edge_agent.core.baskets import WEEK, BasketRule, count
from endcap.models.shopper.private import Budget
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.shopper_events import BasketsCounted
from tests.edge_agent.adapters.store_file import rows, told, with_store
from tests.edge_agent.adapters.test_sales_tables import AT, BREAD, MILK, MONDAY, sale, sell

NEXT = MONDAY + WEEK
OPEN = BasketRule(2, budget=Budget(1e6, 1e-6))


async def counted_of(file: SqliteFile) -> list[BasketsCounted]:
    return [one for one in await told(file) if isinstance(one, BasketsCounted)]


async def tell(file: SqliteFile, period: date, rule: BasketRule = OPEN) -> bool:
    book = BasketTables(file)
    return await book.record(count(await book.facts_of(period, WEEK), rule), rule, AT)


def test_the_baskets_of_a_week_are_told_by_person(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        for n in range(4):
            day = MONDAY + timedelta(days=n)
            await sell(file, sale(f"t{n}", MILK, day=day), sale(f"t{n}", BREAD, day=day))
        await sell(file, sale("next", day=NEXT), sale("back", units=-1))
        [day] = {day for day in await BasketTables(file).changed_days() if day >= NEXT}
        assert await tell(file, MONDAY)
        assert await BasketTables(file).changed_days() == (day,)
        [event] = await counted_of(file)
        [(one, other, n)] = event.pairs
        assert (one, other) == (MILK, BREAD)
        assert n / event.steps == pytest.approx(4, abs=0.3)
        assert await rows(file, "SELECT what, period, days FROM privacy_spent") == [
            ("baskets", "2026-03-02", 7)
        ]

    with_store(tmp_path, work)


def test_baskets_of_one_card_are_one_person(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await sell(file, *(sale(f"t{n}", gtin) for n in range(3) for gtin in (MILK, BREAD)))
        await file.write(lambda db: db.execute("UPDATE sale_lines SET shopper = 'x'").close())
        facts = await BasketTables(file).facts_of(MONDAY, WEEK)
        assert [len(person) for person in facts.persons] == [3]

    with_store(tmp_path, work)


def test_what_comes_late_is_not_told_for_that_would_cost_again(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await sell(file, sale("t1"))
        assert await tell(file, MONDAY)
        await sell(file, sale("t2"))
        assert not await tell(file, MONDAY)
        assert await BasketTables(file).changed_days() == ()
        assert len(await counted_of(file)) == 1

    with_store(tmp_path, work)


def test_a_week_that_changes_while_it_is_counted_stays_changed(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        book = BasketTables(file)
        await sell(file, sale("t1"))
        counted = count(await book.facts_of(MONDAY, WEEK), OPEN)
        await sell(file, sale("t2"))
        await book.record(counted, OPEN, AT)
        assert await book.changed_days() == (MONDAY,)

    with_store(tmp_path, work)


def test_a_year_is_never_told_beyond_its_budget(tmp_path: Path) -> None:
    """Not even when someone sets shorter periods, or a larger group, in the middle of it."""

    async def work(file: SqliteFile) -> None:
        for week in range(60):
            await sell(file, sale(f"t{week}", day=MONDAY + week * WEEK))
        greedy = replace(OPEN, length=timedelta(days=91))
        for week in range(60):
            period, book = MONDAY + week * WEEK, BasketTables(file)
            facts = await book.facts_of(period, WEEK)
            await book.record(count(facts, greedy), greedy, AT)
        spent = await rows(file, "SELECT period, rho FROM privacy_spent ORDER BY period")
        assert len(spent) == 8 + 7  # .6 of the budget in 5 parts: 8 fit a year, 7 the rest
        for first, _ in spent:
            last = (date.fromisoformat(first) + timedelta(days=364)).isoformat()
            year = sum(rho for period, rho in spent if first <= period <= last)
            assert year <= OPEN.noise_budget.rho * (1 + 1e-9)

    with_store(tmp_path, work)
