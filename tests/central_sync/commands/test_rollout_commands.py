"""`central-sync rollout`, as people use it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from central_sync.adapters.fleet_tables import FleetTables
from central_sync.adapters.release_tables import ReleaseTables
from central_sync.adapters.rollout_tables import RolloutTables
from central_sync.adapters.schema import migrate
from central_sync.commands.rollout import rollout
from central_sync.loops.advance_rollouts import Advancing, advance_once
from central_sync.ports.releases import ReleaseRow
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.sqlite_file import SqliteFile, open_sqlite
from endcap.wire.commands import UpdateStanding
from tests.central_sync.commands.audited import ME, audited
from tests.fakes.store_world import state
from tests.fakes.tiny_models import NOON, release, tiny

ONE = tiny(2.0)
PLAN = '[[waves]]\nname = "canary"\ncount = 1\napprovals = 2\n[[waves]]\nshare = 1.0\n'


def say(*words: object, code: int = 0) -> Result:
    result = CliRunner().invoke(rollout, [str(word) for word in words])
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A centre of two stores on release 1, with a new release 2 and its way back."""
    path = tmp_path / "central.toml"
    path.write_text(f'[centre]\nfolder = "{tmp_path}"\n[mqtt]\nhost = "127.0.0.1"\nport = 1883\n')

    async def fill(file: SqliteFile) -> None:
        tables, fleet = ReleaseTables(file, tmp_path), FleetTables(file)
        base, new, back = (ReleaseRow(release(n, ONE), signed_at=NOON) for n in (1, 2, 3))
        await tables.keep(base)
        await tables.keep_new(new, back)
        for store in ("s-0001", "s-0002"):
            await fleet.note(
                state(store=store).model_copy(update={"release": 1}), NOON, heard_at=NOON
            )
        await tables.assign(1, None, NOON)

    at_centre(path, fill)
    return path


def at_centre(config: Path, work: Callable[[SqliteFile], Awaitable[None]]) -> None:
    async def run() -> None:
        async with open_sqlite(config.parent / "centre.sqlite", migrate) as file:
            await work(file)

    asyncio.run(run())


def centre_looks(config: Path) -> None:
    """Do what the centre's program does every few seconds."""

    async def look(file: SqliteFile) -> None:
        means = Advancing(RolloutTables(file), None, lambda _: None)
        await advance_once(means, SystemClock().now() + timedelta(seconds=1))

    at_centre(config, look)


def answers(config: Path, store: str, outcome: str) -> None:
    async def note(file: SqliteFile) -> None:
        update = UpdateStanding(state=outcome, release=2, reason="golden case 1 is off")
        now = SystemClock().now()
        serves = 2 if outcome == "committed" else 1
        told = state(store=store).model_copy(update={"release": serves, "update": update})
        await FleetTables(file).note(told, now, heard_at=now)

    at_centre(config, note)


def test_two_people_let_a_release_go_and_a_gate_takes_it_back(config: Path) -> None:
    plan = config.parent / "plan.toml"
    plan.write_text(PLAN)
    said = say("start", config, 2, "--plan", plan, "--by", "Ann Other").output
    assert said == "rollout 1 of release 2 begins with 1 stores\n"
    assert (
        "started rollout 1; another"
        in say("approve", config, 1, "--by", "ann other", code=1).stderr
    )
    assert "1 more must" in say("approve", config, 1, "--by", "Bo").output
    centre_looks(config)
    status = json.loads(say("status", config, "--json").stdout)
    assert (status["state"], status["missing_approvals"]) == ("awaiting_approval", 1)
    assert status["waves"][0]["approved_by"] == ["Bo"]
    say("approve", config, 1, "--by", "Cy")
    centre_looks(config)
    text = say("status", config).output
    assert "running" in text
    assert "1 of 2 stores got it" in text
    canary = json.loads(say("status", config, "--json").stdout)
    assert canary["counts"]["exposed"] == 1
    for store in ("s-0001", "s-0002"):
        answers(config, store, "refused")
    centre_looks(config)
    text = say("status", config, code=1).output
    assert "reverting" in text
    assert "refused it or went back" in text
    assert "reverting" in say("list", config).output
    assert "takes no pause" in say("pause", config, 1, code=1).stderr
    start, bo, cy, stopped, reverted = audited(config)[2:]
    assert start == "Ann Other: rollout 1 of release 2: started"
    assert (bo, cy) == tuple(
        f"{who}: rollout 1 of release 2: agrees to wave 1" for who in ("Bo", "Cy")
    )
    assert stopped.startswith("the centre: rollout 1 of release 2: gate failed: ")
    assert reverted.startswith("the centre: rollout 1 of release 2: revert: ")


def test_a_rollout_is_paused_resumed_aborted_and_reverted(config: Path) -> None:
    say("start", config, 2)
    assert say("pause", config, 1, "--reason", "lunch").output == "rollout 1 is paused\n"
    assert "a person to resume it" in say("status", config, 1).output
    resumed = json.loads(say("resume", config, 1, "--json").stdout)
    assert resumed["state"] == "awaiting_approval"
    assert say("abort", config, 1).output == "rollout 1 is aborted\n"
    assert "aborted" in say("status", config, "--watch").output
    assert say("revert", config, 1).output == "rollout 1 is reverting\n"
    centre_looks(config)
    assert json.loads(say("list", config, "--json").stdout)[0]["state"] == "reverted"
    watched = say("status", config, "--watch", "--json", code=1).stdout
    assert [json.loads(line)["state"] for line in watched.splitlines()] == ["reverted"]
    assert audited(config)[2:] == [
        f"{ME}: rollout 1 of release 2: {said}"
        for said in ("started", "pause: lunch", "resume", "abort", "revert")
    ]


def test_foreseeable_trouble_is_one_line(config: Path, tmp_path: Path) -> None:
    assert say("list", config).output == "no rollout yet\n"
    assert "no rollout yet" in say("status", config, code=1).stderr
    assert "no rollout 4" in say("status", config, 4, code=1).stderr
    assert "release 9 is not live" in say("start", config, 9, code=1).stderr
    assert "release 3 is a way back" in say("start", config, 3, code=1).stderr
    plan = config.parent / "plan.toml"
    plan.write_text("[[waves]]\nshare = 0.5\n")
    assert "plan.toml:1:1" in say("start", config, 2, "--plan", plan, code=2).stderr
    assert "no rollout 7" in say("approve", config, 7, code=1).stderr
    assert "a name of 1 to 80" in say("approve", config, 7, "--by", " ", code=2).stderr
    fresh = tmp_path / "fresh.toml"
    fresh.write_text(config.read_text().replace(str(tmp_path), str(tmp_path / "nowhere")))
    assert "has the centre ever run?" in say("list", fresh, code=2).stderr
