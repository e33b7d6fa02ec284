"""The private keys of the signed repository, as files: made, loaded, never shown.

Ed25519 in PEM, mode 0400, encrypted when a passphrase is given. Offline keys (root, targets) and
online keys (snapshot, timestamp, control) lie in separate folders, so that the offline folder can
be carried away. What the keys sign is tuf_repository's; control keys sign orders to stores.
"""

import os
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
from securesystemslib.signer import CryptoSigner, Signer

from central_sync.ports.releases import RepositoryError
from endcap.plumbing.files import write_atomically

OFFLINE, ONLINE = "offline", "online"
ROOT_KEYS, ROOT_THRESHOLD = 3, 2
CONTROL = "control"
ONLINE_ROLES = ("snapshot", "timestamp", CONTROL)
_OTHERS = 0o077


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Every signer of a new repository, by role, and how many of each role must sign.

    `control` signs no metadata: its public half is a file that the targets keys sign.
    """

    signers: dict[str, tuple[Signer, ...]]
    thresholds: dict[str, int]
    control: tuple[Signer, ...] = field(default=())


def make_keys(
    folder: Path,
    *,
    targets_threshold: int = 1,
    targets_keys: int | None = None,
    passphrase: bytes | None = None,
) -> KeyRing:
    """Make every key under `folder`: offline/{root-1..3,targets-1..n}.pem and online/*.pem.

    Online keys are never encrypted: the centre must sign while nobody is there.

    Raises:
        RepositoryError: the folder already holds keys, or fewer keys than signatures are asked.
    """
    count = max(targets_keys or targets_threshold, 1)
    if not 1 <= targets_threshold <= count:
        raise RepositoryError(f"{count} targets keys cannot give {targets_threshold} signatures")
    if folder.exists() and any(folder.rglob("*.pem")):
        raise RepositoryError(f"{folder} already holds keys; name a new folder")
    amounts = {"root": ROOT_KEYS, "targets": count, **dict.fromkeys(ONLINE_ROLES, 1)}
    signers: dict[str, tuple[Signer, ...]] = {}
    for role, amount in amounts.items():
        made = tuple(CryptoSigner.generate_ed25519() for _ in range(amount))
        for number, signer in enumerate(made, start=1):
            _write(_path(folder, role, number), signer, passphrase)
        signers[role] = made
    control = signers.pop(CONTROL)
    thresholds = {"root": ROOT_THRESHOLD, "targets": targets_threshold}
    return KeyRing(signers, {**thresholds, "snapshot": 1, "timestamp": 1}, control)


def load_signer(path: Path, passphrase: bytes | None = None) -> CryptoSigner:
    """Return the signer that a key file holds.

    Raises:
        RepositoryError: no such file, others may read it, it is no key, or the passphrase is wrong.
    """
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
        raise RepositoryError(f"key {path}: {error}".splitlines()[0]) from error
    except (ValueError, SigningError) as error:
        raise RepositoryError(f"{path} is no key, or the passphrase is wrong") from error


def online_folder(keys: Path) -> Path:
    """Return where the online keys lie: in `keys` itself, or in its folder `online`."""
    return keys / ONLINE if (keys / ONLINE).is_dir() else keys


def targets_folder(keys: Path) -> Path | None:
    """Return where targets keys are at hand: in `keys` or its folder `offline`; None without."""
    return next((one for one in (keys, keys / OFFLINE) if any(one.glob("targets*.pem"))), None)


def load_signers(folder: Path, role: str, passphrase: bytes | None = None) -> tuple[Signer, ...]:
    """Return every signer of `role` in a folder of key files; none where none lies."""
    return tuple(load_signer(path, passphrase) for path in sorted(folder.glob(f"{role}*.pem")))


def control_signers(keys: Path) -> tuple[Signer, ...]:
    """Return the signers of orders to stores that lie in a keys folder; none where none lies.

    Raises:
        RepositoryError: a key file cannot be used.
    """
    return load_signers(online_folder(keys), CONTROL)


def _path(folder: Path, role: str, number: int) -> Path:
    """Return where a key lies."""
    if role in ONLINE_ROLES:
        return folder / ONLINE / f"{role}.pem"
    return folder / OFFLINE / f"{role}-{number}.pem"


def _write(path: Path, signer: CryptoSigner, passphrase: bytes | None) -> None:
    """Write a key that only its owner may read, in a folder that only its owner may enter."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    offline = path.parent.name == OFFLINE
    encryption: KeySerializationEncryption = (
        BestAvailableEncryption(passphrase) if passphrase and offline else NoEncryption()
    )
    pem = signer._private_key.private_bytes(  # noqa: SLF001 - the signer's own door never encrypts
        Encoding.PEM, PrivateFormat.PKCS8, encryption
    )
    write_atomically(path, pem, mode=0o400)
    os.chmod(path.parent, 0o700)  # noqa: PTH101 - also when the folder was there before
