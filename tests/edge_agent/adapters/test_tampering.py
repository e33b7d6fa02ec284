"""Every attack of the table is refused: nothing unsigned lies in the store, and it goes on after.

`pytest -s` prints what was refused, and why. Real HTTP, and a repository whose targets need two of
two keys.
"""

import asyncio
import base64
import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from securesystemslib.signer import CryptoSigner

from edge_agent.adapters.model_files import ModelFolder
from edge_agent.adapters.order_gate import SignedOrderGate
from edge_agent.adapters.schema import migrate
from edge_agent.adapters.trust_tables import TrustTables
from edge_agent.adapters.tuf_releases import Source, TufReleases
from edge_agent.ports.orders import OrderRefusedError, OrderUntrustedError
from edge_agent.ports.updates import DamagedError, NotNowError, UpdateError
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.files import sha256_of
from endcap.plumbing.signed_orders import control_keys, signed
from endcap.plumbing.sqlite_file import open_sqlite
from endcap.wire.orders import Assignment, ConfigOrder, ControlKeys
from endcap.wire.topics import Channel
from tests.conftest import Figure
from tests.edge_agent.adapters.attacks import NEW, OLD, Scene, attacks, attacks_on_the_delta
from tests.fakes.clock import FakeClock
from tests.fakes.control_keys import SIGNER, THIEF, assignment, enveloped
from tests.fakes.http_folder import serving
from tests.fakes.release_world import QUICK, Centre, centre
from tests.fakes.thief import Thief
from tests.fakes.tiny_models import NOON, release

SIGNED = {sha256_of(file) for one in (OLD, NEW) for file in (one.model, one.golden)}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Centre:
    made = asyncio.run(centre(tmp_path_factory.mktemp("centre"), threshold=2))
    asyncio.run(made.publish(release(1, OLD), [OLD]))
    shutil.copytree(made.folder / "metadata", made.folder.parent / "past")
    asyncio.run(made.furnish(release(2, NEW), [NEW], [release(1, OLD)]))
    return made


class Victim:
    """A store that runs release 1; `fetch` brings release 2."""

    def __init__(self, folder: Path, scene: Scene, client: httpx.Client) -> None:
        self.files = ModelFolder(folder / "models")
        source = Source(scene.http.url, scene.centre.repository.root(), "0.1.0", QUICK, reserve=0)
        self._releases = TufReleases(source, folder / "metadata", self.files, client, SystemClock())
        self._scene = scene

    def update(self) -> None:
        self.look()
        self.fetch()

    def fetch(self, release: int = 2) -> int:
        return asyncio.run(self._releases.fetch(release, NOON + self._scene.after)).release

    def look(self) -> None:
        asyncio.run(self._releases.look(NOON + self._scene.after))

    def foreign(self) -> list[str]:
        """Return the files that lie there as models and were never signed."""
        files = (path for path in self.files.folder.glob("*") if path.suffix != ".part")
        return [path.name for path in files if sha256_of(path.read_bytes()) not in SIGNED]


@pytest.fixture
def scene(tmp_path: Path, published: Centre) -> Iterator[Scene]:
    made = published.copied(tmp_path / "centre")
    with serving(made.folder) as http:
        thief = Thief(made.folder / "metadata", made.ring.signers)
        yield Scene(made, http, thief, tmp_path / "centre" / "past")


@pytest.fixture
def victim(tmp_path: Path, scene: Scene) -> Iterator[Victim]:
    with httpx.Client(timeout=5) as client:
        yield Victim(tmp_path / "store", scene, client)


ATTACKS, DELTAS = attacks(), attacks_on_the_delta()
WAITED_FOR = ("freeze", "delegated", "empty", "cut off", "mix")
SEEN = ("replay: the timestamp", "rollback")
LASTING = ("stolen", "stranger", "delegated", "rollback: older targets", "rollback: an older")
"""Whoever holds an online key counts on; the centre must count further, or name other keys."""


def test_the_table_is_long_enough(figure: Figure) -> None:
    assert len(ATTACKS) >= 40
    figure(
        f"{len(ATTACKS)} attacks on what is fetched, {len(DELTAS)} on deltas,"
        f" {len(FORGED) + 3} on orders"
    )


@pytest.mark.parametrize("name", ATTACKS)
def test_it_is_refused(name: str, scene: Scene, victim: Victim) -> None:
    genuine = {path.name: path.read_bytes() for path in scene.thief.folder.glob("*.json")}
    if name.startswith(SEEN):
        victim.look()  # the store has seen the new metadata; its files are still to come
    ATTACKS[name](scene)
    with pytest.raises(UpdateError) as refused:
        victim.update()
    print(f"refused: {name}: {refused.value}")  # noqa: T201 - the table, with -s
    waits = name.startswith(WAITED_FOR) and isinstance(refused.value, NotNowError)
    assert waits or isinstance(refused.value, DamagedError), "it was refused for another reason"
    assert victim.foreign() == []
    if not name.startswith(LASTING):
        recover(scene, genuine)
        assert victim.fetch() == 2


def asked_for(scene: Scene, ending: str) -> bool:
    return any(path.endswith(ending) for path in scene.http.asked)


def test_release_2_comes_as_a_delta_while_nobody_tampers(scene: Scene, victim: Victim) -> None:
    victim.fetch(1)
    scene.http.asked.clear()
    victim.fetch(2)
    assert (asked_for(scene, ".zst"), asked_for(scene, ".onnx")) == (True, False)


@pytest.mark.parametrize("name", DELTAS)
def test_a_delta_that_was_tampered_with_brings_the_signed_file_or_none(
    name: str, scene: Scene, victim: Victim, caplog: pytest.LogCaptureFixture
) -> None:
    genuine = {path.name: path.read_bytes() for path in scene.thief.folder.glob("*.json")}
    victim.fetch(1)
    scene.http.asked.clear()
    DELTAS[name](scene)
    if name.startswith(WAITED_FOR):
        with pytest.raises(NotNowError) as refused:
            victim.update()
        print(f"refused: {name}: {refused.value}")  # noqa: T201 - the table, with -s
        recover(scene, genuine)
        victim.fetch(2)
    else:
        victim.update()
        (line,) = (line for line in caplog.messages if "comes whole" in line)
        print(f"came whole instead: {name}: {line}")  # noqa: T201 - likewise
        assert asked_for(scene, ".onnx")
    assert asked_for(scene, ".zst")
    assert victim.foreign() == []
    assert victim.files.read_now(NEW.manifest.model) == NEW.model
    assert not list(victim.files.folder.glob("*.part"))


def recover(scene: Scene, genuine: dict[str, bytes]) -> None:
    """End the attack: the centre's own files are served again."""
    scene.http.twists.clear()
    scene.http.endless = ""
    for path in scene.thief.folder.glob("*.json"):
        if path.name not in genuine:
            path.unlink()
    for name, content in genuine.items():
        (scene.thief.folder / name).write_bytes(content)
    asyncio.run(scene.centre.repository.refresh(NOON + scene.after, force=True))


ORDER = assignment(9, 9, NOON)
SECOND = CryptoSigner.generate_ed25519()


def altered(field: str, text: str) -> bytes:
    """Return a signed order with a part of its envelope exchanged after signing."""
    return json.dumps({**json.loads(enveloped(ORDER)), field: text}).encode()


def of_payload(order: Assignment) -> str:
    return base64.b64encode(order.model_dump_json().encode()).decode()


FORGED = {
    "another store's assignment": enveloped(assignment(9, 9, NOON, store="s-0002")),
    "an assignment that is over": enveloped(assignment(9, 9, NOON, days=-1)),
    "an assignment that came before": enveloped(assignment(8, 2, NOON)),
    "the last assignment with another release": enveloped(assignment(8, 3, NOON)),
    "an assignment by a stranger": enveloped(ORDER, THIEF),
    "an assignment altered after it was signed": altered(
        "payload", of_payload(assignment(10, 9, NOON))
    ),
    "an assignment under another type": altered(
        "payloadType", "application/vnd.endcap.config.v1+json"
    ),
    "settings signed as such, sent as an assignment": signed(
        ConfigOrder(store="s-0001", counter=9, issued=NOON, expires=NOON + timedelta(days=1)),
        [SIGNER],
    ),
    "an assignment without a signature": json.dumps(
        {**json.loads(enveloped(ORDER)), "signatures": []}
    ).encode(),
    "an assignment of a megabyte": b" " * 1_000_000 + enveloped(ORDER),
}


class Keyring:
    """Keeps the promises of edge_agent.ports.orders.ControlKeyring: the same keys, always."""

    def __init__(self, keys: ControlKeys) -> None:
        self._keys = keys

    async def known(self) -> ControlKeys | None:
        return self._keys

    async def newer(self) -> ControlKeys | None:
        return self._keys


async def let_in(folder: Path, keys: ControlKeys, *payloads: bytes) -> None:
    """Offer orders to a store's gate."""
    async with open_sqlite(folder / "store.sqlite", migrate) as file:
        book, clock = TrustTables(file), FakeClock(NOON)
        gate = SignedOrderGate("s-0001", Keyring(keys), book, file, clock)
        for payload in payloads:
            await gate.accept(Channel.DESIRED, payload, Assignment)


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_order_is_refused(name: str, tmp_path: Path) -> None:
    before = enveloped(assignment(7, 3, NOON))
    asyncio.run(let_in(tmp_path, control_keys([SIGNER]), before))
    with pytest.raises((OrderRefusedError, OrderUntrustedError)) as refused:
        asyncio.run(let_in(tmp_path, control_keys([SIGNER]), FORGED[name]))
    print(f"refused: {name}: {refused.value}")  # noqa: T201 - the table, with -s


def test_one_stolen_control_key_of_two_orders_nothing(tmp_path: Path) -> None:
    keys = control_keys([SIGNER, SECOND], threshold=2)
    for signers in ([SIGNER], [SIGNER, SIGNER], [SIGNER, THIEF]):
        with pytest.raises(OrderUntrustedError):
            asyncio.run(let_in(tmp_path, keys, signed(ORDER, signers)))
    asyncio.run(let_in(tmp_path, keys, signed(ORDER, [SIGNER, SECOND])))
