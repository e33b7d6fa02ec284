"""The page on which shelves are set up, in a real browser: drawn, dragged, named, saved, undone."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from fastapi import FastAPI

from tests.browser import Browser, browser
from tests.edge_agent.kiosk.corner_store import corner_store
from tests.edge_agent.kiosk.test_access import make_keys
from tests.fakes.clock import FakeClock
from tests.serving import served

FACINGS = "document.querySelectorAll('#board g').length"
COUNTS = "document.getElementById('counts').textContent"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("browser")) as found:
        yield found


@pytest.fixture
def opened(tmp_path: Path, page: Browser) -> Iterator[Browser]:
    """Open the page as staff, with the picture taken."""
    key = make_keys(tmp_path)["staff"]

    @asynccontextmanager
    async def make() -> AsyncIterator[FastAPI]:
        async with corner_store(tmp_path, FakeClock()) as app:
            yield app

    with served(make) as address:
        page.open(f"{address}/shelf-setup", "location.pathname === '/enter'")  # it wants a key
        page.open("about:blank", "location.href === 'about:blank'")
        page.open(f"{address}/enter?to=/shelf-setup#{key}", f"{COUNTS}.startsWith('1 facing,')")
        page.problems.clear()  # the refusal that led to the key
        page.ask("document.getElementById('take').click()")
        page.wait("!document.getElementById('propose').disabled")
        yield page
        page.open("about:blank", "location.href === 'about:blank'")


def press(page: Browser, what: str, *keys: str) -> None:
    """Focus the facing that is chosen, or `what`, and press keys."""
    page.ask(f"document.querySelector({what!r}).focus()")
    for key in keys:
        page.press(key)


def type_key(page: Browser, key: str) -> None:
    """Type a letter, or another key that the browser's own list lacks."""
    told = f"new KeyboardEvent('keydown', {{key: '{key}', bubbles: true}})"
    page.ask(f"document.activeElement.dispatchEvent({told})")


def test_facings_are_proposed_split_copied_named_saved_and_undone(opened: Browser) -> None:
    page = opened
    page.ask("document.getElementById('propose').click()")
    page.wait(f"{FACINGS} > 10")
    proposed = page.ask(FACINGS)
    press(page, "#board g", "ArrowRight")
    page.ask("document.getElementById('split').click()")
    assert page.ask(FACINGS) == proposed + 1
    page.ask("document.getElementById('undo').click()")
    assert page.ask(FACINGS) == proposed
    page.ask("document.getElementById('item').focus()")
    page.write("rye bread")
    page.wait("document.querySelectorAll('#found li').length > 0")
    page.press("Enter")
    page.wait(
        "document.querySelectorAll('#board g.named').length === 2 || "
        "document.getElementById('item-now').textContent === 'no item yet'"
    )
    page.ask("document.getElementById('save').click()")
    page.wait("document.getElementById('notice-saved') !== null")
    said = page.ask("document.getElementById('notice-saved').textContent")
    assert "looks kept" in said
    assert "new" in page.ask("document.getElementById('changes').textContent")
    assert page.problems == []


def test_a_facing_is_drawn_moved_and_removed_by_keys_alone(opened: Browser) -> None:
    page = opened
    press(page, "#board g", "ArrowRight", "ArrowRight")
    where = "Number(document.querySelector('#board g .box').getAttribute('x'))"
    assert page.ask(where) == pytest.approx(108, abs=1)
    assert page.ask("document.activeElement.dataset.facing") == "f0"
    type_key(page, "c")
    assert page.ask(FACINGS) == 4
    type_key(page, "e")
    assert page.ask("document.querySelectorAll('#board g.empty').length") == 1
    type_key(page, "Delete")
    assert page.ask(FACINGS) == 3
    for _ in range(4):
        page.ask("document.getElementById('undo').click()")
    assert page.ask(FACINGS) == 1
    assert page.ask(where) == pytest.approx(100, abs=1)


def test_a_facing_is_drawn_with_finger_or_mouse(opened: Browser) -> None:
    page = opened
    page.ask("""(() => {
        const board = document.getElementById('board'), box = board.getBoundingClientRect();
        board.setPointerCapture = () => {};
        for (const [kind, x, y] of [['down', .6, .5], ['move', .7, .8], ['up', .7, .8]])
            board.dispatchEvent(new PointerEvent(`pointer${kind}`, {bubbles: true, pointerId: 1,
                clientX: box.left + x * box.width, clientY: box.top + y * box.height}));
    })()""")
    assert page.ask(FACINGS) == 2
    assert page.ask("document.getElementById('facing').value") == "at-65-65"
    assert page.problems == []


def test_everything_has_a_name_and_fits_the_width(opened: Browser) -> None:
    named = """[...document.querySelectorAll('input, button, select')].every((one) =>
        one.labels?.length || one.textContent.trim() || one.getAttribute('aria-label'))"""
    assert opened.ask(named) is True
    assert opened.ask("document.documentElement.scrollWidth <= innerWidth") is True
    assert ("button", "f0: 04006381333931, full") in opened.tree()


def test_many_facings_are_one_stop_and_a_wrong_number_stays_out(opened: Browser) -> None:
    page = opened
    page.ask("document.getElementById('propose').click()")
    page.wait(f"{FACINGS} > 10")
    assert page.ask("document.querySelectorAll('#board g[tabindex=\"0\"]').length") == 1
    press(page, "#board g")
    before = page.ask("document.activeElement.dataset.facing")
    type_key(page, "PageDown")
    after = page.ask("document.activeElement.dataset.facing")
    assert after not in (None, before)
    page.ask("document.getElementById('item').focus()")
    page.write("4006381333932")
    page.press("Enter")
    said = page.ask("document.getElementById('item-now').textContent")
    assert said.startswith("4006381333932 cannot be right: it would end in 1.")
    assert page.ask("document.getElementById('one-note').textContent") == after
    page.ask("document.getElementById('item').value = ''")
    page.write("nobody sells this")
    page.wait("document.getElementById('item-now').textContent.startsWith('Nothing is called')")


def test_two_people_who_draw_at_once_learn_of_each_other(opened: Browser) -> None:
    page = opened
    press(page, "#board g", "ArrowRight")
    page.ask("""(async () => {
        const path = '/v1/shelf-setup/cameras/aisle-1/facings';
        const { mark, facings: [one] } = await (await fetch(path)).json();
        const { facing, gtin, y, w, h } = one;
        const body = JSON.stringify({ mark, facings: [{ facing, gtin, x: .5, y, w, h }] });
        const headers = { 'content-type': 'application/json' };
        window.other = (await fetch(path, { method: 'PUT', body, headers })).status;
    })()""")
    page.wait("window.other === 200")
    page.ask("document.getElementById('save').focus()")
    page.press("Enter")
    page.wait("!document.getElementById('theirs').hidden")
    page.wait("document.activeElement.id === 'save'")  # where it was, though it was switched off
    assert "Somebody else saved" in page.ask("document.getElementById('notices').textContent")
    assert "moved" in page.ask("document.getElementById('changes').textContent")
    page.ask("document.getElementById('theirs').click()")
    where = "document.querySelector('#board g .box').getAttribute('x')"
    page.wait(f"document.getElementById('theirs').hidden && {where} === '500'")
    page.problems.clear()  # the browser notes the refusal


def test_a_camera_that_is_off_says_what_to_do(opened: Browser) -> None:
    page = opened
    page.ask("""(() => { const camera = document.getElementById('camera');
        camera.value = 'aisle-2'; camera.dispatchEvent(new Event('change')); })()""")
    page.wait("!document.getElementById('camera').disabled")
    assert page.ask(FACINGS) == 0
    page.ask("document.getElementById('take').click()")
    page.wait("document.getElementById('notice-setup') !== null")
    said = page.ask("document.getElementById('notice-setup').textContent")
    assert "switched off; set enabled = true" in said
    page.problems.clear()  # likewise
