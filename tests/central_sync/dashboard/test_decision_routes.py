"""What people decide about stores on the dashboard: real TLS, a real authority, a real database."""

import contextlib
import json
import re
import sqlite3
import ssl
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from fastapi import FastAPI

from central_sync.__main__ import main
from central_sync.adapters.authority import Authority
from central_sync.adapters.dashboard_reads import DashboardReads
from central_sync.adapters.enrolment_book import RegistryBook
from central_sync.adapters.enrolment_desk import RegistryDesk
from central_sync.adapters.identity_tables import RegistryRevocations
from central_sync.adapters.schema import migrate
from central_sync.core.enrolment import Rules
from central_sync.dashboard.app import Door, create_app
from endcap.plumbing.audit_log import entries, first_broken
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.http_server import ServerTls
from endcap.plumbing.sqlite_file import open_sqlite
from tests.central_sync.dashboard.three_stores import GENEROUS
from tests.fakes.identities import new_authority, new_card, new_csr, new_key, real_now
from tests.serving import served

STORE = "store-7"
TOKENS = "/v1/enrolments/tokens"


@dataclass
class Centre:
    """A centre that answers; `eve` is a person it knows."""

    url: str
    folder: Path
    authority: Authority

    @property
    def database(self) -> Path:
        return self.folder / "centre" / "centre.sqlite"

    @property
    def config(self) -> Path:
        return self.folder / "central.toml"

    def asking(self, pair: tuple[Path, Path] | None) -> httpx.Client:
        context = ssl.create_default_context(cafile=str(self.authority.folder / "ca.pem"))
        if pair is not None:
            context.load_cert_chain(*pair)
        return httpx.Client(base_url=self.url, verify=context, timeout=20)

    def person(self, name: str = "eve") -> httpx.Client:
        folder = self.authority.folder
        if not (folder / f"{name}.pem").exists():
            self.authority.issue_person(name, real_now(), timedelta(days=1))
        return self.asking((folder / f"{name}.pem", folder / f"{name}.key"))

    def store(self, name: str) -> httpx.Client:
        tls = new_card(self.authority, self.folder / "cards", name).tls
        assert tls.certificate
        assert tls.key
        return self.asking((tls.certificate, tls.key))

    def wants_in(self, store: str, **more: object) -> dict[str, Any]:
        """Ask for a certificate as a store does that has none."""
        body = {"store": store, "csr": new_csr(new_key(), store), **more}
        with self.asking(None) as client:
            answer: dict[str, Any] = client.post("/v1/enrol", json=body).json()
        return answer

    def shown(self) -> dict[str, Any]:
        with self.person() as client:
            told: dict[str, Any] = client.get("/v1/enrolments").json()
        return told

    def noted(self) -> list[tuple[str, str]]:
        """Return who did what, of a chain that is whole."""
        with contextlib.closing(sqlite3.connect(self.database)) as db:
            found = entries(db)
        assert first_broken(found) is None
        return [(one.act.who, one.act.what) for one in found]

    def told(self, *words: str, code: int = 0) -> str:
        done = CliRunner().invoke(main, [*words[:2], str(self.config), *words[2:]])
        assert done.exit_code == code, done.output
        return done.output


@pytest.fixture
def centre(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Centre]:
    authority = new_authority(tmp_path / "centre" / "authority")
    (tmp_path / "central.toml").write_text(
        '[centre]\nfolder = "centre"\n[mqtt]\nhost = "localhost"\nport = 1883\n'
    )
    tls_too, needed = getattr(request, "param", (True, True))
    folder = authority.folder

    @contextlib.asynccontextmanager
    async def make() -> AsyncIterator[FastAPI]:
        async with open_sqlite(tmp_path / "centre" / "centre.sqlite", migrate) as file:
            rules = Rules()
            desk = RegistryDesk(file, authority, rules, lambda *_: None)
            book = RegistryBook(file, authority, rules)
            door = Door(RegistryRevocations(file), needed, desk, book)
            reads = DashboardReads(file)
            yield create_app(reads, tmp_path / "tuf", SystemClock(), GENEROUS, "Test", door)

    tls = ServerTls(folder / "centre.pem", folder / "centre.key", folder / "ca.pem")
    with served(make, tls if tls_too else None) as url:
        yield Centre(url, tmp_path, authority)


def test_a_person_makes_a_token_and_a_store_comes_in_with_it(centre: Centre) -> None:
    with centre.person() as client:
        answer = client.post(TOKENS, json={"store": STORE, "url": "https://c.example:8490/"})
    made = answer.json()
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    assert made["qr"] == f"https://c.example:8490#{made['token']}"
    assert made["picture"].startswith("data:image/svg+xml;")
    told = centre.shown()
    assert [(one["store"], one["standing"]) for one in told["tokens"]] == [(STORE, "open")]
    assert made["token"] not in json.dumps(told), "shown once, and never again"
    assert centre.wants_in(STORE, token=made["token"])["standing"] == "issued"
    (store,) = centre.shown()["stores"]
    assert (store["store"], store["standing"]) == (STORE, "valid")
    ((who, what),) = centre.noted()
    assert (who, what.split(" until")[0]) == ("eve", f"{STORE}: a token to enrol")
    content = b"".join(p.read_bytes() for p in (centre.folder / "centre").glob("centre.sqlite*"))
    assert made["token"].encode() not in content


def test_a_person_compares_the_keys_and_decides(centre: Centre) -> None:
    first, second = (centre.wants_in(one, wait=True)["request"] for one in ("store-1", "store-2"))
    waiting = centre.shown()["waiting"]
    assert {one["request"] for one in waiting} == {first, second}
    assert all(re.fullmatch(r"([0-9A-Z]{5}-){3}[0-9A-Z]", one["key_shown"]) for one in waiting)
    with centre.person() as client:
        assert client.post(f"/v1/enrolments/requests/{first}/accept", json={}).status_code == 200
        assert client.post(f"/v1/enrolments/requests/{second}/refuse", json={}).status_code == 200
        again = client.post(f"/v1/enrolments/requests/{second}/accept", json={})
        assert (again.status_code, again.json()["detail"]) == (
            409,
            "the request was refused before",
        )
        unknown = client.post(f"/v1/enrolments/requests/{'0' * 32}/accept", json={})
        assert unknown.status_code == 404
        polled = client.post("/v1/enrol/pending", json={"request": first}).json()
    assert polled["standing"] == "issued"
    assert centre.shown()["waiting"] == []
    said = [what for _, what in centre.noted()]
    assert [one.split(",")[0] for one in said] == [
        f"store-1: request {first[:8]} accepted",
        f"store-2: request {second[:8]} refused",
    ]


def test_a_person_revokes_a_store_at_once(centre: Centre) -> None:
    with centre.store(STORE) as store, centre.person() as client:
        assert store.get("/v1/own/identity").status_code == 200
        answer = client.post(
            f"/v1/enrolments/stores/{STORE}/revoke", json={"reason": " stolen  it"}
        )
        assert "fleet acl" in answer.json()["hint"]
        assert "stolen it" in store.get("/v1/own/identity").json()["detail"]
        refused = client.post(TOKENS, json={"store": STORE})
        assert (refused.status_code, refused.json()["type"][-7:]) == (409, "revoked")
    (gone,) = centre.shown()["revoked"]
    assert (gone["store"], gone["reason"]) == (STORE, "stolen it")
    assert centre.noted() == [("eve", f"{STORE}: revoked")]


WRITES = [
    (TOKENS, {"store": STORE}),
    (f"/v1/enrolments/requests/{'0' * 32}/accept", {}),
    (f"/v1/enrolments/requests/{'0' * 32}/refuse", {}),
    (f"/v1/enrolments/stores/{STORE}/revoke", {"reason": "x"}),
]


@pytest.mark.parametrize("centre", [(False, False), (True, False)], indirect=True)
def test_who_is_not_known_reads_and_decides_nothing(centre: Centre) -> None:
    """Without TLS, or where people need no certificate and show none."""
    with centre.asking(None) as client:
        told = client.get("/v1/enrolments").json()
        assert (told["person"], len(told["mark"])) == (None, 31)
        for path, body in WRITES:
            refused = client.post(path, json=body)
            assert refused.status_code == 401
            assert refused.headers["content-type"] == "application/problem+json"
            assert "central-sync enrol" in refused.json()["hint"]
    assert centre.noted() == []


@pytest.mark.parametrize("centre", [(True, False)], indirect=True)
def test_a_person_who_shows_a_certificate_is_known_also_where_none_is_needed(
    centre: Centre,
) -> None:
    assert centre.shown()["person"] == "eve"
    with centre.person() as client:
        assert client.post(TOKENS, json={"store": STORE}).status_code == 201


def test_neither_a_store_nor_a_server_of_ours_decides(centre: Centre) -> None:
    folder = centre.authority.folder
    pair = (folder / "centre.pem", folder / "centre.key")
    for client in (centre.store("store-1"), centre.asking(pair)):
        with client:
            for path, body in WRITES:
                assert client.post(path, json=body).status_code == 403
    assert centre.noted() == []


FOREIGN = [
    ({"origin": "https://evil.example"}, b'{"store": "store-7"}', "application/json", 403),
    ({"sec-fetch-site": "cross-site"}, b'{"store": "store-7"}', "application/json", 403),
    ({"sec-fetch-site": "same-site"}, b'{"store": "store-7"}', "application/json", 403),
    ({"origin": "null"}, b'{"store": "store-7"}', "application/json", 403),
    ({"host": "evil.example"}, b'{"store": "store-7"}', "application/json", 421),
    ({}, b'{"store": "store-7"}', "text/plain", 415),
    ({}, b"store=store-7", "application/x-www-form-urlencoded", 415),
]


@pytest.mark.parametrize(("headers", "body", "kind", "status"), FOREIGN)
def test_a_page_of_somewhere_else_decides_nothing_in_a_persons_name(
    centre: Centre, headers: dict[str, str], body: bytes, kind: str, status: int
) -> None:
    with centre.person() as client:
        answer = client.post(TOKENS, content=body, headers={**headers, "content-type": kind})
        assert answer.status_code == status
        own = {"origin": centre.url, "sec-fetch-site": "same-origin"}
        assert client.post(TOKENS, json={"store": STORE}, headers=own).status_code == 201
    assert len(centre.noted()) == 1


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (TOKENS, {"store": "centre"}),
        (TOKENS, {"store": "../x"}),
        (TOKENS, {"store": STORE, "url": "javascript:alert(1)"}),
        ("/v1/enrolments/requests/00/accept", {}),
        (f"/v1/enrolments/stores/{STORE}/revoke", {"reason": "  "}),
        ("/v1/enrolments/stores/person%20eve/revoke", {"reason": "x"}),
        ("/v1/enrolments/stores/broker/revoke", {"reason": "x"}),
    ],
)
def test_what_cannot_be_meant_is_refused(centre: Centre, path: str, body: dict[str, str]) -> None:
    with centre.person() as client:
        assert client.post(path, json=body).status_code == 422
    assert centre.noted() == []


def test_certificates_come_in_pages(centre: Centre) -> None:
    with centre.person() as client:
        for number in range(3):
            token = client.post(TOKENS, json={"store": f"store-{number}"}).json()["token"]
            centre.wants_in(f"store-{number}", token=token)
        first = client.get("/v1/enrolments?limit=2").json()
        assert [one["store"] for one in first["stores"]] == ["store-0", "store-1"]
        rest = client.get(f"/v1/enrolments?limit=2&after={first['next']}").json()
    assert ([one["store"] for one in rest["stores"]], rest["next"]) == (["store-2"], None)


def test_a_person_is_dismissed_from_the_next_request_on(centre: Centre) -> None:
    made = centre.told("authority", "person", "adam")
    assert "adam.pem" in made
    with centre.person("adam") as client:
        assert client.post(TOKENS, json={"store": STORE}).status_code == 201
        centre.told("authority", "dismiss", "adam", "--reason", "lost the laptop")
        refused = client.post(TOKENS, json={"store": STORE})
    assert (refused.status_code, "lost the laptop" in refused.json()["detail"]) == (403, True)
    assert "take another name" in centre.told("authority", "person", "adam", code=1)
    assert "is no store" in centre.told("fleet", "reinstate", "person adam", code=2)
    assert "user person adam\ntopic deny #" in centre.told("fleet", "acl")
    said = [what for _, what in centre.noted()]
    assert [one.split(":")[0] for one in said] == ["person adam", STORE, "person adam"]


def test_commands_are_noted_with_who_is_logged_in(centre: Centre) -> None:
    centre.told("enrol", "new", STORE)
    centre.told("enrol", "allow", STORE, "--key", "ab" * 32)
    centre.told("fleet", "revoke", STORE, "--reason", "stolen")
    assert "revoked" in centre.told("enrol", "allow", STORE, "--key", "ab" * 32, code=1)
    centre.told("fleet", "reinstate", STORE)
    said = [what.split(" until")[0] for _, what in centre.noted()]
    assert said == [
        f"{STORE}: a token to enrol",
        f"{STORE}: the key {'ab' * 32} may enrol",
        f"{STORE}: revoked",
        f"{STORE}: may enrol again",
        f"{STORE}: a token to enrol",
    ]


def test_the_pages_own_parts_draw_text_as_text(centre: Centre) -> None:
    with centre.person() as client:
        page = client.get("/page/enrolment.js").text
    assert "innerHTML" not in page
    assert "data:" not in page, "pictures come from the centre alone"
