"""What shoppers did with what was offered, told over a real socket."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from endcap.plumbing.sqlite_file import connect
from tests.edge_agent.kiosk.corner_store import corner_store, gtin_of, nothing
from tests.fakes.clock import NOON, FakeClock
from tests.serving import served

TAP: dict[str, Any] = {"answer": "ab" * 16, "gtin": gtin_of(3), "what": "tapped"}


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


def test_what_is_told_twice_is_kept_once(kiosk: httpx.Client, folder: Path) -> None:
    early, late = NOON - timedelta(days=30), NOON + timedelta(days=1)
    told = [
        TAP,
        TAP | {"what": "bought", "at": early.isoformat()},
        TAP | {"what": "dismissed", "at": late.isoformat()},
    ]
    first = kiosk.post("/v1/feedback", json={"feedback": told})
    assert (first.status_code, first.json()) == (200, {"accepted": 3, "new": 3})
    again = kiosk.post("/v1/feedback", json={"feedback": told[::-1]})
    assert again.json() == {"accepted": 3, "new": 0}
    db = connect(folder / "store.db")
    found = {row["what"]: row["at"] for row in db.execute("SELECT what, at FROM feedback")}
    db.close()
    assert found == {
        "tapped": NOON.isoformat(),
        "bought": (NOON - timedelta(days=7)).isoformat(),
        "dismissed": NOON.isoformat(),
    }


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [TAP] * 201,
        [TAP | {"answer": "short"}],
        [TAP | {"what": "liked"}],
        [TAP | {"gtin": "4006381333930"}],
        [TAP | {"at": "2026-03-02T12:00:00"}],
        [TAP | {"more": 1}],
    ],
)
def test_what_is_not_feedback_is_refused(kiosk: httpx.Client, rows: list[Any]) -> None:
    answer = kiosk.post("/v1/feedback", json={"feedback": rows})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
