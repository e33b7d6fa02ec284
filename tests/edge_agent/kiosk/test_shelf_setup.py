"""Setting shelves up over HTTP: pictures for staff alone, drafts compared, saved, and not twice."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.edge_agent.kiosk.setup_store import CAMERA, DRAFT, PICTURE, SETUP_ROUTES
from tests.edge_agent.kiosk.test_access import Kiosk, kiosk_in

ROOT = "/v1/shelf-setup"
HERE = f"{ROOT}/cameras/{CAMERA}"


@pytest.fixture(scope="module")
def kiosk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kiosk]:
    yield from kiosk_in(tmp_path_factory.mktemp("setup"), required=False)


def staff(kiosk: Kiosk, method: str, path: str, body: Any = None) -> httpx.Response:  # noqa: ANN401 - JSON
    return kiosk.ask(method, path, "staff", json=body)


def test_nobody_but_staff_sees_a_picture_or_a_plan_whatever_else_is_open(kiosk: Kiosk) -> None:
    taken: str = staff(kiosk, "POST", f"{HERE}/pictures", {}).json()["picture"]
    routes = json.loads(json.dumps(SETUP_ROUTES).replace(PICTURE, taken))
    for method, path, body in routes:
        assert kiosk.ask(method, path, json=body).status_code == 401
        for role in ("shopper", "till", "inference"):
            assert kiosk.ask(method, path, role, json=body).status_code == 403
        assert staff(kiosk, method, path, body).is_success, path


def test_a_picture_is_taken_shown_and_never_stored_by_a_browser(kiosk: Kiosk) -> None:
    taken = staff(kiosk, "POST", f"{HERE}/pictures", {}).json()
    assert (taken["width"], taken["height"], taken["condition"]) == (640, 480, "ok")
    shown = staff(kiosk, "GET", f"{ROOT}/pictures/{taken['picture']}")
    assert shown.headers["cache-control"] == "no-store"
    assert shown.headers["content-type"] == "image/jpeg"
    assert shown.content.startswith(b"\xff\xd8")
    places = staff(kiosk, "POST", f"{ROOT}/pictures/{taken['picture']}/proposals", {}).json()
    assert len(places["places"]) > 15


def test_tags_name_items_by_the_stores_own_search(kiosk: Kiosk) -> None:
    picture = staff(kiosk, "POST", f"{HERE}/pictures", {}).json()["picture"]
    told = staff(kiosk, "POST", f"{ROOT}/pictures/{picture}/names", DRAFT).json()
    assert told["done"]
    first = told["names"][0]
    assert (first["facing"], first["name"]) == ("f0", "Whole milk 1 l")


def test_a_draft_is_compared_saved_and_refused_when_somebody_was_faster(kiosk: Kiosk) -> None:
    picture = staff(kiosk, "POST", f"{HERE}/pictures", {}).json()["picture"]
    mark = staff(kiosk, "GET", f"{HERE}/facings").json()["mark"]
    moved = {"facing": "f0", "gtin": "4006381333931", "x": 0.5, "y": 0.1, "w": 0.2, "h": 0.3}
    new = {"facing": "f1", "x": 0.1, "y": 0.5, "w": 0.2, "h": 0.3, "stands": "empty"}
    hidden = {"facing": "f2", "x": 0.4, "y": 0.5, "w": 0.2, "h": 0.3, "stands": "hidden"}
    draft = {"facings": [moved, new, hidden], "mark": mark, "picture": picture}
    compared = staff(kiosk, "POST", f"{HERE}/compare", draft).json()
    assert [one["changes"] for one in compared["changes"]] == [["moved"], ["added"], ["added"]]
    assert compared["remarks"] == ["f1, f2: no item; a gap there names none"]
    saved = staff(kiosk, "PUT", f"{HERE}/facings", draft)
    assert saved.json()["references"] == 2, saved.text
    shelves = kiosk.ask("GET", "/v1/shelves").json()["facings"]
    assert {one["facing"] for one in shelves if one["camera"] == CAMERA} == {"f0", "f1", "f2"}
    again = staff(kiosk, "PUT", f"{HERE}/facings", draft)
    assert again.status_code == 409
    assert again.json()["type"] == "urn:endcap:problem:plan-changed"
    assert "nothing was saved" in again.json()["detail"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "why"),
    [
        ("POST", f"{ROOT}/cameras/aisel-1/pictures", {}, 404, "did you mean aisle-1?"),
        ("POST", f"{ROOT}/cameras/aisle-2/pictures", {}, 409, "aisle-2 is switched off"),
        ("GET", f"{ROOT}/pictures/none", None, 404, "take a new one"),
        ("PUT", f"{HERE}/facings", DRAFT | {"picture": "none"}, 404, "not remembered"),
        ("PUT", f"{HERE}/facings", DRAFT | {"facings": []}, 422, "1 to 500 facings"),
        (
            "POST",
            f"{HERE}/compare",
            {"facings": [{"facing": "a", "gtin": "12", "x": 0, "y": 0, "w": 1, "h": 1}]},
            422,
            "pick the item from the list",
        ),
    ],
)
def test_what_cannot_be_done_says_what_to_do(
    kiosk: Kiosk,
    method: str,
    path: str,
    body: dict[str, Any] | None,
    status: int,
    why: str,
) -> None:
    answer = staff(kiosk, method, path, body)
    assert answer.status_code == status
    assert why in answer.text
