"""What is proposed, and what a person makes of it, asked over a real socket."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from endcap.plumbing.sqlite_file import connect
from tests.edge_agent.kiosk.corner_store import at_noon, corner_store, gtin_of
from tests.edge_agent.kiosk.stocked_store import (
    COUNT,
    MARKDOWN,
    ORDER,
    REFILL,
    TODAY,
    fill_proposed,
)
from tests.fakes.clock import FakeClock
from tests.serving import served


@pytest.fixture
def kiosk(tmp_path: Path) -> Iterator[httpx.Client]:
    with (
        served(lambda: corner_store(tmp_path, FakeClock(), fill_with=fill_proposed)) as address,
        httpx.Client(base_url=f"{address}/v1", timeout=20) as client,
    ):
        yield client


def problem(answer: httpx.Response) -> tuple[int, str]:
    told: dict[str, Any] = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert told["hint"]
    return answer.status_code, told["type"].rpartition(":")[2]


def test_what_is_open_is_shown_with_its_reasons(kiosk: httpx.Client) -> None:
    told = kiosk.get("/proposals").json()
    assert [one["id"] for one in told["proposals"]] == [COUNT, MARKDOWN, ORDER, REFILL]
    assert told["age_s"] == 120
    order = told["proposals"][2]
    assert (order["what"], order["gtin"], order["name"]) == ("order", gtin_of(0), "Whole milk 1 l")
    assert (order["amount"], order["state"], order["decided"]) == (12, "open", None)
    assert order["reasons"] == ["because of order", "<b>bold</b> reasons"]
    assert order["figures"]["case_pack"] == 6
    assert kiosk.get("/proposals", params={"what": "refill"}).json()["proposals"][0]["id"] == REFILL
    assert kiosk.get("/proposals", params={"day": "2026-03-01"}).json()["proposals"] == []
    assert problem(kiosk.get("/proposals", params={"what": "guess"})) == (422, "invalid-value")


def test_accepting_changing_and_rejecting_are_kept_and_told_once(
    kiosk: httpx.Client, tmp_path: Path
) -> None:
    for _ in range(2):
        accepted = kiosk.post(f"/proposals/{ORDER}/accept", json={})
        assert (accepted.status_code, accepted.json()["state"]) == (200, "accepted")
        assert accepted.json()["decided_at"] == at_noon()
        changed = kiosk.post(
            f"/proposals/{MARKDOWN}/change", json={"amount": 1.8, "reason": "too low"}
        )
        assert (changed.json()["state"], changed.json()["decided"]) == ("changed", 1.8)
        rejected = kiosk.post(f"/proposals/{REFILL}/reject", json={"reason": "no hands"})
        assert (rejected.json()["state"], rejected.json()["decided"]) == ("rejected", None)
    (open_one,) = kiosk.get("/proposals").json()["proposals"]
    assert open_one["id"] == COUNT
    assert len(kiosk.get("/proposals", params={"day": TODAY}).json()["proposals"]) == 4
    db = connect(tmp_path / "store.db")
    kinds = [row["body"] for row in db.execute("SELECT body FROM outbox WHERE kind LIKE '%deci%'")]
    db.close()
    assert len(kinds) == 3
    assert '"reason":"no hands"' in kinds[2]


def test_a_decision_that_comes_too_late_is_a_conflict(kiosk: httpx.Client) -> None:
    kiosk.post(f"/proposals/{ORDER}/accept", json={})
    assert problem(kiosk.post(f"/proposals/{ORDER}/reject", json={})) == (409, "proposal-over")
    assert problem(kiosk.post(f"/proposals/{ORDER}/change", json={"amount": 18})) == (
        409,
        "proposal-over",
    )


def test_what_cannot_be_is_refused_with_the_reason(kiosk: httpx.Client) -> None:
    nobodys = f"order:{gtin_of(9)}:{TODAY}"
    assert problem(kiosk.post(f"/proposals/{nobodys}/accept", json={})) == (404, "unknown-proposal")
    assert problem(kiosk.post(f"/proposals/{COUNT}/accept", json={})) == (422, "not-allowed")
    half_a_case = kiosk.post(f"/proposals/{ORDER}/change", json={"amount": 9})
    assert problem(half_a_case) == (422, "not-allowed")
    assert "no whole number of cases of 6" in half_a_case.json()["detail"]
    for body in ({}, {"amount": -1}, {"amount": "many"}, {"amount": 6, "more": 1}):
        told = kiosk.post(f"/proposals/{ORDER}/change", json=body)
        assert problem(told) == (422, "invalid-value")
    assert problem(kiosk.post("/proposals/DROP TABLE/accept", json={})) == (422, "invalid-value")
    assert len(kiosk.get("/proposals").json()["proposals"]) == 4


def test_a_page_of_somewhere_else_decides_nothing(kiosk: httpx.Client) -> None:
    foreign = {"origin": "http://example.com"}
    answer = kiosk.post(f"/proposals/{ORDER}/accept", json={}, headers=foreign)
    assert problem(answer) == (403, "foreign-origin")


def test_the_page_of_proposals_asks_nobody_else(kiosk: httpx.Client) -> None:
    root = str(kiosk.base_url).partition("/v1")[0]
    page = httpx.get(f"{root}/stock")
    assert page.status_code == 200
    assert "http" not in page.text.replace("http-equiv", "")
    for asset in ("stock.js", "stock.css"):
        found = httpx.get(f"{root}/page/{asset}")
        assert found.status_code == 200
        assert "://" not in found.text
    assert 'href="/stock"' in httpx.get(f"{root}/store").text
