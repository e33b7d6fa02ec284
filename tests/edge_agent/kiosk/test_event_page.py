"""The page of events near the store, in a real browser: told by form, shown, and taken back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import Browser, browser
from tests.edge_agent.kiosk.corner_store import corner_store, nothing
from tests.fakes.clock import FakeClock
from tests.serving import served

NAMED = """
[...document.querySelectorAll('input, button')].every((one) => one.labels?.length
    || one.textContent.trim() || one.getAttribute('aria-label'))
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("browser")) as found:
        yield found


@pytest.mark.parametrize("width", [400, 1200])
def test_an_event_is_told_shown_and_taken_back(tmp_path: Path, page: Browser, width: int) -> None:
    with served(lambda: corner_store(tmp_path, FakeClock(), fill_with=nothing)) as address:
        page.open(
            f"{address}/events", "document.body.textContent.includes('No event')", width=width
        )
        for name, value in (("day", "2026-03-07"), ("event", "<b>Match</b>"), ("effect", "30")):
            page.ask(f"document.getElementById('{name}').value = '{value}'")
        page.ask("document.querySelector('#tell button').click()")
        page.wait("document.querySelectorAll('#known tbody tr').length === 1")
        row = page.ask("document.querySelector('#known tbody tr').textContent")
        assert "<b>Match</b>" in row  # as text, never as markup
        assert "+30 %" in row
        assert "told here" in row
        assert page.ask(NAMED) is True
        assert page.ask("document.documentElement.scrollWidth <= innerWidth") is True
        page.ask("document.querySelector('#known button').click()")
        page.wait("document.getElementById('known').textContent.includes('No event')")
        assert "is taken back" in page.ask("document.getElementById('notices').textContent")
        assert page.problems == []
        page.open("about:blank", "location.href === 'about:blank'")  # it asks nobody any more
