"""The broker's settings, in a real mosquitto: each store says and hears only what is its own."""

import asyncio
import random
import subprocess
from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from endcap.plumbing.clock import SystemClock
from endcap.plumbing.mqtt_link import Broker, MqttLink, Tls, open_link
from endcap.wire.topics import Channel, Topic, from_every_store
from tests.broker import Broker as Process
from tests.broker import _installed
from tests.ports import free_port

FOLDER = Path(__file__).parents[2] / "device_configs"
pytestmark = pytest.mark.broker


class Authority:
    """A certificate authority that lives as long as a test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")])
        own = self._builder(self._name, self._key).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        self._write("ca", own.sign(self._key, hashes.SHA256()), self._key)

    def issue(self, name: str) -> Tls:
        """Return the files of a certificate whose common name is `name`."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
        builder = self._builder(subject, key).add_extension(names, critical=False)
        self._write(name, builder.sign(self._key, hashes.SHA256()), key)
        return Tls(self.folder / "ca.pem", self.folder / f"{name}.pem", self.folder / f"{name}.key")

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey
    ) -> x509.CertificateBuilder:
        start = datetime.now(UTC) - timedelta(hours=1)  # noqa: TID251 - TLS asks the real clock
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + timedelta(days=1))
        )

    def _write(self, name: str, one: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        pem = serialization.Encoding.PEM
        (self.folder / f"{name}.pem").write_bytes(one.public_bytes(pem))
        plain = serialization.NoEncryption()
        private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
        (self.folder / f"{name}.key").write_bytes(private)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def port(tmp_path: Path, authority: Authority) -> Iterator[int]:
    """Serve mosquitto with the shipped settings, its paths and port alone changed."""
    number = free_port()
    authority.issue("broker")
    text = (FOLDER / "mosquitto.conf").read_text("utf-8")
    text = text.replace("/etc/mosquitto/certs", str(tmp_path)).replace("8883", str(number))
    text = text.replace("/etc/mosquitto/endcap.acl", str(tmp_path / "acl"))
    text = text.replace("/var/lib/mosquitto/", f"{tmp_path}/")
    (tmp_path / "acl").write_text((FOLDER / "mosquitto.acl").read_text("utf-8"))
    (tmp_path / "acl").chmod(0o644)
    (tmp_path / "mosquitto.conf").write_text(text + "user root\n")
    process = Process([_installed("mosquitto"), "-c", str(tmp_path / "mosquitto.conf")], number)
    process.start()
    yield number
    process.kill()


async def _link(stack: AsyncExitStack, port: int, name: str, tls: Tls, *topics: str) -> MqttLink:
    broker = Broker("localhost", port, f"test-{name}", tls=tls)
    link = await stack.enter_async_context(
        open_link(broker, topics, SystemClock(), random.Random(1))
    )
    async with asyncio.timeout(10):
        await link.wait_connected()
    await asyncio.sleep(0.2)  # the subscription is on its way
    return link


async def _heard(link: MqttLink, seconds: float = 1.0) -> list[str]:
    """Return the topics that come in until it is quiet."""
    topics: list[str] = []
    try:
        async with asyncio.timeout(seconds):
            async for message in link.messages():
                topics.append(message.topic)  # noqa: PERF401 - kept when the time is up
    except TimeoutError:
        pass
    return topics


def test_a_store_says_only_what_is_its_own(port: int, authority: Authority) -> None:
    async def scene() -> None:
        async with AsyncExitStack() as stack:
            every = from_every_store(Channel.EVENTS)
            centre = await _link(stack, port, "centre", authority.issue("centre"), every)
            store = await _link(stack, port, "store-1", authority.issue("store-1"))
            for name in ("store-1", "store-2"):
                await store.publish(str(Topic(name, Channel.EVENTS)), b"x")
            await store.publish(str(Topic("store-1", Channel.DESIRED)), b"x", retain=True)
            assert await _heard(centre) == ["endcap/v1/stores/store-1/up/events"]

    asyncio.run(scene())


def test_a_store_hears_only_what_is_said_to_it(port: int, authority: Authority) -> None:
    async def scene() -> None:
        async with AsyncExitStack() as stack:
            topics = ("endcap/v1/stores/+/down/#", "endcap/v1/stores/+/up/#", "#")
            spy = await _link(stack, port, "store-1", authority.issue("store-1"), *topics)
            centre = await _link(stack, port, "centre", authority.issue("centre"))
            for name in ("store-1", "store-2"):
                await centre.publish(str(Topic(name, Channel.DESIRED)), b"x", retain=True)
            assert set(await _heard(spy)) == {"endcap/v1/stores/store-1/down/desired"}

    asyncio.run(scene())


def test_who_has_no_certificate_of_ours_is_not_let_in(port: int, tmp_path: Path) -> None:
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    stranger = Authority(foreign).issue("centre")
    for tls in (Tls(tmp_path / "ca.pem"), Tls(tmp_path / "ca.pem", *_pair(stranger))):

        async def scene(tls: Tls = tls) -> None:
            broker = Broker("localhost", port, "stranger", tls=tls)
            async with open_link(broker, (), SystemClock(), random.Random(1)) as link:
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(2):
                        await link.wait_connected()

        asyncio.run(scene())


def _pair(tls: Tls) -> tuple[Path | None, Path | None]:
    return tls.certificate, tls.key


def test_the_broker_refuses_old_tls(port: int, tmp_path: Path, authority: Authority) -> None:
    tls = authority.issue("store-1")
    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"localhost:{port}", "-tls1_1",
         "-cert", str(tls.certificate), "-key", str(tls.key), "-cipher", "ALL:@SECLEVEL=0"],
        input="", capture_output=True, text=True, check=False, timeout=30,
    )  # fmt: skip
    assert done.returncode != 0
    assert "New, TLSv1.1" not in done.stdout
