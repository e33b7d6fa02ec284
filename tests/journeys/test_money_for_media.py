"""A campaign from its order to its last micro, through the public commands of both programs.

A real broker, a real centre and a real store, each a process. The centre is killed while the store
plays; every play is in the ledger once, and what a lease did not spend is free again.
"""

import json
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from central_sync.adapters.sqlite_reading import DatabaseUnreadableError, reading
from tests.broker import mosquitto
from tests.fakes.identities import new_authority, new_card
from tests.journeys.test_settings_from_afar import World, _run, _until
from tests.ports import free_port

GTIN = "04006381333931"
CENTRE = """\
[centre]
folder = "{folder}/centre"
[http]
port = {port}
[http.tls]
certificate = "{authority}/centre.pem"
key = "{authority}/centre.key"
client_ca = "{authority}/ca.pem"
people_too = false
[mqtt]
host = "127.0.0.1"
port = {broker}
[training]
enabled = false
[releases]
keys_folder = "{folder}/keys"
[media]
lease_period = "15s"
lease_every = "1s"
"""
EDGE = """\
[store]
id = "s-0001"
timezone = "UTC"
[storage]
folder = "{folder}/store"
[kiosk]
port = {kiosk}
[mqtt]
host = "127.0.0.1"
port = {broker}
[updates]
url = "https://127.0.0.1:{port}"
root = "{folder}/keys/root.json"
[updates.tls]
ca = "{card.ca}"
certificate = "{card.certificate}"
key = "{card.key}"
[catalogue]
file = "{folder}/catalogue.csv"
"""
PLACES = '[[slot]]\nslot = "kiosk.home"\nfloor = 20000\n'
CAMPAIGN = """\
campaign = "pens"
advertiser = "Pen House"
gtins = ["{gtin}"]
headline = "Pens that last"
bid = 1.00
budget = 100.00
first = {first}
last = {last}
per_session = 1000
"""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    card = new_card(new_authority(tmp_path / "authority"), tmp_path / "cards", "s-0001").tls
    with mosquitto(tmp_path / "broker") as broker:
        kiosk = free_port()
        values = {"folder": tmp_path, "port": free_port(), "kiosk": kiosk, "card": card}
        values["authority"] = tmp_path / "authority"
        (tmp_path / "central.toml").write_text(CENTRE.format(broker=broker.port, **values))
        (tmp_path / "edge.toml").write_text(EDGE.format(broker=broker.port, **values))
        catalogue = f"gtin,name,department,category,price\n{GTIN},Pen,office,pens,1.50\n"
        (tmp_path / "catalogue.csv").write_text(catalogue)
        (card.key or tmp_path).chmod(0o600)
        made = World(tmp_path, f"http://127.0.0.1:{kiosk}", {})
        config = tmp_path / "central.toml"
        _run("central_sync", "keys", "init", tmp_path / "keys", "--config", config)
        try:
            _start_centre(made)
            made.start_store()
            _until(made.serves)
            _until(lambda: made.state is not None)
            yield made
        finally:
            for process in made.processes.values():
                process.kill()
                process.wait()


def _start_centre(world: World) -> None:
    world.start("centre", "central_sync", "serve", str(world.folder / "central.toml"))


def _kill_centre(world: World) -> None:
    world.processes["centre"].send_signal(signal.SIGKILL)
    world.processes["centre"].wait()


def _play(world: World) -> dict[str, Any] | None:
    """Ask for a place as the kiosk's page does; return what is played when it is the campaign's."""
    answer = httpx.get(f"{world.kiosk}/v1/media/slot?slot=kiosk.home", timeout=20).json()
    return next((one for one in answer["places"] if one["campaign"] == "pens"), None)


def _played(world: World, count: int) -> set[str]:
    """Return the names of so many plays of the campaign."""
    found: set[str] = set()

    def again() -> bool:
        one = _play(world)
        if one is not None:
            assert (one["sponsored"], one["item"]["gtin"]) == (True, GTIN)
            found.add(one["play"])
        return len(found) >= count

    _until(again)
    return found


def _rows(world: World, query: str) -> list[dict[str, Any]]:
    try:
        with reading(world.folder / "centre" / "centre.sqlite") as db:
            return [dict(row) for row in db.execute(query).fetchall()]
    except DatabaseUnreadableError:
        return []


def _ledgered(world: World) -> set[str]:
    rows = _rows(world, "SELECT play FROM media_plays WHERE campaign = 'pens'")
    return {row["play"] for row in rows}


def test_every_play_is_paid_once_and_the_rest_comes_back(world: World) -> None:
    now = datetime.now(UTC)  # noqa: TID251 - a journey takes real time
    (world.folder / "places.toml").write_text(PLACES)
    first, last = (moment.isoformat() for moment in (now, now + timedelta(hours=2)))
    (world.folder / "pens.toml").write_text(CAMPAIGN.format(gtin=GTIN, first=first, last=last))
    world.centre("media", "places", "--set", world.folder / "places.toml")
    world.centre("campaign", "new", world.folder / "pens.toml", "--start")

    plays = _played(world, 4)
    _kill_centre(world)
    plays |= _played(world, 2)
    _start_centre(world)
    plays |= _played(world, 2)
    _until(lambda: plays <= _ledgered(world))

    world.centre("campaign", "pause", "pens", "--reason", "that was enough")
    _until(lambda: _play(world) is None)
    unsettled = "SELECT lease FROM media_leases WHERE settled_at IS NULL"
    _until(lambda: _rows(world, "SELECT 1 FROM media_leases") and not _rows(world, unsettled))

    told = json.loads(world.centre("campaign", "show", "pens", "--json"))
    rows = _rows(world, "SELECT play, price, flag FROM media_plays WHERE campaign = 'pens'")
    assert {row["flag"] for row in rows} == {""}
    assert {row["price"] for row in rows} == {20_000}, "nobody else bids, so it is the floor"
    assert len({row["play"] for row in rows}) == len(rows) >= len(plays)
    assert (told["leased"], told["spent"]) == (0, 20_000 * len(rows))
    assert told["free"] == 100_000_000 - told["spent"]
    with reading(world.folder / "store" / "store.db") as db:
        stores_own = db.execute("SELECT count(*) FROM plays WHERE campaign = 'pens'").fetchone()[0]
    assert stores_own == len(rows), "what the store has played, and no play more"
