"""The store's key and certificate on the disk: two places, and one name that says which counts.

    identity/authority.pem   identity/centre       where the centre is
    identity/a/{key,certificate}.pem    identity/b/...    identity/current -> a or b

What is written lies in the place that does not count; then the name moves, in one step. So the pair
in use is whole at any moment, also after a power cut. Keys are made here, are for their owner alone
and never leave. Where systemd hands a key over as a credential, that key is used, and none is made.
"""

import contextlib
import os
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from edge_agent.core.identity import Held
from edge_agent.ports.identity import IdentityError
from endcap.plumbing.files import sha256_of, sync_folder, write_atomically
from endcap.wire.enrolment import grouped

CREDENTIAL = "endcap-store-key"
"""The name of a credential of systemd that holds the key."""
_CURRENT, _PLACES = "current", ("a", "b")
_KEY, _CERTIFICATE = "key.pem", "certificate.pem"
_AUTHORITY, _CENTRE = "authority.pem", "centre"
_SECRET = 0o400
_KEY_SHOWN = 10  # bytes


class IdentityFolder:
    """A store's identity in a folder. What is asked of it and is not there raises IdentityError."""

    def __init__(self, folder: Path, store: str, credentials: Path | None = None) -> None:
        self.folder = folder
        self._store = store
        given = credentials / CREDENTIAL if credentials is not None else None
        self._given = given if given is not None and given.is_file() else None

    @property
    def exists(self) -> bool:
        """Tell whether the store has enrolled."""
        return (self.folder / _CURRENT / _CERTIFICATE).is_file() and self.authority.is_file()

    @property
    def authority_in_use(self) -> str:
        """Return the SHA-256 of the authority that made the certificate that counts.

        An empty text when none counts, or while another authority is being put in place.
        """
        try:
            authority = _certificate(self.authority)
            self.certificate().verify_directly_issued_by(authority)
        except (IdentityError, InvalidSignature, ValueError, TypeError, UnsupportedAlgorithm):
            return ""
        return authority.fingerprint(hashes.SHA256()).hex()

    @property
    def authority(self) -> Path:
        """Where the certificate of the centre's authority is."""
        return self.folder / _AUTHORITY

    @property
    def centre(self) -> str:
        """Return where the centre is: the address that the store enrolled at."""
        try:
            return (self.folder / _CENTRE).read_text("utf-8").strip()
        except OSError as error:
            raise IdentityError(f"{self.folder / _CENTRE}: {error.strerror}; enrol anew") from error

    def pair(self, *, candidate: bool = False) -> tuple[Path, Path]:
        """Return where the certificate and the key are that count, or those of the candidate."""
        place = self.folder / (self._spare if candidate else _CURRENT)
        return place / _CERTIFICATE, self._given or place / _KEY

    def current(self) -> Held:
        """Return the certificate that counts."""
        return held_of(_certificate(self.folder / _CURRENT / _CERTIFICATE))

    def candidate(self) -> Held | None:
        """Return the certificate that waits to be tried; a damaged one is none."""
        with contextlib.suppress(IdentityError):
            return held_of(_certificate(self.folder / self._spare / _CERTIFICATE))
        return None

    def certificate(self) -> x509.Certificate:
        """Return the certificate that counts."""
        return _certificate(self.folder / _CURRENT / _CERTIFICATE)

    def key(self) -> ec.EllipticCurvePrivateKey:
        """Return the key of the certificate that counts."""
        return _read_key(self._given or self.folder / _CURRENT / _KEY)

    def next_key(self) -> ec.EllipticCurvePrivateKey:
        """Return the key for the next certificate: always the same one until that is in place.

        An answer that was lost on the way is so given again for the same key.
        """
        if self._given is not None:
            return _read_key(self._given)
        path = self.folder / self._spare / _KEY
        with contextlib.suppress(IdentityError):
            return _read_key(path)
        key = ec.generate_private_key(ec.SECP256R1())
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self._make_folders()
        path.unlink(missing_ok=True)
        write_atomically(path, pem, mode=_SECRET)
        return key

    def keep_centre(self, authority: str, address: str) -> None:
        """Keep whom to believe, and where the centre is."""
        self._make_folders()
        write_atomically(self.authority, authority.encode())
        write_atomically(self.folder / _CENTRE, f"{address}\n".encode())

    def keep_candidate(self, content: str) -> None:
        """Keep a new certificate beside the one that counts.

        Raises:
            IdentityError: it is not this store's, not of this key, or not of the authority.
        """
        one = _read(content.encode(), "the centre's answer")
        if one.public_key() != self.next_key().public_key():
            raise IdentityError("the certificate that the centre gave is not of our key")
        names = one.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        if [str(name.value) for name in names] != [self._store]:
            raise IdentityError(f"the certificate that the centre gave is not of {self._store}")
        try:
            one.verify_directly_issued_by(_certificate(self.authority))
        except Exception as error:
            raise IdentityError("the certificate is not of the centre's authority") from error
        write_atomically(self.folder / self._spare / _CERTIFICATE, content.encode())

    def switch(self) -> None:
        """Let the candidate count; what counted until now goes."""
        spare, name = self._spare, self.folder / f".{_CURRENT}.tmp"
        name.unlink(missing_ok=True)
        name.symlink_to(spare)
        name.replace(self.folder / _CURRENT)
        sync_folder(self.folder)
        self._clear()

    def drop(self) -> None:
        """Remove a candidate that is of no use.

        One that is older than what counts goes whole. Of one that has ended before it was tried the
        key stays: the centre knows it, and gives the next certificate for it.
        """
        found = self.candidate()
        if found is None or found.ends <= self.current().ends:
            self._clear()
        else:
            (self.folder / self._spare / _CERTIFICATE).unlink(missing_ok=True)

    def _clear(self) -> None:
        """Empty the place that does not count: the certificate first, then its key."""
        for file in (_CERTIFICATE, _KEY):
            (self.folder / self._spare / file).unlink(missing_ok=True)

    def give_to(self, user: int, group: int) -> None:
        """Make everything belong to the user that the agent runs as."""
        for path in (self.folder, *self.folder.rglob("*")):
            os.chown(path, user, group, follow_symlinks=False)

    @property
    def _spare(self) -> str:
        """Return the place that does not count."""
        with contextlib.suppress(OSError):
            if (self.folder / _CURRENT).readlink().name == _PLACES[0]:
                return _PLACES[1]
        return _PLACES[0]

    def _make_folders(self) -> None:
        for place in (self.folder, *(self.folder / one for one in _PLACES)):
            place.mkdir(parents=True, exist_ok=True, mode=0o700)


def held_of(one: x509.Certificate) -> Held:
    """Return a certificate as core knows it."""
    return Held(f"{one.serial_number:x}", one.not_valid_before_utc, one.not_valid_after_utc)


def _certificate(path: Path) -> x509.Certificate:
    try:
        return _read(path.read_bytes(), str(path))
    except OSError as error:
        raise IdentityError(f"{path}: {error.strerror}") from error


def _read(pem: bytes, what: str) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(pem)
    except ValueError as error:
        raise IdentityError(f"{what} is no certificate") from error


def _read_key(path: Path) -> ec.EllipticCurvePrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except OSError as error:
        raise IdentityError(f"{path}: {error.strerror}") from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise IdentityError(f"{path} is no key") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise IdentityError(f"{path} is no key on a curve")
    return key


def new_request(key: ec.EllipticCurvePrivateKey, store: str) -> x509.CertificateSigningRequest:
    """Return a request for a certificate, signed with its own key."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, store)])
    builder = x509.CertificateSigningRequestBuilder().subject_name(name)
    return builder.sign(key, hashes.SHA256())


def key_shown(key: ec.EllipticCurvePrivateKey) -> tuple[str, str]:
    """Return what a key is known by: whole, and as two people compare it."""
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    digest = sha256_of(public)
    return digest, grouped(bytes.fromhex(digest)[:_KEY_SHOWN])
