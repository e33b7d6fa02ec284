"""Experiments over a real socket, and seen in a real browser."""

import sqlite3
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from central_sync.adapters.event_tables import keep_events
from central_sync.core.experiments.plan import Plan
from endcap.wire import envelope
from endcap.wire.shopper_events import ArmTally, ExperimentTallied, MetricSums
from tests.browser import Browser, browser
from tests.central_sync.dashboard.three_stores import three_stores
from tests.fakes.clock import NOON, FakeClock
from tests.serving import served

PLAN = Plan.model_validate(
    {
        "experiment": "denser",
        "arms": [{"arm": "control", "weight": 1}, {"arm": "dense", "weight": 1}],
        "first": NOON,
        "last": NOON + timedelta(days=20),
    }
)
REASON = "<b>why not</b>"


def fill(db: sqlite3.Connection) -> None:
    """Write an experiment, and what two stores told of it."""
    at = NOON.isoformat()
    values = ("denser", PLAN.model_dump_json(), "0123456789abcdef", "running", at)
    db.execute("INSERT INTO experiments VALUES (?, ?, ?, ?, ?)", values)
    entry = ("denser", "start", at, "eve", REASON)
    db.execute(
        "INSERT INTO experiment_journal (experiment, event, at, by, reason) VALUES (?, ?, ?, ?, ?)",
        entry,
    )
    for number, store in enumerate(("s-0001", "s-0002"), 1):
        arms = tuple(
            ArmTally(
                arm=arm, metrics={"tap_rate": MetricSums(units=2000, total=hits, squares=hits)}
            )
            for arm, hits in (("control", 200), ("dense", 300))
        )
        body = ExperimentTallied(experiment="denser", day=NOON.date(), revision=1, arms=arms)
        event = envelope.event(
            store=store, epoch=f"{number:016x}", seq=1, time=NOON, clock_ok=True, body=body
        )
        keep_events(db, [event], NOON)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("centre")
    with served(lambda: three_stores(folder, FakeClock(NOON), fill_with=fill)) as found:
        yield found


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("browser")) as found:
        yield found


def test_the_api_tells_what_was_shown_so_far(address: str) -> None:
    with httpx.Client(base_url=address) as client:
        (one,) = client.get("/v1/experiments").json()["experiments"]
        assert one == client.get("/v1/experiments/denser").json()
        assert one["stores"] == 2
        (arm,) = one["arms"]
        assert arm["verdict"] == "better"
        assert arm["above_control"]["tap_rate"]["low"] > 0
        missing = client.get("/v1/experiments/nobody")
        assert missing.status_code == 404
        assert missing.json()["type"] == "urn:endcap:problem:unknown-experiment"


def test_the_page_shows_arms_bounds_and_the_journal(address: str, page: Browser) -> None:
    page.open(f"{address}/experiments", "document.querySelector('.experiment') !== null")
    text = page.ask("document.querySelector('.experiment').innerText")
    for shown in ("better", "+0.0500", REASON):  # what a person wrote is text, never markup
        assert shown in text
    assert page.problems == []
