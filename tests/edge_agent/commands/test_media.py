"""`edge-agent media`: campaigns, leases and plays, in lines and as JSON."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from edge_agent.commands.media import media
from tests.edge_agent.adapters.media_store import lease, put
from tests.edge_agent.core.media.campaigns import campaign
from tests.edge_agent.kiosk.corner_store import corner_store, fill, gtin_of, nothing
from tests.fakes.clock import FakeClock
from tests.ports import free_port
from tests.serving import served


def advertised(db: sqlite3.Connection) -> None:
    fill(db)
    put(db, [campaign("coffee", gtins=(gtin_of(4),))], [lease("coffee-1")])


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    with served(lambda: corner_store(tmp_path, FakeClock(), fill_with=advertised)) as found:
        yield found


def run(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(media, arguments)
    return done.exit_code, done.stdout, done.stderr


def test_it_shows_what_was_played_spent_and_left(address: str) -> None:
    asked = {"slot": "kiosk.home", "limit": 2}
    assert httpx.post(f"{address}/v1/media/slot", json=asked).status_code == 200
    code, out, _ = run(address)
    assert code == 0
    assert out.splitlines() == [
        "coffee (coffee inc) runs: 1 plays, 0.10 spent, 9.90 left, 0 tapped, 0 bought, 0 held out",
        "  lease coffee-1 of coffee: 0.10 of 10.00 until 2026-03-03T12:00",
        "the store's own offers: 1 places; not told yet: 2",
    ]
    code, out, _ = run(address, "--json")
    assert (code, json.loads(out)["leases"][0]["spent"]) == (0, 100_000)


def test_without_campaigns_or_an_agent_it_says_so(tmp_path: Path) -> None:
    with served(lambda: corner_store(tmp_path, FakeClock(), fill_with=nothing)) as empty:
        code, out, _ = run(empty)
        assert (code, out.startswith("no campaign is ordered")) == (0, True)
    code, _, err = run(f"http://127.0.0.1:{free_port()}")
    assert (code, "is the agent running?" in err) == (1, True)
