"""The centre's first page in a real browser: what is unknown or for research only is said."""

from collections.abc import Iterator

import pytest

from tests.browser import Browser, browser
from tests.central_sync.dashboard.three_stores import RESEARCH, three_stores
from tests.fakes.clock import NOON, FakeClock
from tests.page_audit import problems_of
from tests.serving import served


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Return the page of a centre of three stores, drawn."""
    folder = tmp_path_factory.mktemp("centre")
    with (
        served(lambda: three_stores(folder, FakeClock(NOON))) as address,
        browser(tmp_path_factory.mktemp("browser")) as found,
    ):
        found.open(f"{address}/", "document.querySelectorAll('#unknown tbody tr').length === 2")
        yield found


def _text(page: Browser, part: str) -> str:
    return str(page.ask(f"document.getElementById('{part}').innerText"))


def test_unknown_facings_are_listed_with_the_reason(page: Browser) -> None:
    said = _text(page, "unknown")
    assert said.index("s-0002") < said.index("s-0001")  # the oldest first
    assert "the camera is not to be believed" in said
    assert "something stands in front" in said
    assert "none of them counts as full" in _text(page, "unknown-note")
    assert "1 unknown" in _text(page, "fleet")
    assert "out of sight now" in _text(page, "gaps")


def test_a_model_for_research_is_seen_as_one(page: Browser) -> None:
    assert "not for business" in _text(page, "releases")
    assert RESEARCH in _text(page, "releases")
    assert "CC0-1.0" in _text(page, "models")


def test_the_page_is_sound_in_light_and_dark(page: Browser) -> None:
    for dark in (False, True):
        page.open(
            str(page.ask("location.href")), "!!document.querySelector('#unknown tbody')", dark=dark
        )
        assert problems_of(page) == []
    assert [one for one in page.problems if "/v1/authority" not in one] == []  # it has none
