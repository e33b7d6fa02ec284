"""Answers stores that want a certificate: asks core, signs, and keeps it, in one transaction.

A certificate is in the registry before its store has it, and a token is used up in the same moment.
What is given to whom is core/enrolment's to decide.
"""

import base64
import secrets
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from central_sync.adapters import identity_tables as tables
from central_sync.adapters import request_tables as requests
from central_sync.adapters.authority import (
    Authority,
    AuthorityError,
    Request,
    common_name,
    key_id,
    read_request,
)
from central_sync.core import enrolment as core
from central_sync.core.enrolment import Again, Issued, Refused, Rules, Standing, Wait
from central_sync.ports.reads import CentreUnreadableError
from endcap.plumbing.files import sha256_of
from endcap.plumbing.sqlite_file import SqliteFile, StorageError
from endcap.wire.enrolment import (
    AuthorityAnswer,
    EnrolAnswer,
    EnrolRequest,
    RenewRequest,
    read_token,
    renewal_text,
)
from endcap.wire.errors import UnreadableError

T = TypeVar("T")
Answer = EnrolAnswer | Refused
Alarm = Callable[[Refused, str, str], None]
"""Hears of what is no slip: the refusal, the store, and where it came from."""

REPLACED = "replaced by a new enrolment"
REQUEST_BYTES = 16


class RegistryDesk:
    """Keeps the promises of central_sync.ports.identity.EnrolmentDesk."""

    def __init__(self, file: SqliteFile, authority: Authority, rules: Rules, alarm: Alarm) -> None:
        self._file = file
        self._authority = authority
        self._rules = rules
        self._alarm = alarm

    async def enrol(self, request: EnrolRequest, place: str, at: datetime) -> Answer:
        """Answer a store that wants its first certificate, or one anew."""
        refused = core.may_be_enrolled(request.store)
        if refused is not None:
            return refused
        try:
            proved = read_request(request.store, request.csr)
            digest = None if request.token is None else read_token(request.token).hash
        except (AuthorityError, UnreadableError) as error:
            return Refused("unreadable-request", str(error))
        if digest is not None:
            answer = await self._write(lambda db: self._redeem(db, digest, proved, at))
        else:
            answer = await self._write(lambda db: self._ask(db, proved, request, place, at))
        return self._heard(answer, request.store, place)

    async def poll(self, request: str, at: datetime) -> Answer:
        """Answer a store that asks what became of its request."""

        def ask(db: sqlite3.Connection) -> Answer:
            found = requests.waiting_of(db, requests.request_row(db, request))
            verdict = core.polled(found, at, self._rules)
            return self._told(db, verdict, request)

        return await self._write(ask)

    async def renew(self, request: RenewRequest, at: datetime) -> Answer:
        """Answer a store that wants its next certificate, and proves to have the old one's key."""
        try:
            old, parent = self._proved(request)
            proved = read_request(old.store, request.csr)
        except AuthorityError as error:
            return Refused("unreadable-request", str(error))
        answer = await self._write(lambda db: self._renew(db, old, parent, proved, at))
        return self._heard(answer, old.store, "renewal")

    async def authority(self, at: datetime) -> AuthorityAnswer:
        """Return the authority's certificate and the list of what counts no more."""
        try:
            revoked = await self._file.read(lambda db: list(tables.revoked_serials(db, at)))
        except StorageError as error:
            raise CentreUnreadableError(str(error)) from error
        listed = self._authority.revocations(revoked, at)
        return AuthorityAnswer(
            name=self._authority.name, certificate=self._authority.pem, revoked=listed
        )

    def _redeem(self, db: sqlite3.Connection, digest: str, proved: Request, at: datetime) -> Answer:
        why = tables.why_revoked(db, proved.asked.store)
        verdict = core.redeem(tables.token(db, digest), proved.asked, why, at)
        if isinstance(verdict, Refused):
            tables.count_refusal(db, digest)
        if not isinstance(verdict, core.Issue):
            return self._told(db, verdict)
        serial = issue_anew(db, self._authority, proved, at, self._rules)
        tables.use_token(db, digest, serial, at)
        return self._given(db, serial)

    def _ask(
        self,
        db: sqlite3.Connection,
        proved: Request,
        request: EnrolRequest,
        place: str,
        at: datetime,
    ) -> Answer:
        """Answer a store without a token."""
        asked, since = proved.asked, at - self._rules.wait_for_person
        verdict = core.without_token(
            tables.allowed(db, asked),
            asked,
            wait=request.wait,
            waiting=requests.count_waiting(db, since),
            why_revoked=tables.why_revoked(db, asked.store),
            rules=self._rules,
        )
        if isinstance(verdict, core.Issue):
            serial = issue_anew(db, self._authority, proved, at, self._rules)
            tables.use_key(db, asked, serial, at)
            return self._given(db, serial)
        name = requests.same_request(db, asked, since)
        if isinstance(verdict, Wait) and name is None:
            name = secrets.token_hex(REQUEST_BYTES)
            requests.add_request(db, name, asked, request.csr, place, at)
        return self._told(db, verdict, name)

    def _renew(
        self, db: sqlite3.Connection, old: Issued, content: str, proved: Request, at: datetime
    ) -> Answer:
        kept = tables.certificate(db, old.serial)
        if kept is None:  # the registry came back from an older backup
            tables.add_certificate(db, old, content, at)
        old = replace(old, revoked=tables.why_revoked(db, old.store, old.serial))
        after = tables.followers(db, old.serial)
        verdict = core.renew(old, after, proved.asked, at, self._rules)
        if not isinstance(verdict, core.Issue):
            return self._told(db, verdict)
        issued, new = self._authority.issue_store(proved, at, self._rules.life)
        tables.add_certificate(db, issued, new, at, parent=old.serial)
        return self._given(db, issued.serial)

    def _proved(self, request: RenewRequest) -> tuple[Issued, str]:
        """Return the certificate that the sender has the key of, and itself as PEM.

        Raises:
            AuthorityError: it is none of a store, none of ours, or the sender has not the key.
        """
        try:
            old = x509.load_pem_x509_certificate(request.certificate.encode())
            csr = x509.load_pem_x509_csr(request.csr.encode()).public_bytes(Encoding.DER)
        except ValueError as error:
            raise AuthorityError("the certificate or the request cannot be read") from error
        key = old.public_key()
        if not self._authority.made(old) or not isinstance(key, ec.EllipticCurvePublicKey):
            raise AuthorityError("the certificate is not of this centre's authority")
        text = renewal_text(sha256_of(old.public_bytes(Encoding.DER)), csr)
        try:
            signature = base64.b64decode(request.signature)
            key.verify(signature, text, ec.ECDSA(hashes.SHA256()))
        except (InvalidSignature, ValueError) as error:
            raise AuthorityError("the renewal is not signed with the certificate's key") from error
        serial = f"{old.serial_number:x}"
        return Issued(
            serial, common_name(old), key_id(key), old.not_valid_after_utc
        ), request.certificate

    def _told(
        self, db: sqlite3.Connection, verdict: Again | Wait | Refused, request: str | None = None
    ) -> Answer:
        """Return a verdict that needs no new certificate as an answer."""
        if isinstance(verdict, Refused):
            return verdict
        if isinstance(verdict, Again):
            return self._given(db, verdict.serial)
        return EnrolAnswer(standing="pending", request=request)

    def _given(self, db: sqlite3.Connection, serial: str) -> EnrolAnswer:
        return EnrolAnswer(standing="issued", certificate=tables.content_of(db, serial))

    def _heard(self, answer: Answer, store: str, place: str) -> Answer:
        if isinstance(answer, Refused) and answer.alarm:
            self._alarm(answer, store, place)
        return answer

    async def _write(self, change: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return await self._file.write(change)
        except StorageError as error:
            raise CentreUnreadableError(str(error)) from error


def issue_anew(
    db: sqlite3.Connection, authority: Authority, proved: Request, at: datetime, rules: Rules
) -> str:
    """Issue a store's certificate; those that it had count no more. Return its number."""
    tables.revoke_certificates(db, proved.asked.store, REPLACED, at)
    issued, content = authority.issue_store(proved, at, rules.life)
    tables.add_certificate(db, issued, content, at)
    return issued.serial


def accept(
    db: sqlite3.Connection, authority: Authority, request: str, at: datetime, rules: Rules
) -> Refused | None:
    """Follow a person's yes to a request; return why it cannot be followed, None when it was."""
    row = requests.request_row(db, request)
    found = requests.waiting_of(db, row)
    why = tables.why_revoked(db, found.asked.store) if found else None
    verdict = core.decided(found, why, at, rules)
    if isinstance(verdict, Refused) or row is None:
        return verdict if isinstance(verdict, Refused) else None
    serial = issue_anew(db, authority, read_request(row["store"], row["csr"]), at, rules)
    requests.decide_request(db, row["request"], Standing.ACCEPTED, serial, at)
    return None


def refuse(db: sqlite3.Connection, request: str, at: datetime, rules: Rules) -> Refused | None:
    """Follow a person's no to a request; return why it cannot be followed, None when it was."""
    row = requests.request_row(db, request)
    verdict = core.decided(requests.waiting_of(db, row), None, at, rules)
    if isinstance(verdict, Refused) or row is None:
        return verdict if isinstance(verdict, Refused) else None
    requests.decide_request(db, row["request"], Standing.REFUSED, None, at)
    return None
