"""Keys, requests and certificates for tests, made by the real authority."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from central_sync.adapters.authority import CA, Authority, make_authority, read_request
from central_sync.core.enrolment import Issued
from endcap.plumbing.mqtt_link import Tls

LIFE = timedelta(days=90)


def real_now() -> datetime:
    """Return the real time: TLS asks the real clock."""
    return datetime.now(UTC)  # noqa: TID251 - TLS asks the real clock


def new_authority(folder: Path, *, at: datetime | None = None) -> Authority:
    """Return an authority with certificates of the centre and the broker, on loopback."""
    authority = make_authority(folder, "test authority", at or real_now())
    for name in ("centre", "broker"):
        authority.issue_server(name, ["localhost", "127.0.0.1"], at or real_now())
    return authority


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def new_csr(key: ec.EllipticCurvePrivateKey, name: str = "store-1") -> str:
    """Return a request for a certificate, signed by its key."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


@dataclass(frozen=True, slots=True)
class Card:
    """A store's certificate, its key and its authority, as files."""

    tls: Tls
    issued: Issued
    content: str

    def context(self) -> ssl.SSLContext:
        """Return a context that shows the certificate."""
        context = ssl.create_default_context(cafile=str(self.tls.ca))
        if self.tls.certificate is not None:
            context.load_cert_chain(self.tls.certificate, self.tls.key)
        return context


def new_card(
    authority: Authority,
    folder: Path,
    store: str = "store-1",
    *,
    at: datetime | None = None,
    life: timedelta = LIFE,
) -> Card:
    """Issue a store's certificate and write it and its key into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    key = new_key()
    request = read_request(store, new_csr(key, store))
    issued, content = authority.issue_store(request, at or real_now(), life)
    name = f"{store}-{issued.serial[:6]}"
    (folder / f"{name}.pem").write_text(content)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / f"{name}.key").write_bytes(pem)
    tls = Tls(authority.folder / CA, folder / f"{name}.pem", folder / f"{name}.key")
    return Card(tls, issued, content)
