"""Asks the centre for certificates: the first one, and each next one.

The first contact believes nobody: what answers must show the authority whose mark is in the token.
From then on every connection is to a server that this authority vouches for, and to no other. What
the centre gives is judged by the identity's folder before it is kept.
"""

import base64
import ssl
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlsplit

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from pydantic import BaseModel, ValidationError

from edge_agent.adapters.identity_folder import IdentityFolder, new_request
from edge_agent.ports.identity import IdentityError, IdentityRefusedError
from endcap.plumbing.files import sha256_of
from endcap.plumbing.tls_context import client_context, why_tls_failed
from endcap.wire.enrolment import (
    AuthorityAnswer,
    EnrolAnswer,
    EnrolRequest,
    OwnIdentity,
    PendingPoll,
    RenewRequest,
    grouped,
    mark_of,
    renewal_text,
)

T = TypeVar("T", bound=BaseModel)

PATIENCE_S = 15.0
MAX_ANSWER = 1024 * 1024
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})
_NO = frozenset({401, 403, 404, 422})


@dataclass(frozen=True, slots=True)
class Asking:
    """How a store asks for its first certificate: with a token, or without; `wait` for a person."""

    token: str | None = None
    wait: bool = False


def find_authority(address: str) -> tuple[str, bytes]:
    """Return the authority that answers at `address`, as PEM, and its mark. Nothing vouches for it.

    Raises:
        IdentityError: nobody answers there, or it has no authority.
    """
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in _HERE:
        raise IdentityError(
            f"{address}: https is wanted; a token is nothing to shout across a wire"
        )
    with httpx.Client(verify=_believing_anybody(), timeout=PATIENCE_S) as client:
        told = _answer(client, "GET", f"{address}/v1/authority", AuthorityAnswer)
    try:
        one = x509.load_pem_x509_certificate(told.certificate.encode())
    except ValueError as error:
        raise IdentityError(f"{address} shows no authority's certificate") from error
    pem = one.public_bytes(Encoding.PEM).decode()
    return pem, mark_of(one.public_bytes(Encoding.DER))


def check_mark(address: str, found: bytes, wanted: bytes) -> None:
    """Refuse a centre that is not the one that made the token.

    Raises:
        IdentityRefusedError: it is another.
    """
    if found != wanted:
        raise IdentityRefusedError(
            f"{address} is not the centre that made the token: its mark is {grouped(found)}, and "
            f"{grouped(wanted)} is wanted; see the address, and who stands in between"
        )


class EnrolmentClient:
    """Asks for one store's certificates, by the authority that its folder keeps."""

    def __init__(self, folder: IdentityFolder, store: str) -> None:
        self._folder = folder
        self._store = store

    def ask(self, asking: Asking) -> str | None:
        """Ask for the first certificate, and keep it as the candidate.

        Returns:
            None when it is there, or else the request that waits for a person.
        """
        csr = new_request(self._folder.next_key(), self._store).public_bytes(Encoding.PEM)
        request = EnrolRequest(
            store=self._store, csr=csr.decode(), token=asking.token, wait=asking.wait
        )
        return self._kept(self._post("/v1/enrol", request))

    def poll(self, request: str) -> str | None:
        """Ask what became of a request; keep the certificate when it is there, as `ask` does."""
        return self._kept(self._post("/v1/enrol/pending", PendingPoll(request=request)))

    def renew(self) -> None:
        """Ask for the next certificate, proving that we have the key of this one, and keep it.

        No certificate is shown on the connection: it may have ended.
        """
        old, key = self._folder.certificate(), self._folder.key()
        csr = new_request(self._folder.next_key(), self._store)
        text = renewal_text(
            sha256_of(old.public_bytes(Encoding.DER)), csr.public_bytes(Encoding.DER)
        )
        request = RenewRequest(
            certificate=old.public_bytes(Encoding.PEM).decode(),
            csr=csr.public_bytes(Encoding.PEM).decode(),
            signature=base64.b64encode(key.sign(text, ec.ECDSA(hashes.SHA256()))).decode(),
        )
        self._kept(self._post("/v1/renew", request))

    def try_at_centre(self) -> None:
        """Show the candidate to the centre: it must take us for who we are.

        Raises:
            IdentityError, IdentityRefusedError: nobody answers, or it does not.
        """
        certificate, key = self._folder.pair(candidate=True)
        with self._client(client_context(self._folder.authority, certificate, key)) as client:
            address = f"{self._folder.centre}/v1/own/identity"
            told = _answer(client, "GET", address, OwnIdentity)
        if told.store != self._store:
            raise IdentityError(f"the centre takes us for {told.store}")

    def _post(self, path: str, request: BaseModel) -> EnrolAnswer:
        with self._client(client_context(self._folder.authority)) as client:
            address = f"{self._folder.centre}{path}"
            return _answer(client, "POST", address, EnrolAnswer, request)

    def _client(self, context: ssl.SSLContext) -> httpx.Client:
        return httpx.Client(verify=context, timeout=PATIENCE_S, trust_env=False)

    def _kept(self, answer: EnrolAnswer) -> str | None:
        if answer.standing == "pending":
            return answer.request
        self._folder.keep_candidate(answer.certificate)
        return None


def _answer(
    client: httpx.Client, method: str, address: str, kind: type[T], body: BaseModel | None = None
) -> T:
    """Ask, and return the answer.

    Raises:
        IdentityError, IdentityRefusedError: nobody answered rightly, or the answer is no.
    """
    content = None if body is None else body.model_dump_json()
    headers = {"content-type": "application/json"}
    try:
        answer = client.request(method, address, content=content, headers=headers)
    except (httpx.HTTPError, OSError) as error:
        raise IdentityError(f"{address}: {why_tls_failed(error) or error}") from error
    if len(answer.content) > MAX_ANSWER:
        raise IdentityError(f"{address}: the answer is too long")
    if answer.status_code in _NO:
        raise IdentityRefusedError(f"the centre says no: {_why(answer)}")
    if not answer.is_success:
        raise IdentityError(f"{address} answers {answer.status_code}: {_why(answer)}")
    try:
        return kind.model_validate_json(answer.content)
    except ValidationError as error:
        raise IdentityError(f"{address}: that is no answer of a centre") from error


def _why(answer: httpx.Response) -> str:
    """Return what a problem says, in one line."""
    try:
        told = answer.json()
        parts = [str(told.get(name, "")) for name in ("detail", "hint")]
    except (ValueError, AttributeError):
        return "it is no centre of Endcap" if answer.status_code == httpx.codes.NOT_FOUND else ""
    return "; ".join(part for part in parts if part)[:300]


def _believing_anybody() -> ssl.SSLContext:
    """Return a context for the one question whose answer is judged by its mark."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
