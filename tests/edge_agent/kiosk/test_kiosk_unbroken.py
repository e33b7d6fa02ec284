"""Nothing that is asked, no missing model and no dead disk breaks the kiosk."""

import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.adapters.schema import migrate
from edge_agent.kiosk.app import create_app
from endcap.plumbing.sqlite_file import connect, open_sqlite
from tests.edge_agent.kiosk.corner_store import (
    FACTS,
    GENEROUS,
    FakeModels,
    FakeSite,
    corner_store,
    fill,
    gtin_of,
    kiosk_ports,
    nothing,
)
from tests.edge_agent.kiosk.test_kiosk import EVERY_ROUTE, HOSTILE, SALE, ask, recommended, route_of
from tests.fakes.clock import FakeClock
from tests.serving import served


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="module")
def kiosk(folder: Path) -> Iterator[httpx.Client]:
    with (
        served(lambda: corner_store(folder, FakeClock())) as address,
        httpx.Client(base_url=address, timeout=20) as client,
    ):
        yield client


def documented_statuses(kiosk: httpx.Client) -> dict[tuple[str, str], set[str]]:
    paths = ask(kiosk, "/openapi.json")["paths"]
    return {
        (method.upper(), path): set(one["responses"])
        for path, methods in paths.items()
        for method, one in methods.items()
    }


def test_every_answer_is_a_documented_one(kiosk: httpx.Client) -> None:
    documented = documented_statuses(kiosk)
    routes = {path for _, path in documented}
    checked = set()
    for method, path, body in (*EVERY_ROUTE, *((m, p, b) for m, p, b, _ in HOSTILE)):
        place = (method, route_of(path, routes))
        if place in documented:
            status = str(kiosk.request(method, path, json=body).status_code)
            assert status in documented[place], f"{method} {path} answered {status}"
            checked.add(place)
    assert checked == set(documented) - {("GET", "/v1/updates")}, "that one never ends"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
ROW = st.fixed_dictionaries({}, optional=dict.fromkeys(SALE, JSON))


@settings(max_examples=60, deadline=None)
@given(
    path=st.sampled_from(["/v1/recommendations", "/v1/sales", "/v1/stock", "/v1/events"]),
    body=JSON
    | st.fixed_dictionaries({"lines": st.lists(ROW, max_size=3)})
    | st.fixed_dictionaries({"counts": st.lists(ROW, max_size=3)})
    | st.fixed_dictionaries({"basket": JSON, "limit": JSON, "shopper": JSON}),
)
def test_no_body_breaks_the_kiosk(kiosk: httpx.Client, path: str, body: object) -> None:
    content = json.dumps(body).encode()
    answer = kiosk.post(path, content=content, headers={"content-type": "application/json"})
    assert answer.status_code in {200, 201, 400, 422}, answer.text


@settings(max_examples=60, deadline=None)
@given(words=st.text(min_size=1, max_size=40))
def test_no_question_breaks_the_search(kiosk: httpx.Client, words: str) -> None:
    for path in ("/v1/search", "/v1/suggest"):
        assert kiosk.get(path, params={"q": words}).status_code in {200, 422}


@pytest.mark.parametrize("empty", [True, False])
def test_every_route_answers_without_models_and_without_rows(tmp_path: Path, empty: bool) -> None:  # noqa: FBT001 - a case of the table
    models = FakeModels(FakeSite(broken=True))
    make = corner_store(tmp_path, FakeClock(), fill_with=nothing if empty else fill, models=models)
    with served(lambda: make) as address, httpx.Client(base_url=address, timeout=20) as client:
        for method, path, body in EVERY_ROUTE:
            status = client.request(method, path, json=body).status_code
            assert status < 500, f"{path} answered {status}"
        answer = recommended(client, basket=[], limit=3)
        assert answer["degraded"]
        offered = [one["item"]["gtin"] for one in answer["items"]]
        assert offered[:1] == ([] if empty else [gtin_of(0)]), "what sells most"
        assert gtin_of(1) not in offered, "it stands empty"
        assert len(offered) == (0 if empty else 3)


def test_a_disk_that_does_not_answer_is_a_problem_and_not_a_crash(tmp_path: Path) -> None:
    @contextlib.asynccontextmanager
    async def gone() -> AsyncIterator[FastAPI]:
        async with open_sqlite(tmp_path / "deep" / "store.db", migrate) as file:
            file.path = tmp_path / "unplugged" / "store.db"
            clock = FakeClock()
            ports = kiosk_ports(file, clock)
            yield create_app(ports, FACTS, clock, GENEROUS)

    with served(gone) as address, httpx.Client(base_url=address, timeout=20) as client:
        assert client.get("/v1/health/live").status_code == 200
        for path in ("/v1/health/ready", "/v1/shelves", "/v1/search?q=milk"):
            answer = client.get(path)
            assert answer.status_code == 503
            assert answer.json()["type"] == "urn:endcap:problem:store-unreadable"


def test_the_index_follows_the_catalogue(tmp_path: Path) -> None:
    clock = FakeClock()
    with (
        served(lambda: corner_store(tmp_path, clock)) as address,
        httpx.Client(base_url=address, timeout=20) as client,
    ):
        assert ask(client, "/v1/search?q=quinoa")["items"] == []
        with contextlib.closing(connect(tmp_path / "store.db")) as db:
            db.execute("UPDATE items SET name = 'Quinoa 500 g' WHERE gtin = ?", (gtin_of(7),))
        assert ask(client, "/v1/search?q=quinoa")["items"] == []
        clock.turn(timedelta(seconds=6))
        assert ask(client, "/v1/search?q=quinoa")["items"][0]["gtin"] == gtin_of(7)


def test_a_release_sets_what_counts_in_a_search_and_how_offers_mix(tmp_path: Path) -> None:
    models = FakeModels()
    with (
        served(lambda: corner_store(tmp_path, FakeClock(), models=models)) as address,
        httpx.Client(base_url=address, timeout=20) as client,
    ):
        name = ask(client, f"/v1/items/{gtin_of(0)}")["item"]["name"]
        assert ask(client, f"/v1/search?q={name}")["items"][0]["gtin"] == gtin_of(0)
        nothing_counts = dict.fromkeys(("name", "brand", "department", "size", "neighbours"), 0.0)
        usual = recommended(client, basket=[], limit=4)["items"]
        models.current = FakeSite(
            settings={
                **{("search", field): weight for field, weight in nothing_counts.items()},
                ("shopper", "department_share"): 0.25,
            }
        )
        found = [one["gtin"] for one in ask(client, f"/v1/search?q={name}")["items"]]
        assert found == sorted(found)  # by their ids alone
        assert len(found) > 1
        assert recommended(client, basket=[], limit=4)["items"] != usual
