"""The page of one item's days, in a real browser: seen, walked through by keyboard, read aloud."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.browser import Browser, browser
from tests.edge_agent.kiosk import selling_store
from tests.edge_agent.kiosk.corner_store import corner_store, gtin_of
from tests.edge_agent.kiosk.selling_store import MILK
from tests.fakes.clock import FakeClock
from tests.serving import served

DRAWN = "document.querySelector('.plot') !== null"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("store")
    models = selling_store.models()
    with served(
        lambda: corner_store(folder, FakeClock(), fill_with=selling_store.fill, models=models)
    ) as found:
        yield found


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("browser")) as found:
        yield found


def texts(page: Browser, selector: str) -> list[str]:
    question = f"[...document.querySelectorAll({selector!r})].map((one) => one.textContent)"
    found: list[str] = page.ask(question)
    return found


def count(page: Browser, selector: str) -> int:
    found: int = page.ask(f"document.querySelectorAll({selector!r}).length")
    return found


def test_an_answer_holds_all_that_is_known_of_the_item(address: str) -> None:
    told = httpx.get(f"{address}/v1/forecasts/{MILK}/history?day=2026-03-07", timeout=20).json()
    days = {one["day"]: one for one in told["days"]}
    assert len(days) == selling_store.PAST + selling_store.AHEAD
    closed = days["2026-02-08"]
    assert (closed["units"], closed["in_stock"]) == (None, None)
    short = days["2026-02-13"]
    assert short["in_stock"] == 0.3
    assert short["units"] < short["estimate"]
    assert [one["source"] for one in short["stock_outs"]] == ["silence"]
    assert [one["kind"] for one in days["2026-02-16"]["marks"]] == ["holiday"]
    assert days["2026-03-05"]["promotion"]
    assert (told["interval"], told["inner"]) == (0.9, 0.6)
    assert 0.0 < told["fared"]["wape"] < 0.3
    explained = told["explanation"]
    total = explained["typical"] + sum(one["units"] for one in explained["drivers"])
    assert total == pytest.approx(days["2026-03-07"]["expected"], abs=0.05)
    names = {one["name"]: one for one in explained["drivers"]}
    assert names["season"]["reason"] == "a Saturday"
    assert names["events"]["reason"] == "Match: +30%"
    assert {"price", "own_errors"} <= names.keys()


@pytest.mark.parametrize(
    ("path", "why"),
    [
        (f"{MILK}/history?day=2026-04-20", "there is no forecast of this item for that day"),
        (f"{gtin_of(11)}/history", "there is no forecast of this item for that day"),
        (
            f"{gtin_of(3)}/history",
            "the item is too new for the model, and forecast from what is like it",
        ),
        (f"{MILK}/history?day=2026-03-12", "the store is closed that day"),
    ],
)
def test_what_cannot_be_explained_says_why(address: str, path: str, why: str) -> None:
    told = httpx.get(f"{address}/v1/forecasts/{path}", timeout=20).json()
    assert (told["explanation"], told["unexplained"]) == (None, why)


def test_an_item_that_is_not_sold_here_has_no_history(address: str) -> None:
    assert httpx.get(f"{address}/v1/forecasts/04006381333931/history").status_code == 404


@pytest.mark.parametrize("dark", [False, True])
def test_the_days_are_drawn_with_all_that_befell_them(
    page: Browser, address: str, *, dark: bool
) -> None:
    page.open(f"{address}/forecast?item={MILK}", DRAWN, dark=dark)
    assert page.problems == []
    assert count(page, ".plot-dot.units") == selling_store.PAST - 1
    assert count(page, ".plot-out") == len(selling_store.STOCK_OUTS)
    assert count(page, ".plot-estimate") >= 1
    assert count(page, ".plot-blank") == 1
    assert count(page, ".plot-promotion") == 10
    assert sorted(texts(page, ".plot-mark title")) == ["Carnival", "Inventory", "Match", "School"]
    legend = " ".join(texts(page, ".plot-legend li"))
    assert "people wanted more than was sold" in legend
    assert "90 % of such days" in legend
    assert texts(page, "#drivers b")[0] == "12.7"
    ink = page.ask("getComputedStyle(document.body).color")
    assert (int(ink.split("(")[1].split(",")[0]) > 128) == dark


def test_the_keyboard_walks_through_the_days_and_explains_one(page: Browser, address: str) -> None:
    page.open(f"{address}/forecast?item={MILK}&day=2026-03-07", DRAWN)
    page.ask("document.querySelector('.plot').focus()")
    page.press("ArrowRight")
    said = "document.querySelector('.plot-said').textContent"
    assert page.ask(said).startswith("Sun 8 Mar: expected 11.3 (6.2 to 18.1); promotion")
    page.press("Home")
    assert page.ask(said).startswith("Mon 5 Jan: sold")
    page.press("ArrowLeft")
    assert page.ask(said).startswith("Mon 5 Jan: sold")
    page.press("End")
    page.press("Enter")
    page.wait("document.getElementById('drivers-note').textContent === 'Sun 15 Mar'")
    assert page.ask("document.activeElement.classList.contains('plot')")
    assert "day=2026-03-15" in page.ask("location.search")


def test_who_does_not_see_the_figure_is_told_the_same(page: Browser, address: str) -> None:
    page.open(f"{address}/forecast?item={MILK}", DRAWN)
    page.ask("document.querySelector('details').open = true")
    spoken = page.tree()
    figures = [name for role, name in spoken if role == "image" and "Whole milk" in name]
    assert len(figures) == 1
    assert "55 days with sales" in figures[0]
    assert "4 days with a stock-out" in figures[0]
    assert ("searchbox", "Item") in spoken
    rows = texts(page, "#days tbody tr")
    assert len(rows) == selling_store.PAST + selling_store.AHEAD
    assert [row[9:16] for row in rows if row.startswith("Sun 8 Feb")] == ["unknown"]
    assert [row[9:16] for row in rows if row.startswith("Sun 8 Mar")] == ["to come"]


def test_an_item_is_found_by_its_name_and_chosen_by_a_link(page: Browser, address: str) -> None:
    page.open(f"{address}/forecast", "document.querySelectorAll('#item td a').length > 5")
    page.ask("document.getElementById('words').focus()")
    page.write("milk")
    page.wait("document.querySelector('#found a') !== null")
    page.press("Tab")
    page.press("Enter")
    page.wait(DRAWN)
    assert page.ask("document.getElementById('item-title').textContent") == "Whole milk 1 l"


def test_the_stores_page_leads_to_each_item_of_tomorrow(page: Browser, address: str) -> None:
    page.open(f"{address}/store", "document.querySelectorAll('#forecasts td a').length > 5")
    links = page.ask("[...document.querySelectorAll('#forecasts td a')].map((one) => one.search)")
    assert f"?item={MILK}" in links
    assert page.problems == []


def test_the_page_asks_nobody_but_the_store(page: Browser, address: str) -> None:
    page.open(f"{address}/forecast?item={MILK}", DRAWN)
    asked = page.ask("performance.getEntriesByType('resource').map((one) => one.name)")
    assert asked
    assert all(one.startswith(address) for one in asked)


def test_the_reading_places_of_the_pages_exist(address: str) -> None:
    for path in ("/forecast", "/page/forecast.js", "/page/shared/plot.js", "/page/shared/plot.css"):
        assert httpx.get(f"{address}{path}").status_code == 200, Path(path).name
