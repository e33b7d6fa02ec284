"""The demand page: scores, alarms and contests over a real socket, and seen in a real browser."""

import contextlib
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from central_sync.adapters.drift_tables import judge
from central_sync.adapters.event_tables import keep_events
from tests.browser import Browser, browser
from tests.central_sync.adapters.test_drift_tables import AT, drifting, scored
from tests.central_sync.dashboard.three_stores import three_stores
from tests.fakes.clock import FakeClock
from tests.serving import served

LAST = AT.replace(year=2026, month=3, day=2)
"""The morning after the last day that was scored: day 59."""

PINBALL = ("pinball", 2.4, 2.5, 840)
DRAWN = "document.querySelectorAll('#contest tbody tr').length > 0"


def fill(db: sqlite3.Connection) -> None:
    """Write sixty days of two stores, of which one drifts, and a contest that was lost."""
    keep_events(db, drifting("s-0001", range(60)), LAST)
    keep_events(db, [scored("s-0002", day, 1.0) for day in range(60)], LAST)
    judge(db, 10, LAST)
    at = LAST.isoformat()
    reason = "pinball loss 2.4 against 2.5; but 9.0% worse in the segment <promoted>: rejected"
    db.executemany(
        "INSERT INTO trainings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (1, "demand", at, at, "failed", "no data", None, None, None, None, None, 9, ""),
            (2, "demand", at, at, "rejected", reason, "1.1.0", *PINBALL, 20, "drift"),
            (3, "shopper", at, at, "promoted", "better", "1.0.0", "hits", 2.4, 2.5, 840, 20, ""),
        ],
    )
    db.executemany(
        "INSERT INTO training_parts VALUES (2, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (0, "segment", "promoted", 200, 0.3, 2.18, 2.0, 0.05, 0.12),
            (1, "origin", "7 days", 840, 1.0, 2.4, 2.5, -0.06, -0.02),
            (2, "store", "s-0001", 420, 0.5, 2.3, 2.5, None, None),
        ],
    )


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("centre")
    with served(lambda: three_stores(folder, FakeClock(LAST), fill_with=fill)) as found:
        yield found


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("browser")) as found:
        yield found


def ask(address: str, path: str, status: int = 200) -> Any:  # noqa: ANN401 - JSON
    answer = httpx.get(f"{address}{path}", timeout=20)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_the_fleet_s_scores_are_told_by_day_group_and_store(address: str) -> None:
    told = ask(address, "/v1/demand/scores")
    assert len(told["days"]) == 60
    assert (told["days"][-1]["stores"], told["days"][-1]["fared"]["units"]) == (2, 400.0)
    assert told["days"][-1]["fared"]["bias"] == pytest.approx(0.15, abs=0.08)
    assert told["recent"]["wape"] == 0.3
    assert [one["name"] for one in told["groups"]] == ["dairy"]
    assert {one["name"] for one in told["worst"]} == {"s-0001", "s-0002"}


def test_a_store_and_a_group_have_scores_of_their_own(address: str) -> None:
    told = ask(address, "/v1/demand/scores?store=s-0002&group=dairy&days=10")
    assert len(told["days"]) == 10
    assert told["days"][0]["fared"]["coverage"] == 0.9
    assert told["worst"] == []
    nobody = ask(address, "/v1/demand/scores?store=s-0009")
    assert (nobody["days"], nobody["recent"]["wape"]) == ([], None)


def test_alarms_are_told_with_since_and_why(address: str) -> None:
    told = ask(address, "/v1/demand/alarms")
    assert told["open"] == 2
    assert {one["group"] for one in told["alarms"]} == {"", "dairy"}
    assert "too high since" in told["alarms"][0]["why"]
    text = httpx.get(f"{address}/metrics", timeout=20).text
    assert 'endcap_drift_alarms{sign="high"} 2' in text
    assert 'endcap_drift_alarms{sign="coverage"} 0' in text


def test_the_last_verdict_is_told_in_parts(address: str) -> None:
    told = ask(address, "/v1/demand/contests")
    assert [one["training"] for one in told["trainings"]] == [2]
    assert (told["training"], told["trainings"][0]["cause"]) == (2, "drift")
    assert [one["name"] for one in told["parts"]] == ["7 days", "promoted", "s-0001"]
    assert ask(address, "/v1/demand/contests?training=2")["parts"] == told["parts"]
    assert ask(address, "/v1/demand/contests?training=1", 404)["hint"]


@pytest.mark.parametrize(
    "path",
    [
        *("scores?store=%23", "scores?days=0", "scores?days=401"),
        *("alarms?limit=0", "contests?training=0"),
    ],
)
def test_a_bad_question_is_refused(address: str, path: str) -> None:
    assert ask(address, f"/v1/demand/{path}", 422)["hint"]


def test_the_page_shows_what_drifts_and_who_won(address: str, page: Browser) -> None:
    page.open(f"{address}/demand", DRAWN)
    shown = page.ask("document.body.innerText")
    for text in ("30.0 %", "too high since", "segment <promoted>: rejected", "+9.0 %", "dairy"):
        assert text in shown
    assert page.ask("document.querySelectorAll('.shares').length") == 2  # no interval was told
    assert page.ask("document.querySelectorAll('.plot').length") == 1
    names = [name for role, name in page.tree() if role == "image"]
    assert any(name.startswith("Error (WAPE): 30.0 %") for name in names)
    assert page.problems == []


def test_a_store_is_picked_from_its_alarm(address: str, page: Browser) -> None:
    page.open(f"{address}/demand", DRAWN)
    page.ask("document.querySelector('#alarms .pick').click()")
    page.wait("document.getElementById('scores-note').textContent.startsWith('s-0001')")
    assert page.ask("document.getElementById('store').value") == "s-0001"
    assert page.problems == []


def test_an_empty_centre_says_so(tmp_path: Path, page: Browser) -> None:
    @contextlib.asynccontextmanager
    async def empty() -> AsyncIterator[FastAPI]:
        async with three_stores(tmp_path, FakeClock(), fill_with=lambda _: None) as app:
            yield app

    with served(empty) as address:
        page.open(f"{address}/demand", "document.body.innerText.includes('No store told of')")
        shown = page.ask("document.body.innerText")
        assert "No training came to a verdict yet" in shown
        assert "No forecast drifts" in shown
        assert page.problems == []
