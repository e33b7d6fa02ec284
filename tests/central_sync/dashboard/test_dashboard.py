"""The dashboard of three stores, asked over a real socket."""

import contextlib
import re
import sqlite3
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from central_sync.adapters.dashboard_reads import DashboardReads
from central_sync.adapters.schema import migrate
from central_sync.dashboard.app import create_app
from endcap.plumbing.sqlite_file import open_sqlite
from tests.central_sync.dashboard.three_stores import (
    EPOCH,
    GENEROUS,
    GTIN,
    OLD_EPOCH,
    RESEARCH,
    three_stores,
)
from tests.fakes.clock import NOON, FakeClock
from tests.serving import raw, served


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("centre")
    (folder / "tuf" / "targets" / "models").mkdir(parents=True)
    (folder / "tuf" / "waiting").mkdir()
    (folder / "tuf" / "targets" / "models" / "abc.model.onnx").write_bytes(bytes(range(256)))
    (folder / "tuf" / "targets" / "models" / ".half").write_text("not yet")
    (folder / "tuf" / "waiting" / "targets.json").write_text("{}")
    return folder


@pytest.fixture(scope="module")
def centre(folder: Path) -> Iterator[httpx.Client]:
    with (
        served(lambda: three_stores(folder, FakeClock())) as address,
        httpx.Client(base_url=address, timeout=20) as client,
    ):
        yield client


def ask(client: httpx.Client, path: str) -> dict[str, Any]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    said: dict[str, Any] = answer.json()
    return said


def test_the_fleet_says_who_is_there_and_what_each_runs(centre: httpx.Client) -> None:
    fleet = ask(centre, "/v1/fleet")
    assert (fleet["online"], fleet["late"], fleet["silent"]) == (1, 1, 1)
    well, late, silent = fleet["stores"]
    assert (well["release"], well["wished"], well["missing"]) == (2, 2, 0)
    assert (late["presence"], late["failing"], late["open_gaps"]) == ("late", ["uplink"], 1)
    assert (silent["agent"], silent["release"], silent["models"]) == (None, None, {})


def test_the_fleet_comes_in_pages(centre: httpx.Client) -> None:
    first = ask(centre, "/v1/fleet?limit=2")
    assert first["next"] == "s-0002"
    rest = ask(centre, f"/v1/fleet?limit=2&after={first['next']}")
    assert [one["store"] for one in rest["stores"]] == ["s-0003"]
    assert rest["next"] is None


def test_a_store_has_its_books_and_its_gaps(centre: httpx.Client) -> None:
    answer = ask(centre, "/v1/stores/s-0002")
    assert [one["epoch"] for one in answer["lines"]] == [EPOCH, OLD_EPOCH]
    assert [one["facing"] for one in answer["gaps"]] == ["<img src=x>"]
    assert [(one["facing"], one["reason"]) for one in answer["unknown"]] == [("f3", "camera")]
    assert answer["store"]["unknown"] == 1


def test_the_ledger_tells_missing_from_coming(centre: httpx.Client) -> None:
    ledger = ask(centre, "/v1/ledger")
    assert ledger["sent"] == ledger["stored"] + ledger["dead"] + ledger["ledgered"] + 5
    assert (ledger["balanced"], ledger["dead"], ledger["ledgered"]) == (False, 1, 5)
    (holed,) = [one for one in ledger["lines"] if one["missing"]]
    assert holed["holes"] == [[76, 80]]
    assert holed["coming"] == 10


def test_gaps_are_of_all_stores_or_of_one(centre: httpx.Client) -> None:
    assert [one["store"] for one in ask(centre, "/v1/gaps")["gaps"]] == ["s-0002", "s-0001"]
    (gap,) = ask(centre, "/v1/gaps?store=s-0001")["gaps"]
    assert (gap["gtin"], gap["camera"], gap["unseen"]) == (GTIN, "aisle-1", "hidden")


def test_what_is_unknown_is_of_all_stores_or_of_one(centre: httpx.Client) -> None:
    found = ask(centre, "/v1/unknown")["unknown"]
    assert [(one["store"], one["facing"]) for one in found] == [("s-0002", "f3"), ("s-0001", "f1")]
    (one,) = ask(centre, "/v1/unknown?store=s-0001")["unknown"]
    assert (one["reason"], one["camera"]) == ("hidden", "aisle-1")


def test_what_was_learned_is_told_with_its_reason(centre: httpx.Client) -> None:
    running, promoted = ask(centre, "/v1/trainings")["trainings"]
    assert running["finished"] is None
    assert (promoted["candidate"], promoted["champion"]) == (0.312, 0.335)
    assert "less than the champion's" in promoted["reason"]
    newest, old = ask(centre, "/v1/models")["models"]
    assert newest["aliases"] == ["candidate", "champion"]
    assert newest["metrics"][0]["value"] == 0.312
    assert old["aliases"] == []
    releases = ask(centre, "/v1/releases")["releases"]
    assert [(one["release"], one["stores"]) for one in releases] == [(3, 0), (2, 2), (1, 0)]
    assert releases[0]["models"] == {"demand": "1.0.1", "shopper": "1.0.0"}
    assert releases[0]["restricted"] == {"shopper": RESEARCH}
    assert (newest["licence"], newest["restriction"]) == ("CC0-1.0", "")


def test_it_is_healthy_and_says_its_name(centre: httpx.Client) -> None:
    told = ask(centre, "/v1/health")
    assert told == {"name": "Test centre", "stores": 3, "ends_soon": [], "ready": True}


def test_the_metrics_count_the_fleet(centre: httpx.Client) -> None:
    text = centre.get("/metrics").text
    assert 'endcap_stores{presence="silent"} 1' in text
    assert "endcap_fleet_open_gaps{} 2" in text
    assert "endcap_fleet_unknown_facings{} 2" in text


HOSTILE = [
    ("GET", "/v1/stores/s-9999", 404),
    ("GET", "/v1/stores/S-1", 422),
    ("GET", "/v1/stores/..%2f..", 404),
    ("GET", "/v1/stores/%00", 422),
    ("GET", "/v1/stores/" + "a" * 300, 422),
    ("GET", "/v1/fleet?limit=0", 422),
    ("GET", "/v1/fleet?limit=1001", 422),
    ("GET", "/v1/fleet?after=" + "a" * 42, 422),
    ("GET", "/v1/ledger?limit=NaN", 422),
    ("GET", "/v1/gaps?store=%23", 422),
    ("GET", "/v1/trainings?limit=1e9", 422),
    ("GET", "/v1/nothing", 404),
    ("POST", "/v1/fleet", 405),
    ("DELETE", "/v1/stores/s-0001", 405),
]


@pytest.mark.parametrize(("method", "path", "status"), HOSTILE, ids=lambda v: str(v)[:40])
def test_a_bad_request_is_refused_with_a_reason(
    centre: httpx.Client, method: str, path: str, status: int
) -> None:
    content = b"{}" if method != "GET" else None
    headers = {"content-type": "application/json"}
    answer = centre.request(method, path, content=content, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["hint"]


def test_a_name_that_is_no_store_finds_nothing(centre: httpx.Client) -> None:
    assert ask(centre, "/v1/fleet?after=%27%20OR%201=1--")["online"] == 1


def test_every_answer_is_a_documented_one(centre: httpx.Client) -> None:
    paths = ask(centre, "/openapi.json")["paths"]
    for path, methods in paths.items():
        documented = set(methods["get"]["responses"])
        asked = [path.replace("{store}", "s-0001")]
        asked += [p for m, p, _ in HOSTILE if m == "GET" and _is_of(p, path)]
        for one in asked:
            assert str(centre.get(one).status_code) in documented, one


def _is_of(asked: str, path: str) -> bool:
    template = path.replace("{store}", "[^/]+")
    return re.fullmatch(template, asked.split("?", maxsplit=1)[0]) is not None


TARGET = "/tuf/targets/models/abc.model.onnx"


def test_a_target_is_served_whole_and_in_parts(centre: httpx.Client) -> None:
    whole = centre.get(TARGET)
    assert whole.content == bytes(range(256))
    assert "immutable" in whole.headers["cache-control"]
    part = centre.get(TARGET, headers={"range": "bytes=100-109"})
    assert (part.status_code, part.content) == (206, bytes(range(100, 110)))
    assert part.headers["content-range"] == "bytes 100-109/256"
    rest = centre.get(TARGET, headers={"range": "bytes=250-"})
    assert rest.content == bytes(range(250, 256))


@pytest.mark.parametrize("ranges", ["bytes=300-", "bytes=9-1", "bytes=" + "0-," * 400 + "0-"])
def test_a_range_that_cannot_be_is_refused(centre: httpx.Client, ranges: str) -> None:
    answer = centre.get(TARGET, headers={"range": ranges})
    assert answer.status_code in {200, 400, 416}
    assert len(answer.content) <= 600


HIDDEN = [
    "/tuf/waiting/targets.json",
    "/tuf/targets/",
    "/tuf/targets",
    "/tuf/targets/models",
    "/tuf/targets/models/.half",
    "/tuf/targets/../waiting/targets.json",
    "/tuf/targets/%2e%2e/waiting/targets.json",
    "/tuf/targets/..%2f..%2fcentre.db",
    "/tuf/targets/%2fetc/passwd",
    "/tuf/targets//etc/passwd",
    "/tuf/targets/a%00b",
    "/tuf/targets/" + "a" * 5000,
    "/tuf/metadata/timestamp.json",
    "/centre.db",
]


@pytest.mark.parametrize("path", HIDDEN, ids=lambda v: v[:40])
def test_nothing_else_is_served(centre: httpx.Client, path: str) -> None:
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    answer = raw(str(centre.base_url), request.encode())
    assert answer.split(b" ", 2)[1] == b"404"


def test_a_symbolic_link_leads_nowhere(centre: httpx.Client, folder: Path) -> None:
    (folder / "tuf" / "targets" / "out").symlink_to(folder / "tuf" / "waiting")
    assert centre.get("/tuf/targets/out/targets.json").status_code == 404


def test_metadata_appears_when_it_is_published(centre: httpx.Client, folder: Path) -> None:
    (folder / "tuf" / "metadata").mkdir()
    (folder / "tuf" / "metadata" / "timestamp.json").write_text("{}")
    answer = centre.get("/tuf/metadata/timestamp.json")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")


def test_the_page_and_its_parts_are_whole(centre: httpx.Client) -> None:
    page = centre.get("/").text
    parts = [part for part in page.split('"')[1::2] if part.startswith("/page/")]
    assert len(parts) == 5
    assert {centre.get(part).status_code for part in parts} == {200}
    assert "innerHTML" not in centre.get("/page/dashboard.js").text


def test_an_empty_centre_answers_everywhere(tmp_path: Path) -> None:
    def nothing(db: sqlite3.Connection) -> None:
        _ = db

    with (
        served(lambda: three_stores(tmp_path, FakeClock(), fill_with=nothing)) as address,
        httpx.Client(base_url=address, timeout=20) as client,
    ):
        for path in ("health", "health/live", "fleet", "ledger", "gaps", "models", "trainings"):
            ask(client, f"/v1/{path}")
        assert ask(client, "/v1/ledger")["balanced"]
        assert client.get("/metrics").status_code == 200


def test_a_disk_that_does_not_answer_is_a_problem(tmp_path: Path) -> None:
    @contextlib.asynccontextmanager
    async def gone() -> AsyncIterator[FastAPI]:
        async with open_sqlite(tmp_path / "centre.db", migrate) as file:
            file.path = tmp_path / "unplugged" / "centre.db"
            yield create_app(DashboardReads(file), tmp_path, FakeClock(), GENEROUS)

    with served(gone) as address, httpx.Client(base_url=address, timeout=20) as client:
        answer = client.get("/v1/health")
        assert answer.status_code == 503
        assert answer.json()["type"] == "urn:endcap:problem:centre-unreadable"
        assert client.get("/v1/health/live").status_code == 200


def test_a_clock_set_back_makes_no_store_silent(tmp_path: Path) -> None:
    early = FakeClock(NOON - timedelta(days=1))
    with (
        served(lambda: three_stores(tmp_path, early)) as address,
        httpx.Client(base_url=address, timeout=20) as client,
    ):
        fleet = ask(client, "/v1/fleet")
        assert fleet["online"] == 3
        assert fleet["stores"][0]["silence_s"] == 0
