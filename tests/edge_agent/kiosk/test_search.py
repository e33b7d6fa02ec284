"""Searching at the kiosk: what is understood, kept, marked and remembered."""

from collections.abc import Iterator

import httpx
import pytest

from tests.edge_agent.kiosk.corner_store import corner_store, gtin_of
from tests.fakes.clock import FakeClock
from tests.serving import served


@pytest.fixture(scope="module")
def kiosk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("search")
    with (
        served(lambda: corner_store(folder, FakeClock())) as address,
        httpx.Client(base_url=address, timeout=20) as client,
    ):
        yield client


def found(kiosk: httpx.Client, **asked: object) -> dict[str, object]:
    answer = kiosk.get("/v1/search", params={"limit": 50, **asked})  # type: ignore[dict-item]
    assert answer.status_code == 200, answer.text
    told: dict[str, object] = answer.json()
    return told


def gtins(told: dict[str, object]) -> list[str]:
    return [one["gtin"] for one in told["items"]]  # type: ignore[attr-defined]


def test_a_slip_is_told_and_an_answer_has_a_name(kiosk: httpx.Client) -> None:
    told = found(kiosk, q="spagetti")
    assert (told["corrected"], told["rescued"]) == ("spaghetti", False)
    assert len(str(told["answer"])) == 32
    assert found(kiosk, q="milk")["corrected"] is None


def test_facets_are_filters(kiosk: httpx.Client) -> None:
    words = "milk bananas spaghetti bread coffee"
    told = found(kiosk, q=words)
    facets = told["facets"]
    assert isinstance(facets, list)
    assert facets
    for facet in facets:
        for value in facet["values"]:
            narrowed = found(kiosk, q=words, **{facet["name"]: value["value"]})
            assert len(gtins(narrowed)) == value["count"]
            assert set(gtins(narrowed)) <= set(gtins(told))


def test_prices_in_words_and_as_filters_are_the_same(kiosk: httpx.Client) -> None:
    said, asked = found(kiosk, q="milk under 1 euro"), found(kiosk, q="milk", price_max=1)
    assert said["price_max"] == asked["price_max"] == 1.0
    assert gtins(said) == gtins(asked)


def test_what_is_gone_is_marked_and_hidden_only_when_asked(kiosk: httpx.Client) -> None:
    name = kiosk.get(f"/v1/items/{gtin_of(1)}").json()["item"]["name"]
    told = found(kiosk, q=name)
    assert gtin_of(1) in gtins(told)
    assert gtin_of(1) in told["gone"]  # type: ignore[operator]
    assert gtin_of(1) not in gtins(found(kiosk, q=name, in_stock=True))


@pytest.mark.parametrize(
    "bad", ["price_max=nan", "price_max=-1", "in_stock=perhaps", "session=a%20b"]
)
def test_a_filter_that_makes_no_sense_is_refused(kiosk: httpx.Client, bad: str) -> None:
    assert kiosk.get(f"/v1/search?q=milk&{bad}").status_code == 422
