"""The page of proposals in a real browser: taken, changed and turned down, by keyboard too."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.browser import Browser, browser
from tests.edge_agent.kiosk.corner_store import corner_store
from tests.edge_agent.kiosk.stocked_store import TODAY, fill_proposed
from tests.fakes.clock import FakeClock
from tests.serving import served

DRAWN = "document.querySelectorAll('#kinds li').length === 4"


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    with served(lambda: corner_store(tmp_path, FakeClock(), fill_with=fill_proposed)) as found:
        yield found


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("browser")) as found:
        yield found


def states(address: str) -> dict[str, tuple[str, float | None]]:
    """Return where each proposal stands, by kind."""
    told = httpx.get(f"{address}/v1/proposals", params={"day": TODAY}, timeout=20).json()
    return {one["what"]: (one["state"], one["decided"]) for one in told["proposals"]}


def test_one_click_takes_one_turns_down_and_an_own_figure_changes(
    page: Browser, address: str
) -> None:
    page.open(f"{address}/stock", DRAWN)
    page.ask("document.querySelector('#list-refill button[type=submit]').click()")
    page.wait("document.querySelector('#list-refill .badge') !== null")
    page.ask("document.querySelector('#list-markdown button.plain').click()")
    page.wait("document.querySelector('#list-markdown .badge') !== null")
    page.ask("document.querySelector('#list-order input').focus()")
    page.ask("document.querySelector('#list-order input').select()")
    page.write("18")
    button = "document.querySelector('#list-order button[type=submit]').textContent"
    assert page.ask(button) == "Order 18"
    page.press("Enter")
    page.wait("document.querySelector('#list-order .badge') !== null")
    assert states(address) == {
        "order": ("changed", 18),
        "refill": ("accepted", 4),
        "markdown": ("rejected", None),
        "count": ("open", None),
    }
    assert page.problems == []


def test_what_is_refused_is_said_and_can_be_tried_again(page: Browser, address: str) -> None:
    page.open(f"{address}/stock", DRAWN)
    page.ask("document.querySelector('#list-order input').step = 'any'")
    page.ask("document.querySelector('#list-order input').value = '7'")
    page.ask("document.querySelector('#list-order button[type=submit]').click()")
    page.wait("document.querySelector('#notice-decision') !== null")
    assert "no whole number of cases of 6" in page.ask(
        "document.querySelector('#notice-decision').textContent"
    )
    assert states(address)["order"] == ("open", None)
    assert page.ask("document.querySelector('#list-order button').disabled") is False
    page.problems.clear()


def test_it_is_read_aloud_and_never_taken_for_markup(page: Browser, address: str) -> None:
    page.open(f"{address}/stock", DRAWN)
    told = page.tree()
    for wanted in (
        ("heading", "Order"),
        ("button", "Order Whole milk 1 l"),
        ("button", "No order of Whole milk 1 l"),
        ("spinbutton", "Units of Whole milk 1 l"),
        ("spinbutton", "Price of Butter 250 g"),
    ):
        assert wanted in told
    assert page.ask("document.querySelectorAll('#kinds b').length") == 0
    assert page.ask("document.querySelector('#list-count button')") is None
    assert page.problems == []
