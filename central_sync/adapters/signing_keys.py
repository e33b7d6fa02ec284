"""The private keys of the signed repository, as files: made, loaded, never shown.

Ed25519 in PEM, mode 0400, encrypted when a passphrase is given. Offline keys (root, targets) and
online keys (snapshot, timestamp, control, models) lie in separate folders, so that the offline
folder can be carried away. What the keys sign is tuf_repository's; control keys sign orders to
stores, models keys OpenSSF signatures.
"""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from securesystemslib.exceptions import Error as SigningError
from securesystemslib.signer import CryptoSigner, Key, Signer, SSlibKey

from central_sync.adapters.token_keys import TOKEN, find_token, load_token, write_token
from central_sync.ports.releases import RepositoryError
from endcap.plumbing.files import write_atomically

OFFLINE, ONLINE = "offline", "online"
ROOT_KEYS, ROOT_THRESHOLD = 3, 2
CONTROL, MODELS = "control", "models"
ONLINE_ROLES = ("snapshot", "timestamp", CONTROL, MODELS)
_OTHERS = 0o077
_NAMED = re.compile(r"(?P<role>[a-z]+)(-(?P<number>\d{1,6}))?(\.pem|\.token\.json)")


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Every signer of a new repository, by role, and how many of each role must sign.

    `control` signs orders and `models` OpenSSF model signatures: neither signs metadata. Their
    public halves are files that the targets keys sign.
    """

    signers: dict[str, tuple[Signer, ...]]
    thresholds: dict[str, int]
    control: tuple[Signer, ...] = field(default=())
    models: tuple[Signer, ...] = field(default=())


def make_keys(
    folder: Path,
    *,
    targets_threshold: int = 1,
    targets_keys: int | None = None,
    passphrase: bytes | None = None,
    tokens: Mapping[str, Sequence[str]] | None = None,
) -> KeyRing:
    """Make every key under `folder`: offline/{root-1..3,targets-1..n}.pem and online/*.pem.

    Online keys are never encrypted: the centre must sign while nobody is there. `tokens` name
    keys by role that lie in hardware already, and are taken before any is made.

    Raises:
        RepositoryError: the folder already holds keys, or fewer keys than signatures are asked.
    """
    count = max(targets_keys or targets_threshold, 1)
    if not 1 <= targets_threshold <= count:
        raise RepositoryError(f"{count} targets keys cannot give {targets_threshold} signatures")
    if folder.exists() and any(
        _NAMED.fullmatch(path.name)
        for one in (folder, folder / OFFLINE, folder / ONLINE)
        for path in one.glob("*")
    ):
        raise RepositoryError(f"{folder} already holds keys; name a new folder")
    amounts = {"root": ROOT_KEYS, "targets": count, **dict.fromkeys(ONLINE_ROLES, 1)}
    signers: dict[str, tuple[Signer, ...]] = {}
    for role, amount in amounts.items():
        home = _folder(folder, role)
        for uri in tuple((tokens or {}).get(role, ()))[:amount]:
            add_token(home, role, uri, passphrase)
        given = load_signers(home, role, passphrase)
        made = (add_key(home, role, passphrase) for _ in range(amount - len(given)))
        signers[role] = (*given, *made)
    control, models = signers.pop(CONTROL), signers.pop(MODELS)
    thresholds = {"root": ROOT_THRESHOLD, "targets": targets_threshold}
    return KeyRing(signers, {**thresholds, "snapshot": 1, "timestamp": 1}, control, models)


def add_key(folder: Path, role: str, passphrase: bytes | None = None) -> CryptoSigner:
    """Make one more key of `role` in `folder`; none is ever replaced.

    Model signatures know no Ed25519: their key is P-256.
    """
    elliptic = role == MODELS
    signer = CryptoSigner.generate_ecdsa() if elliptic else CryptoSigner.generate_ed25519()
    secret = None if role in ONLINE_ROLES else passphrase
    _write(_next_file(folder, role, ".pem"), signer, secret)
    return signer


def add_token(folder: Path, role: str, uri: str, pin: bytes | None = None) -> SSlibKey:
    """Note the key of a token as one more of `role` in `folder`.

    Raises:
        RepositoryError: there is no such key.
    """
    whole, public = find_token(uri, pin)
    write_token(_next_file(folder, role, TOKEN), whole, public)
    return public


def _next_file(folder: Path, role: str, suffix: str) -> Path:
    """Return where the next key of a role is written."""
    number = max((_number(path) for path in key_files(folder, role)), default=0) + 1
    alone = role in ONLINE_ROLES and number == 1
    return folder / (f"{role}{suffix}" if alone else f"{role}-{number}{suffix}")


def load_signer(path: Path, passphrase: bytes | None = None) -> Signer:
    """Return the signer that a key file holds, or the token that it names.

    Raises:
        RepositoryError: no such file, others may read it, it is no key, or the passphrase is wrong.
    """
    if path.name.endswith(TOKEN):
        return load_token(path, passphrase)
    try:
        mode = path.stat().st_mode & 0o777
        pem = path.read_bytes()
    except OSError as error:
        raise RepositoryError(f"key {path} cannot be read: {error.strerror}") from error
    if mode & _OTHERS:
        raise RepositoryError(f"key {path} may be read by others (mode {mode:o}); chmod 0400 it")
    try:
        return CryptoSigner(load_pem_private_key(pem, passphrase))
    except TypeError as error:  # a passphrase is missing, or given for nothing
        told = str(error).partition("\n")[0]
        raise RepositoryError(f"key {path}: {told}; see --passphrase-file") from error
    except (ValueError, SigningError) as error:
        raise RepositoryError(f"{path} is no key, or the passphrase is wrong") from error


def online_folder(keys: Path) -> Path:
    """Return where the online keys lie: in `keys` itself, or in its folder `online`."""
    return keys / ONLINE if (keys / ONLINE).is_dir() else keys


def targets_folder(keys: Path) -> Path | None:
    """Return where targets keys are at hand: in `keys` or its folder `offline`; None without."""
    return next((one for one in (keys, keys / OFFLINE) if key_files(one, "targets")), None)


def signers_at(place: Path, role: str, passphrase: bytes | None = None) -> tuple[Signer, ...]:
    """Return the signer in a key file, or every signer of `role` in a folder of them.

    Raises:
        RepositoryError: a key file cannot be used.
    """
    if place.is_dir():
        return load_signers(place, role, passphrase)
    return (load_signer(place, passphrase),)


def load_signers(folder: Path, role: str, passphrase: bytes | None = None) -> tuple[Signer, ...]:
    """Return every signer of `role` in a folder of key files; none where none lies."""
    return tuple(load_signer(path, passphrase) for path in key_files(folder, role))


def model_key(keys: Path) -> Path | None:
    """Return the newest key that signs models in a keys folder; None where none lies."""
    found = key_files(online_folder(keys), MODELS)
    return found[-1] if found else None


def public_pem(key: Key) -> bytes:
    """Return a P-256 key's public half in PEM."""
    return str(key.keyval["public"]).encode()


def key_files(folder: Path, role: str) -> tuple[Path, ...]:
    """Return the key files of `role` in a folder, oldest first."""
    found = (path for path in folder.glob(f"{role}*") if _NAMED.fullmatch(path.name))
    return tuple(sorted(found, key=_number))


def control_signers(keys: Path) -> tuple[Signer, ...]:
    """Return the signers of orders to stores that lie in a keys folder; none where none lies.

    Raises:
        RepositoryError: a key file cannot be used.
    """
    return load_signers(online_folder(keys), CONTROL)


def _folder(keys: Path, role: str) -> Path:
    """Return where the keys of a role lie below a keys folder."""
    return keys / (ONLINE if role in ONLINE_ROLES else OFFLINE)


def _number(path: Path) -> int:
    """Return the number of a key file: timestamp.pem is the first, timestamp-2.pem the second."""
    found = _NAMED.fullmatch(path.name)
    return int(found["number"] or 1) if found else 0


def _write(path: Path, signer: CryptoSigner, passphrase: bytes | None) -> None:
    """Write a key that only its owner may read, in a folder that only its owner may enter."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    encryption: KeySerializationEncryption = (
        BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    )
    pem = signer._private_key.private_bytes(  # noqa: SLF001 - the signer's own door never encrypts
        Encoding.PEM, PrivateFormat.PKCS8, encryption
    )
    write_atomically(path, pem, mode=0o400)
    os.chmod(path.parent, 0o700)  # noqa: PTH101 - also when the folder was there before
