"""An experiment from its plan to its end: told signed, judged by what stores tell, stopped."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from central_sync.adapters.event_tables import keep_events
from central_sync.adapters.experiment_tables import ExperimentTables, read_experiments
from central_sync.adapters.fleet_tables import FleetTables
from central_sync.adapters.schema import migrate
from central_sync.core.experiments.judging import Verdict, judge
from central_sync.core.experiments.life import Event, ExperimentRefusedError, State
from central_sync.core.experiments.plan import Plan
from central_sync.core.experiments.telling import LIFE
from central_sync.loops.announce_experiments import Telling, announce_experiments, announce_once
from central_sync.loops.watch_experiments import watch_experiments, watch_once
from central_sync.ports.identity import By
from endcap.plumbing.audit_log import entries
from endcap.plumbing.mqtt_link import LinkDownError
from endcap.plumbing.signed_orders import control_keys, opened, signed
from endcap.plumbing.sqlite_file import SqliteFile, open_sqlite
from endcap.wire import envelope
from endcap.wire.orders import ExperimentOrder, Order
from endcap.wire.shopper_events import ArmTally, ExperimentTallied, MetricSums
from endcap.wire.topics import Channel, Topic
from tests.fakes.central_world import NotedLink
from tests.fakes.clock import NOON, FakeClock, until
from tests.fakes.control_keys import SIGNER
from tests.fakes.store_world import OTHER_STORE, STORE, state

SALT = "0123456789abcdef"
EPOCHS = {STORE: "00c0ffee00c0ffee", OTHER_STORE: "00c0ffee00c0ffef"}
DAY = timedelta(days=1)
PLAN = Plan.model_validate(
    {
        "experiment": "denser",
        "arms": [
            {"arm": "control", "weight": 1},
            {"arm": "dense", "weight": 1, "settings": {"shopper": {"department_share": 0.3}}},
        ],
        "first": NOON,
        "last": NOON + 28 * DAY,
    }
)


class OneKey:
    """Keeps the promises of central_sync.ports.orders.OrderSigning."""

    async def sign(self, orders: Sequence[Order]) -> tuple[bytes, ...]:
        return tuple(signed(one, [SIGNER]) for one in orders)


class World:
    def __init__(self, file: SqliteFile) -> None:
        self.file, self.clock, self.link = file, FakeClock(), NotedLink()
        self.book = ExperimentTables(file)
        self.means = Telling(self.book, OneKey(), self.link, self.clock)
        self.heard: list[tuple[str, Event, str]] = []
        self._seq = dict.fromkeys(EPOCHS, 0)

    @property
    def by(self) -> By:
        return By("eve", self.clock.now())

    async def meet(self, *stores: str) -> None:
        for store in stores:
            one = state(at=self.clock.now()).model_copy(update={"store": store})
            await FleetTables(self.file).note(one, self.clock.now(), heard_at=self.clock.now())

    async def said(self, *, everything: bool = False) -> list[ExperimentOrder]:
        self.link.published.clear()
        await announce_once(self.means, everything=everything)
        found = []
        for topic, payload, retain in self.link.published:
            assert retain
            order = opened(payload, ExperimentOrder, control_keys([SIGNER]))
            assert topic == str(Topic(order.store, Channel.EXPERIMENTS))
            found.append(order)
        return found

    async def tell(self, store: str, day: int, units: int, taps: Sequence[int]) -> None:
        self._seq[store] += 1
        arms = tuple(
            ArmTally(
                arm=arm, metrics={"tap_rate": sums(hits, units), "empty_rate": sums(empty, units)}
            )
            for arm, hits, empty in zip(("control", "dense"), taps[:2], taps[2:], strict=True)
        )
        body = ExperimentTallied(
            experiment="denser", day=(NOON + day * DAY).date(), revision=1, arms=arms
        )
        event = envelope.event(
            store=store,
            epoch=EPOCHS[store],
            seq=self._seq[store],
            time=NOON,
            clock_ok=True,
            body=body,
        )
        await self.file.write(lambda db: keep_events(db, [event], NOON))

    async def watch(self) -> int:
        told = lambda *heard: self.heard.append(heard)  # noqa: E731 - notes it
        return await watch_once(self.book, told, self.clock.now())

    async def state(self) -> State:
        kept = await self.file.read(read_experiments)
        return kept[0].standing.state


def sums(hits: int, units: int) -> MetricSums:
    return MetricSums(units=units, total=hits, squares=hits)


def visit(folder: Path, work: Callable[[World], Awaitable[None]]) -> None:
    async def run() -> None:
        async with open_sqlite(folder / "centre.db", migrate) as file:
            await work(World(file))

    asyncio.run(run())


def test_stores_are_told_once_and_again_at_half_the_words_life(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        await world.meet(STORE)
        assert await world.said() == []
        await world.book.start(PLAN, SALT, "why not", world.by)
        (order,) = await world.said()
        assert order.experiments == (PLAN.wire(SALT),)
        assert await world.said() == []
        assert await world.said(everything=True) == [order]
        await world.meet(OTHER_STORE)
        (other,) = await world.said()
        assert other.store == OTHER_STORE
        world.clock.turn(LIFE / 2 + DAY)
        again = await world.said()
        assert {one.store for one in again} == {STORE, OTHER_STORE}
        assert all(one.counter > order.counter for one in again)

    visit(tmp_path, work)


def test_what_a_broken_link_did_not_take_is_told_later(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        await world.meet(STORE)
        await world.book.start(PLAN, SALT, "", world.by)
        world.link.connected = False
        with pytest.raises(LinkDownError):
            await world.said()
        world.link.connected = True
        first, second = await world.said(), await world.said()
        assert [one.experiments for one in first] == [(PLAN.wire(SALT),)]
        assert second == []

    visit(tmp_path, work)


def test_a_better_arm_is_seen_and_the_last_word_of_a_store_is_the_whole(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        await world.book.start(PLAN, SALT, "", world.by)
        await world.tell(STORE, 1, 900, (90, 140, 0, 0))
        await world.tell(STORE, 3, 2000, (200, 300, 0, 0))
        await world.tell(STORE, 2, 1500, (9, 9, 0, 0))
        await world.tell(OTHER_STORE, 3, 2000, (190, 290, 0, 0))
        (kept,) = await world.file.read(read_experiments)
        assert kept.stores == 2
        assert kept.figures["dense"]["tap_rate"].total == 590
        assert judge(kept.standing.plan, kept.figures).arms[0].verdict is Verdict.BETTER
        assert await world.watch() == 0

    visit(tmp_path, work)


def test_what_harms_is_stopped_by_itself_and_stores_hear_of_it(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        await world.meet(STORE)
        await world.book.start(PLAN, SALT, "", world.by)
        await world.said()
        world.clock.turn(3 * DAY)
        await world.tell(STORE, 3, 2000, (200, 200, 0, 400))
        assert await world.watch() == 1
        assert await world.watch() == 0
        ((name, event, reason),) = world.heard
        assert (name, event) == ("denser", Event.HARM)
        assert "empty_rate" in reason
        assert await world.state() is State.STOPPED
        (order,) = await world.said()
        assert order.experiments[0].last == world.clock.now()
        told = [one.act.what for one in await world.file.read(lambda db: list(entries(db)))]
        assert told == ["experiment denser: start", "experiment denser: harm"]

    visit(tmp_path, work)


def test_an_experiment_ends_with_its_time_or_with_a_persons_word(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        await world.book.start(PLAN, SALT, "", world.by)
        bare = tuple(arm.model_copy(update={"settings": {}}) for arm in PLAN.arms)
        with pytest.raises(ExperimentRefusedError, match="already"):
            await world.book.start(PLAN.model_copy(update={"arms": bare}), SALT, "", world.by)
        await world.book.stop("denser", "enough", world.by)
        assert not await world.book.happened("denser", Event.OVER, "", world.clock.now())
        with pytest.raises(ExperimentRefusedError, match="no experiment"):
            await world.book.stop("other", "", world.by)
        other = PLAN.model_copy(update={"experiment": "other"})
        await world.book.start(other, SALT, "", world.by)
        world.clock.turn(30 * DAY)
        assert await world.watch() == 1
        assert [(name, event) for name, event, _ in world.heard] == [("other", Event.OVER)]

    visit(tmp_path, work)


def test_the_loops_go_on(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        await world.meet(STORE)
        await world.book.start(PLAN, SALT, "", world.by)
        loops = [
            asyncio.create_task(announce_experiments(world.means)),
            asyncio.create_task(
                watch_experiments(world.book, lambda *one: world.heard.append(one), world.clock)
            ),
        ]
        await until(lambda: bool(world.link.published))
        world.clock.turn(30 * DAY)
        await until(lambda: bool(world.heard))
        for one in loops:
            one.cancel()
        await asyncio.gather(*loops, return_exceptions=True)

    visit(tmp_path, work)
