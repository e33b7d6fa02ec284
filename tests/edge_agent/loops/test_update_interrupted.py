"""An update that was cut off goes on, and models whose files were lost give way."""

from dataclasses import replace

import pytest

from edge_agent.core.update import State, Update
from edge_agent.loops.update_models import step
from tests.edge_agent.loops.update_world import (
    ALL,
    FIRST,
    SECOND,
    World,
    answer,
)
from tests.fakes.release_world import Approving, Store
from tests.fakes.tiny_models import NOON


@pytest.mark.parametrize("state", [State.FETCHING, State.REHEARSING])
def test_a_program_that_ended_midway_goes_on(world: World, state: State) -> None:
    world.publish(1, FIRST)

    async def visit(one: Store) -> None:
        await one.want(1)
        await one.tables.advance(Update(state, release=1), NOON)

    async def again(one: Store) -> None:
        assert answer(one) == 1.0
        assert (await one.walk())[-2:] == [State.COMMITTED, State.IDLE]
        assert answer(one) == 2.0

    world.visit(visit)
    world.visit(again)


@pytest.mark.parametrize("state", [State.COMMITTED, State.REFUSED])
def test_a_program_that_ended_while_tidying_up_goes_on(world: World, state: State) -> None:
    async def visit(one: Store) -> None:
        await one.tables.advance(Update(state, release=1, reason="why"), NOON)

    async def again(one: Store) -> None:
        assert await one.walk() == [State.IDLE]
        assert (await one.tables.standing()).update == Update()

    world.visit(visit)
    world.visit(again)


def test_lost_files_give_way_to_the_release_before_and_are_brought_again(world: World) -> None:
    world.publish(1, FIRST)
    world.publish(2, SECOND)

    async def visit(one: Store) -> None:
        for number in (1, 2):
            await one.want(number)
            await one.walk()
        (one.models.folder / SECOND.manifest.model.sha256).unlink()

    async def again(one: Store) -> None:
        assert answer(one) == 2.0
        assert await one.walk() == ALL
        assert answer(one) == 3.0

    world.visit(visit)
    world.visit(again)


def test_when_every_file_is_lost_what_came_with_the_program_serves(world: World) -> None:
    world.publish(1, FIRST)
    world.publish(2, SECOND)

    async def visit(one: Store) -> None:
        for number in (1, 2):
            await one.want(number)
            await one.walk()
        for path in one.models.folder.iterdir():
            path.unlink()

    async def again(one: Store) -> None:
        world.http.status = 503
        assert (one.means.slots.current.release, answer(one)) == (0, 1.0)

    world.visit(visit)
    world.visit(again)


def test_files_lost_on_probation_are_a_reason_to_go_back(world: World) -> None:
    world.publish(1, FIRST)

    async def visit(one: Store) -> None:
        await one.want(1)
        for _ in range(4):
            await step(one.means)
        (one.models.folder / FIRST.manifest.model.sha256).unlink()

    async def again(one: Store) -> None:
        assert answer(one) == 1.0
        standing = await one.tables.standing()
        assert (standing.update.state, standing.serving) == (State.REFUSED, 0)

    world.visit(visit)
    world.visit(again)


def test_a_file_spoilt_after_the_rehearsal_began_is_brought_anew(world: World) -> None:
    world.publish(1, FIRST)

    async def visit(one: Store) -> None:
        await one.want(1)
        for _ in range(2):
            await step(one.means)
        path = one.models.folder / FIRST.manifest.golden.sha256

        class Spoiling(Approving):
            async def rehearse(self, *args: object) -> str:
                if not self.seen:
                    model = one.models.folder / FIRST.manifest.model.sha256
                    model.unlink()
                    model.write_bytes(b"other bytes")
                return await super().rehearse(*args)  # type: ignore[arg-type]

        assert path.exists()
        one.means = replace(one.means, rehearsal=Spoiling())
        states = await one.walk()
        assert states == ALL[2:]
        assert answer(one) == 2.0

    world.visit(visit)


def test_a_swap_that_was_journalled_and_not_done_is_done(world: World) -> None:
    world.publish(1, FIRST)

    async def visit(one: Store) -> None:
        await one.want(1)
        for _ in range(2):
            await step(one.means)
        manifest = await one.means.releases.fetch(1, NOON)
        await one.tables.serve(Update(State.PROBATION, release=1), manifest, NOON)
        assert answer(one) == 1.0
        assert await one.walk() == [State.COMMITTED, State.IDLE]
        assert answer(one) == 2.0

    world.visit(visit)
