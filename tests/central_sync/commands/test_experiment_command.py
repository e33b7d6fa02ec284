"""Experiments as a person orders them and looks at them: lines, JSON, exit codes, the journal."""

import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from central_sync.__main__ import main
from central_sync.adapters.event_tables import keep_events
from central_sync.adapters.schema import migrate
from endcap.plumbing.sqlite_file import open_sqlite
from endcap.wire import envelope
from endcap.wire.shopper_events import ArmTally, ExperimentTallied, MetricSums
from tests.central_sync.commands.audited import ME, audited
from tests.fakes.store_world import NOON, STORE

PLAN = """
experiment = "denser-shelf"
first = 2026-03-01T00:00:00Z
last = 2026-03-29T00:00:00Z
[[arms]]
arm = "control"
weight = 1
[[arms]]
arm = "dense"
weight = 1
[arms.settings.shopper]
department_share = 0.3
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A centre that ran, and a plan beside it."""

    async def fill() -> None:
        async with open_sqlite(tmp_path / "data" / "centre.sqlite", migrate):
            pass

    path = tmp_path / "central.toml"
    path.write_text('[centre]\nfolder = "data"\n[mqtt]\nhost = "127.0.0.1"\n')
    path.with_name("plan.toml").write_text(PLAN)
    asyncio.run(fill())
    return path


def experiment(*words: object) -> Result:
    return CliRunner().invoke(main, ["experiment", *(str(one) for one in words)])


def started(config: Path) -> Result:
    return experiment("start", config, config.with_name("plan.toml"), "--reason", "try it")


def hear(config: Path) -> None:
    sums = {"control": 400, "dense": 560}
    arms = tuple(
        ArmTally(arm=arm, metrics={"tap_rate": MetricSums(units=4000, total=hits, squares=hits)})
        for arm, hits in sums.items()
    )
    body = ExperimentTallied(experiment="denser-shelf", day=NOON.date(), revision=1, arms=arms)
    event = envelope.event(
        store=STORE, epoch="00c0ffee00c0ffee", seq=1, time=NOON, clock_ok=True, body=body
    )

    async def work() -> None:
        database = config.parent / "data" / "centre.sqlite"
        async with open_sqlite(database, migrate) as file:
            await file.write(lambda db: keep_events(db, [event], NOON))

    asyncio.run(work())


def test_an_experiment_is_started_looked_at_and_stopped(config: Path) -> None:
    assert "no experiment was ever started" in experiment("list", config).stdout
    told = started(config)
    assert told.exit_code == 0, told.output
    assert "denser-shelf runs from 2026-03-01" in told.stdout
    assert "dense unknown" in experiment("list", config).stdout
    hear(config)
    shown = experiment("show", config, "denser-shelf").stdout
    assert "tap_rate: dense better  (1 stores told)" in shown
    assert "dense is +0.04 above the control in tap_rate" in shown
    assert f"start by {ME}: try it" in shown
    assert experiment("stop", config, "denser-shelf", "--reason", "seen enough").exit_code == 0
    whole = json.loads(experiment("show", config, "denser-shelf", "--json").stdout)
    assert whole["state"] == "stopped"
    assert whole["arms"][0]["verdict"] == "better"
    assert [one["event"] for one in whole["journal"]] == ["start", "stop"]
    names = json.loads(experiment("list", config, "--json").stdout)["experiments"]
    assert [one["experiment"] for one in names] == ["denser-shelf"]
    assert audited(config) == [
        f"{ME}: experiment denser-shelf: start",
        f"{ME}: experiment denser-shelf: stop",
    ]


def test_what_cannot_be_is_said_in_one_line(config: Path) -> None:
    assert started(config).exit_code == 0
    again = started(config)
    assert (again.exit_code, again.stdout) == (1, "")
    assert "denser-shelf runs and sets shopper.department_share too" in again.stderr
    for words in (("show", config, "nobody"), ("stop", config, "nobody")):
        gone = experiment(*words)
        assert gone.exit_code == 1
        assert "there is no experiment nobody" in gone.stderr
    bad = config.with_name("bad.toml")
    bad.write_text(PLAN.replace("2026-03-29", "2027-03-29"))
    refused = experiment("start", config, bad)
    assert refused.exit_code == 2
    assert "up to 60 days" in refused.stderr
    assert "no experiment" in experiment("show", config, "nobody", "--json").stderr
