"""Says which store asks, by the certificate that it showed, on every request.

A route of a store's own takes `Depends(store_of)`; a route for people takes `Depends(people_only)`,
so that a stolen store cannot read of the others; what a person decides takes
`Depends(person_of)`. Whether a certificate is genuine was settled when
the connection began; whether it still counts is asked of the registry. Issuing is enrol_routes'.
"""

from dataclasses import dataclass

from cryptography import x509
from cryptography.x509.oid import NameOID
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from central_sync.ports.identity import Revocations
from central_sync.ports.reads import CentreUnreadableError
from endcap.plumbing.http_face.problems import Problem
from endcap.wire.enrolment import PERSON, store_uri

OPEN = ("/v1/authority", "/v1/enrol", "/v1/enrol/pending", "/v1/renew", "/v1/health/live")
"""What may be asked without a certificate, also where all else needs one: the way to get one."""
KNOWN = (
    "show a certificate of `central-sync authority person CONFIG NAME`; or order it at the centre: "
    "central-sync enrol --help"
)
ENROL = "enrol the store: central-sync enrol new CONFIG STORE, then edge-agent enrol at the store"


@dataclass(frozen=True, slots=True)
class Peer:
    """Who asks: the name in a genuine certificate, its serial number, and what it makes of them.

    `person` is a person's name, an empty text for whoever is none.
    """

    name: str
    serial: str
    is_store: bool
    person: str = ""


class Doorkeeper:
    """The middleware that learns who asks, and keeps out those whose certificate counts no more."""

    def __init__(self, app: ASGIApp, revocations: Revocations, *, needed: bool = False) -> None:
        """With `needed`, all but the way to a certificate needs one."""
        self._app = app
        self._revocations = revocations
        self._needed = needed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or raise the problem it is refused with."""
        peer = peer_of(scope)
        if peer is None and self._needed and scope["path"] not in OPEN:
            raise _nobody()
        if peer is not None and scope["path"] not in OPEN:
            await self._check(peer)
            scope["endcap.peer"] = peer
        await self._app(scope, receive, send)

    async def _check(self, peer: Peer) -> None:
        """Refuse a certificate that counts no more; without the registry none counts."""
        try:
            why = await self._revocations.why_not(peer.name, peer.serial)
        except CentreUnreadableError as error:
            raise Problem(503, "centre-unreadable", str(error), "ask again later") from error
        if why is not None:
            raise Problem(403, "certificate-revoked", f"{peer.name} was revoked: {why}", ENROL)


def store_of(request: Request) -> str:
    """Return the store that asks.

    Raises:
        Problem: 401 when no certificate was shown, 403 when it is none of a store, or revoked.
    """
    peer: Peer | None = request.scope.get("endcap.peer")
    if peer is None:
        raise _nobody()
    if not peer.is_store:
        hint = "ask as a store, with the certificate of its enrolment"
        raise Problem(403, "not-a-store", f"the certificate of {peer.name!r} is no store's", hint)
    return peer.name


def people_only(request: Request) -> None:
    """Refuse a store what is for people: what other stores do.

    Raises:
        Problem: 403 when the certificate that was shown is a store's.
    """
    peer: Peer | None = request.scope.get("endcap.peer")
    if peer is not None and peer.is_store:
        hint = "a store may ask for releases and for what is its own"
        raise Problem(403, "not-for-stores", f"{peer.name} is a store, and this is not", hint)


def asking_person(request: Request) -> str | None:
    """Return the person who asks; None where that is not proved."""
    peer: Peer | None = request.scope.get("endcap.peer")
    return peer.person or None if peer is not None else None


def person_of(request: Request) -> str:
    """Return the person who asks, for what is noted with a name.

    Raises:
        Problem: 403 when the certificate is none of a person, 401 when none was shown: this
            dashboard does not know who asks, and lets nobody decide.
    """
    people_only(request)
    person = asking_person(request)
    if person is None:
        shown = request.scope.get("endcap.peer") is not None
        detail = "this dashboard does not know who asks, so it only shows"
        raise Problem(403 if shown else 401, "person-unknown", detail, KNOWN)
    return person


def peer_of(scope: Scope) -> Peer | None:
    """Return who showed a certificate on this connection; None where nobody did.

    A certificate that names a store twice, or two different ones, is no store's; nor is one that
    names two people a person's.
    """
    chain = scope.get("extensions", {}).get("tls", {}).get("client_cert_chain", ())
    if not chain:
        return None
    one = x509.load_pem_x509_certificate(chain[0].encode())
    names = [str(a.value) for a in one.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    name = names[0] if len(names) == 1 else ""
    uris = _uris(one)
    alone = uris[0] if len(uris) == 1 else ""
    person = alone.removeprefix(PERSON) if alone.startswith(PERSON) else ""
    return Peer(name, f"{one.serial_number:x}", store_uri(name) in uris, person)


def _uris(one: x509.Certificate) -> list[str]:
    try:
        names = one.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return names.get_values_for_type(x509.UniformResourceIdentifier)


def _nobody() -> Problem:
    detail = "no certificate was shown"
    return Problem(401, "certificate-needed", detail, f"show one of this centre's; or {ENROL}")
