"""A store becomes one of the centre's: real programs and a real broker, over TLS throughout."""

import asyncio
import contextlib
import json
import random
import shutil
import socket
import sqlite3
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography import x509

from central_sync.__main__ import main as central_sync
from central_sync.adapters.authority import Authority
from edge_agent.__main__ import main as edge_agent
from edge_agent.adapters.enrolment_client import EnrolmentClient
from edge_agent.adapters.identity_folder import IdentityFolder
from edge_agent.ports.identity import IdentityError
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.mqtt_link import Broker, MqttLink, Tls, open_link
from endcap.wire.topics import Channel, Topic, from_every_store
from tests.broker import Broker as Process
from tests.broker import _installed
from tests.fakes.identities import new_authority, new_card, real_now
from tests.ports import free_port

pytestmark = pytest.mark.broker

_CENTRE = """
version = 1
[centre]
folder = "centre"
[http]
port = {http}
tls = {{ certificate = "{a}/centre.pem", key = "{a}/centre.key", client_ca = "{a}/ca.pem" }}
[mqtt]
host = "localhost"
port = {mqtt}
tls = {{ ca = "{a}/ca.pem", certificate = "{a}/centre.pem", key = "{a}/centre.key" }}
[training]
enabled = false
[enrolment]
questions_per_second = 1000
"""
_STORE = """
version = 1
[store]
id = "{name}"
timezone = "Europe/Berlin"
[storage]
folder = "store"
[kiosk]
port = {kiosk}
[mqtt]
host = "localhost"
port = {mqtt}
"""


@dataclass
class Chain:
    """A centre and a broker that run, and stores that can be made."""

    folder: Path
    http: int
    mqtt: int
    broker: Process
    stores: dict[str, Path] = field(default_factory=dict)

    @property
    def config(self) -> Path:
        return self.folder / "central.toml"

    @property
    def url(self) -> str:
        return f"https://localhost:{self.http}"

    @property
    def authority(self) -> Authority:
        return Authority(self.folder / "centre" / "authority")

    def centre(self, *words: str, fails: bool = False) -> str:
        """Run a command of the centre; return what it said."""
        return _run("central_sync", words[0], words[1], str(self.config), *words[2:], fails=fails)

    def told(self, *words: str) -> Any:  # noqa: ANN401 - whatever JSON says
        return json.loads(self.centre(*words, "--json"))

    def store(self, name: str) -> Path:
        """Make a store's configuration."""
        path = self.folder / name / "edge.toml"
        path.parent.mkdir()
        (path.parent / "store").mkdir()
        path.write_text(_STORE.format(name=name, kiosk=free_port(), mqtt=self.mqtt))
        return path

    def identity(self, config: Path) -> IdentityFolder:
        return IdentityFolder(config.parent / "store" / "identity", config.parent.name)

    def enrolled(self, name: str) -> tuple[Path, IdentityFolder]:
        """Make a store and enrol it with a token."""
        config = self.store(name)
        token = self.told("enrol", "new", name)["token"]
        _run("edge_agent", "enrol", str(config), self.url, token)
        return config, self.identity(config)

    def rules(self) -> None:
        """Write what the broker is told, and start it anew."""
        self.centre("fleet", "acl", "--out", str(self.folder / "broker"),
                    "--at", str(self.folder / "broker"))  # fmt: skip
        self.broker.kill()
        self.broker.start()

    def link(self, tls: Tls, *topics: str) -> "contextlib.AbstractAsyncContextManager[MqttLink]":
        broker = Broker("localhost", self.mqtt, f"test-{random.random()}", tls=tls)  # noqa: TID251
        return open_link(broker, topics, SystemClock(), random.Random(1))


def _run(program: str, *words: str, fails: bool = False, told: str = "", **environment: str) -> str:
    """Run a command in this process; return what it said."""
    main = {"central_sync": central_sync, "edge_agent": edge_agent}[program]
    done = CliRunner(env=environment).invoke(main, words, input=told)
    assert (done.exit_code != 0) == fails, done.output
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.output if fails else done.stdout


def files_of(folder: IdentityFolder) -> Tls:
    return Tls(folder.authority, *folder.pair())


@contextlib.contextmanager
def running(*words: str, log: Path) -> Iterator[None]:
    """Run a program until the block ends."""
    with log.open("wb") as told:
        process = subprocess.Popen([sys.executable, "-m", *words], stdout=told, stderr=told)
        try:
            yield
        finally:
            process.terminate()
            process.wait(30)


def until(what: str, seconds: float, seen: Any) -> float:  # noqa: ANN401 - any question
    """Wait until something is so; return how long it took."""
    began = time.monotonic()  # noqa: TID251 - a journey waits in real time
    while time.monotonic() - began < seconds:  # noqa: TID251
        if seen():
            return time.monotonic() - began  # noqa: TID251
        time.sleep(0.02)  # noqa: TID251
    raise AssertionError(f"not in {seconds} s: {what}")


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    folder = tmp_path_factory.mktemp("chain")
    http, mqtt = free_port(), free_port()
    text = _CENTRE.format(http=http, mqtt=mqtt, a=folder / "centre" / "authority")
    (folder / "central.toml").write_text(text)
    conf = folder / "broker" / "mosquitto.conf"
    broker = Process([_installed("mosquitto"), "-c", str(conf)], mqtt)
    chain = Chain(folder, http, mqtt, broker)
    chain.centre("authority", "init")
    with running("central_sync", "serve", str(chain.config), log=folder / "centre.log"):
        until("the centre serves", 60, lambda: _answers(http))
        chain.centre("fleet", "acl", "--out", str(conf.parent), "--at", str(conf.parent))
        told = (conf.parent / "endcap.conf").read_text().replace("8883", str(mqtt))
        conf.write_text(told + "user root\nlog_dest none\n")
        broker.start()
        yield chain
        broker.kill()


def _answers(port: int) -> bool:

    with contextlib.suppress(OSError), socket.create_connection(("localhost", port), 1):
        return True
    return False


def test_a_store_enrols_and_is_heard(chain: Chain) -> None:
    began = time.monotonic()  # noqa: TID251 - a journey takes real time
    config, folder = chain.enrolled("store-a")
    enrolled = time.monotonic() - began  # noqa: TID251
    assert folder.pair()[1].stat().st_mode & 0o777 == 0o400
    key = folder.pair()[1].read_text()
    database = sqlite3.connect(chain.folder / "centre" / "centre.sqlite")
    with running("edge_agent", "run", str(config), log=config.parent / "log"):
        question = "SELECT count(*) FROM events WHERE store = 'store-a'"
        took = until("an event", 60, lambda: database.execute(question).fetchone()[0] > 0)
    database.close()
    print(f"token and enrolment {enrolled:.2f} s; start to first event {took:.1f} s")  # noqa: T201
    everything = b"".join(p.read_bytes() for p in (chain.folder / "centre").rglob("*")
                          if p.is_file())  # fmt: skip
    assert key.splitlines()[1].encode() not in everything, "the key has never left the device"


def test_an_agent_that_runs_takes_up_its_identity_by_itself(chain: Chain) -> None:
    config = chain.store("store-q")
    database = sqlite3.connect(chain.folder / "centre" / "centre.sqlite")
    log, question = config.parent / "log", "SELECT count(*) FROM events WHERE store = 'store-q'"
    with running("edge_agent", "run", str(config), log=log):
        until("the agent runs", 60, lambda: "agent-started" in log.read_text())
        token = chain.told("enrol", "new", "store-q")["token"]
        said = _run("edge_agent", "enrol", str(config), chain.url, token)
        took = until("an event", 60, lambda: database.execute(question).fetchone()[0] > 0)
        assert "takes it up" in said
        assert log.read_text().count("agent-started") == 2, "once for the identity, and no more"
    database.close()
    print(f"enrolment of a running agent to its first event {took:.1f} s")  # noqa: T201


def test_the_token_of_one_store_is_of_no_use_to_another(chain: Chain) -> None:
    token = chain.told("enrol", "new", "store-b")["token"]
    other = chain.store("store-c")
    said = _run("edge_agent", "enrol", str(other), chain.url, token, fails=True)
    assert "another store" in said
    assert len(said.splitlines()) == 1
    assert not chain.identity(other).exists


def test_a_centre_that_did_not_make_the_token_is_told_nothing(chain: Chain) -> None:
    stranger = new_authority(chain.folder / "stranger")
    config = chain.store("store-d")
    heard: list[bytes] = []
    port = free_port()

    async def between() -> None:
        """Answer as the centre would, with another authority; note what is said."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(stranger.folder / "centre.pem", stranger.folder / "centre.key")
        body = json.dumps({"name": "x", "certificate": stranger.pem, "revoked": "x"}).encode()

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            heard.append(await reader.readuntil(b"\r\n\r\n"))
            head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
            writer.write(head.encode() + body)
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(answer, "localhost", port, ssl=context)
        token = chain.told("enrol", "new", "store-d")["token"]
        async with server:
            said = await asyncio.to_thread(
                _run, "edge_agent", "enrol", str(config), f"https://localhost:{port}", token,
                fails=True,
            )  # fmt: skip
        assert "is not the centre that made the token" in said
        assert len(heard) == 1, "only the authority was asked for"
        assert token.encode() not in heard[0]

    asyncio.run(between())


def test_a_person_lets_a_store_in(chain: Chain) -> None:
    config = chain.store("store-e")
    mark = chain.told("authority", "show")["mark"]
    asking = subprocess.Popen(
        [sys.executable, "-m", "edge_agent", "enrol", str(config), chain.url, "--pending",
         "--mark", mark],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    until("a request", 30, lambda: chain.told("enrol", "pending")["requests"])
    (waiting,) = chain.told("enrol", "pending")["requests"]
    chain.centre("enrol", "accept", waiting["request"][:8])
    said, _ = asking.communicate(timeout=60)
    assert waiting["key_shown"] in said, "both people see the same key"
    assert chain.identity(config).exists


def test_a_factory_knows_the_key_beforehand(chain: Chain) -> None:
    config = chain.store("store-f")
    mark = chain.told("authority", "show")["mark"]
    words = ("edge_agent", "enrol", str(config), chain.url, "--preauthorised", "--mark", mark)
    said = _run(*words, fails=True)
    full = next(line.split()[-1] for line in said.splitlines() if line.startswith("in full"))
    chain.centre("enrol", "allow", "store-f", "--key", full)
    _run(*words)
    assert chain.identity(config).exists


def test_a_person_who_sees_another_mark_says_no(chain: Chain) -> None:
    config = chain.store("store-g")
    words = ("edge_agent", "enrol", str(config), chain.url, "--pending")
    assert "is not the centre" in _run(*words, fails=True, told="n\n")
    assert "not the one given" in _run(*words, "--mark", "AAAAA", fails=True)
    assert "one is wanted" in _run(*words[:-1], fails=True)


def test_a_store_says_only_what_is_its_own(chain: Chain) -> None:
    _, folder = chain.enrolled("store-h")
    centre = chain.folder / "centre" / "authority"

    async def scene() -> list[str]:
        own = Tls(centre / "ca.pem", centre / "centre.pem", centre / "centre.key")
        every = from_every_store(Channel.EVENTS)
        async with chain.link(own, every) as hears, chain.link(files_of(folder)) as says:
            async with asyncio.timeout(20):
                await hears.wait_connected()
                await says.wait_connected()
            for name in ("store-h", "store-a", "centre"):
                await says.publish(str(Topic(name, Channel.EVENTS)), b"x")
            await says.publish(str(Topic("store-h", Channel.DESIRED)), b"x")
            topics = [(await hears.take(10))[0].topic]
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1):
                    topics += [one.topic for one in await hears.take(10)]
            return topics

    assert asyncio.run(scene()) == ["endcap/v1/stores/store-h/up/events"]


def _problem(chain: Chain, tls: Tls) -> str:
    async def scene() -> str:
        async with asyncio.timeout(30), chain.link(tls) as link:
            return await link.wait_told()

    return asyncio.run(scene())


def test_a_revoked_store_is_out_everywhere_and_comes_back_by_enrolling_anew(chain: Chain) -> None:
    config, folder = chain.enrolled("store-i")
    kept = folder.folder.parent / "stolen"
    _copied(folder, kept)
    chain.centre("fleet", "revoke", "store-i", "--reason", "stolen from the shelf")
    chain.rules()
    assert "revoked" in _problem(chain, files_of(folder))
    assert "user store-i\ntopic deny #" in (chain.folder / "broker" / "endcap.acl").read_text()
    with pytest.raises(IdentityError, match="stolen from the shelf"):
        EnrolmentClient(folder, "store-i").renew()
    found = _run("edge_agent", "doctor", str(config), fails=True)
    assert "our certificate was revoked" in found
    assert "revoked" in chain.centre("enrol", "new", "store-i", fails=True)
    token = chain.told("fleet", "reinstate", "store-i")["token"]
    _run("edge_agent", "enrol", str(config), f"{chain.url}#{token}")
    chain.rules()
    assert _problem(chain, files_of(folder)) == ""
    assert "revoked" in _problem(chain, files_of(IdentityFolder(kept, "store-i")))


def _copied(folder: IdentityFolder, to: Path) -> None:

    shutil.copytree(folder.folder, to, symlinks=True)


def test_a_store_that_was_cut_off_for_30_days_renews_with_what_has_ended(chain: Chain) -> None:
    _, folder = chain.enrolled("store-j")
    card = new_card(
        chain.authority, chain.folder / "old", "store-j", at=real_now() - timedelta(days=120)
    )
    certificate, key = folder.pair()
    certificate.write_text(card.content)
    key.chmod(0o600)
    key.write_bytes((card.tls.key or Path()).read_bytes())
    assert folder.current().ends < real_now() - timedelta(days=29)
    assert "our certificate has ended" in _problem(chain, files_of(folder))
    client = EnrolmentClient(folder, "store-j")
    client.renew()
    client.try_at_centre()
    before = folder.pair()[0].read_bytes()
    folder.switch()
    assert folder.pair()[0].read_bytes() != before
    assert folder.current().ends > real_now() + timedelta(days=89)
    assert _problem(chain, files_of(folder)) == ""


def test_two_devices_with_one_identity_are_found_at_the_renewal(chain: Chain) -> None:
    _, folder = chain.enrolled("store-k")
    kept = folder.folder.parent / "clone"
    _copied(folder, kept)
    EnrolmentClient(folder, "store-k").renew()
    clone = IdentityFolder(kept, "store-k")
    with pytest.raises(IdentityError, match="one of the two is a copy"):
        EnrolmentClient(clone, "store-k").renew()
    assert "identity-copied" in (chain.folder / "centre.log").read_text()


def test_the_answer_of_a_stranger_is_not_kept(chain: Chain) -> None:
    _, folder = chain.enrolled("store-l")
    other = new_card(chain.authority, chain.folder / "other", "store-l")
    foreign = new_card(new_authority(chain.folder / "foreign"), chain.folder / "other", "store-l")
    for content in (other.content, foreign.content, "-----BEGIN nothing"):
        with pytest.raises(IdentityError):
            folder.keep_candidate(content)
    assert folder.candidate() is None


@pytest.mark.parametrize("cut", ["candidate", "name", "old"])
def test_the_pair_in_use_is_whole_wherever_the_power_is_cut(chain: Chain, cut: str) -> None:
    _, folder = chain.enrolled(f"store-m-{cut}")
    name = f"store-m-{cut}"
    EnrolmentClient(folder, name).renew()
    if cut == "name":  # the name was made, and not yet moved
        (folder.folder / ".current.tmp").symlink_to("b")
    if cut == "old":  # the name was moved, and what it led to is still there
        spare = "b" if (folder.folder / "current").readlink().name == "a" else "a"
        (folder.folder / ".x").symlink_to(spare)
        (folder.folder / ".x").replace(folder.folder / "current")
        folder.drop()
        assert folder.candidate() is None
    one = x509.load_pem_x509_certificate(folder.pair()[0].read_bytes())
    assert one.public_key() == folder.key().public_key()
    assert _problem(chain, files_of(folder)) == ""
    if cut != "old":
        folder.switch()
        assert _problem(chain, files_of(folder)) == ""


def test_a_key_from_systemd_is_used_and_none_is_made(chain: Chain, tmp_path: Path) -> None:
    config = chain.store("store-n")
    made = subprocess.run(
        ["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout"],
        capture_output=True, check=True,
    ).stdout  # fmt: skip
    (tmp_path / "endcap-store-key").write_bytes(made)
    token = chain.told("enrol", "new", "store-n")["token"]
    words = ("edge_agent", "enrol", str(config), chain.url, token)
    _run(*words, CREDENTIALS_DIRECTORY=str(tmp_path))
    folder = IdentityFolder(config.parent / "store" / "identity", "store-n", tmp_path)
    assert folder.pair()[1] == tmp_path / "endcap-store-key"
    assert not list(folder.folder.rglob("key.pem"))
    assert _problem(chain, files_of(folder)) == ""
    EnrolmentClient(folder, "store-n").renew()
    folder.switch()
    assert _problem(chain, files_of(folder)) == ""


def test_a_wrong_host_is_refused(chain: Chain) -> None:
    _, folder = chain.enrolled("store-o")
    tls = files_of(folder)

    async def scene() -> str:
        broker = replace(Broker("127.0.0.2", chain.mqtt, "test"), tls=tls)
        async with (
            asyncio.timeout(30),
            open_link(broker, (), SystemClock(), random.Random(1)) as link,
        ):
            return await link.wait_told()

    listening = asyncio.run(scene())
    assert "for another host" in listening
