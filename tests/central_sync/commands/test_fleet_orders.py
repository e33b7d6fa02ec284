"""Ordering settings and errands by command: what is told, rehearsed and refused."""

import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from central_sync.__main__ import main
from central_sync.adapters.fleet_tables import FleetTables
from central_sync.adapters.schema import migrate
from endcap.plumbing.sqlite_file import open_sqlite
from tests.fakes.store_world import NOON, OTHER_STORE, STORE, state

CENTRAL = '[centre]\nfolder = "data"\n[mqtt]\nhost = "127.0.0.1"\n'


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A centre that heard two stores, one of them in the north."""

    async def fill() -> None:
        async with open_sqlite(tmp_path / "data" / "centre.sqlite", migrate) as file:
            for store, region in ((STORE, "north"), (OTHER_STORE, "south")):
                told = state(store=store).model_copy(update={"region": region})
                await FleetTables(file).note(told, NOON, heard_at=NOON)

    path = tmp_path / "central.toml"
    path.write_text(CENTRAL)
    asyncio.run(fill())
    (tmp_path / "set.toml").write_text('[log]\nlevel = "debug"\n')
    return path


def _fleet(command: str, config: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["fleet", command, str(config), *words])


def _set(config: Path) -> tuple[str, str]:
    return "--set", str(config.with_name("set.toml"))


def test_settings_are_rehearsed_ordered_and_taken_back(config: Path) -> None:
    told = _fleet("configure", config, STORE, *_set(config), "--dry-run")
    assert f'{STORE}  log: {{"level": "debug"}}' in told.stdout
    assert "nothing was ordered" in told.stdout
    assert "no settings were ordered yet" in _fleet("config-status", config).stdout
    assert "ordered for 2 stores" in _fleet("configure", config, "--all", *_set(config)).stdout
    again = _fleet("configure", config, "--region", "north", *_set(config))
    assert f"{STORE}  nothing changes" in again.stdout
    assert "ordered for 0 stores" in again.stdout
    assert "ordered for 1 stores" in _fleet("configure", config, STORE, "--clear").stdout
    found = json.loads(_fleet("config-status", config, "--json").stdout)["stores"]
    assert [(one["store"], one["answer"], one["sections"]) for one in found] == [
        (STORE, "waiting", []),
        (OTHER_STORE, "waiting", ["log"]),
    ]
    assert "waiting  (its own file)" in _fleet("config-status", config).stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((STORE,), "say which settings: --set FILE, or --clear"),
        (("--clear",), "say which stores: STORE..., --region REGION, or --all"),
        (("--clear", STORE, "--all"), "say which stores"),
        (("--clear", "s-0009"), "s-0009: never heard"),
        (("--clear", "--region", "west"), "there is no such store"),
        ((STORE, "--set", "no-such.toml"), "there is no such file"),
    ],
)
def test_a_mistake_is_told_in_a_line(config: Path, words: tuple[str, ...], told: str) -> None:
    result = _fleet("configure", config, *words)
    assert result.exit_code in (1, 2)
    assert told in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("text", ['log = "debug"\n', "[log\n", "[log]\nsince = 2026-01-01\n"])
def test_a_file_that_holds_no_settings_is_refused(config: Path, text: str) -> None:
    config.with_name("set.toml").write_text(text)
    result = _fleet("configure", config, STORE, *_set(config))
    assert result.exit_code == 2
    assert "set.toml" in result.stderr


def test_errands_and_reports_have_commands(config: Path) -> None:
    assert "never heard" in _fleet("errand", config, "s-0009", "restart", "--reason", "x").stderr
    asked = _fleet("errand", config, STORE, "upload-bundle", "--reason", "slow kiosk")
    assert f"upload-bundle asked of {STORE}" in asked.stdout
    assert "brought no report" in _fleet("bundles", config, STORE).stdout
    none = _fleet("bundles", config, STORE, "--fetch", str(config.with_name("out.json")))
    assert none.exit_code == 1
    audit = CliRunner().invoke(main, ["audit", str(config)])
    assert "upload-bundle" in audit.stdout
    assert "whole: 1 entries" in audit.stdout
    verified = CliRunner().invoke(main, ["audit", str(config), "--verify", "--json"])
    assert json.loads(verified.stdout)["first_broken"] is None
