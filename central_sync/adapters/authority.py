"""The centre's authority: makes it, and signs certificates of servers and stores, and what revokes.

X.509 over ECDSA P-256, which every TLS of today, browsers, TPMs and hardware tokens know. Keys are
files for their owner alone and are never shown. Who is given a certificate is core/enrolment's.
"""

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
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
    load_pem_public_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from central_sync.core.enrolment import Asked, Issued
from endcap.plumbing.files import sha256_of, write_atomically
from endcap.wire.enrolment import PERSON, store_uri

CA, CA_KEY = "ca.pem", "ca.key"
CENTRE, BROKER = "centre", "broker"
AUTHORITY_LIFE = timedelta(days=3650)
SERVER_LIFE = timedelta(days=397)  # the longest that browsers believe
PERSON_NAMED = "person "
"""What the common name of a person has before the name: no store's has a blank."""
CLOCKS_DIFFER = timedelta(minutes=10)
_SECRET = 0o400
_SAME_CURVE = 256


class AuthorityError(Exception):
    """The authority's files are not what they should be, or a request is none; says what to do."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request for a certificate whose sender has proved to have the key."""

    asked: Asked
    public_key: ec.EllipticCurvePublicKey


class Authority:
    """A certificate authority in a folder. Make one with `make_authority`, then open it."""

    def __init__(self, folder: Path) -> None:
        """Open the authority in `folder`.

        Raises:
            AuthorityError: there is none, it is damaged, or others can read its key.
        """
        self.folder = folder
        self.certificate = _certificate(folder / CA)
        self._key = _key(folder / CA_KEY)
        if self._key.public_key() != self.certificate.public_key():
            raise AuthorityError(f"{folder / CA_KEY} is not the key of {folder / CA}")

    @property
    def name(self) -> str:
        """Return the authority's name."""
        return common_name(self.certificate)

    @property
    def pem(self) -> str:
        """Return the authority's certificate."""
        return self.certificate.public_bytes(Encoding.PEM).decode()

    @property
    def der(self) -> bytes:
        """Return the authority's certificate, of which its fingerprint is made."""
        return self.certificate.public_bytes(Encoding.DER)

    def issue_store(self, request: Request, at: datetime, life: timedelta) -> tuple[Issued, str]:
        """Return a store's certificate: for proving itself as a client, and for nothing else."""
        store = request.asked.store
        names = [x509.UniformResourceIdentifier(store_uri(store))]
        usages = [ExtendedKeyUsageOID.CLIENT_AUTH]
        one = self._sign(store, request.public_key, names, usages, (at, at + life))
        issued = Issued(f"{one.serial_number:x}", store, request.asked.key, at + life)
        return issued, one.public_bytes(Encoding.PEM).decode()

    def issue_server(self, name: str, hosts: Iterable[str], at: datetime) -> x509.Certificate:
        """Write NAME.pem and NAME.key for one of the centre's own servers; return the certificate.

        The centre is also a client of the broker, where its common name is its name.
        """
        usages = [ExtendedKeyUsageOID.SERVER_AUTH]
        if name == CENTRE:
            usages.append(ExtendedKeyUsageOID.CLIENT_AUTH)
        key = ec.generate_private_key(ec.SECP256R1())
        names = [_host_name(one) for one in dict.fromkeys(hosts)]
        one = self._sign(name, key.public_key(), names, usages, (at, at + SERVER_LIFE))
        # The key first: a server that looks in between finds a pair that does not fit, and waits.
        write_atomically(self.folder / f"{name}.key", _key_pem(key), mode=_SECRET)
        chain = one.public_bytes(Encoding.PEM)
        write_atomically(self.folder / f"{name}.pem", chain)
        return one

    def issue_person(self, name: str, at: datetime, life: timedelta) -> x509.Certificate:
        """Write NAME.pem and NAME.key for a person, who asks the dashboard with them."""
        key = ec.generate_private_key(ec.SECP256R1())
        usages = [ExtendedKeyUsageOID.CLIENT_AUTH]
        names = [x509.UniformResourceIdentifier(PERSON + name)]
        one = self._sign(PERSON_NAMED + name, key.public_key(), names, usages, (at, at + life))
        write_atomically(self.folder / f"{name}.key", _key_pem(key), mode=_SECRET)
        write_atomically(self.folder / f"{name}.pem", one.public_bytes(Encoding.PEM))
        return one

    def made(self, one: x509.Certificate) -> bool:
        """Tell whether this authority made a certificate. Whether it still counts is not asked."""
        try:
            one.verify_directly_issued_by(self.certificate)
        except (InvalidSignature, ValueError, TypeError, UnsupportedAlgorithm):
            return False
        return True

    def revocations(self, revoked: Iterable[tuple[int, datetime]], at: datetime) -> str:
        """Return the list of what counts no more, for brokers.

        It ends with the authority, not sooner: a broker refuses everybody once its list has ended,
        and a fleet must not go dark because nobody exported one.
        """
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(at - CLOCKS_DIFFER)
            .next_update(self.certificate.not_valid_after_utc)
        )
        for serial, when in revoked:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(serial)
                .revocation_date(min(when, at))
                .build()
            )
        signed = builder.sign(self._key, hashes.SHA256())
        return signed.public_bytes(Encoding.PEM).decode()

    def _sign(
        self,
        name: str,
        key: ec.EllipticCurvePublicKey,
        names: Sequence[x509.GeneralName],
        usages: list[x509.ObjectIdentifier],
        span: tuple[datetime, datetime],
    ) -> x509.Certificate:
        """Return a signed certificate that can sign no other."""
        own = x509.SubjectKeyIdentifier.from_public_key
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key
        ends = min(span[1], self.certificate.not_valid_after_utc)
        return (
            _begun(name, key, (span[0] - CLOCKS_DIFFER, ends))
            .issuer_name(self.certificate.subject)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(own(key), critical=False)
            .add_extension(issuer(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )


def make_authority(folder: Path, name: str, at: datetime) -> Authority:
    """Make an authority in `folder`; the key is this machine's own and never shown.

    Raises:
        AuthorityError: there is one already.
    """
    if (folder / CA_KEY).exists() or (folder / CA).exists():
        raise AuthorityError(f"{folder} already holds an authority; it stays")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = ec.generate_private_key(ec.SECP256R1())
    one = (
        _begun(name, key.public_key(), (at - CLOCKS_DIFFER, at + AUTHORITY_LIFE))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    write_atomically(folder / CA_KEY, _key_pem(key), mode=_SECRET)
    write_atomically(folder / CA, one.public_bytes(Encoding.PEM))
    return Authority(folder)


def read_request(store: str, pem: str) -> Request:
    """Return a store's request for a certificate. Only its key counts; names in it do not.

    Raises:
        AuthorityError: it is no request, its sender has not the key, or the key is of another kind.
    """
    try:
        csr = x509.load_pem_x509_csr(pem.encode())
        key = csr.public_key()
        proved = csr.is_signature_valid
    except (ValueError, UnsupportedAlgorithm) as error:
        raise AuthorityError("the request for a certificate cannot be read") from error
    if not proved:
        raise AuthorityError("the request for a certificate is not signed by its own key")
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.key_size != _SAME_CURVE:
        raise AuthorityError("a key on the curve P-256 is wanted")
    return Request(Asked(store, key_id(key)), key)


def key_id(key: ec.EllipticCurvePublicKey) -> str:
    """Return what a public key is known by: the SHA-256 of its SubjectPublicKeyInfo."""
    return sha256_of(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def common_name(one: x509.Certificate) -> str:
    """Return a certificate's common name, an empty text without exactly one."""
    names = one.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if len(names) == 1 else ""


def _begun(
    name: str, key: ec.EllipticCurvePublicKey, span: tuple[datetime, datetime]
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(span[0])
        .not_valid_after(span[1])
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _host_name(host: str) -> x509.GeneralName:
    """Return a host as a certificate names it."""
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _certificate(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except OSError as error:
        hint = "make one: central-sync authority init CONFIG"
        raise AuthorityError(f"{path}: {error.strerror}; {hint}") from error
    except ValueError as error:
        raise AuthorityError(f"{path} is no certificate") from error


def _key(path: Path) -> ec.EllipticCurvePrivateKey:
    try:
        mode = path.stat().st_mode & 0o777
        content = path.read_bytes()
    except OSError as error:
        raise AuthorityError(f"{path}: {error.strerror}") from error
    if mode & 0o077:
        raise AuthorityError(f"others can read {path} (mode {mode:o}); chmod 0400 it")
    try:
        key = load_pem_private_key(content, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise AuthorityError(f"{path} is no key") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise AuthorityError(f"{path} is no key on a curve")
    return key


def read_public_key(pem: bytes) -> str:
    """Return what the public key in a PEM file is known by.

    Raises:
        AuthorityError: it is no public key on the curve that is wanted.
    """
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise AuthorityError("it holds no public key") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.key_size != _SAME_CURVE:
        raise AuthorityError("a key on the curve P-256 is wanted")
    return key_id(key)
