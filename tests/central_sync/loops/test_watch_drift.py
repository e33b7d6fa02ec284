"""The loop judges all there is, tells what changed, and goes on after a crash."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from central_sync.adapters.drift_tables import DriftTables
from central_sync.adapters.schema import migrate
from central_sync.loops.watch_drift import STEP, watch_drift
from central_sync.ports.drift import Drifted
from endcap.plumbing.sqlite_file import open_sqlite
from tests.central_sync.adapters.test_drift_tables import AT, drifting, take
from tests.fakes.clock import FakeClock


def test_every_store_is_judged_and_alarms_are_told(tmp_path: Path) -> None:
    async def play() -> list[Drifted]:
        told: list[Drifted] = []
        async with open_sqlite(tmp_path / "centre.db", migrate) as file:
            stores = [f"s-{number:02}" for number in range(STEP + 1)]
            for store in stores:
                await take(file, drifting(store, range(30, 31)))
            await take(file, drifting(stores[-1], range(60)))
            loop = asyncio.create_task(
                watch_drift(
                    DriftTables(file), told.append, FakeClock(AT), every=timedelta(minutes=1)
                )
            )
            waiting = "SELECT count(*) FROM forecast_scores WHERE judged = 0"
            async with asyncio.timeout(60):
                while (await file.read(lambda db: db.execute(waiting).fetchone()))[0] or not told:
                    assert not loop.done()
                    await asyncio.sleep(0.01)
            loop.cancel()
            with suppress(asyncio.CancelledError):
                await loop
        return told

    assert {(one.store, one.change.sign) for one in asyncio.run(play())} == {
        (f"s-{STEP:02}", "high")
    }
