"""The doctor's line about signatures: fresh, frozen, an assignment that is over."""

import asyncio
from datetime import timedelta
from pathlib import Path

from edge_agent.adapters.order_gate import SignedOrderGate
from edge_agent.adapters.schema import migrate
from edge_agent.adapters.trust_tables import TrustTables
from edge_agent.commands.signatures import signatures
from edge_agent.config import EdgeConfig, load_config
from edge_agent.core.trust import Freshness
from endcap.plumbing.sqlite_file import open_sqlite
from endcap.wire.orders import Assignment
from endcap.wire.topics import Channel
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.control_keys import PlayedKeyring, assignment, enveloped

DAY = timedelta(days=1)


def config(folder: Path, *, updates: bool = True) -> EdgeConfig:
    text = '[store]\nid = "s-0001"\ntimezone = "UTC"\n[storage]\nfolder = "data"\n'
    if updates:
        text += '[updates]\nurl = "http://127.0.0.1:1"\nroot = "root.json"\n'
    (folder / "store.toml").write_text(text)
    return load_config(folder / "store.toml", {}, check_files=False)


def test_a_store_that_verified_nothing_yet_is_well(tmp_path: Path) -> None:
    assert list(signatures(config(tmp_path), NOON)) == []
    assert list(signatures(config(tmp_path, updates=False), NOON)) == []
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "store.db").write_bytes(b"no database at all, but as long as one")
    assert list(signatures(config(tmp_path), NOON)) == []


def test_fresh_frozen_and_over(tmp_path: Path) -> None:
    found = config(tmp_path)

    async def fill() -> None:
        async with open_sqlite(found.storage.database, migrate) as file:
            book = TrustTables(file)
            assert [one.state for one in signatures(found, NOON)] == ["ok"]
            await book.keep_freshness(Freshness(1, NOON + DAY, NOON))
            gate = SignedOrderGate("s-0001", PlayedKeyring(), book, file, FakeClock(NOON))
            order = enveloped(assignment(5, 1, NOON, days=3))
            await gate.accept(Channel.DESIRED, order, Assignment)

    asyncio.run(fill())
    states = [[one.state for one in signatures(found, NOON + days * DAY)] for days in (0, 1, 3)]
    assert states == [["ok"], ["warn"], ["warn", "warn"]]
    last = [one.seen for one in signatures(found, NOON + 3 * DAY)]
    assert "nothing newer came" in last[0]
    assert "the assignment was good until" in last[1]
