"""Who may ask the kiosk what: keys, roles, sessions, links, origins, and what is noted of it."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from fastapi import FastAPI

from edge_agent.adapters.key_tables import FRESH, LINK_LASTS, KeyTables
from edge_agent.adapters.schema import migrate
from edge_agent.kiosk.roles import roles_of
from edge_agent.ports.access import ROLES, KeyNameError
from endcap.plumbing.audit_log import entries
from endcap.plumbing.http_face.access import COOKIE
from endcap.plumbing.http_face.guard import Limits
from endcap.plumbing.sqlite_file import SqliteFile, open_sqlite
from tests.edge_agent.kiosk.corner_store import CARD, corner_store, gtin_of
from tests.fakes.clock import NOON, FakeClock
from tests.serving import served

PAGE = "https://screens.example"
LIMITS = Limits(
    requests_per_second=0.001, burst=40, origins=frozenset({PAGE})
)  # no token comes back while a test runs
GENEROUS = Limits(requests_per_second=5000, burst=5000, origins=frozenset({PAGE}))


class Kiosk(NamedTuple):
    """A kiosk that wants keys, and those of each role."""

    address: str
    keys: dict[str, str]
    folder: Path
    clock: FakeClock
    client: httpx.Client

    def ask(self, method: str, path: str, role: str = "", **more: object) -> httpx.Response:
        """Ask with the key of a role, or without one."""
        headers = {"authorization": f"Bearer {self.keys[role]}"} if role else {}
        return self.raw(method, path, headers, **more)

    def raw(
        self, method: str, path: str, headers: Mapping[str, object], **more: object
    ) -> httpx.Response:
        """Ask with these headers and no cookie of before."""
        self.client.cookies.clear()
        return self.client.request(method, path, headers=headers, **more)  # type: ignore[arg-type]  # passed on


@asynccontextmanager
async def keyed(folder: Path) -> AsyncIterator[tuple[KeyTables, SqliteFile]]:
    async with open_sqlite(folder / "store.db", migrate) as file:
        yield KeyTables(file, FakeClock()), file


def make_keys(folder: Path) -> dict[str, str]:
    async def make() -> dict[str, str]:
        async with keyed(folder) as (keys, _):
            return {role: await keys.make(f"a-{role}", role, NOON) for role in ROLES}

    return asyncio.run(make())


def kiosk_in(folder: Path, *, required: bool, limits: Limits = GENEROUS) -> Iterator[Kiosk]:
    keys, clock = make_keys(folder), FakeClock()

    @asynccontextmanager
    async def make() -> AsyncIterator[FastAPI]:
        async with corner_store(folder, clock, limits=limits, keys_required=required) as app:
            yield app

    with served(make) as address, httpx.Client(base_url=address, timeout=20) as client:
        yield Kiosk(address, keys, folder, clock, client)


@pytest.fixture(scope="module")
def kiosk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kiosk]:
    yield from kiosk_in(tmp_path_factory.mktemp("keyed"), required=True)


@pytest.fixture(scope="module")
def open_kiosk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kiosk]:
    yield from kiosk_in(tmp_path_factory.mktemp("open"), required=False)


ITEM = f"/v1/items/{gtin_of(0)}"
BASKET = {"basket": [gtin_of(0)]}
MAY = [
    ("GET", "/v1/health/live", {"", *ROLES}),
    ("GET", "/enter", {"", *ROLES}),
    ("GET", "/page/enter.js", {"", *ROLES}),
    ("GET", "/openapi.json", {"", *ROLES}),
    ("GET", "/v1/session", {"", *ROLES}),
    ("GET", ITEM, {"shopper", "till", "staff"}),
    ("GET", "/v1/status", {"shopper", "till", "staff"}),
    ("POST", "/v1/recommendations", {"shopper", "till", "staff"}),
    ("POST", "/v1/sales", {"till", "staff"}),
    ("POST", "/v1/stock", {"till", "staff"}),
    ("POST", "/v1/events", {"staff"}),
    ("DELETE", "/v1/events/2026-03-02?name=x", {"staff"}),
    ("GET", "/metrics", {"staff"}),
    ("GET", "/v2", {"inference", "staff"}),
    ("GET", "/v1/shoppers/a", {"staff"}),
    ("DELETE", "/v1/shoppers/a", {"staff"}),
    ("GET", "/v1/shoppers/a/consent", {"till", "staff"}),
    ("PUT", "/v1/shoppers/a/consent", {"till", "staff"}),
    ("PUT", "/v1/shoppers/a/diets", {"till", "staff"}),
    ("POST", "/v1/nothing-yet", {"staff"}),
]


@pytest.mark.parametrize(
    ("method", "path", "may"), MAY, ids=[f"{method} {path}" for method, path, _ in MAY]
)
def test_a_role_may_what_it_is_for(kiosk: Kiosk, method: str, path: str, may: set[str]) -> None:
    for role in ("", *ROLES):
        answer = kiosk.ask(method, path, role, json={} if method in {"POST", "PUT"} else None)
        if role in may:
            assert answer.status_code not in {401, 403}, (role, answer.text)
        else:
            assert answer.status_code == (403 if role else 401), (role, answer.text)
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["hint"]
        assert ("www-authenticate" in answer.headers) == (answer.status_code == 401)


def test_where_no_key_is_required_persons_want_one_all_the_same(open_kiosk: Kiosk) -> None:
    assert open_kiosk.ask("GET", ITEM).status_code == 200
    assert open_kiosk.ask("GET", "/v2").status_code == 200
    assert open_kiosk.ask("GET", f"/v1/shoppers/{CARD}").status_code == 401
    assert open_kiosk.ask("DELETE", f"/v1/shoppers/{CARD}", "shopper").status_code == 403
    for card in ("a%0Ab", "%2e%2e", "a%2Fconsent", "%00", "a;b"):
        assert open_kiosk.ask("GET", f"/v1/shoppers/{card}").status_code == 401


def test_a_wrong_key_opens_nothing_and_looks_like_any_other(kiosk: Kiosk) -> None:
    right = kiosk.keys["staff"]
    said = set()
    for wrong in (right[:-1], right + "x", right.upper(), "endcap-", "ż", "a" * 5000):
        for headers in ({"x-api-key": wrong}, {"authorization": f"Bearer {wrong}"}):
            encoded = {name: value.encode() for name, value in headers.items()}
            answer = kiosk.raw("GET", "/v1/health/live", headers=encoded)
            assert answer.status_code == 401
            said.add(answer.text)
    assert len(said) == 1
    basic = kiosk.raw("GET", ITEM, headers={"authorization": "Basic YTpi"})
    assert basic.status_code == 401
    assert kiosk.raw("GET", ITEM, headers={"x-api-key": right}).status_code == 200


def test_no_key_is_kept(kiosk: Kiosk) -> None:
    content = b"".join(path.read_bytes() for path in kiosk.folder.iterdir() if path.is_file())
    assert b"a-staff" in content
    assert not any(key.encode() in content for key in kiosk.keys.values())


def test_a_key_typed_once_begins_a_session(kiosk: Kiosk) -> None:
    with httpx.Client(base_url=kiosk.address, timeout=20) as browser:
        answer = browser.post("/v1/session", json={"key": kiosk.keys["staff"]})
        assert answer.json()["role"] == "staff"
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert kiosk.keys["staff"] not in cookie
        assert browser.get("/v1/session").json()["name"] == "a-staff"
        assert browser.get("/metrics").status_code == 200
        browser.delete("/v1/session")
        assert browser.get("/metrics").status_code == 401
        wrong = browser.post("/v1/session", json={"key": "endcap-x"})
        assert (wrong.status_code, "set-cookie" in wrong.headers) == (401, False)


def test_a_session_that_is_old_forged_or_foreign_is_none(kiosk: Kiosk) -> None:
    begun = kiosk.ask("POST", "/v1/session", json={"key": kiosk.keys["till"]})
    session = begun.cookies[COOKIE]
    name, until, signature = session.split(".")

    def status(value: str) -> int:
        cookie = {"cookie": f"other=1; {COOKIE}={value}"}
        return kiosk.raw("GET", ITEM, headers=cookie).status_code

    forged = (f"a-staff.{until}.{signature}", f"{name}.{int(until) + 9}.{signature}", "x", "..")
    assert [status(value) for value in (session, *forged)] == [200, 401, 401, 401, 401]
    kiosk.clock.turn(timedelta(hours=13))
    assert status(session) == 401
    page = kiosk.raw("GET", "/enter", headers={"cookie": f"{COOKIE}={session}"})
    assert page.status_code == 200, "whose session is over can sign in again"


def test_a_page_without_a_session_leads_to_where_one_signs_in(kiosk: Kiosk) -> None:
    asked = kiosk.ask("GET", "/store")
    assert (asked.status_code, asked.headers["location"]) == (303, "/enter?to=/store")
    assert kiosk.ask("GET", "/store", "staff").status_code == 200


def test_a_link_is_good_once_and_not_for_long(tmp_path: Path) -> None:
    async def work() -> None:
        async with keyed(tmp_path) as (keys, _):
            await keys.make("screen", "shopper", NOON)
            first, second = await keys.link("screen", NOON), await keys.link("screen", NOON)
            begun = await keys.begin(first, NOON)
            assert begun is not None
            assert (begun.name, begun.role) == ("screen", "shopper")
            assert await keys.by_session(begun.session) is not None
            assert await keys.begin(first, NOON) is None
            assert await keys.begin(second, NOON + LINK_LASTS + timedelta(seconds=1)) is None
            with pytest.raises(KeyNameError, match="no key 'nobody' counts"):
                await keys.link("nobody", NOON)

    asyncio.run(work())


def test_a_revoked_key_and_its_sessions_end_within_a_second(tmp_path: Path) -> None:
    async def work() -> None:
        async with keyed(tmp_path) as (keys, file):
            clock = FakeClock()
            guard = KeyTables(file, clock)
            key = await keys.make("screen", "shopper", NOON)
            begun = await guard.begin(key, NOON)
            assert begun is not None
            await keys.revoke("screen", NOON)
            clock.turn(FRESH)
            assert await guard.by_key(key) is None
            assert await guard.by_session(begun.session) is None
            for again in (keys.revoke("screen", NOON), keys.make("screen", "staff", NOON)):
                with pytest.raises(KeyNameError):
                    await again
            [shown] = await keys.shown()
            assert shown.revoked_at == NOON
            told = [(one.act.who, one.act.what) for one in await file.read(entries)]
            assert told == [
                ("command", "made the key screen (shopper)"),
                ("command", "revoked the key screen"),
            ]

    asyncio.run(work())


def test_what_staff_change_is_noted_without_the_card(kiosk: Kiosk) -> None:
    event = {"day": "2026-03-07", "name": "Fair"}
    assert kiosk.ask("POST", "/v1/events", "staff", json=event).status_code == 201
    said = {"consent": True}
    assert kiosk.ask("PUT", f"/v1/shoppers/{CARD}/consent", "till", json=said).status_code == 200
    assert kiosk.ask("GET", f"/v1/shoppers/{CARD}", "staff").json()["standing"]["consent"]
    assert kiosk.ask("DELETE", f"/v1/shoppers/{CARD}", "staff").status_code == 200
    assert kiosk.ask("GET", f"/v1/shoppers/{CARD}", "staff").json()["records"] == {}

    async def read() -> list[tuple[str, str]]:
        async with keyed(kiosk.folder) as (_, file):
            return [(one.act.who, one.act.what) for one in await file.read(entries)]

    told = asyncio.run(read())
    assert ("staff a-staff", "POST /v1/events") in told
    assert ("till a-till", "took down a shopper's consent (till)") in told
    assert ("staff a-staff", "exported a shopper") in told
    assert ("staff a-staff", "erased a shopper") in told
    assert CARD not in json.dumps(told)


def test_each_key_has_its_own_pace_and_wrong_ones_share_the_address_s(tmp_path: Path) -> None:
    for kiosk in kiosk_in(tmp_path, required=True, limits=LIMITS):
        wrong = {"x-api-key": "endcap-x"}
        tries = [kiosk.raw("GET", ITEM, headers=wrong) for _ in range(LIMITS.burst + 1)]
        assert [one.status_code for one in tries] == [401] * LIMITS.burst + [429]
        assert "retry-after" in tries[-1].headers
        used = [kiosk.ask("GET", "/v1/session", "shopper") for _ in range(LIMITS.burst + 1)]
        assert [one.status_code for one in used] == [200] * LIMITS.burst + [429]
        assert kiosk.ask("GET", ITEM, "till").status_code == 200


def test_a_page_of_an_allowed_origin_may_ask_with_a_key(kiosk: Kiosk) -> None:
    asked = {
        "access-control-request-method": "POST",
        "origin": PAGE,
        "sec-fetch-site": "cross-site",
    }
    preflight = kiosk.raw("OPTIONS", "/v1/recommendations", headers=asked)
    assert (preflight.status_code, preflight.content) == (204, b"")
    assert preflight.headers["access-control-allow-origin"] == PAGE
    assert "authorization" in preflight.headers["access-control-allow-headers"]
    headers = {"origin": PAGE, "sec-fetch-site": "cross-site", "x-api-key": kiosk.keys["shopper"]}
    answer = httpx.post(f"{kiosk.address}/v1/feedback", json={"feedback": []}, headers=headers)
    assert answer.status_code not in {401, 403}
    assert answer.headers["access-control-allow-origin"] == PAGE
    assert answer.headers["vary"] == "Origin"
    assert "access-control-allow-credentials" not in answer.headers
    refused = kiosk.raw("GET", ITEM, headers={"origin": PAGE})
    assert refused.status_code == 401
    assert refused.headers["access-control-allow-origin"] == PAGE, "a page can read why"


@pytest.mark.parametrize(
    "origin", ["https://evil.example", f"{PAGE}.evil.example", "null", PAGE[:-1]]
)
def test_a_page_of_another_origin_may_not(kiosk: Kiosk, origin: str) -> None:
    asked = {"access-control-request-method": "POST", "origin": origin}
    preflight = kiosk.raw("OPTIONS", "/v1/feedback", headers=asked)
    assert preflight.status_code == 403
    headers = {"origin": origin, "x-api-key": kiosk.keys["staff"]}
    answer = kiosk.raw("POST", "/v1/events", json={}, headers=headers)
    assert answer.status_code == 403
    for one in (preflight, answer, kiosk.raw("GET", ITEM, headers=headers)):
        assert "access-control-allow-origin" not in one.headers


def test_the_document_names_keys_and_roles(kiosk: Kiosk) -> None:
    document = kiosk.ask("GET", "/openapi.json").json()
    assert set(document["components"]["securitySchemes"]) == {"bearer", "header", "session"}
    roles = roles_of(required=True)
    for path, item in document["paths"].items():
        for method, operation in item.items():
            wanted = roles(method.upper(), path)
            assert bool(operation["security"]) == (wanted is not None), (method, path)
            assert {"401", "403"} <= operation["responses"].keys()
