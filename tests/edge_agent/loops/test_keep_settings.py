"""Settings from afar: obeyed once, proven by signs, gone back from when the store is not up."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

from edge_agent.core.remote_config import Event, Overlay, Standing, State
from edge_agent.loops.keep_settings import Keeping, Watch, keep_once, keep_settings, take_settings
from endcap.wire.topics import Channel
from tests.fakes.clock import FakeClock, until
from tests.fakes.remote_world import NotedSettings, OpenGate, PlayedSigns, config_order

DEBUG: dict[str, object] = {"log": {"level": "debug"}}


class World:
    """The loop's world; `restarts` counts how often a new start was asked for."""

    def __init__(self) -> None:
        self.clock, self.gate = FakeClock(), OpenGate()
        self.book, self.signs = NotedSettings(), PlayedSigns()
        self.restarts = 0
        self.watch = Watch(0.0)
        self.means = Keeping(
            gate=self.gate,
            book=self.book,
            judge=self.judge,
            signs=self.signs,
            start_again=self.start_again,
            trial=timedelta(minutes=2),
        )

    def judge(self, settings: Mapping[str, object]) -> str:
        return "kiosk: not from afar" if "kiosk" in settings else ""

    def start_again(self) -> None:
        self.restarts += 1

    def look(self, seconds: int = 1) -> Standing:
        self.clock.turn(timedelta(seconds=seconds))
        return asyncio.run(keep_once(self.means, self.clock, self.watch))

    def order(self, counter: int, settings: Mapping[str, object]) -> Standing:
        self.gate.let_in(Channel.CONFIG, config_order(counter, settings))
        return self.look()

    def start(self) -> None:
        self.book.kept.append(self.book.kept[-1].after(Event.STARTED))
        self.watch = Watch(self.clock.monotonic())


def test_without_an_order_nothing_happens() -> None:
    world = World()
    assert world.look() == Standing()
    assert (world.book.kept, world.restarts) == ([Standing()], 0)


def test_new_settings_start_the_program_again_and_are_proven_by_signs() -> None:
    world = World()
    assert world.order(1, DEBUG).state is State.ON_TRIAL
    assert world.restarts == 1
    world.start()
    assert world.look().state is State.ON_TRIAL
    assert world.look(9).state is State.ON_TRIAL
    assert world.look(1) == Standing(current=Overlay(1, DEBUG))
    world.look()
    assert world.restarts == 1


def test_a_sign_that_goes_missing_begins_the_waiting_anew() -> None:
    world = World()
    world.order(1, DEBUG)
    world.start()
    world.look(9)
    world.signs.said = "there is no link to the broker"
    assert world.look(1).state is State.ON_TRIAL
    world.signs.said = ""
    assert world.look(5).state is State.ON_TRIAL
    assert world.look(10).state is State.IN_FORCE


def test_a_store_that_does_not_come_up_goes_back_and_starts_again() -> None:
    world = World()
    world.order(1, DEBUG)
    world.start()
    world.signs.said = "the kiosk does not answer"
    assert world.look(119).state is State.ON_TRIAL
    after = world.look(1)
    assert (after.current, after.refused) == (Overlay(), 1)
    assert after.problem == "the store did not come up in 0:02:00: the kiosk does not answer"
    assert world.restarts == 2
    assert world.look() == after, "the same order is not tried again"


def test_settings_that_are_not_allowed_are_refused_once_and_told() -> None:
    world = World()
    after = world.order(4, {"kiosk": {"port": 1}})
    assert after == Standing(refused=4, problem="kiosk: not from afar")
    world.look()
    assert (len(world.book.kept), world.restarts) == (2, 0)


def test_the_settings_at_work_under_a_new_number_need_no_start() -> None:
    world = World()
    world.order(1, DEBUG)
    world.start()
    world.look(1)
    assert world.look(10).state is State.IN_FORCE
    assert world.order(2, DEBUG) == Standing(current=Overlay(2, DEBUG))
    assert world.restarts == 1


def test_the_loop_looks_every_second_and_takes_what_the_gate_lets_in() -> None:
    world = World()

    async def run() -> None:
        payload = config_order(1, DEBUG).model_dump_json().encode()
        await take_settings(world.gate, payload)
        loop = asyncio.ensure_future(keep_settings(world.means, world.clock, 0.0))
        await until(lambda: world.restarts > 0)
        loop.cancel()

    asyncio.run(run())
    assert set(world.clock.slept) == {timedelta(seconds=1)}
