"""Each store is told of the chain once a day, and again when the broker may have forgotten."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from central_sync.adapters.chain_folder import ChainFolder
from central_sync.core.chain_news import ChainNews
from central_sync.loops.announce_chain import ChainTelling, announce_chain, tell_all
from central_sync.ports.training import DataUnusableError
from endcap.plumbing.mqtt_link import LinkDownError
from endcap.wire.commands import ChainItem, ChainSignals
from endcap.wire.envelope import decode_parts
from tests.fakes.central_world import NotedLink
from tests.fakes.clock import FakeClock
from tests.fakes.store_world import GTIN, NOON, OTHER_STORE, STORE

HOUR = timedelta(hours=1)


class Sales:
    """Keeps the promises of RecentSales; `origin` is the last day sold."""

    def __init__(self) -> None:
        self.origin: date | None = NOON.date()
        self.since: list[date] = []

    def export_since(self, first: date, out: Path) -> int:
        self.since.append(first)
        if self.origin is None:
            raise DataUnusableError("nothing was sold yet")
        (out / "origin").write_text(self.origin.isoformat())
        return 1


def summed(export: Path) -> ChainNews:
    """Return news of one item that one of two stores sells."""
    origin = date.fromisoformat((export / "origin").read_text())
    item = ChainItem(gtin=GTIN, trend_3=1.25, trend_7=0.5)
    return ChainNews(origin, {GTIN: item}, (), {STORE: [GTIN], OTHER_STORE: []})


def board(folder: Path, sales: Sales) -> ChainFolder:
    return ChainFolder(folder / "chain", sales, summed)


def told(link: NotedLink) -> list[tuple[str, Sequence[str]]]:
    """Return whom the link told of which items."""
    return [
        (topic.split("/")[3], [item.gtin for item in decode_parts(word, ChainSignals)[0].items])
        for topic, word, _ in link.published
    ]


def test_what_is_summed_up_is_kept_for_each_store(tmp_path: Path) -> None:
    sales, link = Sales(), NotedLink()
    kept = board(tmp_path, sales)
    assert asyncio.run(kept.renew(NOON))
    assert asyncio.run(tell_all(ChainTelling(kept, link, FakeClock()))) == 2
    assert told(link) == [(STORE, [GTIN]), (OTHER_STORE, [])]
    assert all(topic.endswith("/down/chain") and retain for topic, _, retain in link.published)
    assert sales.since == [NOON.date() - timedelta(days=70)]
    assert not list(tmp_path.glob("chain/.export-*"))


def test_a_day_is_news_once_also_after_a_restart(tmp_path: Path) -> None:
    sales = Sales()
    assert asyncio.run(board(tmp_path, sales).renew(NOON))
    assert not asyncio.run(board(tmp_path, sales).renew(NOON))
    sales.origin = NOON.date() + timedelta(days=1)
    assert asyncio.run(board(tmp_path, sales).renew(NOON))


@pytest.mark.parametrize("nothing", ["no sales", "no chain"])
def test_where_nothing_can_be_told_nobody_is_told(tmp_path: Path, nothing: str) -> None:
    sales = Sales()
    if nothing == "no sales":
        sales.origin = None
    kept = ChainFolder(
        tmp_path / "chain", sales, summed if nothing == "no sales" else lambda _: None
    )
    assert not asyncio.run(kept.renew(NOON))
    assert asyncio.run(kept.stores()) == ()


class DoneError(Exception):
    """A board was asked as often as it answers."""


class Answering:
    """Keeps the promises of ChainBoard: says so often whether there is news, then ends the loop."""

    def __init__(self, answers: Sequence[bool], then: Callable[[], None] = lambda: None) -> None:
        self.answers = list(answers)
        self.renewed: list[datetime] = []
        self.then = then

    async def renew(self, at: datetime) -> bool:
        if not self.answers:
            raise DoneError
        self.then()
        self.renewed.append(at)
        return self.answers.pop(0)

    async def stores(self) -> Sequence[str]:
        return (STORE,)

    async def word(self, store: str) -> bytes:
        return store.encode()


def followed(board: Answering, link: NotedLink) -> None:
    """Follow the loop until the board answers no more."""
    means = ChainTelling(board, link, FakeClock())
    with pytest.raises(DoneError):
        asyncio.run(announce_chain(means, every=HOUR, look=HOUR / 4))


def test_the_loop_sums_up_now_and_then_and_tells_what_is_new() -> None:
    board, link = Answering([True, True, False, False]), NotedLink()
    followed(board, link)
    assert len(link.published) == 2
    assert {after - before for before, after in pairwise(board.renewed)} == {HOUR}


def test_all_are_told_again_over_a_new_connection() -> None:
    link = NotedLink()

    def break_and_mend() -> None:
        link.connections += 1

    followed(Answering([False, False], break_and_mend), link)
    # When it began, and after each of the two breaks.
    assert len(link.published) == 3


def test_a_broken_link_ends_the_round() -> None:
    link = NotedLink()
    link.connected = False
    with pytest.raises(LinkDownError):
        asyncio.run(tell_all(ChainTelling(Answering([]), link, FakeClock())))
