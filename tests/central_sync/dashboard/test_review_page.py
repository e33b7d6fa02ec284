"""Facings are reviewed on the dashboard: over a real socket, by keys, by people who are known."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from central_sync.adapters.dashboard_reads import DashboardReads
from central_sync.adapters.event_tables import keep_events
from central_sync.adapters.review_tables import ReviewTables
from central_sync.adapters.schema import migrate
from central_sync.core.review.answers import wanted
from central_sync.dashboard.app import create_app
from central_sync.dashboard.review_routes import review_routes
from endcap.plumbing.sqlite_file import open_sqlite
from tests.browser import Browser, browser
from tests.central_sync.dashboard.test_media_page import Known
from tests.central_sync.dashboard.three_stores import GENEROUS
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.questions import jpeg, question
from tests.fakes.store_world import STORE, at_place
from tests.serving import served

FOR_ONE = [n for n in range(200) if wanted(question(n).picture) == 1][:3]


@contextlib.asynccontextmanager
async def centre(folder: Path, *, known: bool) -> AsyncIterator[FastAPI]:
    clock = FakeClock(NOON)
    events = [at_place(question(n), seq) for seq, n in enumerate(FOR_ONE, 1)]
    async with open_sqlite(folder / "centre.db", migrate) as file:
        await file.write(lambda db: keep_events(db, events, NOON))
        app = create_app(DashboardReads(file), folder / "tuf", clock, GENEROUS)
        app.include_router(review_routes(ReviewTables(file), clock))
        if known:
            app.add_middleware(Known)
        yield app


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


def test_the_next_questions_come_with_pictures_and_without_what_the_model_said(
    eves: httpx.Client,
) -> None:
    told = eves.get("/v1/review/queue").json()
    assert (told["person"], told["waiting"], told["settled"]) == ("eve", 3, 0)
    first = told["questions"][0]
    assert not {"chances", "threshold", "reason", "alert"} & first.keys()
    shown = eves.get(first["picture"])
    assert shown.content == jpeg(FOR_ONE[0])
    assert (shown.headers["content-type"], "private" in shown.headers["cache-control"]) == (
        "image/jpeg",
        True,
    )
    assert eves.get(f"/v1/review/queue?store={STORE}&limit=1").json()["questions"] == [first]
    assert eves.get("/v1/review/queue?store=s-0002").json()["questions"] == []


def test_a_person_answers_and_takes_it_back(eves: httpx.Client) -> None:
    number = eves.get("/v1/review/queue").json()["questions"][0]["question"]
    path = f"/v1/review/questions/{number}"
    said = eves.post(f"{path}/answer", json={"said": "empty"}).json()
    assert (said["settled"], said["over"], said["people"]) == ("empty", True, 1)
    progress = eves.get("/v1/review").json()["progress"]
    assert (progress["settled"], progress["by"]) == (1, [["eve", 1]])
    back = eves.post(f"{path}/undo", json={}).json()
    assert (back["settled"], back["people"]) == (None, 0)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/review/questions/999/answer", {"said": "empty"}, 404),
        ("/v1/review/questions/999/undo", {}, 404),
        ("/v1/review/questions/1/answer", {"said": "gone"}, 422),
        ("/v1/review/questions/1/answer", {"said": "empty", "who": "adam"}, 422),
        ("/v1/review/questions/0/answer", {"said": "empty"}, 422),
    ],
)
def test_what_cannot_be_meant_is_refused(
    eves: httpx.Client, path: str, body: dict[str, str], status: int
) -> None:
    assert eves.post(path, json=body).status_code == status
    assert eves.get("/v1/review/questions/999/picture").status_code == 404


def test_who_is_not_known_only_sees(tmp_path: Path) -> None:
    with served(lambda: centre(tmp_path, known=False)) as address:
        assert httpx.get(f"{address}/v1/review").json()["person"] is None
        refused = httpx.post(f"{address}/v1/review/questions/1/answer", json={"said": "empty"})
        assert (refused.status_code, refused.json()["type"][-14:]) == (401, "person-unknown")


def test_keys_answer_undo_and_go_on(eves: httpx.Client, page: Browser) -> None:
    page.open(f"{eves.base_url}/review", "document.querySelector('#asked img') !== null")
    facing = "document.querySelector('#asked img').alt"
    seen = page.ask(facing)
    press = "document.dispatchEvent(new KeyboardEvent('keydown', {key: '%s', bubbles: true}))"
    page.ask(press % "y")
    page.wait(f"{facing} !== '{seen}'")
    page.wait("document.getElementById('said').innerText.includes('settled as empty')")
    page.ask(press % "z")
    page.wait(f"{facing} === '{seen}'")
    for key in ("n", "l", "o"):
        before = page.ask("document.getElementById('said').innerText")
        page.ask(press % key)
        page.wait(f"document.getElementById('said').innerText !== {before!r}")
    page.wait("document.getElementById('asked').innerText.includes('Nothing to ask')")
    page.wait("document.getElementById('said').innerText.includes('settled as occluded')")
    told = eves.get("/v1/review").json()["progress"]
    assert (told["settled"], told["waiting"]) == (3, 0)
    assert page.problems == []


def test_the_page_says_that_it_only_shows_in_the_dark_too(tmp_path: Path, page: Browser) -> None:
    with served(lambda: centre(tmp_path, known=False)) as address:
        for dark in (False, True):
            page.open(
                f"{address}/review", "document.querySelector('#asked img') !== null", dark=dark
            )
            page.wait("document.body.innerText.includes('does not know who you are')")
            assert page.ask("document.querySelector('#keys button').disabled")
        assert page.problems == []
