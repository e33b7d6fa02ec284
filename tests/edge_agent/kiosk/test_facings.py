"""What is known of facings, what gaps cost, and what a person who stands there says."""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from edge_agent.adapters.facing_tables import FacingTables
from edge_agent.adapters.schema import migrate
from edge_agent.ports.kiosk import StoreUnreadableError, StoreUnwritableError
from endcap.plumbing.sqlite_file import open_sqlite
from tests.edge_agent.kiosk.corner_store import FACTS, corner_store, gtin_of
from tests.fakes.clock import NOON, FakeClock
from tests.serving import served

Ask = Callable[..., httpx.Response]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Ask]:
    """Return what asks a corner store of its own."""
    with (
        served(lambda: corner_store(tmp_path, FakeClock())) as address,
        httpx.Client(base_url=address, timeout=20) as client,
    ):
        yield client.request


def say(store: Ask, facing: str, answer: str, camera: str = "aisle-1") -> dict[str, Any]:
    reply = store("POST", f"/v1/facings/{camera}/{facing}/answer", json={"answer": answer})
    assert reply.status_code == 200, reply.text
    said: dict[str, Any] = reply.json()
    return said


def events(folder: Path) -> list[tuple[str, dict[str, Any]]]:
    """Return what waits in the outbox about shelves."""
    with sqlite3.connect(folder / "store.db") as db:
        rows = db.execute("SELECT kind, body FROM outbox WHERE body <> '{}' ORDER BY seq")
        return [(kind.split(".")[2], json.loads(body)) for kind, body in rows]


def history(store: Ask, facing: str) -> dict[str, Any]:
    found: dict[str, Any] = store("GET", f"/v1/facings/aisle-1/{facing}").json()
    return found


def test_a_facing_has_a_state_a_reason_and_a_past(store: Ask) -> None:
    found = history(store, "f1")
    assert (found["facing"]["state"], found["facing"]["name"]) == ("gap", "Rye bread 500 g")
    (turn,) = found["turns"]
    assert (turn["state"], turn["seer"]) == ("gap", "camera")
    unknown = store("GET", "/v1/facings/aisle-2/f0").json()["facing"]
    assert (unknown["state"], unknown["reason"]) == ("unknown", "its camera is missing")


def test_gaps_cost_since_they_opened_and_all_of_today_together(store: Ask) -> None:
    told = store("GET", "/v1/gaps").json()
    (gap,) = told["gaps"]
    assert (gap["lost_units"], gap["by"]) == (pytest.approx(12 / 12), "camera")
    closed = 24 / 3 / 12  # butter, for the hour that its gap lasted
    assert told["lost_units_today"] == pytest.approx(12 / 12 + closed, abs=0.001)


def test_it_is_full_closes_a_gap_that_never_was(store: Ask, tmp_path: Path) -> None:
    said = say(store, "f1", "full")
    assert (said["facing"]["state"], said["told"]) == ("full", True)
    assert store("GET", "/v1/gaps").json()["gaps"] == []
    (_, closed), (kind, heard) = events(tmp_path)
    assert (closed["by"], closed["restocked"], closed["lost_units"]) == ("person", False, None)
    assert (kind, heard["answer"], heard["gtin"]) == ("facing-answered", "full", gtin_of(1))


def test_it_is_empty_opens_a_gap_and_the_same_again_changes_nothing(
    store: Ask, tmp_path: Path
) -> None:
    for _ in range(2):
        assert say(store, "f0", "empty")["facing"]["state"] == "gap"
    shelf = [kind for kind, _ in events(tmp_path) if kind != "facing-answered"]
    assert shelf == ["gap-opened"]
    assert [(t["state"], t["seer"]) for t in history(store, "f0")["turns"]] == [
        ("gap", "person"),
        ("full", "camera"),
    ]
    gaps = store("GET", "/v1/gaps").json()["gaps"]
    assert [(one["facing"], one["by"]) for one in gaps] == [("f1", "camera"), ("f0", "person")]


def test_what_a_person_confirms_is_noted(store: Ask) -> None:
    say(store, "f1", "empty")
    say(store, "f1", "empty")
    newest, *earlier = history(store, "f1")["turns"]
    assert (newest["reason"], newest["seer"], len(earlier)) == ("confirmed", "person", 1)


def test_low_and_not_sure_are_answers_too(store: Ask, tmp_path: Path) -> None:
    assert say(store, "f0", "low")["facing"]["state"] == "low"
    unsure = say(store, "f1", "unsure")
    assert (unsure["facing"]["state"], unsure["told"]) == ("gap", False)
    assert history(store, "f1")["turns"][0]["reason"] == "unsure"
    assert [kind for kind, _ in events(tmp_path)] == ["facing-seen", "facing-answered"]


def test_what_is_not_planned_is_not_found(store: Ask) -> None:
    assert store("GET", "/v1/facings/aisle-1/f99").status_code == 404
    answer = store("POST", "/v1/facings/aisle-9/f0/answer", json={"answer": "full"})
    assert answer.status_code == 404
    assert "unknown-facing" in answer.text


def test_a_camera_that_may_not_ask_tells_nothing_of_answers(store: Ask) -> None:
    assert say(store, "f0", "full", camera="aisle-2")["told"] is False


def test_a_disk_that_fails_says_so(tmp_path: Path) -> None:
    async def work() -> None:
        async with open_sqlite(tmp_path / "store.db", migrate) as file:
            await file.write(lambda db: db.execute("DROP TABLE facings"))
            book = FacingTables(file, FACTS.opening)
            with pytest.raises(StoreUnreadableError):
                await book.history("aisle-1", "f0", 5)
            with pytest.raises(StoreUnwritableError):
                await book.said("aisle-1", "f0", "full", NOON)

    asyncio.run(work())
