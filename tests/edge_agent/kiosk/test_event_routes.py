"""Events near the store over a real socket: told, shown with who told, and taken back."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from edge_agent.adapters.feed_tables import FeedTables
from edge_agent.adapters.schema import migrate
from endcap.plumbing.sqlite_file import open_sqlite
from endcap.wire.commands import Feed, LocalEvent
from tests.edge_agent.kiosk.corner_store import corner_store, nothing
from tests.fakes.clock import NOON, FakeClock
from tests.serving import served

DAY = NOON.date() + timedelta(days=5)
MATCH = {"day": str(DAY), "name": " Football  match ", "effect": 0.3}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="module")
def kiosk(folder: Path) -> Iterator[httpx.Client]:
    with (
        served(lambda: corner_store(folder, FakeClock(), fill_with=nothing)) as address,
        httpx.Client(base_url=address, timeout=20) as client,
    ):
        yield client


def from_the_centre(folder: Path, version: int, *events: LocalEvent) -> None:
    async def work() -> None:
        async with open_sqlite(folder / "store.db", migrate) as file:
            await FeedTables(file).take(Feed(version=version, local_events=events), NOON)

    asyncio.run(work())


def known(client: httpx.Client) -> list[tuple[Any, ...]]:
    answer = client.get("/v1/events").json()
    return [(one["name"], one["effect"], one["source"]) for one in answer["events"]]


def test_an_event_is_told_shown_and_taken_back(kiosk: httpx.Client) -> None:
    for _ in range(2):
        told = kiosk.post("/v1/events", json=MATCH)
        assert told.status_code == 201
        assert told.json()["name"] == "Football match"
    assert known(kiosk) == [("Football match", 0.3, "store")]
    gone = kiosk.delete(f"/v1/events/{DAY}", params={"name": "Football match"})
    assert (gone.status_code, gone.json()["events"]) == (200, [])
    again = kiosk.delete(f"/v1/events/{DAY}", params={"name": "Football match"})
    assert (again.status_code, again.json()["type"]) == (404, "urn:endcap:problem:unknown-event")


def test_what_the_store_says_goes_before_what_the_centre_says(
    kiosk: httpx.Client, folder: Path
) -> None:
    fair = LocalEvent(day=DAY, name="Fair", effect=0.5)
    from_the_centre(folder, 1, fair)
    refused = kiosk.delete(f"/v1/events/{DAY}", params={"name": "Fair"})
    assert refused.status_code == 409
    assert "effect of 0" in refused.json()["hint"]
    assert kiosk.post("/v1/events", json={"day": str(DAY), "name": "Fair", "effect": 0}).is_success
    from_the_centre(folder, 2, fair.model_copy(update={"effect": 0.9}))
    assert known(kiosk) == [("Fair", 0.0, "store")]
    feeds = {one["source"]: one for one in kiosk.get("/v1/status").json()["feeds"]}
    assert feeds["centre"]["version"] == 2
    assert feeds["store"]["rows"] == {"local_events": 1}
    assert kiosk.delete(f"/v1/events/{DAY}", params={"name": "Fair"}).is_success
    assert known(kiosk) == [("Fair", 0.9, "centre")]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"day": "soon"}, "day"),
        ({"day": "2199-01-01"}, "too far away"),
        ({"name": "  "}, "name"),
        ({"name": "a\u0000b"}, "name"),
        ({"effect": 11}, "effect"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_is_no_event_is_refused(
    kiosk: httpx.Client, change: dict[str, object], where: str
) -> None:
    answer = kiosk.post("/v1/events", json=MATCH | change)
    assert answer.status_code == 422
    assert where in answer.json()["detail"]


def test_the_page_and_what_it_is_made_of_are_served(kiosk: httpx.Client) -> None:
    page = kiosk.get("/events").text
    for name in ("/page/events.js", "/page/events.css"):
        assert name in page
        assert kiosk.get(name).status_code == 200
    assert 'href="/events"' in kiosk.get("/store").text
    for label in ("day", "event", "effect"):
        assert f'<label for="{label}">' in page


@pytest.mark.parametrize("first", ["0", "1772448000", "2026-3-2", "2026-03-02T00:00"])
def test_a_number_is_no_day(kiosk: httpx.Client, first: str) -> None:
    assert kiosk.get(f"/v1/events?first={first}").status_code == 422
