"""What an idle store sends and receives in a month, counted at the socket.

    python -m benchmarks.idle_traffic

A real centre serves its signed repository over HTTPS and a real mosquitto listens with mutual TLS,
both behind proxies that count. One exchange of each kind is measured with the store's own client,
and multiplied by how often a month has it under the default settings; the arithmetic is printed.
For comparison: balena names 1 MB a month as the floor of an idle device, and 28 MB when it polls
four times an hour.
"""

import asyncio
import contextlib
import random
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from benchmarks.counting_proxy import Count, counting
from benchmarks.ports import free_port
from central_sync.adapters.authority import CA, Authority, make_authority, read_request
from central_sync.adapters.dashboard_reads import DashboardReads
from central_sync.adapters.schema import migrate
from central_sync.adapters.signing_keys import make_keys
from central_sync.adapters.tuf_repository import TufRepository
from central_sync.dashboard.app import create_app
from edge_agent.adapters.downloads import Downloads
from edge_agent.adapters.downloads import Limits as DownloadLimits
from edge_agent.adapters.tuf_client import Repository, refreshed
from edge_agent.config import UpdateSettings
from edge_agent.loops.report_state import AT_LEAST
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.http_face.guard import Limits
from endcap.plumbing.http_server import ServerTls, serve
from endcap.plumbing.mqtt_link import Broker, Tls, open_link
from endcap.plumbing.mqtt_settings import MqttSettings
from endcap.plumbing.packaged import reference_models
from endcap.plumbing.sqlite_file import open_sqlite
from endcap.plumbing.tls_context import client_context
from endcap.wire.commands import RunningModel, StoreState, UpdateStanding
from endcap.wire.manifest import ModelManifest, ReleaseManifest
from endcap.wire.release_paths import files_of, release_path
from endcap.wire.topics import Channel, Topic

STORE = "s-0001"
MONTH = timedelta(days=30)
DAY = timedelta(days=1)
TIMESTAMPS, SNAPSHOTS = timedelta(hours=12), timedelta(days=3.5)
"""How often the centre signs anew: at half of each signature's life."""
PING = 2 + 5 + 1 + 16
"""The bytes of a PINGREQ in TLS 1.3: itself, a record's header, its type and its tag."""
_BROKER = """
listener {port} 127.0.0.1
cafile {ca}
certfile {folder}/broker.pem
keyfile {folder}/broker.key
require_certificate true
allow_anonymous true
user root
"""


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of exchange: what one takes, and how often a month has it."""

    name: str
    one: Count
    times: float

    @property
    def month(self) -> float:
        """Megabytes a month at the socket."""
        return self.one.bytes * self.times / 1e6

    @property
    def on_the_wire(self) -> float:
        """Megabytes a month with TCP and IP headers, about."""
        return self.one.on_the_wire * self.times / 1e6


@dataclass(frozen=True, slots=True)
class World:
    """The folders, certificates and keys of a measurement."""

    folder: Path
    authority: Authority
    card: Tls
    repository: TufRepository
    root: bytes


def per_month(every: timedelta) -> float:
    """Return how often something happens in a month."""
    return MONTH / every


async def world(folder: Path) -> World:
    """Make an authority, a store's certificate, and a repository with a release of everything."""
    at = datetime.now(UTC)
    authority = make_authority(folder / "authority", "benchmark", at)
    for name in ("centre", "broker"):
        authority.issue_server(name, ["127.0.0.1"], at)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, STORE)])
    asked = x509.CertificateSigningRequestBuilder().subject_name(subject)
    pem = asked.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()
    _, certificate = authority.issue_store(read_request(STORE, pem), at, timedelta(days=90))
    (folder / "store.pem").write_text(certificate)
    plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "store.key").write_bytes(plain)
    ring = make_keys(folder / "keys")
    repository = TufRepository(folder / "tuf", folder / "keys" / "online")
    await repository.create(ring, at)
    release = ReleaseManifest(release=1, created=at, models=models())
    files = {release_path(1): release.model_dump_json().encode()}
    files |= dict.fromkeys(files_of(release), b"only its name is looked at")
    await repository.stage(files, (), at)
    await repository.sign(folder / "keys" / "offline")
    await repository.publish(at)
    card = Tls(folder / "authority" / CA, folder / "store.pem", folder / "store.key")
    return World(folder, authority, card, repository, repository.root())


def models() -> dict[str, ModelManifest]:
    """Return the manifests of the models that come with the program."""
    paths = sorted(reference_models().glob("*/manifest.json"))
    found = [ModelManifest.model_validate_json(path.read_bytes()) for path in paths]
    return {one.kind: one for one in found}


async def metadata_parts(made: World) -> list[Part]:
    """Measure looks at the metadata: with nothing new, and after each online signature."""
    clock, port = SystemClock(), free_port()
    folder = made.folder / "authority"
    tls = ServerTls(folder / "centre.pem", folder / "centre.key", folder / CA)
    async with open_sqlite(made.folder / "centre.sqlite", migrate) as file:
        app = create_app(DashboardReads(file), made.folder / "tuf", clock, Limits())
        serving = asyncio.create_task(serve(app, "127.0.0.1", port, tls=tls))
        await _listening(port)
        try:
            async with counting(port) as (own, count):
                first = await _look(made, own, count, clock.now())
                still = await _look(made, own, count, clock.now())
                await made.repository.refresh(clock.now() + timedelta(hours=13))
                stamped = await _look(made, own, count, clock.now())
                await made.repository.refresh(clock.now(), force=True)
                listed = await _look(made, own, count, clock.now())
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)
    every = UpdateSettings.model_fields["check_every"].default
    looks, stamps, lists = (per_month(one) for one in (every, TIMESTAMPS, SNAPSHOTS))
    print(f"the first look ever takes {first.bytes} bytes, once in a store's life")
    print(f"a look with nothing new: {still}")
    return [
        Part("metadata, nothing new", still, looks - stamps),
        Part("metadata, a new timestamp", stamped, stamps - lists),
        Part("metadata, a new snapshot", listed, lists),
    ]


async def _look(made: World, port: int, count: Count, at: datetime) -> Count:
    """Look as a store does that last looked an hour ago: its connection is gone."""
    before = count.copy()

    def look() -> None:
        shown = client_context(made.card.ca, made.card.certificate, made.card.key)
        with httpx.Client(verify=shown) as client:
            base = f"https://127.0.0.1:{port}/tuf"
            source = Repository(f"{base}/metadata/", f"{base}/targets/", made.root)
            downloads = Downloads(client, SystemClock(), DownloadLimits())
            refreshed(source, made.folder / "store-tuf", downloads, at)

    await asyncio.to_thread(look)
    await asyncio.sleep(0.3)  # the farewells
    return count.since(before)


async def _listening(port: int) -> None:
    """Wait until somebody listens on `port`."""
    for _ in range(500):
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        await asyncio.sleep(0.02)
    raise TimeoutError(f"nobody listens on {port}")


@contextlib.asynccontextmanager
async def broker(made: World) -> AsyncIterator[int]:
    """Serve mosquitto with mutual TLS; yield its port."""
    port, folder = free_port(), made.folder / "authority"
    settings = made.folder / "mosquitto.conf"
    settings.write_text(_BROKER.format(port=port, ca=folder / CA, folder=folder))
    program = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    if program is None:
        sys.exit("mosquitto is not installed: apt install mosquitto")
    child = await asyncio.create_subprocess_exec(
        program, "-c", str(settings), stderr=asyncio.subprocess.DEVNULL
    )
    try:
        await _listening(port)
        yield port
    finally:
        child.terminate()
        await child.wait()


def state() -> StoreState:
    """Return what a store with four models and three cameras tells of itself."""
    running = {
        kind: RunningModel(version=one.version, sha256=one.model.sha256)
        for kind, one in models().items()
    }
    return StoreState(
        store=STORE,
        epoch="00112233445566aa",
        at=datetime(2026, 9, 1, 12, 0, 1, 234567, UTC),
        agent="0.1.0",
        release=7,
        models=running,
        update=UpdateStanding(state="idle", release=7),
        cameras={"dairy": "ok", "bread": "ok", "fruit": "ok"},
        open_gaps=2,
        outbox_waiting=0,
        last_seq=81234,
        region="north",
        device="x86_mini",
        size="large",
    )


async def mqtt_parts(made: World) -> list[Part]:
    """Measure the link: a connection, a sign of life, a report of the store's state."""
    clock, rng, beat = SystemClock(), random.Random(1), timedelta(seconds=2)
    topic = str(Topic(STORE, Channel.STATE))
    async with broker(made) as port, counting(port) as (own, count):
        link_to = Broker("127.0.0.1", own, STORE, "5", tls=made.card, keepalive=beat)
        async with open_link(link_to, [str(Topic(STORE, Channel.ACK))], clock, rng) as link:
            await link.wait_connected()
            await asyncio.sleep(0.5)
            connected = count.copy()
            await link.publish(topic, state().model_dump_json().encode(), retain=True)
            await asyncio.sleep(0.2)
            told = count.since(connected)
            before = count.copy()
            await asyncio.sleep(10 * beat.total_seconds())
            quiet = count.since(before)
    beats = max(1, quiet.sent // PING)
    alive = Count(quiet.sent // beats, quiet.received // beats, quiet.segments // beats)
    keepalive = MqttSettings.model_fields["keepalive"].default
    reports = per_month(AT_LEAST)
    return [
        Part("MQTT, a new connection", connected, per_month(DAY)),
        Part("MQTT, a sign of life", alive, max(0.0, per_month(keepalive) - reports)),
        Part("MQTT, a report", told, reports),
    ]


async def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as name:
        made = await world(Path(name))
        parts = [*await metadata_parts(made), *await mqtt_parts(made)]
    print(f"{'':28}{'bytes':>7} {'a month':>9} {'MB':>7} {'MB on the wire, about':>22}")
    for one in parts:
        figures = f"{one.one.bytes:7} {one.times:9.0f} {one.month:7.2f} {one.on_the_wire:22.2f}"
        print(f"{one.name:28}{figures}")
    whole, wire = sum(one.month for one in parts), sum(one.on_the_wire for one in parts)
    print(f"{'an idle store':28}{'':17} {whole:7.2f} {wire:22.2f}")
    print("balena: 1 MB is its floor, 28 MB when it polls four times an hour")


if __name__ == "__main__":
    asyncio.run(main())
