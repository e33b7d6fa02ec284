"""Looking for what was signed anew: over real HTTP and TUF, and what happens when nothing comes."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx

from edge_agent.adapters.control_keyring import VerifiedKeyring
from edge_agent.adapters.model_files import ModelFolder
from edge_agent.adapters.order_gate import SignedOrderGate
from edge_agent.adapters.schema import migrate
from edge_agent.adapters.store_life import HealthTable
from edge_agent.adapters.trust_tables import TrustTables
from edge_agent.adapters.tuf_releases import Source, TufReleases
from edge_agent.adapters.uplink import LastOrders
from edge_agent.loops.receive_commands import receive_one, take_assignment
from edge_agent.loops.watch_trust import PART, Watching, look_once, watch_trust
from edge_agent.ports.sync import Command, Takers
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.sqlite_file import open_sqlite
from endcap.wire.orders import Assignment
from endcap.wire.topics import Channel
from tests.fakes.clock import FakeClock, until
from tests.fakes.control_keys import assignment, enveloped
from tests.fakes.http_folder import HttpFolder, flip, serving
from tests.fakes.memory_outbox import PlayedCentre
from tests.fakes.release_world import QUICK, Centre, centre
from tests.fakes.tiny_models import NOON, release, tiny

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


@dataclass
class World:
    centre: Centre
    http: HttpFolder
    means: Watching
    gate: SignedOrderGate
    takers: Takers
    complaints: PlayedCentre
    clock: FakeClock
    book: TrustTables
    delivered: list[Command] = field(default_factory=list)

    async def say(self, counter: int) -> None:
        """Hand over an assignment that the centre's control key signed."""
        [signer] = self.centre.ring.control
        payload = enveloped(assignment(5, counter, self.clock.now()), signer)
        await receive_one(Command(Channel.DESIRED, payload), self.takers, self.complaints)

    async def wanted(self) -> int:
        kept = await self.gate.taken(Channel.DESIRED, Assignment)
        return kept.counter if kept else 0

    async def failing(self) -> tuple[str, ...]:
        return await self.means.health.failing()


@contextlib.asynccontextmanager
async def world(folder: Path) -> AsyncIterator[World]:
    made = await centre(folder / "c")
    clock, complaints, held = FakeClock(NOON), PlayedCentre(), LastOrders()
    with serving(made.folder) as http, httpx.Client(timeout=20) as client:
        async with open_sqlite(folder / "store.sqlite", migrate) as file:
            source = Source(http.url, made.repository.root(), "0.1.0", QUICK, reserve=0)
            files, book = ModelFolder(folder / "models"), TrustTables(file)
            releases = TufReleases(source, folder / "tuf", files, client, SystemClock())
            keyring = VerifiedKeyring(releases, book, clock)
            gate = SignedOrderGate("s-0001", keyring, book, file, clock)

            async def take(payload: bytes) -> None:
                await take_assignment(gate, payload)

            takers = Takers(orders={Channel.DESIRED: take}, held=held)

            async def deliver(command: Command) -> None:
                await receive_one(command, takers, complaints)

            means = Watching(keyring, book, held, deliver, HealthTable(file), complaints, clock)
            yield World(made, http, means, gate, takers, complaints, clock, book)


def test_the_first_order_brings_the_keys_that_open_it(tmp_path: Path) -> None:
    async def work() -> None:
        async with world(tmp_path) as one:
            await one.say(1)
            assert one.complaints.complaints == []
            assert await one.wanted() == 1
            asked = len(one.http.asked)
            await one.say(2)
            assert await one.wanted() == 2
            assert len(one.http.asked) == asked  # the keys are known

    asyncio.run(work())


def test_an_order_that_came_before_its_keys_is_obeyed_once_they_come(tmp_path: Path) -> None:
    async def work() -> None:
        async with world(tmp_path) as one:
            one.http.status = 503
            await one.say(1)
            assert await one.wanted() == 0
            assert "not known yet" in one.complaints.complaints[0][1]
            assert not await look_once(one.means)
            assert await one.wanted() == 0
            one.http.status = 200
            assert await look_once(one.means)
            assert await one.wanted() == 1

    asyncio.run(work())


def test_orders_of_strangers_make_one_look_a_minute_at_most(tmp_path: Path) -> None:
    async def work() -> None:
        async with world(tmp_path) as one:
            await look_once(one.means)
            one.clock.turn(timedelta(minutes=2))
            asked = [len(one.http.asked)]
            for number in range(20):
                payload = enveloped(assignment(5, number + 1, NOON))
                command = Command(Channel.DESIRED, payload)
                await receive_one(command, one.takers, one.complaints)
                asked.append(len(one.http.asked))
            assert asked[0] < asked[1] == asked[-1]
            assert await one.wanted() == 0

    asyncio.run(work())


def test_metadata_that_stays_the_same_shows_as_frozen_after_a_day(tmp_path: Path) -> None:
    async def work() -> None:
        async with world(tmp_path) as one:
            await look_once(one.means)
            one.clock.turn(DAY - SECOND)
            await look_once(one.means)
            assert await one.failing() == ()
            one.clock.turn(2 * SECOND)
            await look_once(one.means)
            assert await one.failing() == (PART,)
            await one.centre.repository.refresh(one.clock.now())
            await look_once(one.means)
            assert await one.failing() == ()

    asyncio.run(work())


def test_a_centre_out_of_reach_is_no_complaint_but_shows_after_a_day(tmp_path: Path) -> None:
    async def work() -> None:
        async with world(tmp_path) as one:
            await look_once(one.means)
            one.http.status = 503
            one.clock.turn(DAY)
            await look_once(one.means)
            assert (await one.failing(), one.complaints.complaints) == ((PART,), [])

    asyncio.run(work())


def test_metadata_that_was_touched_is_told_and_changes_nothing(tmp_path: Path) -> None:
    async def work() -> None:
        async with world(tmp_path) as one:
            await look_once(one.means)
            before = await one.book.keys(), await one.book.freshness()
            one.http.twists["timestamp.json"] = flip(0.5)
            await look_once(one.means)
            assert "what the centre signed" in one.complaints.complaints[0]
            assert (await one.book.keys(), await one.book.freshness()) == before

    asyncio.run(work())


def test_the_loop_looks_every_hour(tmp_path: Path) -> None:
    async def work() -> None:
        async with world(tmp_path) as one:
            every, rng = timedelta(hours=1), random.Random(1)
            task = asyncio.create_task(watch_trust(one.means, every, rng))
            await until(lambda: one.clock.monotonic() > 3.5 * 3600)
            task.cancel()
            assert 4 <= sum("timestamp" in path for path in one.http.asked) <= 5

    asyncio.run(work())


def test_an_order_that_comes_between_two_looks_is_soon_looked_for(tmp_path: Path) -> None:
    async def work() -> None:
        async with world(tmp_path) as one:
            one.http.status = 503
            every, rng = timedelta(hours=1), random.Random(1)
            task = asyncio.create_task(watch_trust(one.means, every, rng))
            await until(lambda: one.clock.monotonic() > 60)
            await one.say(1)
            assert await one.wanted() == 0
            one.http.status = 200
            begun = one.clock.monotonic()
            while await one.wanted() == 0:
                assert one.clock.monotonic() - begun < 600
                await asyncio.sleep(0.001)
            task.cancel()

    asyncio.run(work())


def test_a_release_shows_no_more_than_the_manifest_and_is_asked_for_once(tmp_path: Path) -> None:
    async def work() -> None:
        async with world(tmp_path) as one:
            model = tiny(2.0)
            await one.centre.publish(release(1, model), [model])
            releases = one.means.metadata._repository  # type: ignore[attr-defined]
            assert await releases.read(1, NOON) == release(1, model)
            asked = len(one.http.asked)
            await releases.read(1, NOON)
            assert len(one.http.asked) == asked
            assert not [path for path in one.http.asked if ".onnx" in path]

    asyncio.run(work())
