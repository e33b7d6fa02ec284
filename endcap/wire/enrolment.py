"""How a store becomes one of the centre's: the token, the requests and the answers.

A token is typed by a person, so it has letters and digits that cannot be mistaken, in groups, and
a check that finds a slip. In it are a secret of 128 bits and the mark of the centre's authority, by
which the store knows the centre at the first contact. Nothing here decides or signs.

    POST /v1/enrol          EnrolRequest   -> EnrolAnswer
    POST /v1/enrol/pending  PendingPoll    -> EnrolAnswer
    POST /v1/renew          RenewRequest   -> EnrolAnswer
    GET  /v1/authority                     -> AuthorityAnswer
    GET  /v1/own/identity                  -> OwnIdentity
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from endcap.wire.errors import UnreadableError
from endcap.wire.identifiers import Sha256, StoreId
from endcap.wire.values import Instant, Value

SECRET_BYTES = 16
MARK_BYTES = 16
CHECK_BYTES = 2
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U
_LOOKALIKES = str.maketrans("ILO", "110")
_BITS = 5
_GROUP = 5
_TOKEN_LETTERS = 55
MAX_PEM = 4096
PERSON = "urn:endcap:person:"
"""What a person's certificate has before the name, as its only name of that kind."""


@dataclass(frozen=True, slots=True)
class Token:
    """The right to enrol one store once, and by which authority's mark to know the centre."""

    secret: bytes
    mark: bytes

    @property
    def hash(self) -> str:
        """Return what the centre keeps of the token: nobody can make the token of it."""
        return hashlib.sha256(b"endcap enrolment token\0" + self.secret).hexdigest()


def mark_of(authority: bytes) -> bytes:
    """Return the mark of an authority's certificate, in DER: half of its SHA-256.

    128 bits are enough: whoever wants another certificate of the same mark must find a second
    preimage.
    """
    return hashlib.sha256(authority).digest()[:MARK_BYTES]


def write_token(token: Token) -> str:
    """Return `token` as a person types it: eleven groups of five.

    >>> write_token(Token(bytes(16), bytes(16)))
    '00000-00000-00000-00000-00000-00000-00000-00000-00000-00000-06CT0'
    """
    return grouped(token.secret + token.mark + _check(token))


def read_token(text: str) -> Token:
    """Return the token that `text` spells, in capitals or not, with dashes, blanks or neither.

    Raises:
        UnreadableError: it is no token, or a letter of it is wrong.
    """
    letters = re.sub(r"[\s-]", "", text).upper().translate(_LOOKALIKES)
    if len(letters) != _TOKEN_LETTERS or not set(letters) <= set(_LETTERS):
        raise UnreadableError(
            f"a token has {_TOKEN_LETTERS} letters and digits in groups of {_GROUP}; "
            f"this one has {len(letters)}, or one that no token has"
        )
    number = 0
    for letter in letters:
        number = number << _BITS | _LETTERS.index(letter)
    spare = _TOKEN_LETTERS * _BITS - 8 * (SECRET_BYTES + MARK_BYTES + CHECK_BYTES)
    size = SECRET_BYTES + MARK_BYTES + CHECK_BYTES
    content = (number >> spare).to_bytes(size, "big")
    token = Token(content[:SECRET_BYTES], content[SECRET_BYTES : SECRET_BYTES + MARK_BYTES])
    if grouped(content) != grouped_letters(letters) or content[-CHECK_BYTES:] != _check(token):
        raise UnreadableError("a letter of the token is wrong; type it again")
    return token


def grouped(content: bytes) -> str:
    """Return bytes as letters and digits that cannot be mistaken, in groups of five.

    >>> grouped(b"endcap")
    'CNQ68-RV1E0'
    """
    letters = -(-len(content) * 8 // _BITS)
    number = int.from_bytes(content, "big") << letters * _BITS - len(content) * 8
    places = range((letters - 1) * _BITS, -1, -_BITS)
    return grouped_letters("".join(_LETTERS[number >> place & 31] for place in places))


def grouped_letters(letters: str) -> str:
    """Return `letters` with a dash after every fifth.

    >>> grouped_letters("ABCDEFG")
    'ABCDE-FG'
    """
    return "-".join(letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP))


def qr_text(url: str, token: str) -> str:
    """Return what the QR code of a token says: where the centre is, too, when that is known.

    >>> qr_text("https://centre.example/", "00000-11111")
    'https://centre.example#00000-11111'
    """
    return f"{url.rstrip('/')}#{token}" if url else token


def _check(token: Token) -> bytes:
    """Return what finds a slip of the fingers; it secures nothing."""
    return hashlib.sha256(token.secret + token.mark).digest()[:CHECK_BYTES]


def store_uri(store: str) -> str:
    """Return the name that only a store's certificate has, beside its common name.

    >>> store_uri("store-1")
    'urn:endcap:store:store-1'
    """
    return f"urn:endcap:store:{store}"


Pem = Annotated[str, StringConstraints(min_length=1, max_length=MAX_PEM, pattern=r"^-----BEGIN ")]
"""A certificate or a request for one, as PEM."""
RequestId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
"""A request that waits for a person: 128 random bits, known to who asked alone."""


class EnrolRequest(Value):
    """A store asks for its certificate: with a token, with a key that is known, or for a person.

    `wait` asks for a person's word when neither helps.
    """

    store: StoreId
    csr: Pem
    token: str | None = Field(default=None, max_length=100)
    wait: bool = False


class PendingPoll(Value):
    """A store asks what became of its request."""

    request: RequestId


class RenewRequest(Value):
    """A store asks for its next certificate; `signature` is the old key's, over `renewal_text`.

    No TLS certificate is needed with it: it may have ended while the store was cut off.
    """

    certificate: Pem
    csr: Pem
    signature: str = Field(max_length=1024, pattern=r"^[A-Za-z0-9+/]+={0,2}$")


class EnrolAnswer(Value):
    """What the centre says: here it is, wait for a person, or no."""

    standing: Literal["issued", "pending"]
    certificate: str = ""
    request: RequestId | None = None


class AuthorityAnswer(Value):
    """The centre's authority, and the certificates of its making that count no more, as PEM."""

    name: str
    certificate: str
    revoked: str


class OwnIdentity(Value):
    """Who the centre takes the asking store for."""

    store: StoreId
    serial: str
    at: Instant


def renewal_text(old: Sha256, csr: bytes) -> bytes:
    """Return what the old key signs: which certificate is replaced, by which request, and no more.

    `old` is the SHA-256 of the old certificate in DER, `csr` the request in DER.
    """
    return f"endcap renewal v1\n{old}\n{hashlib.sha256(csr).hexdigest()}\n".encode()
