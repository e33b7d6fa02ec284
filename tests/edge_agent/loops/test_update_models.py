"""Updates over the real parts: HTTP, TUF, SQLite, ONNX Runtime; the clock is turned by hand."""

import asyncio
import json
import random
from dataclasses import replace
from datetime import UTC, time, timedelta

import pytest

from edge_agent.adapters.update_tables import UpdateTables
from edge_agent.core.maintenance import Window
from edge_agent.core.update import ProbationRules, State, toward
from edge_agent.loops.receive_commands import take_assignment
from edge_agent.loops.update_models import restore, step, update_models
from edge_agent.ports.orders import OrderRefusedError
from tests.edge_agent.loops.update_world import (
    ALL,
    FIRST,
    REFUSED,
    SECOND,
    SHOPPER,
    THIRD,
    World,
    X,
    answer,
    states_told,
    until,
)
from tests.fakes.clock import until as until_it_holds
from tests.fakes.control_keys import assignment, enveloped
from tests.fakes.http_folder import flip
from tests.fakes.release_world import Store
from tests.fakes.tiny_models import NOON, release


def test_a_store_begins_with_what_came_with_the_program(world: World) -> None:
    async def visit(one: Store) -> None:
        assert one.means.slots.current.release == 0
        assert (answer(one), answer(one, "shopper")) == (1.0, 9.0)
        assert await one.walk() == [State.IDLE]
        assert await one.events("") == []

    world.visit(visit)


def test_a_release_is_fetched_rehearsed_watched_and_committed(world: World) -> None:
    world.publish(1, FIRST)

    async def visit(one: Store) -> None:
        await one.want(1)
        assert await one.walk() == ALL
        assert answer(one) == 2.0
        assert answer(one, "shopper") == 9.0  # the release says nothing of it: it stays
        assert await states_told(one) == [
            (1, state) for state in ("fetching", "rehearsing", "shadow", "probation", "committed")
        ]
        swapped = json.loads((await one.events("swapped"))[0])
        assert swapped == {"release": 1, "previous": 0, "models": {"demand": "1.0.2"}}
        assert (await one.tables.reported()).release == 1
        assert await one.walk() == [State.IDLE]

    async def after_a_restart(one: Store) -> None:
        assert (one.means.slots.current.release, answer(one)) == (1, 2.0)

    world.visit(visit, rehearsal=True)
    world.visit(after_a_restart)


def test_the_next_release_replaces_it_and_sweeps_what_nobody_needs(world: World) -> None:
    for number, one in enumerate((FIRST, SECOND, THIRD), start=1):
        world.publish(number, one)

    async def visit(one: Store) -> None:
        for number in (1, 2, 3):
            await one.want(number)
            assert await one.walk() == ALL
        assert answer(one) == 4.0
        names = {path.name for path in one.models.folder.iterdir()}
        kept = {SECOND.manifest.model.sha256, THIRD.manifest.model.sha256}
        assert kept < names
        assert FIRST.manifest.model.sha256 not in names

    world.visit(visit)


def test_an_older_release_is_never_installed(world: World) -> None:
    world.publish(1, FIRST)
    world.publish(2, SECOND)

    async def visit(one: Store) -> None:
        await one.want(2)
        await one.walk()
        await one.want(1)
        assert await one.walk() == [State.IDLE]
        assert answer(one) == 3.0

    world.visit(visit)


def test_a_model_that_fails_its_rehearsal_is_refused_with_the_reason(world: World) -> None:
    world.publish(1, FIRST)
    world.publish(2, replace(SECOND, manifest=SECOND.manifest))

    async def visit(one: Store) -> None:
        one.means.rehearsal.bad = "golden case 1: off"  # type: ignore[attr-defined]
        await one.want(1)
        assert await one.walk() == [State.FETCHING, State.REHEARSING, *REFUSED]
        told = json.loads((await one.events("update-advanced"))[-1])
        assert told["reason"] == "demand 1.0.2: golden case 1: off"
        assert answer(one) == 1.0
        assert await one.walk() == [State.IDLE]  # not again
        one.means.rehearsal.bad = ""  # type: ignore[attr-defined]
        await one.want(2)
        assert await one.walk() == ALL

    world.visit(visit)


@pytest.mark.parametrize(
    "file", ["timestamp.json", ".snapshot.json", ".targets.json", ".1.json", ".onnx", "golden.json"]
)
def test_a_tampered_byte_is_refused_and_reported_and_the_old_model_serves(
    world: World, file: str
) -> None:
    world.publish(1, FIRST)
    world.http.twists[file] = flip(0.5)

    async def visit(one: Store) -> None:
        await one.want(1)
        states = await one.walk()
        assert states[-2:] == REFUSED
        told = json.loads((await one.events("update-advanced"))[-1])
        assert (told["release"], told["state"]) == (1, "refused")
        assert "signed" in told["reason"]
        assert answer(one) == 1.0

    world.visit(visit)


def test_an_unreachable_centre_is_waited_for_and_told_once(world: World) -> None:
    world.publish(1, FIRST)

    async def visit(one: Store) -> None:
        world.http.status = 503
        await one.want(1)
        assert set(await one.walk(most=30)) == {State.FETCHING}
        told = await states_told(one)
        assert told == [(1, "fetching"), (1, "fetching")]
        world.http.status = 200
        assert (await one.walk())[-1] is State.IDLE
        assert answer(one) == 2.0

    world.visit(visit)


def test_expired_metadata_blocks_the_install_and_serving_goes_on(world: World) -> None:
    world.publish(1, FIRST)

    async def visit(one: Store) -> None:
        one.clock.turn(timedelta(days=3))
        await one.want(1)
        assert set(await one.walk(most=5)) == {State.FETCHING}
        standing = await one.tables.reported()
        assert (standing.state, standing.release) == ("fetching", 1)
        assert "expired; installs wait for fresh signatures" in standing.reason
        assert answer(one) == 1.0
        await world.centre.repository.refresh(one.clock.now())
        assert (await one.walk())[-1] is State.IDLE
        assert answer(one) == 2.0

    world.visit(visit)


def test_another_wish_ends_the_wait_for_the_first(world: World) -> None:
    world.publish(2, SECOND)

    async def visit(one: Store) -> None:
        await one.want(1)
        assert set(await one.walk(most=3)) == {State.FETCHING}
        one.clock.turn(timedelta(seconds=1))
        await one.want(2)
        assert await one.walk() == [State.IDLE]
        assert await one.walk() == ALL

    world.visit(visit)


def test_an_older_wish_does_not_replace_a_younger_one(world: World) -> None:
    async def visit(one: Store) -> None:
        await take_assignment(one.gate, enveloped(assignment(5, 2, NOON)))
        with pytest.raises(OrderRefusedError, match="number 1, and number 2 was taken"):
            await take_assignment(one.gate, enveloped(assignment(4, 1, NOON)))
        assert (await one.tables.standing()).desired == 5

    world.visit(visit)


def test_a_wish_that_is_over_starts_no_install_and_serving_goes_on(world: World) -> None:
    world.publish(1, FIRST)

    async def visit(one: Store) -> None:
        await one.want(1, days=0.5)
        one.clock.turn(timedelta(hours=13))
        assert set(await one.walk(most=3)) == {State.FETCHING}
        assert "the assignment was good until" in (await one.tables.reported()).reason
        assert answer(one) == 1.0
        await one.want(1)
        assert await one.walk() == ALL[1:]
        one.clock.turn(timedelta(days=30))
        assert await one.walk() == [State.IDLE]
        assert answer(one) == 2.0

    world.visit(visit)


def test_a_trial_that_ends_outside_the_window_is_put_in_place_in_the_next(world: World) -> None:
    world.publish(1, FIRST)
    world.window = Window(time(22), time(6), UTC)

    async def visit(one: Store) -> None:
        one.clock.turn(timedelta(hours=17, minutes=59, seconds=59))  # the window closes soon
        await one.want(1)
        for _ in range(3):
            await step(one.means)
        assert (await step(one.means)).state is State.PROBATION
        assert one.clock.now() - NOON > timedelta(hours=34)
        assert answer(one) == 2.0

    world.visit(visit)


def test_a_trial_that_waits_for_the_window_ends_when_another_release_is_wanted(
    world: World,
) -> None:
    world.publish(1, FIRST)
    world.publish(2, SECOND)
    world.window = Window(time(22), time(6), UTC)

    async def visit(one: Store) -> None:
        one.clock.turn(timedelta(hours=17, minutes=59, seconds=59))
        await one.want(1)
        for _ in range(3):
            await step(one.means)
        waiting = asyncio.create_task(step(one.means))
        await until_it_holds(lambda: timedelta(seconds=30) in one.clock.slept)
        await one.want(2)
        assert (await waiting).state is State.IDLE
        assert answer(one) == 1.0

    world.visit(visit)


def test_outside_its_window_a_store_changes_nothing_but_goes_back(world: World) -> None:
    for number, model in enumerate((FIRST, SECOND, FIRST, THIRD), start=1):
        world.publish(number, model)
    world.window = Window(time(22), time(6), UTC)

    async def visit(one: Store) -> None:
        one.clock.turn(timedelta(hours=11))
        for number in (1, 2):
            await one.want(number)
            assert await one.walk() == ALL
        one.clock.turn(timedelta(hours=10))  # it is morning
        await one.want(3)
        assert await one.walk() == ALL  # the models of release 1 again: a way back
        assert answer(one) == 2.0
        await one.want(4)
        assert set(await one.walk(most=3)) == {State.FETCHING}
        assert "outside the maintenance window 22:00-06:00" in (await one.tables.reported()).reason
        one.clock.turn(timedelta(hours=14))
        await one.want(4)
        await world.centre.repository.refresh(one.clock.now())
        assert (await one.walk())[-1] is State.IDLE
        assert answer(one) == 4.0

    world.visit(visit)


def test_a_model_that_already_serves_is_not_rehearsed_again(world: World) -> None:
    world.publish(1, FIRST, SHOPPER)
    world.publish(2, SECOND, SHOPPER)

    async def visit(one: Store) -> None:
        for number in (1, 2):
            await one.want(number)
            await one.walk()
        assert one.means.rehearsal.seen == ["demand", "demand"]  # type: ignore[attr-defined]

    world.visit(visit)


def test_the_journal_is_bounded(world: World) -> None:
    async def visit(one: Store) -> None:
        for _ in range(600):
            await one.tables.advance(toward(1), NOON)
        rows = await one.file.read(
            lambda db: db.execute("SELECT COUNT(*) FROM update_journal").fetchone()[0]
        )
        assert rows == 500
        assert len(await states_told(one)) == 1  # the same news is told once

    world.visit(visit)


def test_a_hundred_swaps_under_load_fail_no_request(world: World) -> None:
    world.publish(1, FIRST)
    world.publish(2, SECOND)

    async def visit(one: Store) -> None:
        slots, failures, runs, done = one.means.slots, [], [0], asyncio.Event()
        for number in (1, 2):
            await one.want(number)
            await one.walk()

        def ask() -> None:
            while not done.is_set():
                site = slots.current
                runs[0] += 1
                got = float(site.run("demand", X)["y"][0, 0])
                if got != {0: 1.0, 1: 2.0, 2: 3.0}[site.release]:
                    failures.append(got)

        asking = [asyncio.create_task(asyncio.to_thread(ask)) for _ in range(4)]
        releases = [None, release(1, FIRST), release(2, SECOND)]
        await one.means.releases.fetch(1, NOON)
        for number in range(100):
            slots.swap(await slots.prepare(releases[number % 3]))
            slots.settle()
        done.set()
        await asyncio.gather(*asking)  # an exception in any request ends the test here
        assert not failures
        assert runs[0] > 100

    world.visit(visit)


def test_restore_may_be_called_on_a_new_store(world: World) -> None:
    async def visit(one: Store) -> None:
        await restore(one.means)
        assert isinstance(one.tables, UpdateTables)
        assert one.means.probation == ProbationRules(duration=timedelta(seconds=3))

    world.visit(visit)


def test_the_loop_waits_for_wishes_and_for_the_centre(world: World) -> None:
    world.publish(1, FIRST)
    world.http.status = 503

    async def visit(one: Store) -> None:
        loop = asyncio.create_task(update_models(one.means, random.Random(1)))
        await one.want(1)
        longest = timedelta(seconds=2)  # it asks less and less often
        await until(lambda: max(one.clock.slept, default=longest) > longest, loop)
        assert (await one.tables.standing()).update.state is State.FETCHING
        world.http.status = 200
        await until(lambda: one.means.slots.current.release == 1, loop)
        assert answer(one) == 2.0
        loop.cancel()

    world.visit(visit)
