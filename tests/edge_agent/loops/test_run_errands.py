"""Errands: each once, whatever comes twice and whenever the power goes."""

import asyncio
from datetime import timedelta

import pytest

from edge_agent.core.errands import State
from edge_agent.loops.run_errands import (
    NOT_HERE,
    Running,
    begin,
    run_errands,
    run_once,
    take_errand,
)
from edge_agent.ports.remote import BundleRefusedError, CentreUnheardError
from endcap.wire.topics import Channel
from tests.fakes.clock import FakeClock, until
from tests.fakes.remote_world import NotedErrands, OpenGate, PlayedBundles, errand_order


class World:
    """The loop's world; `restarts` counts how often a new start was asked for."""

    def __init__(self, *allowed: str) -> None:
        self.clock, self.gate = FakeClock(), OpenGate()
        self.book, self.bundles = NotedErrands(), PlayedBundles()
        self.restarts = 0
        self.means = Running(
            gate=self.gate,
            book=self.book,
            maker=self.bundles,
            taker=self.bundles,
            start_again=self.start_again,
            allowed=allowed or ("restart", "upload-bundle"),
        )

    def start_again(self) -> None:
        self.restarts += 1

    def hear(self, counter: int, errand: str) -> None:
        payload = errand_order(counter, errand).model_dump_json().encode()
        asyncio.run(take_errand(self.gate, self.book, self.clock, payload))

    def run(self) -> bool:
        return asyncio.run(run_once(self.means, self.clock))

    def start(self) -> None:
        asyncio.run(begin(self.book, self.clock))

    @property
    def stands(self) -> list[tuple[State, str]]:
        return [(one.state, one.note) for one in self.book.errands]


def test_a_bundle_is_brought_once_however_often_it_is_asked() -> None:
    world = World()
    for _ in range(3):
        world.hear(7, "upload-bundle")
        assert not world.run()
    assert list(world.bundles.brought) == [7]
    assert world.stands == [(State.DONE, "")]


def test_a_restart_is_asked_for_once_and_done_by_the_next_start() -> None:
    world = World()
    world.hear(7, "restart")
    world.run()
    world.run()
    assert (world.restarts, world.stands) == (1, [(State.UNDER_WAY, "")])
    world.start()
    world.hear(7, "restart")
    world.run()
    assert (world.restarts, world.stands) == (1, [(State.DONE, "")])


def test_an_errand_that_the_gate_kept_and_the_journal_not_is_not_lost() -> None:
    world = World()
    world.gate.let_in(Channel.ERRAND, errand_order(3, "upload-bundle"))
    world.run()
    assert list(world.bundles.brought) == [3]


def test_a_bundle_that_nobody_takes_is_brought_later_until_it_is_too_late() -> None:
    world = World()
    world.bundles.problem = CentreUnheardError("the centre does not answer")
    world.hear(1, "upload-bundle")
    assert world.run()
    assert world.stands == [(State.WAITING, "the centre does not answer")]
    world.clock.turn(timedelta(hours=2))
    assert not world.run()
    assert world.stands == [(State.FAILED, "the centre does not answer")]


def test_a_bundle_that_the_centre_refuses_is_over() -> None:
    world = World()
    world.bundles.problem = BundleRefusedError("the centre answers 413: too large")
    world.hear(1, "upload-bundle")
    assert not world.run()
    assert world.stands == [(State.FAILED, "the centre answers 413: too large")]


@pytest.mark.parametrize("errand", ["restart", "upload-bundle"])
def test_what_a_store_does_not_allow_is_not_run(errand: str) -> None:
    world = World("nothing")
    world.hear(1, errand)
    world.run()
    assert world.stands == [(State.FAILED, NOT_HERE)]
    assert (world.restarts, world.bundles.brought) == (0, {})


def test_an_errand_that_came_too_late_is_not_run() -> None:
    world = World()
    world.hear(1, "restart")
    world.clock.turn(timedelta(hours=2))
    world.run()
    assert world.stands == [(State.FAILED, "it was not begun in its time")]


def test_the_loop_looks_every_second_and_waits_longer_when_nobody_answers() -> None:
    world = World()
    world.bundles.problem = CentreUnheardError("the centre does not answer")
    world.hear(1, "upload-bundle")

    async def run() -> None:
        loop = asyncio.ensure_future(run_errands(world.means, world.clock))
        await until(lambda: world.book.errands[0].is_over)
        await until(lambda: world.clock.slept[-1] == timedelta(seconds=1))
        loop.cancel()

    asyncio.run(run())
    assert world.clock.slept[0] == timedelta(minutes=1)
