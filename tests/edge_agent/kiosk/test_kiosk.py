"""The kiosk of a corner store, asked over a real socket: what each endpoint answers, and how."""

import contextlib
import re
from collections.abc import Collection, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from edge_agent.kiosk.page_routes import PAGE
from endcap.plumbing.sqlite_file import connect
from tests.edge_agent.kiosk.corner_store import (
    CARD,
    ITEMS_SOLD,
    NAMES,
    at_noon,
    corner_store,
    gtin_of,
)
from tests.edge_agent.kiosk.setup_store import SETUP_ROUTES
from tests.fakes.clock import NOON, FakeClock
from tests.serving import served

UNKNOWN = "04006381333931"
SALE = {
    "transaction_id": "t-new",
    "line": 1,
    "gtin": gtin_of(3),
    "units": 2,
    "amount": 6.38,
    "sold_at": NOON.isoformat(),
}
STORE_DIR = "store"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp(STORE_DIR)


@pytest.fixture(scope="module")
def kiosk(folder: Path) -> Iterator[httpx.Client]:
    with (
        served(lambda: corner_store(folder, FakeClock())) as address,
        httpx.Client(base_url=address, timeout=20) as client,
    ):
        yield client


def ask(client: httpx.Client, path: str) -> dict[str, Any]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    said: dict[str, Any] = answer.json()
    return said


def test_it_lives_and_is_ready_while_degraded(kiosk: httpx.Client) -> None:
    assert ask(kiosk, "/v1/health/live") == {"alive": True}
    ready = ask(kiosk, "/v1/health/ready")
    assert ready["ready"]
    assert [(one["code"], one["age_s"]) for one in ready["degraded"]] == [("camera-missing", 2520)]


def test_the_status_says_what_runs_and_what_waits(kiosk: httpx.Client) -> None:
    status = ask(kiosk, "/v1/status")
    assert (status["store"], status["release"], status["outbox_waiting"]) == ("s-0001", 3, 1)
    assert status["update"]["state"] == "committed"
    assert [one["condition"] for one in status["cameras"]] == ["ok", "missing"]
    assert status["centre_heard"] is None


def test_the_status_names_files_with_refused_rows(kiosk: httpx.Client) -> None:
    assert ask(kiosk, "/v1/status")["refused_files"] == [
        {
            "file": "till.csv",
            "accepted": 4,
            "refused": 2,
            "line": 3,
            "reason": "no GTIN",
            "read_at": at_noon(NOON),
        }
    ]


def test_a_facing_of_a_missing_camera_is_unknown(kiosk: httpx.Client) -> None:
    shelves = ask(kiosk, "/v1/shelves")
    counts = {state: shelves[state] for state in ("full", "low", "gap", "unknown")}
    assert counts == {"full": 4, "low": 1, "gap": 1, "unknown": 6}
    states = {(one["camera"], one["facing"]): one for one in shelves["facings"]}
    assert states["aisle-1", "f1"]["state"] == "gap"
    assert states["aisle-1", "f1"]["since"] == at_noon(NOON - timedelta(hours=1))
    assert states["aisle-1", "f2"]["since"] == at_noon(NOON - timedelta(hours=2))
    assert states["aisle-2", "f0"]["state"] == "unknown"


def test_a_gap_has_minutes_and_a_hint_of_its_cost(kiosk: httpx.Client) -> None:
    (gap,) = ask(kiosk, "/v1/gaps")["gaps"]
    assert (gap["name"], gap["minutes"], gap["certain"]) == ("Rye bread 500 g", 60, True)
    assert gap["lost_units"] == pytest.approx(12 / 12)


def test_an_item_has_todays_price_its_shelf_and_its_stock(kiosk: httpx.Client) -> None:
    answer = ask(kiosk, f"/v1/items/{gtin_of(0)}")
    item = answer["item"]
    assert (item["price"], item["currency"], item["shelf"]) == (1.39, "EUR", "on shelf")
    assert (item["stock"], item["promotion"]) == (14, None)
    assert answer["tomorrow"]["expected"] == 24
    assert answer["tomorrow"]["day"] == "2026-03-03"


def test_an_item_may_be_asked_for_in_any_form_of_its_gtin(kiosk: httpx.Client) -> None:
    short = gtin_of(4).lstrip("0")
    assert len(short) == 13
    item = ask(kiosk, f"/v1/items/{short}")["item"]
    assert item["promotion"] == {"discount": 0.2, "until": "2026-03-04"}


def test_what_is_not_known_is_null(kiosk: httpx.Client) -> None:
    answer = ask(kiosk, f"/v1/items/{gtin_of(11)}")
    assert answer["tomorrow"] is None
    assert answer["item"]["stock"] is None
    assert answer["item"]["shelf"] == "unknown"
    days = ask(kiosk, f"/v1/forecasts/{gtin_of(11)}")
    assert days["known"] == 0
    assert days["age_s"] is None
    assert {one["expected"] for one in days["forecasts"]} == {None}


def test_forecasts_come_best_sellers_first_with_their_age(kiosk: httpx.Client) -> None:
    answer = ask(kiosk, "/v1/forecasts")
    assert (answer["known"], answer["age_s"]) == (10, 7 * 3600)
    assert [one["expected"] for one in answer["forecasts"][-2:]] == [None, None]
    assert answer["forecasts"][0]["quantiles"]["0.9"] == 36
    assert ask(kiosk, "/v1/forecasts?day=2026-03-09")["known"] == 0
    week = ask(kiosk, f"/v1/forecasts/{gtin_of(0)}")
    assert [one["expected"] is not None for one in week["forecasts"]] == [True] * 2 + [False] * 5
    assert len(ask(kiosk, "/v1/forecasts?limit=3")["forecasts"]) == 3


def test_todays_hours_add_up_to_its_forecast(kiosk: httpx.Client) -> None:
    answer = ask(kiosk, f"/v1/forecasts/{gtin_of(0)}?hours=true")
    assert ask(kiosk, f"/v1/forecasts/{gtin_of(0)}")["hours"] == []
    assert ask(kiosk, f"/v1/forecasts/{gtin_of(11)}?hours=true")["hours"] == []
    hours = answer["hours"]
    assert (hours[0]["begins"], hours[-1]["ends"]) == (
        "2026-03-02T08:00:00Z",
        "2026-03-02T20:00:00Z",
    )
    assert sum(one["share"] for one in hours) == pytest.approx(1.0, abs=1e-3)
    assert sum(one["expected"] for one in hours) == pytest.approx(24.0, abs=0.01)
    assert {one["basis"] for one in answer["forecasts"]} == {"history", None}


def test_the_age_of_the_knowledge_is_said(kiosk: httpx.Client) -> None:
    known = ask(kiosk, "/v1/status")["knowledge"]
    assert (known["model_days"], known["chain_days"]) == (None, None)
    assert not known["chain_used"]
    assert len(known["notes"]) == 2
    assert ask(kiosk, "/v1/forecasts")["knowledge"] == known


def test_search_finds_by_words_and_by_gtin(kiosk: httpx.Client) -> None:
    assert ask(kiosk, "/v1/search?q=milk")["items"][0]["gtin"] == gtin_of(0)
    assert ask(kiosk, f"/v1/search?q={gtin_of(5)}")["items"][0]["name"] == "Bananas 1 kg"
    assert ask(kiosk, "/v1/search?q=spagetti")["items"][0]["gtin"] == gtin_of(7)
    assert ask(kiosk, "/v1/search?q=%00%22%20OR%20*")["items"] == []
    assert ask(kiosk, "/v1/suggest?q=toma")["suggestions"][0]["name"].startswith("Tomato")


def recommended(client: httpx.Client, **body: object) -> dict[str, Any]:
    answer = client.post("/v1/recommendations", json=body)
    assert answer.status_code == 200, answer.text
    said: dict[str, Any] = answer.json()
    return said


def test_recommendations_leave_out_the_basket_and_the_gap(kiosk: httpx.Client) -> None:
    answer = recommended(kiosk, basket=[gtin_of(0)], limit=50)
    offered = [one["item"]["gtin"] for one in answer["items"]]
    assert offered[0] == gtin_of(2), "the model likes the rye bread, but it stands empty"
    assert answer["items"][0]["reasons"] == [
        {"code": "goes-with-basket", "text": "goes with what is in the basket"}
    ]
    assert gtin_of(0) not in offered
    assert gtin_of(1) not in offered
    assert len(offered) == len(NAMES) - 2
    assert not answer["degraded"]
    assert all(one["reasons"] for one in answer["items"])


def test_a_card_brings_its_past_along(kiosk: httpx.Client) -> None:
    codes = {
        one["item"]["gtin"]: [reason["code"] for reason in one["reasons"]]
        for one in recommended(kiosk, basket=[], shopper=CARD, limit=50)["items"]
    }
    assert {"bought-before", "due-again"} & set(codes[gtin_of(3)])
    assert "bought-before" not in codes[gtin_of(4)]


def test_sales_are_taken_once_and_bad_rows_are_listed(kiosk: httpx.Client, folder: Path) -> None:
    bad = SALE | {"line": 2, "gtin": "04000000000001"}
    first = kiosk.post("/v1/sales", json={"lines": [SALE, bad]})
    assert first.status_code == 201
    assert (first.json()["accepted"], first.json()["new"]) == (1, 1)
    assert first.json()["refused"][0]["row"] == 2
    assert "check digit" in first.json()["refused"][0]["reason"]
    again = kiosk.post("/v1/sales", json={"lines": [SALE]}).json()
    assert (again["accepted"], again["new"]) == (1, 0)
    other = kiosk.post("/v1/sales", json={"lines": [SALE | {"units": 3}]})
    assert other.status_code == 422
    assert "other values" in other.json()["detail"]
    with contextlib.closing(connect(folder / "store.db")) as db:
        rows = db.execute("SELECT units FROM sale_lines WHERE transaction_id = 't-new'").fetchall()
    assert [tuple(row) for row in rows] == [(2.0,)]


def test_a_count_shows_at_once(kiosk: httpx.Client) -> None:
    told = kiosk.post("/v1/stock", json={"counts": [{"gtin": gtin_of(8), "on_hand": 5}]})
    assert told.status_code == 201
    assert ask(kiosk, f"/v1/items/{gtin_of(8)}")["item"]["stock"] == 5


def test_the_pages_and_their_parts_are_whole(kiosk: httpx.Client) -> None:
    for page in ("/", "/store"):
        answer = kiosk.get(page)
        assert answer.status_code == 200
        assert "http://" not in answer.text.replace("http://www.w3.org", "")
        for part in answer.text.split('"')[1::2]:
            if part.startswith("/page/"):
                assert kiosk.get(part).status_code == 200, part
    assert kiosk.get("/page/../app.py").status_code == 404
    assert kiosk.get("/page/%2e%2e/app.py").status_code == 404
    assert kiosk.get("/page/").status_code == 404


def test_the_pages_never_write_markup(kiosk: httpx.Client) -> None:
    scripts = [f"/page/{one.relative_to(PAGE)}" for one in PAGE.rglob("*.js")]
    assert len(scripts) > 10
    for script in (*scripts, "/page/shared/endcap.js"):
        text = kiosk.get(script).text
        for word in ("innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval("):
            assert word not in text, f"{script} uses {word}"


def test_the_metrics_are_for_prometheus(kiosk: httpx.Client) -> None:
    ask(kiosk, "/v1/gaps")
    text = kiosk.get("/metrics").text
    assert 'endcap_camera_ok{camera="aisle-2"} 0' in text
    assert 'endcap_http_requests_total{method="GET",route="/v1/gaps",status="200"}' in text


HOSTILE: list[tuple[str, str, object, int]] = [
    ("GET", f"/v1/items/{UNKNOWN}", None, 404),
    ("GET", "/v1/items/04006381333930", None, 422),
    ("GET", "/v1/items/4.00638E%2B12", None, 422),
    ("GET", "/v1/items/%2e%2e%252f%2e%2e", None, 422),
    ("GET", "/v1/items/..%2f..%2fetc", None, 404),
    ("GET", f"/v1/items/{'9' * 500}", None, 422),
    ("GET", f"/v1/forecasts/{UNKNOWN}", None, 404),
    ("GET", "/v1/forecasts?day=2026-02-30", None, 422),
    ("GET", "/v1/forecasts?day=9999999", None, 422),
    ("GET", "/v1/forecasts?limit=0", None, 422),
    ("GET", "/v1/forecasts?limit=99999999999999999999", None, 422),
    ("GET", "/v1/search", None, 422),
    ("GET", "/v1/search?q=", None, 422),
    ("GET", "/v1/search?q=milk&limit=-1", None, 422),
    ("GET", "/v1/search?q=milk&limit=1e2", None, 422),
    ("GET", "/v1/search?q=milk&limit=true", None, 422),
    ("GET", f"/v1/search?q={'a' * 201}", None, 422),
    ("GET", "/v1/suggest?q=a&limit=21", None, 422),
    ("POST", "/v1/recommendations", {"basket": "milk"}, 422),
    ("POST", "/v1/recommendations", {"basket": [4006381333931]}, 422),
    ("POST", "/v1/recommendations", {"basket": [True]}, 422),
    ("POST", "/v1/recommendations", {"basket": ["4006381333930"]}, 422),
    ("POST", "/v1/recommendations", {"basket": [UNKNOWN] * 201}, 422),
    ("POST", "/v1/recommendations", {"basket": [], "limit": True}, 422),
    ("POST", "/v1/recommendations", {"basket": [], "limit": 1.5}, 422),
    ("POST", "/v1/recommendations", {"basket": [], "limit": "5"}, 422),
    ("POST", "/v1/recommendations", {"basket": [], "limit": 51}, 422),
    ("POST", "/v1/recommendations", {"basket": [], "shopper": ""}, 422),
    ("POST", "/v1/recommendations", {"basket": [], "shoper": "x"}, 422),
    ("POST", "/v1/recommendations", {"basket": [UNKNOWN]}, 200),
    ("POST", "/v1/recommendations", {"basket": [], "shopper": "'; DROP TABLE items"}, 200),
    ("POST", "/v1/sales", {"lines": []}, 422),
    ("POST", "/v1/sales", {"lines": [1]}, 422),
    ("POST", "/v1/sales", {"lines": [{}]}, 422),
    ("POST", "/v1/sales", {"lines": [SALE] * 2001}, 422),
    ("POST", "/v1/sales", {"lines": [SALE | {"units": True}]}, 422),
    ("POST", "/v1/sales", {"lines": [SALE | {"units": "1e400"}]}, 422),
    ("POST", "/v1/sales", {"lines": [SALE | {"sold_at": "1969-01-01"}]}, 422),
    ("POST", "/v1/sales", {"lines": [SALE | {"sold_at": "2023-12-01T10:00:00"}]}, 422),
    ("POST", "/v1/sales", {"lines": [SALE | {"transaction_id": "=cmd()"}]}, 422),
    ("POST", "/v1/sales", {"lines": [SALE | {"transaction_id": "a\x00b"}]}, 422),
    ("POST", "/v1/stock", {"counts": [{"gtin": gtin_of(1), "on_hand": "many"}]}, 422),
    ("POST", "/v1/stock", {"counts": None}, 422),
    ("DELETE", "/v1/items/04006381333931", None, 405),
    ("PUT", "/v1/stock", {"counts": []}, 405),
    ("GET", "/v1/nothing", None, 404),
    ("GET", "/docs", None, 404),
    ("GET", "/v1/status/", None, 404),
]


@pytest.mark.parametrize(("method", "path", "body", "status"), HOSTILE, ids=lambda v: str(v)[:50])
def test_a_bad_request_is_refused_with_a_reason(
    kiosk: httpx.Client, method: str, path: str, body: object, status: int
) -> None:
    answer = kiosk.request(method, path, json=body)
    assert answer.status_code == status, answer.text
    if status >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"]
        assert answer.json()["hint"]


def test_a_wrong_check_digit_is_named(kiosk: httpx.Client) -> None:
    detail = kiosk.get("/v1/items/04006381333930").json()["detail"]
    assert "check digit 0, which should be 1" in detail


EVERY_ROUTE = [
    ("GET", path, None)
    for path in (
        *("/v1/health/live", "/v1/health/ready", "/v1/status", "/v1/shelves", "/v1/gaps"),
        *(
            f"/v1/items/{gtin_of(0)}",
            f"/v1/products/{gtin_of(0)}",
            f"/v1/items/{gtin_of(0)}/substitutes",
            f"/v1/items/{gtin_of(0)}/complements",
            "/v1/search?q=milk",
            "/v1/suggest?q=mi",
        ),
        *("/v1/forecasts", f"/v1/forecasts/{gtin_of(0)}", "/metrics", "/openapi.json", "/"),
        *(f"/v1/forecasts/{gtin_of(0)}/history", "/v1/events", "/v1/proposals"),
        *("/v1/media", "/v1/media/slot?slot=kiosk.home&limit=2", "/v1/facings/aisle-1/f1"),
    )
] + [
    ("POST", "/v1/recommendations", {"basket": [gtin_of(0)], "shopper": CARD}),
    ("POST", "/v1/media/slot", {"slot": "kiosk.home", "basket": [gtin_of(0)], "limit": 2}),
    (
        "POST",
        "/v1/feedback",
        {"feedback": [{"answer": "ab" * 16, "gtin": gtin_of(0), "what": "tapped"}]},
    ),
    ("POST", "/v1/sales", {"lines": [SALE]}),
    ("POST", "/v1/stock", {"counts": [{"gtin": gtin_of(0), "on_hand": 1}]}),
    ("POST", "/v1/facings/aisle-1/f1/answer", {"answer": "unsure"}),
    ("POST", "/v1/events", {"day": "2026-03-09", "name": "Fair"}),
    ("DELETE", "/v1/events/2026-03-09?name=Fair", None),
    *(
        (
            "POST",
            f"/v1/proposals/order:{gtin_of(0)}:2026-03-02/{what}",
            {"amount": 6} if own else {},
        )
        for what, own in (("accept", False), ("change", True), ("reject", False))
    ),
    ("POST", "/v1/session", {"key": "endcap-none"}),
    *((method, "/v1/session", None) for method in ("GET", "DELETE")),
    *((method, f"/v1/shoppers/{CARD}", None) for method in ("GET", "DELETE")),
    ("GET", f"/v1/shoppers/{CARD}/consent", None),
    ("PUT", f"/v1/shoppers/{CARD}/consent", {"consent": True}),
    ("PUT", f"/v1/shoppers/{CARD}/diets", {"diets": []}),
    *SETUP_ROUTES,
    *(("GET", f"/v2{path}", None) for path in ("", "/health/live", "/health/ready")),
    *(
        (method, f"/v2/models/demand{version}{path}", body)
        for version in ("", "/versions/1")
        for method, path, body in (
            ("GET", "", None),
            ("GET", "/ready", None),
            ("POST", "/infer", {"inputs": []}),
        )
    ),
]


def route_of(path: str, routes: Collection[str]) -> str:
    """Return the template that `path` belongs to; nothing for a path of no route."""
    plain = path.split("?", maxsplit=1)[0]
    return next((one for one in routes if re.fullmatch(re.sub(r"{\w+}", "[^/]+", one), plain)), "")


def test_the_items_of_the_corner_store_are_sound() -> None:
    assert len(set(ITEMS_SOLD)) == len(NAMES)
