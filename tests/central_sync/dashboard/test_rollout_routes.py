"""GET /v1/rollouts: waves, gates, the reason of a stop, and each store's timeline."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from central_sync.adapters.dashboard_reads import DashboardReads
from central_sync.adapters.event_tables import EventTables
from central_sync.adapters.fleet_tables import FleetTables
from central_sync.adapters.release_tables import ReleaseTables
from central_sync.adapters.rollout_tables import RolloutTables
from central_sync.adapters.schema import migrate
from central_sync.core.rollouts.plan import Plan, Wave
from central_sync.dashboard.app import create_app
from central_sync.loops.advance_rollouts import Advancing, advance_once
from central_sync.ports.releases import ReleaseRow
from central_sync.ports.stores import Delivery
from endcap.plumbing.http_face.guard import Limits
from endcap.plumbing.sqlite_file import SqliteFile, open_sqlite
from endcap.wire.envelope import Batch
from endcap.wire.events import UpdateAdvanced
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.store_world import at_place, state
from tests.fakes.tiny_models import release, tiny
from tests.serving import served

PLAN = Plan(waves=(Wave(count=2, name="canary"), Wave(share=1.0, approvals=1)))
STORES = ("s-0001", "s-0002", "s-0003")


async def a_rollout_that_stops(file: SqliteFile, clock: FakeClock) -> None:
    """Give release 2 to a canary of two stores, which refuse it."""
    releases, fleet = ReleaseTables(file, Path()), FleetTables(file)
    base, new, back = (ReleaseRow(release(n, tiny(2.0)), signed_at=NOON) for n in (1, 2, 3))
    await releases.keep(base)
    await releases.keep_new(new, back)
    for store in STORES:
        one = state(store=store).model_copy(update={"release": 1, "region": "north"})
        await fleet.note(one, NOON, heard_at=NOON)
    await releases.assign(1, None, NOON)
    rollouts = RolloutTables(file)
    await rollouts.start(2, PLAN, "ann", NOON)
    means = Advancing(rollouts, None, lambda _: None)
    await advance_once(means, clock.now())
    canary = [one.store for one in await releases.assignments() if one.release == 2]
    for store in canary:
        told = UpdateAdvanced(release=2, state="refused", reason="golden case 1 is off")
        event = at_place(told, 1).model_copy(update={"store": store})
        event = event.model_copy(update={"time": NOON + timedelta(minutes=1)})
        await EventTables(file).commit(Delivery(store, Batch((event,))), NOON)
    clock.turn(timedelta(minutes=2))
    await advance_once(means, clock.now())


@contextlib.asynccontextmanager
async def dashboard(folder: Path) -> AsyncIterator[FastAPI]:
    clock = FakeClock(NOON)
    async with open_sqlite(folder / "centre.db", migrate) as file:
        await a_rollout_that_stops(file, clock)
        limits = Limits(requests_per_second=5000, burst=5000)
        yield create_app(DashboardReads(file), folder / "tuf", clock, limits)


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("centre")
    with (
        served(lambda: dashboard(folder)) as address,
        httpx.Client(base_url=address, timeout=20) as client,
    ):
        yield client


def test_the_rollouts_are_listed(centre: httpx.Client) -> None:
    (one,) = centre.get("/v1/rollouts").json()["rollouts"]
    assert (one["rollout"], one["release"], one["state"]) == (1, 2, "reverting")
    assert (one["wave"], one["waves"], one["started_by"]) == (1, 2, "ann")


def test_a_rollout_tells_its_waves_its_gates_and_why_it_stopped(centre: httpx.Client) -> None:
    one = centre.get("/v1/rollouts/1").json()
    assert "2 of 2 stores refused it or went back" in one["reason"]
    assert one["waits_for"] == "2 of 2 stores to go back"
    assert [(wave["stores"], wave["standing"]) for wave in one["waves"]] == [
        (2, "ended"),
        (3, "never"),
    ]
    assert one["counts"] == {
        "fleet": 3,
        "exposed": 2,
        "committed": 0,
        "failed": 2,
        "waiting": 0,
        "back": 0,
    }
    installs = one["gates"][0]
    assert (installs["gate"], installs["bad"], installs["answers"]) == ("installs", 2, 2)
    assert installs["evidence"] > 0
    events = [line["event"] for line in one["journal"]]
    assert events == ["approved", "gate_failed", "revert"]


def test_the_stores_that_got_it_come_in_pages(centre: httpx.Client) -> None:
    first = centre.get("/v1/rollouts/1/stores?limit=1").json()
    (one,) = first["stores"]
    assert (one["assigned"], one["outcome"], one["stratum"]) == (3, "failed", ["north", "", ""])
    rest = centre.get(f"/v1/rollouts/1/stores?limit=5&after={first['next']}").json()
    assert len(rest["stores"]) == 1
    assert rest["next"] is None


def test_a_stores_timeline_is_in_order(centre: httpx.Client) -> None:
    store = centre.get("/v1/rollouts/1/stores").json()["stores"][0]["store"]
    moments = centre.get(f"/v1/rollouts/1/stores/{store}").json()["moments"]
    assert [(one["what"], one["release"]) for one in moments] == [
        ("assigned", 2),
        ("refused", 2),
        ("assigned", 3),
    ]
    assert moments[1]["detail"] == "golden case 1 is off"


def test_a_rollout_that_is_not_there_is_said(centre: httpx.Client) -> None:
    answer = centre.get("/v1/rollouts/9")
    assert (answer.status_code, answer.json()["type"]) == (
        404,
        "urn:endcap:problem:no-such-rollout",
    )
    assert centre.get("/v1/rollouts/9/stores").json()["stores"] == []


def test_the_page_draws_rollouts_from_this_centre_alone(centre: httpx.Client) -> None:
    script = centre.get("/page/rollouts.js").text
    assert "innerHTML" not in script
    assert "http" not in script.replace("/page/shared", "")
    assert 'id="rollouts"' in centre.get("/").text
