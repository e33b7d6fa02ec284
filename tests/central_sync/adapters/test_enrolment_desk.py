"""The desk over a real database and a real authority: one right, one certificate."""

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from central_sync.adapters import identity_tables as tables
from central_sync.adapters.authority import (
    Authority,
    AuthorityError,
    common_name,
    key_id,
    make_authority,
)
from central_sync.adapters.enrolment_desk import RegistryDesk, accept, refuse
from central_sync.adapters.identity_reads import read_identities, read_tokens, read_waiting
from central_sync.adapters.schema import migrate
from central_sync.core.enrolment import Asked, Refused, Rules
from endcap.plumbing.files import sha256_of
from endcap.plumbing.sqlite_file import SqliteFile, open_sqlite
from endcap.wire.enrolment import (
    EnrolAnswer,
    EnrolRequest,
    RenewRequest,
    Token,
    mark_of,
    renewal_text,
    write_token,
)
from tests.fakes.clock import NOON
from tests.fakes.identities import new_csr, new_key

RULES = Rules()


@dataclass
class Desk:
    file: SqliteFile
    authority: Authority
    desk: RegistryDesk
    alarms: list[str] = field(default_factory=list)

    async def token(self, store: str = "store-1", secret: int = 1, at: datetime = NOON) -> str:
        token = Token(secret.to_bytes(16, "big"), mark_of(self.authority.der))
        ends = at + RULES.token_life
        await self.file.write(lambda db: tables.add_token(db, token.hash, store, at, ends))
        return write_token(token)

    async def enrol(
        self,
        token: str | None,
        csr: str,
        store: str = "store-1",
        **more: Any,  # noqa: ANN401
    ) -> EnrolAnswer | Refused:
        request = EnrolRequest(store=store, csr=csr, token=token, **more)
        return await self.desk.enrol(request, "10.0.0.1", NOON)

    async def count(self) -> int:
        counted = "SELECT count(*) FROM certificates WHERE revoked_at IS NULL"
        return await self.file.read(lambda db: int(db.execute(counted).fetchone()[0]))


@contextlib.asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Desk]:
    authority = make_authority(folder / "authority", "test", NOON)
    async with open_sqlite(folder / "centre.sqlite", migrate) as file:
        alarms: list[str] = []
        desk = RegistryDesk(file, authority, RULES, lambda one, *_: alarms.append(one.code))
        yield Desk(file, authority, desk, alarms)


def run(scene: Coroutine[Any, Any, None]) -> None:
    asyncio.run(scene)


def given(answer: EnrolAnswer | Refused) -> x509.Certificate:
    assert isinstance(answer, EnrolAnswer), answer
    assert answer.standing == "issued"
    return x509.load_pem_x509_certificate(answer.certificate.encode())


def code(answer: EnrolAnswer | Refused) -> str:
    assert isinstance(answer, Refused), answer
    return answer.code


def test_a_token_gives_a_certificate_of_the_store_for_clients_alone(tmp_path: Path) -> None:
    async def scene() -> None:
        async with opened(tmp_path) as desk:
            key = new_key()
            # What the request calls itself does not count: the token says which store it is.
            one = given(await desk.enrol(await desk.token(), new_csr(key, "centre")))
            assert common_name(one) == "store-1"
            assert one.public_key() == key.public_key()
            extensions = one.extensions
            usage = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
            assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]
            assert not extensions.get_extension_for_class(x509.BasicConstraints).value.ca
            names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            found = names.get_values_for_type(x509.UniformResourceIdentifier)
            assert found == ["urn:endcap:store:store-1"]
            assert one.not_valid_after_utc == NOON + timedelta(days=90)
            assert desk.authority.made(one)
            own = desk.authority.certificate.extensions
            assert own.get_extension_for_class(x509.BasicConstraints).value.path_length == 0

    run(scene())


def test_a_token_used_a_thousand_times_at_once_gives_one_certificate(tmp_path: Path) -> None:
    async def scene() -> None:
        async with opened(tmp_path) as desk:
            token = await desk.token()
            requests = [new_csr(new_key()) for _ in range(1000)]
            answers = await asyncio.gather(*(desk.enrol(token, one) for one in requests))
            issued = [one for one in answers if isinstance(one, EnrolAnswer)]
            assert len(issued) == 1
            assert await desk.count() == 1
            assert desk.alarms == ["token-used"] * 999
            told = await desk.file.read(lambda db: read_tokens(db, NOON))
            assert [one["refused"] for one in told] == [999]

    run(scene())


def test_an_answer_that_was_lost_is_given_again(tmp_path: Path) -> None:
    async def scene() -> None:
        async with opened(tmp_path) as desk:
            token, csr = await desk.token(), new_csr(new_key())
            first, second = await desk.enrol(token, csr), await desk.enrol(token, csr)
            assert given(first) == given(second)
            assert await desk.count() == 1

    run(scene())


def test_what_is_wrong_with_a_token_is_said(tmp_path: Path) -> None:
    async def scene() -> None:
        async with opened(tmp_path) as desk:
            csr, token = new_csr(new_key()), await desk.token()
            assert code(await desk.enrol(token, csr, "store-2")) == "token-of-another"
            unknown = write_token(Token(b"x" * 16, b"y" * 16))
            assert code(await desk.enrol(unknown, csr)) == "unknown-token"
            assert code(await desk.enrol("no token", csr)) == "unreadable-request"
            assert code(await desk.enrol(token, csr, "centre")) == "reserved-name"
            late = NOON + timedelta(minutes=15)
            request = EnrolRequest(store="store-1", csr=csr, token=token)
            assert code(await desk.desk.enrol(request, "", late)) == "token-ended"
            assert await desk.count() == 0

    run(scene())


def test_a_newer_token_takes_the_place_of_the_older(tmp_path: Path) -> None:
    async def scene() -> None:
        async with opened(tmp_path) as desk:
            first, second = await desk.token(secret=1), await desk.token(secret=2)
            assert code(await desk.enrol(first, new_csr(new_key()))) == "unknown-token"
            given(await desk.enrol(second, new_csr(new_key())))

    run(scene())


def test_a_store_that_enrols_anew_leaves_its_old_certificate_behind(tmp_path: Path) -> None:
    async def scene() -> None:
        async with opened(tmp_path) as desk:
            old = given(await desk.enrol(await desk.token(secret=1), new_csr(new_key())))
            new = given(await desk.enrol(await desk.token(secret=2), new_csr(new_key())))
            gone = await desk.file.read(lambda db: dict(tables.revoked_serials(db, NOON)))
            assert list(gone) == [old.serial_number]
            listed = (await desk.desk.authority(NOON)).revoked
            crl = x509.load_pem_x509_crl(listed.encode())
            assert crl.get_revoked_certificate_by_serial_number(old.serial_number) is not None
            assert crl.get_revoked_certificate_by_serial_number(new.serial_number) is None
            assert crl.is_signature_valid(desk.authority.certificate.public_key())  # type: ignore[arg-type]

    run(scene())


def weak_requests() -> list[str]:
    """Requests that prove nothing: of a weak key, of another's key, and none at all."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "store-1")])
    builder = x509.CertificateSigningRequestBuilder().subject_name(name)
    weak = builder.sign(rsa.generate_private_key(65537, 2048), hashes.SHA256())
    curve = builder.sign(ec.generate_private_key(ec.SECP384R1()), hashes.SHA384())
    whole = x509.load_pem_x509_csr(new_csr(new_key()).encode()).public_bytes(Encoding.DER)
    broken = base64.encodebytes(whole[:-8] + bytes(8)).decode()
    lines = ("-----BEGIN CERTIFICATE REQUEST-----", broken, "-----END CERTIFICATE REQUEST-----")
    return [
        weak.public_bytes(Encoding.PEM).decode(),
        curve.public_bytes(Encoding.PEM).decode(),
        "\n".join(lines),
        "-----BEGIN nothing",
    ]


@pytest.mark.parametrize("csr", weak_requests(), ids=["rsa", "p384", "forged", "none"])
def test_a_request_that_proves_nothing_is_refused(tmp_path: Path, csr: str) -> None:
    async def scene() -> None:
        async with opened(tmp_path) as desk:
            assert code(await desk.enrol(await desk.token(), csr)) == "unreadable-request"
            assert await desk.count() == 0

    run(scene())


def test_a_key_that_is_known_needs_no_token(tmp_path: Path) -> None:
    async def scene() -> None:
        async with opened(tmp_path) as desk:
            key = new_key()
            csr = new_csr(key)
            assert code(await desk.enrol(None, csr)) == "unknown-key"
            asked = Asked("store-1", key_id(key.public_key()))
            await desk.file.write(lambda db: tables.allow_key(db, asked, NOON))
            first, again = await desk.enrol(None, csr), await desk.enrol(None, csr)
            assert given(first) == given(again)
            assert code(await desk.enrol(None, csr, "store-2")) == "unknown-key"

    run(scene())


def test_a_person_lets_a_store_in(tmp_path: Path) -> None:
    async def scene() -> None:
        async with opened(tmp_path) as desk:
            csr = new_csr(new_key())
            first = await desk.enrol(None, csr, wait=True)
            second = await desk.enrol(None, csr, wait=True)
            assert isinstance(first, EnrolAnswer)
            assert first == second, "asking twice makes one request"
            name = first.request or ""
            assert (await desk.desk.poll(name, NOON)) == first
            waiting = await desk.file.read(lambda db: read_waiting(db, NOON))
            assert [one["request"] for one in waiting] == [name]
            yes = lambda db: accept(db, desk.authority, name[:8], NOON, RULES)  # noqa: E731
            assert await desk.file.write(yes) is None
            one = given(await desk.desk.poll(name, NOON))
            assert common_name(one) == "store-1"
            said = await desk.file.write(yes)
            assert said is not None
            assert said.code == "decided-before"

    run(scene())


def test_a_person_keeps_a_store_out(tmp_path: Path) -> None:
    async def scene() -> None:
        async with opened(tmp_path) as desk:
            asked = await desk.enrol(None, new_csr(new_key()), wait=True)
            assert isinstance(asked, EnrolAnswer)
            name = asked.request or ""
            assert await desk.file.write(lambda db: refuse(db, name, NOON, RULES)) is None
            assert code(await desk.desk.poll(name, NOON)) == "request-refused"
            assert code(await desk.desk.poll("0" * 32, NOON)) == "unknown-request"
            said = await desk.file.write(lambda db: refuse(db, "ffff", NOON, RULES))
            assert said is not None
            assert said.code == "unknown-request"

    run(scene())


def test_strangers_cannot_fill_the_list(tmp_path: Path) -> None:
    async def scene() -> None:
        async with opened(tmp_path) as desk:
            rules = Rules(waiting_at_most=3)
            few = RegistryDesk(desk.file, desk.authority, rules, lambda *_: None)
            answers = [
                await few.enrol(
                    EnrolRequest(store="store-1", csr=new_csr(new_key()), wait=True), "", NOON
                )
                for _ in range(4)
            ]
            assert code(answers[-1]) == "too-many-waiting"
            later = NOON + timedelta(days=2)
            request = EnrolRequest(store="store-1", csr=new_csr(new_key()), wait=True)
            assert isinstance(await few.enrol(request, "", later), EnrolAnswer)

    run(scene())


def renewal(old: x509.Certificate, key: ec.EllipticCurvePrivateKey, csr: str) -> RenewRequest:
    der = x509.load_pem_x509_csr(csr.encode()).public_bytes(Encoding.DER)
    text = renewal_text(sha256_of(old.public_bytes(Encoding.DER)), der)
    signature = base64.b64encode(key.sign(text, ec.ECDSA(hashes.SHA256()))).decode()
    pem = old.public_bytes(Encoding.PEM).decode()
    return RenewRequest(certificate=pem, csr=csr, signature=signature)


@pytest.mark.parametrize("days", [60, 89, 120], ids=["at two thirds", "late", "after an outage"])
def test_who_has_the_old_key_is_given_the_next_certificate(tmp_path: Path, days: int) -> None:
    async def scene() -> None:
        async with opened(tmp_path) as desk:
            key, at = new_key(), NOON + timedelta(days=days)
            old = given(await desk.enrol(await desk.token(), new_csr(key)))
            request = renewal(old, key, new_csr(new_key()))
            new = given(await desk.desk.renew(request, at))
            assert new.not_valid_after_utc == at + timedelta(days=90)
            assert given(await desk.desk.renew(request, at)) == new, "an answer that was lost"
            copy = renewal(old, key, new_csr(new_key()))
            assert code(await desk.desk.renew(copy, at)) == "identity-copied"
            assert desk.alarms == ["identity-copied"]

    run(scene())


def test_a_renewal_without_the_key_is_refused(tmp_path: Path) -> None:
    async def scene() -> None:
        async with opened(tmp_path) as desk:
            key = new_key()
            old = given(await desk.enrol(await desk.token(), new_csr(key)))
            csr = new_csr(new_key())
            forged = renewal(old, new_key(), csr)
            moved = renewal(old, key, csr).model_copy(update={"csr": new_csr(new_key())})
            other = make_authority(tmp_path / "other", "test", NOON)
            server = other.issue_server("centre", ["localhost"], NOON)
            foreign = renewal(server, key, csr)
            for request in (forged, moved, foreign):
                assert code(await desk.desk.renew(request, NOON)) == "unreadable-request"

    run(scene())


def test_a_revoked_store_gets_nothing_until_it_is_let_in_again(tmp_path: Path) -> None:
    async def scene() -> None:
        async with opened(tmp_path) as desk:
            key = new_key()
            old = given(await desk.enrol(await desk.token(secret=1), new_csr(key)))
            waiting = await desk.token(secret=2)
            await desk.file.write(lambda db: tables.revoke_store(db, "store-1", "stolen", NOON))
            serial = f"{old.serial_number:x}"
            why = await desk.file.read(lambda db: tables.why_revoked(db, "store-1", serial))
            assert why is not None
            assert "stolen" in why
            assert code(await desk.enrol(waiting, new_csr(new_key()))) == "unknown-token"
            assert code(await desk.enrol(None, new_csr(new_key()), wait=True)) == "revoked"
            request = renewal(old, key, new_csr(new_key()))
            assert code(await desk.desk.renew(request, NOON)) == "revoked"
            assert await desk.file.write(lambda db: tables.reinstate_store(db, "store-1"))
            assert not await desk.file.write(lambda db: tables.reinstate_store(db, "store-1"))
            assert code(await desk.desk.renew(request, NOON)) == "revoked", "the old one stays so"
            given(await desk.enrol(await desk.token(secret=3), new_csr(new_key())))
            told = await desk.file.read(lambda db: read_identities(db, NOON))
            assert [one["standing"] for one in told] == ["valid"]

    run(scene())


def test_a_registry_of_before_the_store_locks_nobody_out(tmp_path: Path) -> None:
    async def scene() -> None:
        async with opened(tmp_path) as desk:
            key = new_key()
            old = given(await desk.enrol(await desk.token(), new_csr(key)))
            await desk.file.write(lambda db: db.execute("DELETE FROM enrolment_tokens").close())
            await desk.file.write(lambda db: db.execute("DELETE FROM certificates").close())
            new = given(await desk.desk.renew(renewal(old, key, new_csr(new_key())), NOON))
            assert common_name(new) == "store-1"

    run(scene())


def test_an_authority_is_made_once_and_its_key_is_private(tmp_path: Path) -> None:
    made = make_authority(tmp_path / "a", "test", NOON)
    with pytest.raises(AuthorityError, match="already"):
        make_authority(tmp_path / "a", "test", NOON)
    assert (tmp_path / "a" / "ca.key").stat().st_mode & 0o777 == 0o400
    assert Authority(tmp_path / "a").certificate == made.certificate
    (tmp_path / "a" / "ca.key").chmod(0o444)
    with pytest.raises(AuthorityError, match="others can read"):
        Authority(tmp_path / "a")
    with pytest.raises(AuthorityError, match="authority init"):
        Authority(tmp_path / "nowhere")
