"""Settings are told signed and kept fresh; errands until they are taken."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from central_sync.adapters.fleet_tables import FleetTables
from central_sync.adapters.remote_tables import RemoteTables, Who
from central_sync.adapters.schema import migrate
from central_sync.core.remote_orders import LIFE
from central_sync.loops.announce_orders import AGAIN, Ordering, announce_once, announce_orders
from endcap.plumbing.audit_log import entries, first_broken
from endcap.plumbing.mqtt_link import LinkDownError
from endcap.plumbing.signed_orders import control_keys, opened, signed
from endcap.plumbing.sqlite_file import SqliteFile, open_sqlite
from endcap.wire.orders import ConfigOrder, Errand, Order
from endcap.wire.topics import Channel, Topic
from tests.fakes.central_world import NotedLink
from tests.fakes.clock import FakeClock, until
from tests.fakes.control_keys import SIGNER
from tests.fakes.store_world import OTHER_STORE, STORE, state

T = TypeVar("T", ConfigOrder, Errand)
DEBUG: dict[str, object] = {"log": {"level": "debug"}}
KEYS = control_keys([SIGNER])


class OneKey:
    """Keeps the promises of central_sync.ports.orders.OrderSigning."""

    async def sign(self, orders: Sequence[Order]) -> tuple[bytes, ...]:
        return tuple(signed(one, [SIGNER]) for one in orders)


class World:
    def __init__(self, file: SqliteFile) -> None:
        self.file, self.clock, self.link = file, FakeClock(), NotedLink()
        self.book = RemoteTables(file)
        self.means = Ordering(self.book, OneKey(), self.link, self.clock)

    @property
    def who(self) -> Who:
        return Who("eve", "a test", self.clock.now())

    async def order(self, settings: dict[str, object], *stores: str) -> int:
        return await self.book.order_settings(stores or (STORE,), settings, self.who)

    async def ask(self, errand: str = "restart", hours: int = 1) -> int:
        return await self.book.order_errand(STORE, errand, timedelta(hours=hours), self.who)

    async def hear(self, **told: int) -> None:
        one = state(at=self.clock.now()).model_copy(update=told)
        await FleetTables(self.file).note(one, self.clock.now(), heard_at=self.clock.now())

    async def settings(self, *, everything: bool = False) -> list[ConfigOrder]:
        return await self._said(Channel.CONFIG, ConfigOrder, everything=everything)

    async def errands(self) -> list[Errand]:
        return await self._said(Channel.ERRAND, Errand, everything=False)

    async def _said(self, channel: Channel, kind: type[T], *, everything: bool) -> list[T]:
        self.link.published.clear()
        await announce_once(self.means, everything=everything)
        found = []
        for topic, payload, retain in self.link.published:
            if topic.endswith(channel.value):
                assert retain is (channel is Channel.CONFIG)
                order = opened(payload, kind, KEYS)
                assert topic == str(Topic(order.store, channel))
                found.append(order)
        return found


def visit(folder: Path, work: Callable[[World], Awaitable[None]]) -> None:
    async def run() -> None:
        async with open_sqlite(folder / "centre.sqlite", migrate) as file:
            await work(World(file))

    asyncio.run(run())


def test_settings_are_told_once_and_again_to_a_broker_that_forgot(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        assert await world.order(DEBUG, STORE, OTHER_STORE) == 2
        said = await world.settings()
        assert {one.store: one.settings for one in said} == {STORE: DEBUG, OTHER_STORE: DEBUG}
        assert await world.settings() == []
        assert await world.settings(everything=True) == said, "word for word"

    visit(tmp_path, work)


def test_the_same_settings_are_no_news_and_new_ones_count_on(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        assert await world.order({}) == 0, "a store begins with its own file"
        await world.order(DEBUG)
        assert await world.order(DEBUG) == 0
        (first,) = await world.settings()
        assert await world.order({}) == 1
        (second,) = await world.settings()
        assert (second.settings, second.counter) == ({}, first.counter + 1)

    visit(tmp_path, work)


def test_settings_are_signed_anew_at_half_their_life(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        await world.order(DEBUG)
        (first,) = await world.settings()
        world.clock.turn(LIFE / 2 + timedelta(seconds=1))
        (again,) = await world.settings()
        assert again.counter > first.counter
        assert (again.settings, again.expires) == (DEBUG, world.clock.now() + LIFE)

    visit(tmp_path, work)


def test_what_a_store_refused_is_never_told_again(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        await world.order(DEBUG)
        (first,) = await world.settings()
        await world.hear(config_refused=first.counter)
        world.clock.turn(LIFE)
        assert await world.settings(everything=True) == []
        await world.order({"log": {"level": "error"}})
        assert len(await world.settings()) == 1

    visit(tmp_path, work)


def test_an_errand_is_told_until_the_store_shows_it_taken(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        first = await world.ask("upload-bundle")
        second = await world.ask("restart")
        await world.hear()
        assert [one.counter for one in await world.errands()] == [first]
        assert await world.errands() == []
        world.clock.turn(AGAIN + timedelta(seconds=1))
        assert [one.counter for one in await world.errands()] == [first]
        await world.hear(errand=first)
        (next_one,) = await world.errands()
        assert (next_one.counter, next_one.errand, next_one.reason) == (second, "restart", "a test")
        await world.hear(errand=second)
        world.clock.turn(AGAIN * 2)
        assert await world.errands() == []

    visit(tmp_path, work)


def test_an_errand_that_is_over_is_not_told(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        await world.ask(hours=1)
        world.clock.turn(timedelta(hours=1))
        assert await world.errands() == []

    visit(tmp_path, work)


def test_what_was_told_before_the_link_broke_stays_told(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        await world.order(DEBUG, STORE, OTHER_STORE)
        publish = world.link.publish

        async def once(topic: str, payload: bytes, *, retain: bool = False) -> None:
            await publish(topic, payload, retain=retain)
            world.link.connected = False

        world.link.publish = once  # type: ignore[method-assign]  # the link breaks behind the first
        with pytest.raises(LinkDownError):
            await announce_once(world.means, everything=False)
        world.link.publish = publish  # type: ignore[method-assign]  # and is mended
        world.link.connected = True
        assert [one.store for one in await world.settings()] == [OTHER_STORE]

    visit(tmp_path, work)


def test_every_order_is_in_the_audit_log_without_secrets(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        await world.order({"cameras": [{"name": "a", "source": "rtsp://u:hunter2@cam/1"}]})
        await world.ask("restart")
        found = await world.file.read(entries)
        assert first_broken(found) is None
        assert [one.act.who for one in found] == ["eve", "eve"]
        assert json.loads(found[0].act.after)["cameras"][0]["source"] == "rtsp://***@cam/1"
        assert "hunter2" not in str(found)

    visit(tmp_path, work)


def test_the_loop_tells_everything_after_each_connection(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        await world.order(DEBUG)
        loop = asyncio.ensure_future(announce_orders(world.means))
        await until(lambda: len(world.link.published) == 1)
        world.link.connections += 1
        await until(lambda: len(world.link.published) == 2)
        loop.cancel()

    visit(tmp_path, work)
