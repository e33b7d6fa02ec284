"""What a page is given for its places, over a real socket."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from endcap.plumbing.sqlite_file import connect
from tests.edge_agent.adapters.media_store import lease, put
from tests.edge_agent.core.media.campaigns import campaign
from tests.edge_agent.kiosk.corner_store import CARD, FakeModels, corner_store, fill, gtin_of
from tests.fakes.clock import FakeClock
from tests.serving import served

COFFEE, MISSING = gtin_of(4), gtin_of(1)
HOME: dict[str, Any] = {"slot": "kiosk.home"}


def advertised(db: sqlite3.Connection) -> None:
    """Fill the corner store; one campaign's first item stands in a gap."""
    fill(db)
    put(db, [campaign("coffee", gtins=(MISSING, COFFEE), per_session=1)], [lease("coffee-1")])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="module")
def models() -> FakeModels:
    return FakeModels()


@pytest.fixture(scope="module")
def kiosk(folder: Path, models: FakeModels) -> Iterator[httpx.Client]:
    clock = FakeClock()
    with (
        served(lambda: corner_store(folder, clock, fill_with=advertised, models=models)) as address,
        httpx.Client(base_url=address, timeout=20) as client,
    ):
        yield client


def asked(kiosk: httpx.Client, **more: object) -> dict[str, Any]:
    answer = kiosk.post("/v1/media/slot", json=HOME | more)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_a_campaign_is_shown_with_an_item_that_is_to_be_had_and_its_play(
    kiosk: httpx.Client, folder: Path
) -> None:
    (place,) = asked(kiosk)["places"]
    assert (place["sponsored"], place["campaign"], place["headline"]) == (
        True,
        "coffee",
        "Try coffee",
    )
    assert place["item"]["gtin"] == COFFEE
    db = connect(folder / "store.db")
    found = db.execute("SELECT count(*) FROM plays WHERE play = ?", (place["play"],)).fetchone()[0]
    db.close()
    assert found == 1


def test_a_page_with_several_places_has_each_item_once_and_the_rest_is_the_stores_own(
    kiosk: httpx.Client,
) -> None:
    places = asked(kiosk, limit=4, basket=[gtin_of(0)])["places"]
    assert [one["sponsored"] for one in places] == [True, False, False, False]
    items = [one["item"]["gtin"] for one in places]
    assert len(set(items)) == 4
    assert MISSING not in items
    assert gtin_of(0) not in items


def test_a_session_is_not_shown_more_than_its_share(kiosk: httpx.Client) -> None:
    shown = [asked(kiosk, session="visit-1")["places"][0]["sponsored"] for _ in range(2)]
    assert shown == [True, False]


def test_a_page_of_whom_nothing_is_known_asks_with_get(kiosk: httpx.Client) -> None:
    answer = kiosk.get("/v1/media/slot", params={"slot": "endcap.3", "limit": 2})
    assert answer.status_code == 200
    assert [one["sponsored"] for one in answer.json()["places"]] == [True, False]


def test_without_a_model_the_stores_bestsellers_stand_in(
    kiosk: httpx.Client, models: FakeModels
) -> None:
    models.current.broken = True
    told = asked(kiosk, limit=3)
    models.current.broken = False
    assert told["degraded"]
    assert len(told["places"]) == 3


def test_a_card_is_kept_as_a_pseudonym(kiosk: httpx.Client, folder: Path) -> None:
    (place,) = asked(kiosk, shopper=CARD)["places"]
    db = connect(folder / "store.db")
    ((name,),) = db.execute("SELECT shopper FROM plays WHERE play = ?", (place["play"],)).fetchall()
    db.close()
    assert name
    assert CARD not in name


def test_how_media_stands_is_told(kiosk: httpx.Client) -> None:
    asked(kiosk)
    told = kiosk.get("/v1/media").json()
    (one,), (lent,) = told["campaigns"], told["leases"]
    assert one["running"]
    assert one["spent"] == lent["spent"] > 0
    assert one["left"] == lent["amount"] - lent["spent"]


@pytest.mark.parametrize(
    "wrong",
    [{"slot": "Kiosk Home"}, {"limit": 0}, {"limit": 13}, {"basket": ["1"]}, {"more": 1}],
)
def test_what_is_no_question_is_refused(kiosk: httpx.Client, wrong: dict[str, Any]) -> None:
    answer = kiosk.post("/v1/media/slot", json=HOME | wrong)
    assert answer.status_code == 422


def broken(db: sqlite3.Connection) -> None:
    """Fill the store, and break what plays are written to."""
    advertised(db)
    db.execute("ALTER TABLE media_hours RENAME TO gone")


def test_a_disk_that_refuses_plays_leaves_the_stores_own_offer(tmp_path: Path) -> None:
    with (
        served(lambda: corner_store(tmp_path, FakeClock(), fill_with=broken)) as address,
        httpx.Client(base_url=address, timeout=20) as kiosk,
    ):
        told = asked(kiosk, limit=2)
    assert told["degraded"]
    assert [one["play"] for one in told["places"]] == [None, None]
    assert not any(one["sponsored"] for one in told["places"])
