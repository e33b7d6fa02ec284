"""Candidates beside the champion, and on probation: over the real parts, the clock by hand."""

import asyncio
import json
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

from onnx import helper

from edge_agent.core.trial import ShadowRules, TrialRules
from edge_agent.core.update import ProbationRules, State
from edge_agent.loops.update_models import step
from tests.edge_agent.adapters.evil_models import slow
from tests.edge_agent.loops.update_world import (
    ALL,
    FIRST,
    REFUSED,
    SECOND,
    THIRD,
    World,
    X,
    answer,
    states_told,
    until,
)
from tests.fakes.clock import FakeClock
from tests.fakes.release_world import Store
from tests.fakes.tiny_models import described, onnx_bytes, tiny


def asked_meanwhile(one: Store, times: int = 1) -> None:
    """Have the models asked, and the shadow answer, whenever the loop sleeps."""
    slots = one.means.slots

    class Busy(FakeClock):
        async def sleep(self, duration: timedelta) -> None:
            before = sum(fared.runs for fared in slots.faring.values())
            for more in range(1, times + 1):
                answer(one)
                for _ in range(1000):
                    if sum(fared.runs for fared in slots.faring.values()) >= before + more:
                        break
                    await asyncio.sleep(0.01)
            await super().sleep(duration)

    one.means = replace(one.means, clock=Busy(one.clock.now()))


async def trial_told(one: Store) -> list[tuple[int, str, dict[str, Any]]]:
    rows = await one.file.read(lambda db: db.execute("SELECT * FROM trial").fetchall())
    return [(row["release"], row["stage"], json.loads(row["kinds"])) for row in rows]


def test_a_candidate_that_answers_otherwise_is_refused_in_the_shadow(world: World) -> None:
    world.publish(1, FIRST)
    world.publish(2, SECOND)

    async def visit(one: Store) -> None:
        await one.want(1)
        await one.walk()
        asked_meanwhile(one, times=30)
        await one.want(2)
        assert await one.walk() == [State.FETCHING, State.REHEARSING, State.SHADOW, *REFUSED]
        assert answer(one) == 2.0
        told = json.loads((await one.events("update-advanced"))[-1])
        assert told["reason"] == "demand: its answers are 0% like the champion's; 30% is asked"
        [(number, stage, kinds)] = await trial_told(one)
        assert (number, stage) == (2, "shadow")
        assert kinds["demand"]["runs"] == 30
        assert (kinds["demand"]["agreement"], kinds["demand"]["errors"]) == (0.0, 0)
        assert one.means.slots.pair is None

    world.visit(visit)


def test_a_candidate_that_fails_in_the_shadow_never_serves(world: World) -> None:
    bad = described(onnx_bytes([helper.make_node("Log", ["x"], ["y"])]), FIRST.golden)
    world.publish(1, bad)

    async def visit(one: Store) -> None:
        await one.want(1)
        states = [(await step(one.means)).state for _ in range(3)]
        assert states[-1] is State.SHADOW
        asked_meanwhile(one, times=3)
        X["x"][:] = -1.0  # of which there is no logarithm
        try:
            assert await one.walk() == REFUSED
            assert answer(one) == -1.0
        finally:
            X["x"][:] = 1.0
        told = json.loads((await one.events("update-advanced"))[-1])
        assert told["reason"] == "demand: 3 of 3 runs failed"
        assert [release for release, _ in await states_told(one)] == [1] * 4
        assert await one.events("swapped") == []

    world.visit(visit)


def test_what_nobody_asked_in_the_shadow_goes_on_and_is_told(world: World) -> None:
    world.publish(1, FIRST)

    async def visit(one: Store) -> None:
        await one.want(1)
        assert await one.walk() == ALL
        told = [json.loads(body) for body in await one.events("update-advanced")]
        reasons = {body["state"]: body["reason"] for body in told}
        assert reasons["probation"] == "not asked in the shadow: demand"
        assert reasons["committed"] == ""
        [(number, stage, kinds)] = await trial_told(one)
        assert (number, stage, kinds["demand"]["runs"]) == (1, "probation", 0)

    world.visit(visit)


def test_enough_answers_end_the_shadow_before_its_time(world: World) -> None:
    world.publish(1, FIRST)

    async def visit(one: Store) -> None:
        await one.want(1)
        for _ in range(3):
            await step(one.means)
        one.means = replace(one.means, shadow=ShadowRules(timedelta(days=1), enough=40, share=1.0))
        asked_meanwhile(one, times=25)
        assert await one.walk() == [*ALL[3:]]
        assert one.means.clock.monotonic() < 60

    world.visit(visit)


def test_another_wish_ends_the_shadow(world: World) -> None:
    for number, model in enumerate((FIRST, SECOND, THIRD), start=1):
        world.publish(number, model)

    async def visit(one: Store) -> None:
        await one.want(1)
        await one.walk()
        await one.want(2)
        while (await step(one.means)).state is not State.SHADOW:
            pass
        short, week = one.means, ShadowRules(timedelta(days=7))
        one.means = replace(one.means, shadow=week)
        watching = asyncio.create_task(step(one.means))
        await until(lambda: one.means.slots.pair is not None, watching)
        one.clock.turn(timedelta(seconds=1))
        await one.want(3)
        assert (await watching).state is State.IDLE
        assert one.means.slots.pair is None
        assert answer(one) == 2.0
        one.means = short
        assert await one.walk() == ALL
        assert answer(one) == 4.0

    world.visit(visit)


def test_a_candidate_whose_shadow_ends_the_program_three_times_is_refused(world: World) -> None:
    world.publish(1, FIRST)

    async def into_the_shadow(one: Store) -> None:
        await one.want(1)
        while (await step(one.means)).state is not State.SHADOW:
            pass

    async def still_there(one: Store) -> None:
        assert answer(one) == 1.0
        assert (await one.tables.standing()).update.state is State.SHADOW

    async def refused(one: Store) -> None:
        assert answer(one) == 1.0
        assert (await one.tables.standing()).update.reason == (
            "the program ended while shadow (3 times)"
        )
        assert await one.walk() == [State.IDLE]

    world.visit(into_the_shadow)
    world.visit(still_there)
    world.visit(still_there)
    world.visit(refused)


def test_a_shadow_begins_anew_after_a_start_once_the_centre_answers(world: World) -> None:
    world.publish(1, FIRST)

    async def into_the_shadow(one: Store) -> None:
        await one.want(1)
        while (await step(one.means)).state is not State.SHADOW:
            pass

    async def again(one: Store) -> None:
        world.http.status = 503
        assert set(await one.walk(most=3)) == {State.SHADOW}
        world.http.status = 200
        assert await one.walk() == ALL[3:]
        assert answer(one) == 2.0

    world.visit(into_the_shadow)
    world.visit(again)


def test_starts_after_which_the_models_served_do_not_count(world: World) -> None:
    world.publish(1, FIRST)

    async def into_probation(one: Store) -> None:
        await one.want(1)
        while (await step(one.means)).state is not State.PROBATION:
            pass

    async def served_for_a_while(one: Store) -> None:
        assert answer(one) == 2.0
        week = ProbationRules(duration=timedelta(days=7), steady=timedelta(seconds=60))
        one.means = replace(one.means, probation=week)
        watching = asyncio.create_task(step(one.means))
        for _ in range(500):
            if not (await one.tables.standing()).update.unsteady:
                break
            await asyncio.sleep(0.01)
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
        assert not (await one.tables.standing()).update.unsteady
        assert one.means.slots.pair is not None  # the champion stands by after a start too

    world.visit(into_probation)
    for _ in range(4):
        world.visit(served_for_a_while)


def test_a_candidate_slower_than_the_champion_was_is_gone_back_from(world: World) -> None:
    heavy = described(slow(500), tiny(2.0).golden, version="1.0.9")
    world.publish(1, FIRST)
    world.publish(2, heavy)

    async def visit(one: Store) -> None:
        await one.want(1)
        await one.walk()
        for _ in range(30):
            answer(one)
        await one.want(2)
        while (await step(one.means)).state is not State.PROBATION:
            pass
        one.means = replace(one.means, rules=TrialRules(quick_ms=1.0))
        for _ in range(25):
            answer(one)
        assert await one.walk() == [State.ROLLING_BACK, *REFUSED]
        told = json.loads((await one.events("update-advanced"))[-1])
        assert told["reason"].startswith("demand: a run takes ")

    world.visit(visit)


def test_the_way_back_is_not_measured_by_what_it_leads_away_from(world: World) -> None:
    for number, model in enumerate((FIRST, SECOND, FIRST), start=1):
        world.publish(number, model)

    async def visit(one: Store) -> None:
        for number in (1, 2):
            await one.want(number)
            await one.walk()
        assert answer(one) == 3.0
        asked_meanwhile(one, times=30)  # in the shadow, the way back would be 0 % like release 2
        await one.want(3)
        assert await one.walk() == ALL
        assert answer(one) == 2.0

    world.visit(visit)


def test_another_wish_ends_the_probation_at_once(world: World) -> None:
    for number, model in enumerate((FIRST, SECOND, FIRST), start=1):
        world.publish(number, model)

    async def visit(one: Store) -> None:
        await one.want(1)
        await one.walk()
        await one.want(2)
        while (await step(one.means)).state is not State.PROBATION:
            pass
        assert answer(one) == 3.0
        short = one.means
        one.means = replace(short, probation=ProbationRules(timedelta(days=7)))
        watching = asyncio.create_task(step(one.means))
        await until(lambda: one.clock.monotonic() > 0, watching)
        await one.want(3)
        assert (await watching).state is State.ROLLING_BACK
        one.means = short
        assert await one.walk() == REFUSED
        assert answer(one) == 2.0
        told = json.loads((await one.events("update-advanced"))[-1])
        assert told["reason"] == "release 3 is wanted by now"
        assert await one.walk() == ALL
        assert (one.means.slots.current.release, answer(one)) == (3, 2.0)

    world.visit(visit)
