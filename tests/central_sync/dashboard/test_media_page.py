"""Campaigns on the dashboard: over a real socket, ordered by people who are known, and seen."""

import contextlib
import sqlite3
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from central_sync.adapters.campaign_tables import CampaignTables, make_campaign, order_campaign
from central_sync.adapters.dashboard_reads import DashboardReads
from central_sync.adapters.event_tables import keep_events
from central_sync.adapters.lease_tables import grant_of, read_fleet
from central_sync.adapters.schema import migrate
from central_sync.core.media.leasing import Terms
from central_sync.core.media.life import Event
from central_sync.dashboard.app import create_app
from central_sync.dashboard.campaign_routes import campaign_routes
from central_sync.dashboard.store_identity import Peer
from central_sync.ports.identity import By
from endcap.plumbing.sqlite_file import SqliteFile, open_sqlite
from tests.browser import Browser, browser
from tests.central_sync.dashboard.three_stores import GENEROUS
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.media_world import CAMPAIGN, PLAN, answered, closed, plan, play, played
from tests.fakes.store_world import STORE, at_place
from tests.serving import served

LATER = NOON + timedelta(hours=6)
EVE = By("eve", NOON)
NASTY = "<b>cheap</b> tea"
SOAP = {
    **{name: PLAN[name] for name in ("advertiser", "gtins", "headline", "bid", "budget")},
    "campaign": "soap",
    "first": PLAN["first"].isoformat(),
    "last": PLAN["last"].isoformat(),
}


class Known:
    """Says that eve asks, as her certificate would."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["endcap.peer"] = Peer("person eve", "1", is_store=False, person="eve")
        await self._app(scope, receive, send)


def fill(db: sqlite3.Connection) -> None:
    """Write a campaign of which one lease is settled and another is owed."""
    for store in (STORE, "s-0002"):
        see = "INSERT INTO stores (store, first_seen, last_seen) VALUES (?, ?, ?)"
        db.execute(see, (store, NOON.isoformat(), LATER.isoformat()))
    make_campaign(db, plan(headline=NASTY), EVE)
    order_campaign(db, CAMPAIGN, Event.START, "", EVE)
    names = iter(("l-1", "l-2"))
    grant_of(db, CAMPAIGN, read_fleet(db, NOON), NOON, (Terms(), lambda: next(names)))
    plays = [play("l-1", NOON + timedelta(minutes=number)) for number in range(8)]
    held = [play(None, NOON, price=0, policy="holdout") for _ in range(4)]
    bodies = (
        played(*plays, *held),
        answered(plays[0], "tapped", "bought"),
        closed("l-1", plays),
        played(play("l-9")),
    )
    keep_events(db, [at_place(body, place) for place, body in enumerate(bodies, 1)], LATER)


@contextlib.asynccontextmanager
async def centre(folder: Path, *, known: bool, full: bool = True) -> AsyncIterator[FastAPI]:
    clock = FakeClock(LATER)
    async with open_sqlite(folder / "centre.db", migrate) as file:
        if full:
            await file.write(fill)
        yield made(file, clock, folder, known=known)


def made(file: SqliteFile, clock: FakeClock, folder: Path, *, known: bool) -> FastAPI:
    reads = DashboardReads(file)
    app = create_app(reads, folder / "tuf", clock, GENEROUS)
    app.include_router(campaign_routes(CampaignTables(file), reads, clock))
    if known:
        app.add_middleware(Known)
    return app


@pytest.fixture
def eves(tmp_path: Path) -> Iterator[httpx.Client]:
    with (
        served(lambda: centre(tmp_path, known=True)) as address,
        httpx.Client(base_url=address, timeout=20) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("browser")) as found:
        yield found


def told(client: httpx.Client, path: str, status: int = 200) -> Any:  # noqa: ANN401 - JSON
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_campaigns_are_told_with_their_money_and_what_plays_brought(eves: httpx.Client) -> None:
    (one,) = told(eves, "/v1/campaigns")["campaigns"]
    assert one == told(eves, f"/v1/campaigns/{CAMPAIGN}")
    assert (one["state"], one["budget"], one["spent"]) == ("running", 100_000_000, 450_000)
    assert one["leased"] + one["spent"] + one["free"] == one["budget"]
    assert told(eves, "/v1/campaigns/none", 404)["hint"]
    (line,) = told(eves, "/v1/media/report?by=slot&first=2026-03-02")["lines"]
    assert (line["shown"]["plays"], line["held_out"]["plays"]) == (9, 4)
    assert line["lift"]["low"] < line["lift"]["value"]
    assert told(eves, "/v1/media/report?by=colour", 422)["hint"]
    leases = told(eves, "/v1/media/leases")
    assert [each["standing"] for each in leases["leases"]] == ["owing"]
    (owes,) = leases["owing"]
    assert (owes["store"], owes["leases"]) == ("s-0002", 1)
    ledger = told(eves, "/v1/media/ledger")
    assert ledger["totals"]["leases"] == {"settled": 1, "owing": 1}
    assert [each["flag"] for each in ledger["flagged"]] == ["unknown-lease"]
    text = eves.get("/metrics").text
    assert 'endcap_campaign_money{campaign="tea",part="spent"} 0.45' in text
    assert 'endcap_media_plays_flagged{flag="unknown-lease"} 1' in text
    assert 'endcap_media_leases{standing="owing"} 1' in text


def test_a_person_who_is_known_orders(eves: httpx.Client) -> None:
    made = eves.post("/v1/campaigns", json=SOAP)
    assert (made.status_code, made.json()["state"]) == (201, "draft")
    assert eves.post("/v1/campaigns", json=SOAP).status_code == 409
    for event, state in (("start", "running"), ("pause", "paused"), ("end", "ended")):
        ordered = eves.post(f"/v1/campaigns/soap/{event}", json={"reason": "a test"})
        assert ordered.json()["state"] == state
    again = eves.post("/v1/campaigns/soap/start", json={})
    assert (again.status_code, again.json()["detail"]) == (
        409,
        "a campaign that is ended takes no start",
    )
    other = eves.post(f"/v1/campaigns/{CAMPAIGN}/budget", json={"budget": "200.5"})
    assert other.json()["budget"] == 200_500_000
    less = eves.post(f"/v1/campaigns/{CAMPAIGN}/budget", json={"budget": "0.1"})
    assert (less.status_code, "leased to stores" in less.json()["detail"]) == (409, True)
    journal = told(eves, "/v1/campaigns/soap")["journal"]
    assert {one["by"] for one in journal} == {"eve"}


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("", {**SOAP, "bid": "dear"}, 422),
        ("", {**SOAP, "colour": "red"}, 422),
        ("/none/start", {}, 404),
        ("/none/budget", {"budget": 1}, 404),
        ("/tea/explode", {}, 422),
        ("/tea/over", {}, 422),
        ("/tea/budget", {"budget": -1}, 422),
        ("/tea/pause", {"reason": "x" * 201}, 422),
    ],
)
def test_what_cannot_be_meant_is_refused(
    eves: httpx.Client, path: str, body: dict[str, Any], status: int
) -> None:
    assert eves.post(f"/v1/campaigns{path}", json=body).status_code == status


def test_who_is_not_known_only_sees_and_a_page_of_elsewhere_orders_nothing(
    tmp_path: Path, eves: httpx.Client
) -> None:
    (tmp_path / "other").mkdir()
    with served(lambda: centre(tmp_path / "other", known=False)) as address:
        refused = httpx.post(f"{address}/v1/campaigns/tea/end", json={})
        assert (refused.status_code, refused.json()["type"][-14:]) == (401, "person-unknown")
        assert httpx.get(f"{address}/v1/campaigns").json()["person"] is None
    foreign = eves.post(
        "/v1/campaigns/tea/end", json={}, headers={"origin": "https://evil.example"}
    )
    assert foreign.status_code == 403
    assert told(eves, f"/v1/campaigns/{CAMPAIGN}")["state"] == "running"


def test_the_page_shows_money_reports_and_who_owes(tmp_path: Path, page: Browser) -> None:
    with served(lambda: centre(tmp_path, known=False)) as address:
        for dark in (False, True):
            page.open(f"{address}/media", "document.querySelector('.flight') !== null", dark=dark)
            shown = page.ask("document.body.innerText")
            for text in ("0.45", "s-0002", "unknown-lease", NASTY, "tea", "does not know who you"):
                assert text in shown
        names = [name for role, name in page.tree() if role == "image"]
        assert any("of the time is over" in name for name in names)
        page.ask("document.getElementById('by').value = 'store'")
        page.ask("document.getElementById('by').dispatchEvent(new Event('change'))")
        page.wait(f"document.getElementById('report').innerText.includes('{STORE}')")
        assert page.problems == []


def test_a_person_makes_and_starts_a_campaign_on_the_page(tmp_path: Path, page: Browser) -> None:
    with served(lambda: centre(tmp_path, known=True, full=False)) as address:
        page.open(f"{address}/media", "document.querySelector('#new form') !== null")
        assert "No campaign yet" in page.ask("document.body.innerText")
        values = {
            **{name: str(SOAP[name]) for name in ("campaign", "advertiser", "headline", "bid")},
            "budget": "50",
            "first": "2026-03-02T00:00",
            "last": "2027-03-02T00:00",
            "gtins": PLAN["gtins"][0],
        }
        for name, value in values.items():
            page.ask(f"document.querySelector('#new [name={name}]').value = '{value}'")
        page.ask("document.querySelector('#new form').requestSubmit()")
        page.wait("document.getElementById('said').innerText.includes('soap is a draft')")
        page.wait("document.querySelector('#orders .act') !== null")
        page.ask("document.querySelector('#orders .act').click()")
        page.wait("document.getElementById('campaigns').innerText.includes('running')")
        end = "document.querySelector('#orders .act.bad')"
        page.ask(f"{end}.click()")
        assert page.ask(f"{end}.textContent") == "end: sure?"
        page.ask(f"{end}.click()")
        page.wait("document.getElementById('campaigns').innerText.includes('ended')")
        assert page.problems == []


def test_the_page_draws_text_as_text_and_asks_nobody_else(eves: httpx.Client) -> None:
    for script in ("media.js", "flight.js"):
        text = eves.get(f"/page/{script}").text
        assert "innerHTML" not in text
        assert "http" not in text
    assert eves.get("/media").status_code == 200
