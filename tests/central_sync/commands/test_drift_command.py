"""`central-sync drift` says what drifts, for people and for machines, and by its exit code."""

import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from central_sync.adapters.schema import migrate
from central_sync.commands.drift import drift
from endcap.plumbing.sqlite_file import open_sqlite
from tests.central_sync.adapters.test_drift_tables import drifting, judged, take


@pytest.fixture
def centre(tmp_path: Path) -> Path:
    """Return the database of a centre where one store of two drifts."""

    async def fill() -> None:
        async with open_sqlite(tmp_path / "centre.sqlite", migrate) as file:
            await take(file, [*drifting("s-1", range(60)), *drifting("s-2", range(30))])
            await judged(file)

    asyncio.run(fill())
    return tmp_path / "centre.sqlite"


def test_open_alarms_are_told_and_are_exit_1(centre: Path) -> None:
    said = CliRunner().invoke(drift, [str(centre)])
    assert said.exit_code == 1
    whole = next(line for line in said.output.splitlines() if "(all items)" in line)
    assert whole.startswith("s-1 ")
    assert "too high since 2026-02-" in whole
    told = json.loads(CliRunner().invoke(drift, [str(centre), "--json"]).output)
    assert {(one["store"], one["group"], one["sign"]) for one in told["alarms"]} == {
        ("s-1", None, "high"),
        ("s-1", "dairy", "high"),
    }


def test_a_store_without_alarms_is_exit_0(centre: Path) -> None:
    said = CliRunner().invoke(drift, [str(centre), "--store", "s-2"])
    assert (said.exit_code, said.output) == (0, "no forecast drifts\n")


def test_a_database_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    said = CliRunner().invoke(drift, [str(tmp_path / "none.sqlite")])
    assert (said.exit_code, said.stdout, len(said.stderr.splitlines())) == (2, "", 1)
