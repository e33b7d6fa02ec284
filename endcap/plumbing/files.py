"""Files that are whole or absent, also after a power cut, and folders that one program works in.

Write to a temporary name in the same folder, fsync, rename, fsync the folder.
"""

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

LOCK = ".lock"


class InUseError(OSError):
    """Another process works in the folder; the message says what to do."""


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Keep every other process that asks out of `folder`; a lock dies with its process.

    Raises:
        InUseError: another process holds it.
        OSError: the folder cannot be made or written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InUseError("another process works in this folder; stop it first") from None
        yield
    finally:
        os.close(descriptor)


def write_atomically(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Make `path` hold `content`: readers see the old file or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256_of(content: bytes) -> str:
    """Return the SHA-256 of `content` in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
