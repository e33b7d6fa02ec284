"""F27: a certificate that is wrong in any way is refused, and the cause told in one line."""

import asyncio
import contextlib
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from central_sync.adapters.authority import Authority
from central_sync.core.broker_rules import mosquitto_acl, mosquitto_conf
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.mqtt_link import Broker, LinkDownError, Tls, open_link
from endcap.plumbing.tls_context import client_context, why_tls_failed
from tests.broker import Broker as Process
from tests.broker import _installed
from tests.fakes.identities import Card, new_authority, new_card, real_now
from tests.ports import free_port

pytestmark = pytest.mark.broker


@dataclass
class Fleet:
    """A broker with the settings that `fleet acl` writes, and its authority."""

    authority: Authority
    folder: Path
    port: int
    process: Process

    def revoke(self, *cards: Card) -> None:
        """Write a new list and tell the broker that runs, as docs/operations.md says."""
        listed = [(int(one.issued.serial, 16), real_now()) for one in cards]
        text = self.authority.revocations(listed, real_now())
        (self.folder / "revoked.pem").write_text(text)
        self.process.read_again()
        time.sleep(1.5)  # noqa: TID251 - mosquitto reads it between two rounds of its loop

    def problem(self, tls: Tls, host: str = "localhost") -> str:
        """Return why the broker and we do not come together; an empty text when we do."""

        async def scene() -> str:
            broker = Broker(host, self.port, "test", tls=tls, keepalive=timedelta(seconds=5))
            async with open_link(broker, (), SystemClock(), random.Random(1)) as link:
                for _ in range(80):
                    await asyncio.sleep(0.1)
                    if link.connected or link.problem:
                        return link.problem
            raise AssertionError("neither connected nor told why")

        return asyncio.run(scene())


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    authority, port = new_authority(tmp_path / "authority"), free_port()
    folder = authority.folder
    (folder / "endcap.acl").write_text(mosquitto_acl(()))
    (folder / "endcap.acl").chmod(0o644)
    (folder / "revoked.pem").write_text(authority.revocations((), real_now()))
    text = mosquitto_conf(str(folder)).replace("8883", str(port))
    (folder / "mosquitto.conf").write_text(text + "user root\nlog_dest none\n")
    process = Process([_installed("mosquitto"), "-c", str(folder / "mosquitto.conf")], port)
    process.start()
    yield Fleet(authority, folder, port, process)
    process.kill()


def test_a_right_certificate_is_let_in(fleet: Fleet, tmp_path: Path) -> None:
    assert fleet.problem(new_card(fleet.authority, tmp_path).tls) == ""


@pytest.mark.parametrize(
    ("days", "cause"),
    [(-100, "our certificate has ended"), (2, "it refuses our certificate")],
    ids=["ended", "not yet valid"],
)
def test_our_certificate_out_of_its_time(
    fleet: Fleet, tmp_path: Path, days: int, cause: str
) -> None:
    card = new_card(fleet.authority, tmp_path, at=real_now() + timedelta(days=days))
    assert cause in fleet.problem(card.tls)


def test_a_revoked_certificate(fleet: Fleet, tmp_path: Path) -> None:
    card, other = (new_card(fleet.authority, tmp_path, one) for one in ("store-1", "store-2"))
    fleet.revoke(card)
    assert "our certificate was revoked" in fleet.problem(card.tls)
    assert fleet.problem(other.tls) == ""
    fleet.revoke(card, other)  # a later list takes the place of the first
    assert "our certificate was revoked" in fleet.problem(other.tls)
    assert "our certificate was revoked" in fleet.problem(card.tls)


def test_a_revoked_store_falls_silent_on_the_connection_that_it_has(
    fleet: Fleet, tmp_path: Path
) -> None:
    """The rules say so and mosquitto reads them again on SIGHUP: no connection need end first."""
    card, folder = new_card(fleet.authority, tmp_path), fleet.folder
    own = Tls(folder / "ca.pem", folder / "centre.pem", folder / "centre.key")
    topic = "endcap/v1/stores/store-1/up/events"

    async def scene() -> None:
        hears, says = (
            Broker("localhost", fleet.port, name, tls=tls)
            for name, tls in (("hears", own), ("says", card.tls))
        )
        async with (
            asyncio.timeout(30),
            open_link(hears, [topic], SystemClock(), random.Random(1)) as centre,
            open_link(says, (), SystemClock(), random.Random(1)) as store,
        ):
            assert not await centre.wait_told()
            assert not await store.wait_told()
            await store.publish(topic, b"before")
            assert [one.payload for one in await centre.take(9)] == [b"before"]
            (folder / "endcap.acl").write_text(mosquitto_acl(["store-1"]))
            fleet.process.read_again()
            await asyncio.sleep(1)
            with contextlib.suppress(LinkDownError):
                await store.publish(topic, b"after")
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(2):
                    await centre.take(1)

    asyncio.run(scene())


def test_no_certificate(fleet: Fleet) -> None:
    assert "we have none to show" in fleet.problem(Tls(fleet.folder / "ca.pem"))


def test_a_certificate_of_another_authority(fleet: Fleet, tmp_path: Path) -> None:
    card = new_card(new_authority(tmp_path / "other"), tmp_path)
    theirs = replace(card.tls, ca=fleet.folder / "ca.pem")
    assert "it does not know the authority" in fleet.problem(theirs)
    assert "not of the authority that we trust" in fleet.problem(card.tls)


def test_the_certificate_of_another_host(fleet: Fleet, tmp_path: Path) -> None:
    card = new_card(fleet.authority, tmp_path)
    fleet.authority.issue_server("broker", ["elsewhere.example.com"], real_now())
    fleet.revoke()  # a certificate of its own, too, is read on the signal
    assert "for another host" in fleet.problem(card.tls)


@pytest.mark.parametrize(
    ("days", "cause"), [(-500, "has ended"), (2, "is our clock right")], ids=["ended", "not yet"]
)
def test_the_brokers_certificate_out_of_its_time(
    fleet: Fleet, tmp_path: Path, days: int, cause: str
) -> None:
    card = new_card(fleet.authority, tmp_path)
    at = real_now() + timedelta(days=days)
    fleet.authority.issue_server("broker", ["localhost"], at)
    fleet.process.kill()
    fleet.process.start()
    assert cause in fleet.problem(card.tls)


def test_a_renewed_certificate_is_shown_on_the_next_connection(
    fleet: Fleet, tmp_path: Path
) -> None:
    old = new_card(fleet.authority, tmp_path / "old", at=real_now() - timedelta(days=100))
    new = new_card(fleet.authority, tmp_path / "new")
    assert old.tls.certificate
    assert old.tls.key
    assert new.tls.certificate
    assert new.tls.key
    context = client_context(old.tls.ca, old.tls.certificate, old.tls.key)
    old.tls.key.write_bytes(new.tls.key.read_bytes())
    old.tls.certificate.write_bytes(new.tls.certificate.read_bytes())

    async def scene() -> str:
        reader, writer = await asyncio.open_connection("localhost", fleet.port, ssl=context)
        writer.write(b"\x10\x0e\x00\x04MQTT\x04\x02\x00\x05\x00\x02ab")
        first = await reader.read(4)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        return first.hex()

    assert asyncio.run(scene()) == "20020000", "the broker says welcome"


def test_what_is_no_matter_of_tls_is_not_called_one() -> None:
    assert why_tls_failed(OSError("Connection refused")) == ""
    assert why_tls_failed(OSError("[SSL] something new")) == ""
