"""A real outbox against a real centre, with everything killed between them; then the proof."""

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from central_sync.adapters.history_files import prove
from central_sync.adapters.schema import migrate as migrate_centre
from central_sync.adapters.sqlite_reading import reading
from edge_agent.adapters import outbox_rows
from edge_agent.adapters.outbox_table import OutboxTable
from edge_agent.adapters.schema import migrate
from edge_agent.adapters.store_life import begin_life
from edge_agent.adapters.uplink import LastPace, LoggedComplaints, MqttUplink
from edge_agent.loops.receive_commands import receive_commands, take_ack
from edge_agent.loops.send_outbox import send_outbox
from edge_agent.ports.sync import Takers
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.mqtt_link import Broker as At
from endcap.plumbing.mqtt_link import open_link
from endcap.plumbing.sqlite_file import SqliteFile, open_sqlite
from endcap.wire.topics import everything_down
from tests.broker import Broker, mosquitto
from tests.fakes.store_world import STORE, gap
from tests.faults.ingesting_centre import centre

pytestmark = pytest.mark.broker

EVENTS, BURSTS = 3_000, 6
WITHIN = 60.0  # seconds; a busy machine is no failure


@asynccontextmanager
async def store(path: Path, port: int) -> AsyncIterator[SqliteFile]:
    """Run a store's sender and receiver on its database until the block ends."""
    clock, complaints, rng = SystemClock(), LoggedComplaints(), random.Random(2)
    async with (
        open_sqlite(path, migrate) as file,
        open_link(At("127.0.0.1", port, "store"), [everything_down(STORE)], clock, rng) as link,
        asyncio.TaskGroup() as loops,
    ):
        life = await begin_life(file, "0.1.0", "x86-mini", clock.now(), rng.randbytes)
        outbox = OutboxTable(file, STORE, life.epoch)
        uplink = MqttUplink(link, STORE, complaints)
        takers = Takers(ack=partial(take_ack, outbox, complaints, clock))
        running = [
            loops.create_task(send_outbox(outbox, uplink, LastPace(), clock, timedelta(seconds=1))),
            loops.create_task(receive_commands(uplink, takers, complaints)),
        ]
        yield file
        for one in running:
            one.cancel()


async def accept(file: SqliteFile, count: int) -> None:
    """Accept events, as the store's own adapters do."""
    at = SystemClock().now()
    bodies = [gap(f"f{number}") for number in range(count)]
    await file.write(lambda db: outbox_rows.append(db, bodies, at))


async def wait_until_all_is_told(file: SqliteFile) -> None:
    """Wait until no event waits in the store."""
    async with asyncio.timeout(WITHIN):
        while await file.read(_waiting):
            await SystemClock().sleep(timedelta(seconds=0.1))


def _waiting(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT count(*) FROM outbox WHERE acked = 0").fetchone()[0])


def test_whatever_is_killed_every_accepted_event_is_at_the_centre_once(tmp_path: Path) -> None:
    database, outbox = tmp_path / "centre.sqlite", tmp_path / "store.sqlite"
    rng = random.Random(5)

    async def run(broker: Broker) -> None:
        async with open_sqlite(database, migrate_centre):
            pass  # a centre that ran once: a slow one may be killed before it has a database
        async with store(outbox, broker.port) as file:
            for burst in range(BURSTS):
                with centre(database, broker.port, kill_before=burst % 2):
                    await accept(file, EVENTS // BURSTS)
                    await SystemClock().sleep(timedelta(seconds=rng.uniform(0.1, 0.8)))
                    if burst % 3 == 0:
                        broker.kill()
                        broker.start()
                # While both are in use, and whatever was killed: nothing is missing.
                assert prove(database, outbox).holds
            with centre(database, broker.port):
                await wait_until_all_is_told(file)

    with mosquitto(tmp_path / "broker") as broker:
        asyncio.run(run(broker))
    proof = prove(database, outbox)
    assert proof.violations == ()
    assert (proof.store, proof.waiting) == (STORE, 0)
    assert proof.stored == proof.accepted == EVENTS + 1  # and the store's own start


def test_the_proof_sees_an_event_that_is_taken_away(tmp_path: Path) -> None:
    """The other way round: a proof that cannot fail proves nothing."""
    database, outbox = tmp_path / "centre.sqlite", tmp_path / "store.sqlite"

    async def run(broker: Broker) -> None:
        async with store(outbox, broker.port) as file:
            await accept(file, 20)
            with centre(database, broker.port):
                await wait_until_all_is_told(file)

    with mosquitto(tmp_path / "broker") as broker:
        asyncio.run(run(broker))
    with closing(sqlite3.connect(database)) as db, db:
        db.execute("DELETE FROM events WHERE seq = 7")
    proof = prove(database, outbox)
    assert [(one.promise, one.ranges) for one in proof.violations] == [
        ("I1", ((7, 7),)),
        ("I3", ((7, 7),)),
    ]
    with reading(database) as db:
        assert db.execute("SELECT count(*) FROM events").fetchone()[0] == 20
