"""Who asks, over real TLS: a store, a person, nobody, somebody who was revoked."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import httpx
import pytest
from fastapi import Depends, FastAPI

from central_sync.adapters.authority import Authority
from central_sync.dashboard.own_routes import own_routes
from central_sync.dashboard.store_identity import Doorkeeper, people_only, store_of
from central_sync.ports.reads import CentreUnreadableError
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.http_face.guard import Limits, guard
from endcap.plumbing.http_server import ServerTls
from tests.fakes.identities import Card, new_authority, new_card, real_now
from tests.serving import served


class Revoked:
    """Keeps the promises of central_sync.ports.identity.Revocations, in memory."""

    def __init__(self) -> None:
        self.why: dict[str, str] = {}
        self.readable = True

    async def why_not(self, store: str, serial: str) -> str | None:
        if not self.readable:
            raise CentreUnreadableError("the disk is gone")
        return self.why.get(store) or self.why.get(serial)


@dataclass
class Centre:
    url: str
    authority: Authority
    folder: Path
    revoked: Revoked

    def client(self, card: Card | None = None) -> httpx.Client:
        context = ssl.create_default_context(cafile=str(self.authority.folder / "ca.pem"))
        return httpx.Client(
            base_url=self.url, verify=card.context() if card else context, timeout=10
        )

    def ask(self, path: str, card: Card | None = None) -> httpx.Response:
        with self.client(card) as client:
            return client.get(path)


def _app(revoked: Revoked, *, needed: bool) -> FastAPI:
    app = FastAPI()
    app.add_middleware(Doorkeeper, revocations=revoked, needed=needed)
    guard(app, Limits(), SystemClock(), {})
    app.include_router(own_routes(SystemClock()))

    @app.get("/v1/fleet", dependencies=[Depends(people_only)])
    async def fleet() -> str:
        return "the fleet"

    @app.get("/v1/authority")
    async def authority() -> str:
        return "the authority"

    @app.get("/whoami")
    async def whoami(store: Annotated[str, Depends(store_of)]) -> str:
        return store

    return app


@pytest.fixture
def centre(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Centre]:
    authority = new_authority(tmp_path / "authority")
    revoked = Revoked()
    needed = getattr(request, "param", True)

    @contextlib.asynccontextmanager
    async def make() -> AsyncIterator[FastAPI]:
        yield _app(revoked, needed=needed)

    folder = authority.folder
    tls = ServerTls(folder / "centre.pem", folder / "centre.key", folder / "ca.pem")
    with served(make, tls) as url:
        yield Centre(url, authority, tmp_path, revoked)


def test_a_store_is_who_its_certificate_says(centre: Centre) -> None:
    card = new_card(centre.authority, centre.folder)
    assert centre.ask("/whoami", card).json() == "store-1"
    told = centre.ask("/v1/own/identity", card).json()
    assert (told["store"], told["serial"]) == ("store-1", card.issued.serial)


def test_who_shows_nothing_gets_no_further_than_to_the_way_in(centre: Centre) -> None:
    assert centre.ask("/v1/authority").status_code == 200
    refused = centre.ask("/v1/fleet")
    assert refused.status_code == 401
    assert refused.headers["content-type"] == "application/problem+json"
    assert "enrol" in refused.json()["hint"]


@pytest.mark.parametrize("centre", [False], indirect=True)
def test_where_people_need_none_stores_still_do(centre: Centre) -> None:
    assert centre.ask("/v1/fleet").status_code == 200
    assert centre.ask("/whoami").status_code == 401


def test_a_store_does_not_see_the_others(centre: Centre) -> None:
    card = new_card(centre.authority, centre.folder)
    assert centre.ask("/v1/fleet", card).status_code == 403


def test_a_person_is_no_store_whatever_the_name(centre: Centre) -> None:
    centre.authority.issue_person("store-1", real_now(), timedelta(days=1))
    with httpx.Client(base_url=centre.url, verify=_shown(centre, "store-1")) as client:
        assert client.get("/v1/fleet").status_code == 200
        assert client.get("/whoami").status_code == 403


def _shown(centre: Centre, name: str) -> ssl.SSLContext:
    folder = centre.authority.folder
    context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    return context


@pytest.mark.parametrize("what", ["store", "certificate"])
def test_a_revocation_counts_from_the_next_request_on(centre: Centre, what: str) -> None:
    card = new_card(centre.authority, centre.folder)
    with centre.client(card) as client:  # one connection, kept alive
        assert client.get("/whoami").status_code == 200
        centre.revoked.why["store-1" if what == "store" else card.issued.serial] = "stolen"
        refused = client.get("/whoami")
    assert refused.status_code == 403
    assert "stolen" in refused.json()["detail"]


def test_without_its_registry_the_centre_believes_nobody(centre: Centre) -> None:
    card = new_card(centre.authority, centre.folder)
    centre.revoked.readable = False
    assert centre.ask("/whoami", card).status_code == 503


@pytest.mark.parametrize("how", ["ended", "not yet", "foreign"])
def test_a_certificate_that_is_none_is_refused_at_the_door(centre: Centre, how: str) -> None:
    shift = {"ended": timedelta(days=-100), "not yet": timedelta(days=2), "foreign": timedelta()}
    authority = new_authority(centre.folder / "elsewhere") if how == "foreign" else centre.authority
    card = new_card(authority, centre.folder, at=real_now() + shift[how])
    context = ssl.create_default_context(cafile=str(centre.authority.folder / "ca.pem"))
    context.load_cert_chain(card.tls.certificate or "", card.tls.key)
    with (
        httpx.Client(base_url=centre.url, verify=context, timeout=10) as client,
        pytest.raises((httpx.NetworkError, httpx.ProtocolError)),
    ):
        client.get("/v1/authority")


def test_a_store_cannot_be_a_server(centre: Centre, tmp_path: Path) -> None:
    card = new_card(centre.authority, tmp_path)

    async def scene() -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(card.tls.certificate or "", card.tls.key)
        server = await asyncio.start_server(lambda _, w: w.close(), "127.0.0.1", 0, ssl=context)
        port = server.sockets[0].getsockname()[1]
        client = ssl.create_default_context(cafile=str(card.tls.ca))
        async with server:
            with pytest.raises(ssl.SSLCertVerificationError, match="purpose"):
                await asyncio.open_connection("127.0.0.1", port, ssl=client)

    asyncio.run(scene())


def test_a_new_certificate_of_the_centre_is_shown_without_a_new_start(centre: Centre) -> None:
    before = _shown_by(centre)
    centre.authority.issue_server("centre", ["localhost", "127.0.0.1"], real_now())
    for _ in range(150):
        if _shown_by(centre) != before:
            return
        asyncio.run(asyncio.sleep(0.1))
    raise AssertionError("the old certificate is still shown")


def _shown_by(centre: Centre) -> str:
    url = httpx.URL(centre.url)
    return ssl.get_server_certificate((url.host, url.port or 0))
