"""Each store is told what became another, once, and everything again after a new connection."""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from central_sync.adapters.day_files import DayFiles
from central_sync.adapters.feed_tables import FeedTables
from central_sync.adapters.fleet_tables import FleetTables
from central_sync.adapters.lake_tables import days_file
from central_sync.adapters.schema import migrate
from central_sync.core.feeds import feed_of
from central_sync.loops.announce_feeds import Feeding, announce_feeds, announce_once
from central_sync.ports.identity import By
from edge_agent.adapters import feed_tables as of_the_store
from edge_agent.adapters.schema import migrate as migrate_store
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.mqtt_link import Broker, LinkDownError, MqttLink, open_link
from endcap.plumbing.sqlite_file import SqliteFile, open_sqlite
from endcap.wire.commands import Feed, LocalEvent
from endcap.wire.topics import everything_down
from tests.broker import mosquitto
from tests.fakes.central_world import NotedLink
from tests.fakes.clock import FakeClock
from tests.fakes.store_world import OTHER_STORE, STORE, state


class World:
    def __init__(self, file: SqliteFile, lake: Path) -> None:
        self.file, self.clock, self.link = file, FakeClock(), NotedLink()
        self.book, self.told = FeedTables(file), list[str]()
        self.days = DayFiles(lake)
        self.means = Feeding(self.book, self.days, self.link, self.clock, self.told.append)

    @property
    def by(self) -> By:
        return By("eve", self.clock.now())

    @property
    def today(self) -> date:
        return self.clock.now().date()

    async def heard(self, store: str, region: str = "") -> None:
        told = state(store=store, at=self.clock.now()).model_copy(update={"region": region})
        await FleetTables(self.file).note(told, self.clock.now(), heard_at=self.clock.now())

    async def event(self, audience: str, name: str, ahead: int = 1) -> None:
        event = LocalEvent(day=self.today + timedelta(days=ahead), name=name)
        await self.book.add_event(audience, event, self.by)

    async def said(self, *, everything: bool = False) -> dict[str, Feed]:
        self.link.published.clear()
        await announce_once(self.means, everything=everything)
        assert all(retain for _, _, retain in self.link.published)
        return {
            topic.split("/")[3]: Feed.model_validate_json(payload)
            for topic, payload, _ in self.link.published
        }


def visit(folder: Path, work: Callable[[World], Awaitable[None]]) -> None:
    async def run() -> None:
        async with open_sqlite(folder / "centre.sqlite", migrate) as file:
            await work(World(file, folder / "lake"))

    asyncio.run(run())


def names(feed: Feed) -> list[str]:
    return [one.name for one in feed.local_events]


def test_each_store_is_told_what_is_for_it_once(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        await world.heard(STORE, "north")
        await world.heard(OTHER_STORE, "south")
        assert await world.said() == {}
        await world.event("all", "Holiday")
        await world.event("region north", "Fair")
        first = await world.said()
        assert {store: names(feed) for store, feed in first.items()} == {
            STORE: ["Fair", "Holiday"],
            OTHER_STORE: ["Holiday"],
        }
        assert await world.said() == {}
        await world.event(f"store {STORE}", "Match")
        second = await world.said()
        assert list(second) == [STORE]
        assert second[STORE].version > first[STORE].version
        assert await world.said(everything=True) == {**first, **second}
        await world.heard(OTHER_STORE, "north")
        assert names((await world.said())[OTHER_STORE]) == ["Fair", "Holiday"]
        assert await world.book.tell_again() == 2
        assert len(await world.said()) == 2

    visit(tmp_path, work)


def test_what_was_said_is_replaced_and_added_events_stay(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        await world.heard(STORE)
        day = str(world.today)
        await world.book.say(
            "all", feed_of({"weather": [{"day": day, "temperature": 4}]}), world.by
        )
        await world.event("all", "Fair")
        assert len((await world.said())[STORE].weather) == 1
        await world.book.say("all", Feed(version=1), world.by)
        feed = (await world.said())[STORE]
        assert (feed.weather, names(feed)) == ((), ["Fair"])
        gone = world.today + timedelta(days=1)
        assert await world.book.remove_event("all", gone, "Fair", world.by)
        assert not await world.book.remove_event("all", gone, "Fair", world.by)
        feed = (await world.said())[STORE]
        assert names(feed) == []

    visit(tmp_path, work)


def test_a_word_that_could_not_be_said_is_said_later(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        await world.heard(STORE)
        await world.event("all", "Fair")
        world.link.connected = False
        with pytest.raises(LinkDownError):
            await world.said()
        world.link.connected = True
        first = await world.said()
        assert names(first[STORE]) == ["Fair"]
        assert await world.said() == {}

    visit(tmp_path, work)


def test_what_is_over_leaves_the_feed_by_itself(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        await world.heard(STORE)
        await world.event("all", "Fair")
        first = await world.said()
        world.clock.turn(timedelta(days=60))
        later = await world.said()
        assert names(later[STORE]) == []
        assert later[STORE].version > first[STORE].version

    visit(tmp_path, work)


def test_a_feed_that_cannot_be_is_told_once_and_stops_nobody(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        await world.heard(STORE, "north")
        await world.heard(OTHER_STORE)
        for audience, first in (("all", 0), ("region north", 31)):
            days = [str(world.today + timedelta(days=first + n)) for n in range(31)]
            weather = [{"day": one, "temperature": 1} for one in days]
            await world.book.say(audience, feed_of({"weather": weather}), world.by)
        assert list(await world.said()) == [OTHER_STORE]
        await world.said()
        [told] = world.told
        assert told.startswith("the feed of all, region north is not told: weather")

    visit(tmp_path, work)


def closed_days(folder: Path, store: str = STORE) -> list[date]:
    """Return the days on which a store is closed, as trainings know it."""
    table = pq.ParquetFile(days_file(folder / "lake", store)).read(["day", "closed"])
    return [row["day"] for row in table.to_pylist() if row["closed"]]


def test_what_a_store_is_told_of_its_days_is_noted_for_trainings(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        async def close(*ahead: int) -> None:
            days = [{"day": world.today + timedelta(days=n), "kind": "closed"} for n in ahead]
            await world.book.say("region north", feed_of({"calendar": days}), world.by)
            await world.said()

        await world.heard(STORE, "north")
        await world.heard(OTHER_STORE, "south")
        await close(0, 2)
        first = world.today
        assert closed_days(tmp_path) == [first, first + timedelta(days=2)]
        assert not days_file(tmp_path / "lake", OTHER_STORE).exists()
        world.clock.turn(timedelta(days=1))
        await close(5)
        assert closed_days(tmp_path) == [first, first + timedelta(days=6)]

    visit(tmp_path, work)


def test_what_could_not_be_said_is_noted_all_the_same(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        await world.heard(STORE)
        today = {"day": world.today, "kind": "closed"}
        await world.book.say("all", feed_of({"calendar": [today]}), world.by)
        world.link.connected = False
        with pytest.raises(LinkDownError):
            await world.said()
        assert closed_days(tmp_path) == [world.today]
        world.link.connected = True
        assert list(await world.said()) == [STORE]
        assert closed_days(tmp_path) == [world.today]

    visit(tmp_path, work)


class Wire:
    """The centre's database, a store's, and a real broker between them."""

    def __init__(self, centre: SqliteFile, store: SqliteFile) -> None:
        self.clock = SystemClock()
        self.book = FeedTables(centre)
        self.fleet = FleetTables(centre)
        self.tables = of_the_store.FeedTables(store)
        self.news = asyncio.Event()

    async def add(self, audience: str, name: str) -> None:
        event = LocalEvent(day=self.clock.now().date() + timedelta(days=1), name=name)
        await self.book.add_event(audience, event, By("eve", self.clock.now()))

    async def listen(self, link: MqttLink) -> None:
        async for message in link.messages():
            await self.tables.take(Feed.model_validate_json(message.payload), self.clock.now())
            self.news.set()

    async def known(self, name: str) -> None:
        """Wait until the store knows of an event."""
        while True:
            self.news.clear()  # before looking: what comes after the look is news
            outlook = await self.tables.outlook()
            if name in {one.name for one in outlook.local_events}:
                return
            await self.news.wait()


async def carry(folder: Path) -> None:
    """Tell a store of an event, kill the broker, and tell it of another."""
    async with asyncio.timeout(60), contextlib.AsyncExitStack() as stack:
        broker = stack.enter_context(mosquitto(folder / "broker"))
        wire = Wire(
            await stack.enter_async_context(open_sqlite(folder / "centre.sqlite", migrate)),
            await stack.enter_async_context(open_sqlite(folder / "store.db", migrate_store)),
        )

        async def link(name: str, *topics: str) -> MqttLink:
            at = Broker(broker.host, broker.port, name, confirm=timedelta(seconds=30))
            opened = open_link(at, topics, wire.clock, random.Random(1))
            return await stack.enter_async_context(opened)

        at = wire.clock.now()
        await wire.fleet.note(state(store=STORE, at=at), at, heard_at=at)
        means = Feeding(
            wire.book, DayFiles(folder / "lake"), await link("centre"), wire.clock, print
        )
        every, heard = timedelta(seconds=0.05), await link(STORE, everything_down(STORE))
        tasks = [
            asyncio.create_task(wire.listen(heard)),
            asyncio.create_task(announce_feeds(means, every=every)),
        ]
        await wire.add("all", "Fair")
        await wire.known("Fair")
        broker.kill()
        broker.start()
        await wire.add(f"store {STORE}", "Match")
        await wire.known("Match")
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def test_a_store_behind_a_real_broker_knows_it_in_a_moment(tmp_path: Path) -> None:
    asyncio.run(carry(tmp_path))
