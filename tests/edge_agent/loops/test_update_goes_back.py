"""A release that fails in service is gone back from, offline if need be."""

import json

import numpy as np
import pytest

from edge_agent.core.update import Event, State
from edge_agent.loops.update_models import step
from endcap.plumbing.onnx_session import ModelUnusableError
from tests.edge_agent.loops.update_world import (
    FIRST,
    REFUSED,
    SECOND,
    World,
    answer,
    states_told,
)
from tests.fakes.release_world import Store
from tests.fakes.tiny_models import NOON


def test_a_model_that_fails_on_probation_is_gone_back_from(world: World) -> None:
    world.publish(1, FIRST)
    world.publish(2, SECOND)

    async def visit(one: Store) -> None:
        await one.want(1)
        await one.walk()
        await one.want(2)
        states = [(await step(one.means)).state for _ in range(4)]
        assert states[-1] is State.PROBATION
        assert answer(one) == 3.0
        for _ in range(3):
            with pytest.raises(ModelUnusableError):
                one.means.slots.current.run("demand", {"x": np.ones(3, dtype=np.int64)})
        assert await one.walk() == [State.ROLLING_BACK, *REFUSED]
        assert answer(one) == 2.0
        swaps = [json.loads(body) for body in await one.events("swapped")]
        assert [(body["release"], body["previous"]) for body in swaps] == [(1, 0), (2, 1), (1, 2)]
        told = json.loads((await one.events("update-advanced"))[-1])
        assert told["reason"] == "demand: 3 of 4 runs failed"
        assert await one.walk() == [State.IDLE]

    world.visit(visit)


def test_three_starts_that_fail_bring_the_release_before_back_offline(world: World) -> None:
    world.publish(1, FIRST)
    world.publish(2, SECOND)

    async def into_probation(one: Store) -> None:
        for number in (1, 2):
            await one.want(number)
            while (await step(one.means)).state is not State.PROBATION:
                pass
            if number == 1:
                await one.walk()

    async def still_there(one: Store) -> None:
        assert answer(one) == 3.0

    async def gone_back(one: Store) -> None:
        assert answer(one) == 2.0
        assert (await one.tables.standing()).update.state is State.REFUSED
        assert "3 times" in (await one.tables.standing()).update.reason

    world.visit(into_probation)
    world.http.status = 503
    world.visit(still_there)
    world.visit(still_there)
    world.visit(gone_back)


def test_three_starts_lost_on_the_way_back_bring_what_came_with_the_program_offline(
    world: World,
) -> None:
    world.publish(1, FIRST)
    world.publish(2, SECOND)

    async def lost_on_the_way_back(one: Store) -> None:
        for number in (1, 2):
            await one.want(number)
            while (await step(one.means)).state is not State.PROBATION:
                pass
            if number == 1:
                await one.walk()
        update = (await one.tables.standing()).update.after(Event.FAILED, "it answers wrongly")
        for _ in range(2):
            update = update.after(Event.POWER_LOST, "the program ended")
        await one.tables.advance(update, NOON)

    async def at_last(one: Store) -> None:
        assert answer(one) == 1.0
        standing = await one.tables.standing()
        assert (standing.serving, standing.previous, standing.refused) == (0, 0, frozenset({2}))
        told = await states_told(one)
        assert told[-3:] == [(2, "rolling_back"), (2, "last_resort"), (2, "refused")]
        assert await one.walk() == [State.IDLE]
        assert answer(one) == 1.0

    world.visit(lost_on_the_way_back)
    world.http.status = 503
    world.visit(at_last)
