"""Keys that never leave a piece of hardware: PKCS#11 tokens such as a YubiKey or an HSM.

A token's place in a folder of keys is a small file that names it and holds its public half; the
secret half signs inside the token, with its PIN. The token's library is named by the environment
variable PYKCS11LIB. How the key came into the token is the business of the token's own tools.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qsl, urlparse

from securesystemslib.exceptions import Error as SigningError
from securesystemslib.signer import HSMSigner, SSlibKey

from central_sync.ports.releases import RepositoryError
from endcap.plumbing.files import write_atomically

TOKEN = ".token.json"  # noqa: S105 - a file's ending
"""How the files end that name a token."""


def find_token(uri: str, pin: bytes | None = None) -> tuple[str, SSlibKey]:
    """Return the whole URI and the public half of the key that `hsm:ID?label=TOKEN` names.

    Raises:
        RepositoryError: no such token or key, or the program has no PKCS#11 library.
    """
    parts = urlparse(uri)
    if parts.scheme != HSMSigner.SCHEME or not parts.path.isdigit():
        raise RepositoryError(f"{uri} names no token; write hsm:ID?label=TOKEN")
    label = dict(parse_qsl(parts.query)).get("label")
    with _trouble_told(uri):
        return HSMSigner.import_(int(parts.path), label, lambda _: _text(pin, uri))


def write_token(path: Path, uri: str, public: SSlibKey) -> None:
    """Note a token's key in a folder of keys; the file holds nothing secret."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    content = {"uri": uri, "keyid": public.keyid, "public": public.to_dict()}
    write_atomically(path, json.dumps(content, indent=2).encode(), mode=0o400)
    os.chmod(path.parent, 0o700)  # noqa: PTH101 - also when the folder was there before


def load_token(path: Path, pin: bytes | None) -> HSMSigner:
    """Return the signer that a token's file names; the token is asked when it must sign.

    Raises:
        RepositoryError: the file cannot be used.
    """
    try:
        content = json.loads(path.read_bytes())
        public = SSlibKey.from_dict(content["keyid"], content["public"])
        uri = str(content["uri"])
    except OSError as error:
        raise RepositoryError(f"key {path} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise RepositoryError(f"{path} names no token") from error
    with _trouble_told(uri):
        return HSMSigner.from_priv_key_uri(uri, public, lambda _: _text(pin, uri))


def _text(pin: bytes | None, uri: str) -> str:
    """Return the PIN as the library wants it."""
    if pin is None:
        raise RepositoryError(f"{uri} asks for its PIN; give it with --passphrase-file")
    return pin.decode()


@contextmanager
def _trouble_told(uri: str) -> Iterator[None]:
    """Tell in one line what a token, or the way to it, refuses."""
    try:
        yield
    except (ValueError, OSError, SigningError) as error:
        raise RepositoryError(f"{uri}: {error}") from error
