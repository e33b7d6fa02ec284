"""What a shopper is told of one product, over a real socket."""

import sqlite3
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from tests.edge_agent.kiosk.corner_store import corner_store, fill, gtin_of
from tests.fakes.clock import NOON, FakeClock
from tests.serving import served

BREAD = gtin_of(1)


def fill_due(db: sqlite3.Connection) -> None:
    """Write the corner store, bread that is due twice, and a second bread to take instead."""
    fill(db)
    days = [(NOON + timedelta(days=ahead)).date().isoformat() for ahead in (-3, 1, 1, 2)]
    for number, day in enumerate(days):
        db.execute(
            "INSERT INTO deliveries VALUES (?, ?, ?, ?, NULL, NULL)", (f"d{number}", BREAD, day, 6)
        )
    db.execute(
        "UPDATE items SET name = 'White bread 500 g', department = 'Bakery' WHERE gtin = ?",
        (gtin_of(10),),
    )


@pytest.fixture(scope="module")
def kiosk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("store")
    with (
        served(lambda: corner_store(folder, FakeClock(), fill_with=fill_due)) as address,
        httpx.Client(base_url=address, timeout=20) as client,
    ):
        yield client


def test_a_product_says_where_it_stands_and_how_old_that_is(kiosk: httpx.Client) -> None:
    told = kiosk.get(f"/v1/products/{gtin_of(0)}").json()
    assert told["item"]["price"] == 1.39
    assert told["stock_age_s"] == 3 * 3600
    (place,) = told["places"]
    assert (place["aisle"], place["height"], place["side"]) == ("Aisle 1", "top", "left")
    assert (place["state"], place["age_s"]) == ("full", 2 * 3600)
    assert told["delivery"] is None


def test_what_is_gone_has_its_next_delivery_and_what_to_take_instead(kiosk: httpx.Client) -> None:
    told = kiosk.get(f"/v1/products/{BREAD}").json()
    assert told["item"]["shelf"] == "gap"
    assert told["places"][0]["state"] == "gap"
    assert told["delivery"] == {"day": "2026-03-03", "units": 12.0}
    assert [one["name"] for one in told["substitutes"]] == ["White bread 500 g"]


def test_a_product_that_is_not_sold_here_is_said_to_be_so(kiosk: httpx.Client) -> None:
    answer = kiosk.get("/v1/products/04006381333931")
    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:endcap:problem:unknown-item"
