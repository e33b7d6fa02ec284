"""Reports of stores over real TLS: each store its own, people as a file, nobody on a page."""

import asyncio
import contextlib
import json
import ssl
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from central_sync.adapters.authority import Authority
from central_sync.adapters.bundle_files import KEPT, BundleFiles
from central_sync.adapters.remote_tables import RemoteTables, Who
from central_sync.adapters.schema import migrate
from central_sync.dashboard.bundle_routes import MAX_BUNDLE, bundle_routes
from central_sync.dashboard.store_identity import Doorkeeper
from edge_agent.adapters.bundle_upload import BundleUpload
from edge_agent.ports.remote import BundleRefusedError, CentreUnheardError
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.http_face.guard import Limits, guard
from endcap.plumbing.http_server import ServerTls
from endcap.plumbing.sqlite_file import open_sqlite
from tests.central_sync.dashboard.test_store_identity import Revoked
from tests.fakes.clock import NOON
from tests.fakes.identities import Card, new_authority, new_card
from tests.ports import free_port
from tests.serving import served

STORE, OTHER = "s-0001", "s-0002"
REPORT = json.dumps({"kind": "endcap.bundle.v1", "log": ["<script>alert(1)</script>"]}).encode()


@dataclass
class Centre:
    url: str
    folder: Path
    authority: Authority

    def ask(self, store: str = STORE, errand: str = "upload-bundle") -> int:
        """Order an errand, in the database of the centre that runs."""

        async def order() -> int:
            async with open_sqlite(self.folder / "centre.sqlite", migrate) as file:
                who = Who("eve", "a test", SystemClock().now())
                return await RemoteTables(file).order_errand(store, errand, timedelta(1), who)

        return asyncio.run(order())

    def bring(self, counter: int, content: bytes = REPORT, *, as_store: str = STORE) -> None:
        """Upload a report of STORE as the store's own program does."""
        card = new_card(self.authority, self.folder / "cards", as_store)
        connect = partial(httpx.AsyncClient, verify=card.context(), timeout=5)
        asyncio.run(BundleUpload(self.url, STORE, connect).bring(counter, content))

    def get(self, path: str, card: Card | None = None) -> httpx.Response:
        context = ssl.create_default_context(cafile=str(self.authority.folder / "ca.pem"))
        with httpx.Client(base_url=self.url, verify=card.context() if card else context) as client:
            return client.get(path)

    @property
    def counters(self) -> list[int]:
        rows = self.get(f"/v1/stores/{STORE}/bundles").json()["bundles"]
        return [one["counter"] for one in rows]


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    authority = new_authority(tmp_path / "authority")

    @contextlib.asynccontextmanager
    async def make() -> AsyncIterator[FastAPI]:
        async with open_sqlite(tmp_path / "centre.sqlite", migrate) as file:
            app = FastAPI()
            app.add_middleware(Doorkeeper, revocations=Revoked(), needed=False)
            guard(app, Limits(), SystemClock(), {})
            bundles = BundleFiles(file, tmp_path / "bundles")
            app.include_router(bundle_routes(bundles, SystemClock()))
            yield app

    folder = authority.folder
    tls = ServerTls(folder / "centre.pem", folder / "centre.key", folder / "ca.pem")
    with served(make, tls) as url:
        yield Centre(url, tmp_path, authority)


def test_a_report_that_was_asked_for_is_kept_and_handed_out_as_a_file(centre: Centre) -> None:
    counter = centre.ask()
    centre.bring(counter)
    (row,) = centre.get(f"/v1/stores/{STORE}/bundles").json()["bundles"]
    assert centre.get("/v1/bundles?limit=5").json() == {"bundles": [row]}
    assert (row["counter"], row["size"]) == (counter, len(REPORT))
    answer = centre.get(f"/v1/stores/{STORE}/bundles/{counter}")
    assert answer.content == REPORT
    assert answer.headers["content-type"] == "application/octet-stream"
    named = f'attachment; filename="{STORE}-{counter}.json"'
    assert answer.headers["content-disposition"] == named
    assert answer.headers["x-content-type-options"] == "nosniff"
    (file,) = (centre.folder / "bundles" / STORE).iterdir()
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_same_report_again_replaces_the_first(centre: Centre) -> None:
    counter = centre.ask()
    centre.bring(counter, b'{"first": 1}')
    centre.bring(counter, b'{"second": 2}')
    assert centre.counters == [counter]
    assert centre.get(f"/v1/stores/{STORE}/bundles/{counter}").json() == {"second": 2}


def test_nobody_brings_what_was_not_asked_or_of_another_store(centre: Centre) -> None:
    restart, bundle = centre.ask(errand="restart"), centre.ask()
    with pytest.raises(BundleRefusedError, match=r"404: .* was not asked for bundle 7"):
        centre.bring(7)
    with pytest.raises(BundleRefusedError, match="404"):
        centre.bring(restart)
    with pytest.raises(BundleRefusedError, match="403: s-0002 brought a report of s-0001"):
        centre.bring(bundle, as_store=OTHER)
    with pytest.raises(BundleRefusedError, match="413"):
        centre.bring(bundle, json.dumps("x" * MAX_BUNDLE).encode())
    with pytest.raises(BundleRefusedError, match="400"):
        centre.bring(bundle, b"<html>")
    assert centre.counters == []


def test_a_store_cannot_read_what_others_brought(centre: Centre) -> None:
    counter = centre.ask()
    centre.bring(counter)
    card = new_card(centre.authority, centre.folder / "cards", OTHER)
    assert centre.get("/v1/bundles", card).status_code == 403
    assert centre.get(f"/v1/stores/{STORE}/bundles", card).status_code == 403
    assert centre.get(f"/v1/stores/{STORE}/bundles/{counter}", card).status_code == 403
    assert centre.get(f"/v1/stores/{STORE}/bundles/{counter + 1}").status_code == 404
    assert centre.get("/v1/stores/..%2f..%2fetc/bundles/1").status_code in (404, 422)


def test_a_centre_that_does_not_answer_is_tried_later(centre: Centre) -> None:
    away = Centre(f"https://127.0.0.1:{free_port()}", centre.folder, centre.authority)
    with pytest.raises(CentreUnheardError, match="the centre does not answer"):
        away.bring(1)


def test_of_each_store_the_newest_are_kept_for_a_while(tmp_path: Path) -> None:
    async def work() -> None:
        async with open_sqlite(tmp_path / "centre.sqlite", migrate) as file:
            bundles, tables = BundleFiles(file, tmp_path / "bundles"), RemoteTables(file)
            for number in range(KEPT + 3):
                at = NOON + timedelta(hours=number)
                counter = await tables.order_errand(
                    STORE, "upload-bundle", timedelta(1), Who("eve", "", at)
                )
                await bundles.keep(STORE, counter, REPORT, at)
            listed = await bundles.listed(STORE)
            assert len(listed) == KEPT
            assert listed[0].received == NOON + timedelta(hours=KEPT + 2)
            assert len(list((tmp_path / "bundles" / STORE).iterdir())) == KEPT
            assert await bundles.forget(NOON + timedelta(hours=KEPT)) == KEPT - 3
            assert len(list((tmp_path / "bundles" / STORE).iterdir())) == 3
            lost = listed[0].counter
            (tmp_path / "bundles" / STORE / f"{lost}.json").unlink()
            assert await bundles.content(STORE, lost) is None

    asyncio.run(work())
