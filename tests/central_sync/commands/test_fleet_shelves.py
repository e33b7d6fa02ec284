"""`central-sync fleet shelves`: what stands empty, what nothing is known of, which cameras fail."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from central_sync.adapters.event_tables import EventTables
from central_sync.adapters.fleet_tables import FleetTables
from central_sync.adapters.schema import migrate
from central_sync.commands.fleet import fleet
from central_sync.ports.stores import Delivery
from endcap.plumbing.sqlite_file import open_sqlite
from endcap.wire.events import FacingUnknown
from tests.fakes.store_world import GTIN, OTHER_STORE, STORE, gap, in_row, state, travelled


@pytest.fixture
def centre(tmp_path: Path) -> Path:
    """Return the database of a centre with a store that sees little, and one that is well."""
    now = datetime.now(UTC)  # noqa: TID251 - the command judges by the real clock
    hour = now - timedelta(hours=1)
    news = [
        gap("a1"),
        FacingUnknown(camera="aisle-1", facing="a1", gtin=GTIN, since=hour, reason="camera"),
        FacingUnknown(camera="aisle-2", facing="b7", since=hour, reason="hidden"),
    ]

    async def fill() -> None:
        async with open_sqlite(tmp_path / "centre.sqlite", migrate) as file:
            await EventTables(file).commit(Delivery(STORE, travelled(*in_row(news))), now)
            blind = state().model_copy(update={"cameras": {"aisle-1": "covered", "aisle-2": "ok"}})
            await FleetTables(file).note(blind, now, heard_at=now)
            await FleetTables(file).note(state(store=OTHER_STORE), now, heard_at=now)

    asyncio.run(fill())
    return tmp_path / "centre.sqlite"


def ran(*words: str | Path) -> tuple[int, str, str]:
    done = CliRunner().invoke(fleet, ["shelves", *map(str, words)])
    return done.exit_code, done.stdout, done.stderr


def test_what_is_unknown_is_told_with_the_reason(centre: Path) -> None:
    code, out, _ = ran(centre)
    assert code == 0
    first, camera, empty, covered, hidden, other = out.splitlines()
    assert first == f"{STORE}  online  1 gaps open  2 facings unknown"
    assert camera == "  camera   aisle-1: covered"
    assert empty.startswith(f"  gap      aisle-1/a1, {GTIN}  since ")
    assert empty.endswith("; out of sight, its camera is not to be believed")
    assert covered.endswith("; its camera is not to be believed")
    assert hidden.startswith("  unknown  aisle-2/b7  since 1:00:0")
    assert other == f"{OTHER_STORE}  online  0 gaps open  0 facings unknown"
    assert "2 facings unknown" in CliRunner().invoke(fleet, ["list", str(centre)]).stdout


def test_one_store_as_json(centre: Path) -> None:
    (one,) = json.loads(ran(centre, STORE, "--json")[1])["stores"]
    assert (one["presence"], one["cameras"]) == ("online", {"aisle-1": "covered"})
    assert [(gap["facing"], gap["unseen"]) for gap in one["gaps"]] == [("a1", "camera")]
    assert [(each["facing"], each["reason"]) for each in one["unknown"]] == [
        ("a1", "camera"),
        ("b7", "hidden"),
    ]


def test_a_store_that_was_never_heard_is_one_line(centre: Path, tmp_path: Path) -> None:
    line = "s-9999 was never heard; `fleet list` names those that were\n"
    assert ran(centre, "s-9999") == (1, "", line)

    async def empty() -> None:
        async with open_sqlite(tmp_path / "empty.sqlite", migrate):
            pass

    asyncio.run(empty())
    assert ran(tmp_path / "empty.sqlite") == (0, "no store was heard yet\n", "")
