"""The shopper's page in a real browser: by keyboard, by touch, read aloud, live, and forgetful."""

import contextlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from endcap.plumbing.sqlite_file import connect
from tests.browser import Browser, browser
from tests.edge_agent.kiosk.corner_store import corner_store, gtin_of, nothing
from tests.edge_agent.kiosk.test_products import BREAD, fill_due
from tests.fakes.clock import NOON, FakeClock
from tests.page_audit import problems_of
from tests.ports import free_port
from tests.serving import served

SHOWN = "document.querySelectorAll('#found .item').length > 3"
FOUND = "document.querySelectorAll('#found .item').length > 0"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("browser")) as found:
        yield found
        found.open("about:blank", "true")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    with served(lambda: corner_store(folder, FakeClock(), fill_with=fill_due)) as found:
        yield found


@pytest.fixture(autouse=True)
def no_problems(page: Browser) -> Iterator[None]:
    page.problems.clear()
    yield
    assert page.problems == []


def text(page: Browser, selector: str) -> str:
    found: str = page.ask(f"document.querySelector({selector!r}).textContent")
    return found


def says(page: Browser, selector: str, words: str) -> None:
    page.wait(f"(document.querySelector({selector!r})?.textContent ?? '').includes({words!r})")


def click(page: Browser, selector: str) -> None:
    page.ask(f"document.querySelector({selector!r}).click()")


def card(gtin: str) -> str:
    return f'#found [data-gtin="{gtin}"]'


def write(folder: Path, statement: str, *values: object) -> None:
    """Write into the store's database, as its cameras do."""
    with contextlib.closing(connect(folder / "store.db")) as db:
        db.execute(statement, values)


def gap(folder: Path, number: int) -> None:
    """Let an item's only facing of the first aisle stand empty."""
    place = (f"f{number}", gtin_of(number), (NOON - timedelta(seconds=1)).isoformat())
    write(folder, "INSERT INTO gaps VALUES ('aisle-1', ?, ?, ?, NULL, 0.97, NULL, NULL)", *place)
    state = "INSERT OR REPLACE INTO facing_states VALUES ('aisle-1', ?1, 'gap', ?2, '', ?2, NULL)"
    write(folder, state, place[0], place[2])


@pytest.mark.parametrize(
    ("query", "width", "dark"),
    [
        ("?lang=en", 1440, False),
        ("?lang=de", 1024, True),
        ("?lang=en&q=tomato", 390, False),
        ("?lang=de&q=milk", 360, True),
    ],
)
def test_everyone_can_read_and_reach_it(
    page: Browser, address: str, query: str, width: int, *, dark: bool
) -> None:
    page.open(f"{address}/{query}", FOUND, width=width, dark=dark)
    assert problems_of(page) == []
    click(page, "#larger")
    click(page, "#found .put")
    page.wait("document.querySelectorAll('#ideas li').length > 0")
    assert problems_of(page) == []
    assert page.ask("document.documentElement.lang") == query[6:8]
    click(page, "#found .name")
    page.wait("document.getElementById('sheet').open")
    page.wait("document.getElementById('sheet').getAnimations().length === 0")
    assert problems_of(page) == []


def test_a_search_by_keyboard_alone(page: Browser, address: str) -> None:
    page.open(f"{address}/?lang=en", SHOWN)
    page.ask("document.getElementById('q').focus()")
    page.write("toma")
    page.wait("document.getElementById('q').getAttribute('aria-expanded') === 'true'")
    page.press("ArrowUp")
    page.press("ArrowDown")
    chosen = "document.getElementById('q').getAttribute('aria-activedescendant')"
    assert page.ask(chosen) == "option-0"
    wanted = text(page, "#option-0")
    page.press("Enter")
    says(page, "#told", wanted)
    assert page.ask("document.getElementById('options').hidden")
    assert page.ask("document.getElementById('q').value") == wanted
    page.press("Enter")
    page.wait("document.activeElement.id === 'results'")
    page.press("Tab")
    assert page.ask("document.activeElement.className") == "name"
    page.press("Enter")
    page.wait("document.getElementById('sheet').open")
    page.press("Escape")
    page.wait("!document.getElementById('sheet').open")
    assert page.ask("document.activeElement.className") == "name"
    page.press("Tab")
    page.press("Space")
    page.wait("document.querySelectorAll('#basket [data-gtin]').length === 1")
    assert page.ask("document.activeElement.classList.contains('put')")


def test_a_facet_narrows_what_was_found_and_can_be_taken_back(page: Browser, address: str) -> None:
    page.open(f"{address}/?lang=en&q=500 g", SHOWN)
    before = page.ask("document.querySelectorAll('#found .item').length")
    assert problems_of(page) == []
    chip = '#facets [data-gtin="department Bakery"]'
    click(page, chip)
    page.wait(f"document.querySelectorAll('#found .item').length < {before}")
    assert page.ask(f"document.querySelector('{chip}').getAttribute('aria-pressed')") == "true"
    click(page, chip)
    page.wait(f"document.querySelectorAll('#found .item').length === {before}")
    click(page, "#facets .chip")
    page.wait(f"document.querySelector('{card(BREAD)}') === null")


def test_a_card_is_used_with_consent_alone_and_put_away(page: Browser, address: str) -> None:
    page.open(f"{address}/?lang=en", SHOWN)
    click(page, "#card-panel button")
    page.wait("document.activeElement.id === 'card-number'")
    page.wait("document.getElementById('consent').getAnimations().length === 0")
    assert problems_of(page) == []
    page.write("card-0815")
    page.press("Enter")
    says(page, "#consent [role=alert]", "Please tick the box")
    page.ask("document.getElementById('card-agree').focus()")
    page.press("Space")
    click(page, "#consent button[type=submit]")
    says(page, "#card-panel", "Your card is in use for now")
    assert "card-0815" not in page.ask("document.body.textContent")
    click(page, "#card-panel button.quiet")
    click(page, "#consent button")
    says(page, "#card-panel", "please show it at the till")
    click(page, "#anew")
    says(page, "#card-panel", "Only if you want that")
    page.problems.clear()  # the browser tells that this screen may not speak for a card


def test_it_is_read_aloud_as_what_it_is(page: Browser, address: str) -> None:
    page.open(f"{address}/?lang=en", SHOWN)
    told = page.tree()
    for wanted in (
        ("combobox", "What are you looking for?"),
        ("heading", "Popular here now"),
        ("button", "Add Whole milk 1 l"),
        ("complementary", "Your basket and more"),
        ("textbox", "Scan an item, or type the number under its bars"),
    ):
        assert wanted in told
    assert {"main", "search", "banner", "contentinfo", "status"} <= {role for role, _ in told}
    click(page, "#found .put")
    says(page, "#basket-said", "is in the basket")


def test_a_product_says_where_it_is_and_what_to_take_instead(page: Browser, address: str) -> None:
    page.open(f"{address}/?lang=en&q=rye", FOUND)
    says(page, card(BREAD), "Not on the shelf now")
    click(page, f"{card(BREAD)} .name")
    page.wait("document.getElementById('sheet').open")
    facts = text(page, "#sheet .facts")
    assert "Aisle 1, top shelf, in the middle: empty, noticed 1 hour ago" in facts
    assert "Tuesday, March 3: 12" in facts or "Tuesday 3 March: 12" in facts
    assert "not counted yet" in facts
    assert "White bread" in text(page, "#sheet section")
    click(page, "#sheet .close")
    click(page, "#language")
    says(page, card(BREAD), "Gerade nicht im Regal")
    assert page.ask("document.documentElement.lang") == "de"


def test_a_typed_number_fills_the_basket_and_brings_ideas(page: Browser, address: str) -> None:
    page.open(f"{address}/?lang=en", SHOWN)
    for typed, number in ((gtin_of(4).lstrip("0"), 1), (gtin_of(7), 2)):
        page.ask("document.getElementById('gtin').focus()")
        page.write(typed)
        page.press("Enter")
        page.wait(f"document.querySelectorAll('#basket [data-gtin]').length === {number}")
    total = text(page, "#total")
    assert "6.78" in total, "the coffee is 20 % off"
    page.wait("document.querySelectorAll('#ideas [data-gtin]').length > 0")
    page.ask("document.getElementById('gtin').focus()")
    page.write("4006381333931")
    page.press("Enter")
    says(page, "#scan-said", "We do not know this number")
    page.problems.clear()  # the browser tells of the 404


def test_what_becomes_a_gap_leaves_the_page(tmp_path: Path, page: Browser) -> None:
    with served(lambda: corner_store(tmp_path, FakeClock(), fill_with=fill_due)) as address:
        page.open(f"{address}/?lang=en", SHOWN)
        eggs, coffee = gtin_of(3), gtin_of(4)
        assert page.ask(f"document.querySelector('{card(eggs)}') !== null")
        gap(tmp_path, 3)
        page.wait(f"document.querySelector('{card(eggs)}') === null")
        page.open(f"{address}/?lang=en&q=coffee", FOUND)
        click(page, f"{card(coffee)} .put")
        click(page, f"{card(coffee)} .name")
        page.wait("document.getElementById('sheet').open")
        gap(tmp_path, 4)
        says(page, "#sheet .facts", "Not on the shelf now")
        says(page, card(coffee), "Not on the shelf now")
        says(page, "#basket", "Not on the shelf now")
        page.open("about:blank", "true")


def test_a_kiosk_that_dies_is_said_to_and_what_was_shown_stays(
    tmp_path: Path, page: Browser
) -> None:
    port = free_port()
    with served(lambda: corner_store(tmp_path, FakeClock(), fill_with=fill_due), port=port) as at:
        page.open(f"{at}/?lang=en", SHOWN)
    says(page, "#notice-reach", "The kiosk does not answer. What you see is from")
    assert page.ask(SHOWN)
    page.problems.clear()
    again = served(lambda: corner_store(tmp_path, FakeClock(), fill_with=nothing), port=port)
    with again:
        page.wait("document.getElementById('notice-reach')?.className !== 'notice bad'")
        write(tmp_path, "UPDATE items SET name = 'Oat drink 1 l' WHERE gtin = ?", gtin_of(0))
        write(tmp_path, "UPDATE items SET price = 2 WHERE gtin = ?", gtin_of(0))
        says(page, "#found", "Oat drink 1 l")
        page.open("about:blank", "true")
    page.problems.clear()


def test_the_next_shopper_sees_nothing_of_the_last(page: Browser, address: str) -> None:
    page.open(f"{address}/?lang=en&idle=1", SHOWN)
    click(page, "#found .put")
    click(page, "#larger")
    page.ask("document.getElementById('q').focus()")
    page.write("butter")
    page.wait("document.getElementById('there').open")
    assert "Are you still there?" in text(page, "#there")
    page.wait("!document.getElementById('there').open")
    page.wait("document.querySelectorAll('#basket [data-gtin]').length === 0")
    page.wait("document.getElementById('q').value === ''")
    assert page.ask("document.body.classList.contains('large')") is False
    assert page.ask("localStorage.length + sessionStorage.length + document.cookie.length") == 0
    assert page.ask("document.getElementById('ideas-panel').hidden")


def test_who_is_still_there_keeps_the_basket(page: Browser, address: str) -> None:
    page.open(f"{address}/?lang=en&idle=2", SHOWN)
    click(page, "#found .put")
    page.wait("document.getElementById('there').open")
    page.press("Tab")
    page.wait("!document.getElementById('there').open")
    assert page.ask("document.querySelectorAll('#basket [data-gtin]').length") == 1


def test_the_page_asks_nobody_but_the_store(page: Browser, address: str) -> None:
    page.open(f"{address}/", SHOWN)
    asked = page.ask("performance.getEntriesByType('resource').map((one) => one.name)")
    assert asked
    assert all(one.startswith(address) for one in asked)


def test_every_language_has_the_same_words(page: Browser, address: str) -> None:
    page.open(f"{address}/", SHOWN)
    page.ask("import('/page/shop/words.js').then((all) => { window.missing = all.missing(); })")
    page.wait("window.missing !== undefined")
    assert page.ask("window.missing") == []
