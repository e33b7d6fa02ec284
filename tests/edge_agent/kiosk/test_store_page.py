"""The store's page in a real browser: what a facing is and was, and a person's word on it."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.browser import Browser, browser
from tests.edge_agent.kiosk.corner_store import corner_store
from tests.fakes.clock import FakeClock
from tests.serving import served

DRAWN = "document.querySelectorAll('#shelves .facing').length === 12"
OPEN = "document.getElementById('facing').open"
TITLE = "document.getElementById('facing-title').textContent"


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    with served(lambda: corner_store(tmp_path, FakeClock())) as found:
        yield found


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("browser")) as found:
        yield found


def test_each_facing_says_what_it_is_and_why_it_is_unknown(page: Browser, address: str) -> None:
    page.open(f"{address}/store", DRAWN)
    marks = "[...document.querySelectorAll('#shelves .mark')].map((one) => one.textContent).join()"
    assert page.ask(marks) == "GAP,LOW,?,?,?,?,?,?"
    label = "document.querySelector('.facing.unknown').getAttribute('aria-label')"
    assert "its camera is missing" in page.ask(label)
    assert "units lost today" in page.ask("document.getElementById('gaps-note').textContent")
    assert "see its power" in page.ask("document.getElementById('health').textContent")


def test_a_person_says_that_a_gap_is_none(page: Browser, address: str) -> None:
    page.open(f"{address}/store", DRAWN)
    page.ask("document.querySelector('.facing.gap').focus()")
    page.press("Enter")
    page.wait(OPEN)
    assert page.ask(TITLE) == "Rye bread 500 g"
    page.ask("document.querySelector('#facing .answers button:nth-child(3)').click()")
    page.wait("document.querySelector('#facing .badge').textContent === 'full'")
    assert httpx.get(f"{address}/v1/gaps", timeout=20).json()["gaps"] == []
    page.wait("document.querySelector('.facing.gap') === null")
    page.ask("document.querySelector('#facing form button').click()")
    page.wait(f"!{OPEN}")
    assert page.problems == []
