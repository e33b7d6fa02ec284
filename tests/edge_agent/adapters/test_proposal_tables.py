"""Proposals are kept, decided on once with all that follows, and told once; the fake agrees."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from edge_agent.adapters.decision_effects import DecidedTables
from edge_agent.adapters.history_tables import HistoryTables
from edge_agent.adapters.proposal_tables import ProposalTables
from edge_agent.core.stock.decisions import Answer, Refusal, Standing
from edge_agent.core.stock.proposals import Figures, Proposal
from edge_agent.ports.stock import ProposalBook
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.body import Body
from endcap.wire.events import ProposalDecided
from tests.edge_agent.adapters.store_file import rows, told, with_store
from tests.fakes.clock import NOON
from tests.fakes.proposal_book import MemoryProposalBook

MILK, BREAD = "04006381333931", "05000112637922"
TODAY = NOON.date()
LATER = NOON + timedelta(minutes=5)
TOMORROW = NOON + timedelta(days=1)

Events = Callable[[], Awaitable[Sequence[Body]]]
Scenario = Callable[[ProposalBook, Events], Awaitable[None]]
Play = Callable[[Scenario], None]


def order(gtin: str = MILK, amount: float = 12, rank: float = 5.0) -> Proposal:
    return Proposal(
        what="order",
        gtin=gtin,
        day=TODAY,
        amount=amount,
        rank=rank,
        until=NOON + timedelta(hours=8),
        reasons=("comes Tue 3 Mar", "Crème brûlée"),
        figures={"arrives": "2026-03-03", "case_pack": 6.0, "expires": "2026-03-05"},
    )


def markdown() -> Proposal:
    figures: Figures = {"price": 2.0, "last": "2026-03-02"}
    return replace(order(), what="markdown", amount=1.5, figures=figures)


@pytest.fixture(params=["sqlite", "memory"])
def play(request: pytest.FixtureRequest, tmp_path: Path) -> Play:
    """Return what plays a scenario on the real book, or on the fake."""

    def on_memory(scenario: Scenario) -> None:
        book = MemoryProposalBook()

        async def events() -> Sequence[Body]:
            return book.events

        async def work() -> None:
            await scenario(book, events)

        asyncio.run(work())

    def on_sqlite(scenario: Scenario) -> None:
        async def work(file: SqliteFile) -> None:
            await scenario(ProposalTables(file), lambda: told(file))

        with_store(tmp_path, work)

    return on_sqlite if request.param == "sqlite" else on_memory


async def ids(book: ProposalBook, what: str | None = None, day: date | None = None) -> list[str]:
    return [one.standing.proposal.id for one in await book.shown(what, day, 100)]


def test_what_is_proposed_is_found_again_the_most_pressing_first(play: Play) -> None:
    async def scenario(book: ProposalBook, _: Events) -> None:
        refill = replace(order(BREAD), what="refill", since=NOON)
        await book.record([order(), order(BREAD, rank=9.0), refill], NOON)
        assert await ids(book) == [
            f"order:{BREAD}:{TODAY}",
            f"order:{MILK}:{TODAY}",
            f"refill:{BREAD}:{TODAY}",
        ]
        assert await ids(book, "refill") == [f"refill:{BREAD}:{TODAY}"]
        found = await book.shown("order", None, 1)
        assert [(one.standing, one.made_at) for one in found] == [
            (Standing(order(BREAD, rank=9.0)), NOON)
        ]

    play(scenario)


def test_a_decision_is_one_event_however_often_it_is_told(play: Play) -> None:
    async def scenario(book: ProposalBook, events: Events) -> None:
        await book.record([order()], NOON)
        for at in (NOON, LATER, TOMORROW):
            found = await book.decide(order().id, Answer("change", 18.0, "the fair"), at)
            assert found == Standing(order(), "changed", 18.0, NOON)
        (event,) = await events()
        assert isinstance(event, ProposalDecided)
        assert (event.proposed, event.decided, event.reason) == (12, 18, "the fair")
        other = await book.decide(order().id, Answer("reject"), LATER)
        assert isinstance(other, Refusal)
        assert other.over
        assert len(await events()) == 1

    play(scenario)


def test_a_decision_on_what_was_never_proposed_is_none(play: Play) -> None:
    async def scenario(book: ProposalBook, events: Events) -> None:
        assert await book.decide("order:x:2026-03-02", Answer("accept"), NOON) is None
        assert await events() == []

    play(scenario)


def test_what_is_proposed_no_more_is_over_and_may_come_back(play: Play) -> None:
    async def scenario(book: ProposalBook, events: Events) -> None:
        await book.record([order(), order(BREAD)], NOON)
        await book.decide(order(BREAD).id, Answer("accept"), NOON)
        await book.record([], LATER)
        assert await ids(book) == []
        states = [one.standing.state for one in await book.shown(None, TODAY, 9)]
        assert states == ["over", "accepted"]
        late = await book.decide(order().id, Answer("accept"), LATER)
        assert isinstance(late, Refusal)
        assert late.over
        await book.record([order(amount=18), order(BREAD, 30)], LATER)
        (again,) = await book.shown(None, None, 9)
        assert (again.standing.proposal.amount, again.made_at) == (18, LATER)
        assert len(await events()) == 1

    play(scenario)


def test_an_accepted_order_is_on_order_and_goes_out_once(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        book, desk = ProposalTables(file), DecidedTables(file)
        await book.record([order(), order(BREAD)], NOON)
        assert await desk.waiting(TODAY) == ()
        await book.decide(order().id, Answer("accept"), NOON)
        await book.decide(order().id, Answer("accept"), LATER)
        await book.decide(order(BREAD).id, Answer("change", 0.0), NOON)
        deliveries = "SELECT delivery, due, units, received_at, expires FROM deliveries"
        assert await rows(file, deliveries) == [
            (order().id, "2026-03-03", 12.0, None, "2026-03-05")
        ]
        (out,) = await desk.waiting(TODAY)
        assert out.name == "order-2026-03-02-000001"
        assert [(one.order, one.units, one.cases) for one in out.lines] == [(order().id, 12, 2)]
        assert await desk.waiting(TODAY) == (out,)
        await book.record([replace(order(), day=date(2026, 3, 1))], NOON)
        await book.decide("order:04006381333931:2026-03-01", Answer("accept"), NOON)
        assert await desk.waiting(TOMORROW.date() + timedelta(days=1)) == (out,)
        await desk.dropped(out.name, LATER)
        assert await desk.waiting(TOMORROW.date() + timedelta(days=1)) == ()
        (second,) = await desk.waiting(TODAY)
        assert second.name == "order-2026-03-01-000002"
        journal = await rows(file, "SELECT decision, decided FROM proposal_decisions")
        assert journal == [("accept", 12.0), ("change", 0.0), ("accept", 12.0)]

    with_store(tmp_path, work)


def test_a_markdown_is_the_price_until_its_units_have_expired(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        book, desk = ProposalTables(file), DecidedTables(file)
        await book.record([markdown()], NOON)
        await book.decide(markdown().id, Answer("accept"), NOON)
        prices = "SELECT since, price FROM prices ORDER BY since"
        assert await rows(file, prices) == [(NOON.isoformat(), 1.5)]
        assert await desk.end_markdowns(TODAY, LATER) == 0
        assert await desk.end_markdowns(TOMORROW.date(), TOMORROW) == 1
        assert await desk.end_markdowns(TOMORROW.date(), TOMORROW) == 0
        assert await rows(file, prices) == [
            (NOON.isoformat(), 1.5),
            (TOMORROW.isoformat(), 2.0),
        ]

    with_store(tmp_path, work)


def test_a_price_that_was_changed_meanwhile_is_not_taken_back(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        book, desk = ProposalTables(file), DecidedTables(file)
        await book.record([markdown()], NOON)
        await book.decide(markdown().id, Answer("accept"), NOON)
        row = (MILK, LATER.isoformat())
        await file.write(
            lambda db: db.execute("INSERT INTO prices (gtin, since, price) VALUES (?, ?, 2.5)", row)
        )
        assert await desk.end_markdowns(TOMORROW.date(), TOMORROW) == 1
        assert len(await rows(file, "SELECT * FROM prices")) == 2

    with_store(tmp_path, work)


def test_moments_come_back_as_they_were(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        book = ProposalTables(file)
        refill = replace(order(), what="refill", since=datetime(2026, 3, 2, 9, 30, 1, 7, UTC))
        await book.record([refill], NOON)
        (found,) = await book.shown(None, None, 9)
        assert found.standing == Standing(refill)

    with_store(tmp_path, work)


def test_what_is_old_is_forgotten(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        book, desk, care = ProposalTables(file), DecidedTables(file), HistoryTables(file)
        await book.record([order(), markdown()], NOON)
        for one in (order(), markdown()):
            await book.decide(one.id, Answer("accept"), NOON)
        await desk.end_markdowns(TOMORROW.date(), TOMORROW)
        await care.forget(NOON - timedelta(days=1))
        assert await book.decide(order().id, Answer("accept"), NOON) is not None
        await care.forget(NOON + timedelta(days=9))
        for table in ("proposals", "proposal_decisions", "order_lines", "markdowns", "deliveries"):
            assert await rows(file, f"SELECT * FROM {table}") == []  # noqa: S608 - our own names

    with_store(tmp_path, work)
