"""The fleet's rows tell who is there and what is missing, exactly."""

import asyncio
from datetime import timedelta
from pathlib import Path

from central_sync.adapters.event_tables import EventTables
from central_sync.adapters.fleet_tables import FleetTables
from central_sync.adapters.schema import migrate
from central_sync.ports.stores import Delivery
from endcap.plumbing.sqlite_file import open_sqlite
from endcap.wire.envelope import Batch, Refused
from tests.fakes.store_world import (
    EPOCH,
    NOON,
    OTHER_EPOCH,
    OTHER_STORE,
    STORE,
    at_place,
    gap,
    gap_over,
    shed,
    state,
    travelled,
)


def test_a_store_is_shown_with_its_state_gaps_and_holes(tmp_path: Path) -> None:
    async def run() -> None:
        async with open_sqlite(tmp_path / "centre.db", migrate) as file:
            events, fleet = EventTables(file), FleetTables(file)
            batch = travelled(
                at_place(gap("a1"), 1),
                at_place(gap("a2"), 2),
                at_place(gap_over("a1"), 5),
                at_place(shed((6, 7)), 8),
                at_place(gap("a1"), 3, epoch=OTHER_EPOCH),
            )
            await events.commit(Delivery(STORE, batch), NOON)
            bad = Batch((), (Refused("no kind", "{}", EPOCH, 9),))
            await events.commit(Delivery(STORE, bad), NOON)
            await fleet.note(state(last_seq=12), NOON, heard_at=NOON)
            await fleet.note(state(store=OTHER_STORE), NOON, heard_at=NOON)

            first, second = await fleet.stores()
            assert (first.store, first.epoch, first.open_gaps) == (STORE, EPOCH, 1)
            assert first.state == state(last_seq=12)
            assert first.lines[EPOCH].missing == ((3, 4), (10, 12))
            assert first.lines[OTHER_EPOCH].missing == ((1, 2),)
            balance = first.lines[EPOCH]
            assert (balance.stored, balance.dead, balance.ledgered) == (4, 1, 2)
            assert first.missing == 7
            assert (second.store, second.lines) == (OTHER_STORE, {})
            assert await fleet.store(OTHER_STORE) == second
            assert await fleet.store("s-9999") is None

    asyncio.run(run())


def test_a_store_is_last_seen_when_it_last_spoke(tmp_path: Path) -> None:
    async def run() -> None:
        async with open_sqlite(tmp_path / "centre.db", migrate) as file:
            fleet = FleetTables(file)
            later = NOON + timedelta(minutes=9)
            await fleet.note(state(), NOON, heard_at=NOON)
            await EventTables(file).commit(Delivery(STORE, travelled(at_place(gap(), 1))), later)
            await fleet.note(state(), later, heard_at=NOON)
            (one,) = await fleet.stores()
            assert (one.first_seen, one.last_seen, one.state_at) == (NOON, later, later)

    asyncio.run(run())


def test_a_state_that_an_older_program_kept_is_left_out(tmp_path: Path) -> None:
    async def run() -> None:
        async with open_sqlite(tmp_path / "centre.db", migrate) as file:
            fleet = FleetTables(file)
            await fleet.note(state(), NOON, heard_at=NOON)
            await file.write(lambda db: db.execute("UPDATE stores SET state = '{}'").close())
            (one,) = await fleet.stores()
            assert one.state is None

    asyncio.run(run())
