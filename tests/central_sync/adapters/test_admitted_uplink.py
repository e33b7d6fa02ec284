"""What a revoked store says is not heard; what the others say is."""

import asyncio
from pathlib import Path

from central_sync.adapters import identity_tables as tables
from central_sync.adapters.admitted_uplink import AdmittedUplink
from central_sync.adapters.schema import migrate
from endcap.plumbing.mqtt_link import Message
from endcap.plumbing.sqlite_file import open_sqlite
from tests.fakes.central_world import ScriptedUplink
from tests.fakes.clock import NOON

HEARD = [
    Message(f"endcap/v1/stores/{store}/up/events", b"x") for store in ("store-1", "store-2")
] + [Message("elsewhere", b"x")]


def test_a_revoked_store_is_not_heard_until_it_is_let_in_again(tmp_path: Path) -> None:
    async def scene() -> None:
        async with open_sqlite(tmp_path / "centre.sqlite", migrate) as file:
            uplink = AdmittedUplink(ScriptedUplink(*HEARD * 3), file)
            assert await uplink.take(3) == HEARD
            await file.write(lambda db: tables.revoke_store(db, "store-1", "stolen", NOON))
            assert await uplink.take(3) == HEARD[1:]
            await file.write(lambda db: tables.reinstate_store(db, "store-1"))
            assert await uplink.take(3) == HEARD

    asyncio.run(scene())
