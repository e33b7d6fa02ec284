"""The store's folder of model files: named by their SHA-256, read-only, whole or absent.

A file is read once, hashed, and those bytes are handed on: nothing is opened again after its check,
so nobody can put another file in its place between check and use. Where files come from is
tuf_releases'; what came with the program lies elsewhere, and is only looked up here.
"""

import asyncio
import contextlib
import os
import re
from pathlib import Path

from edge_agent.adapters.factory_models import factory_model
from edge_agent.ports.updates import DamagedError
from endcap.plumbing.files import sha256_of, sync_folder
from endcap.wire.manifest import FileRef

READ_ONLY = 0o440
LONGEST = 512 * 1024 * 1024


class ModelFolder:
    """A folder of files by content; `factory` holds the models that came with the program."""

    def __init__(self, folder: Path, factory: Path | None = None) -> None:
        self.folder = folder
        self._factory = factory

    async def read(self, file: FileRef) -> bytes:
        """Return the bytes that `file` names.

        Raises:
            DamagedError: the file is missing, or holds other bytes; it is removed then.
        """
        return await asyncio.to_thread(self.read_now, file)

    def read_now(self, file: FileRef) -> bytes:
        """Do what `read` does, on the caller's thread."""
        path = self.folder / file.sha256
        try:
            content = _read_plain(path, file.length)
        except OSError as error:
            raise DamagedError(f"{file.file} ({file.sha256[:12]}): {error.strerror}") from error
        if len(content) != file.length or sha256_of(content) != file.sha256:
            path.unlink(missing_ok=True)
            raise DamagedError(f"{file.file} on the disk is not the signed one; brought anew")
        return content

    def holds(self, file: FileRef) -> bool:
        """Tell whether the file lies here, whole."""
        try:
            self.read_now(file)
        except DamagedError:
            return False
        return True

    def find(self, sha256: str) -> bytes | None:
        """Return the bytes of that hash, from here or from the factory; None without them."""
        try:
            content = _read_plain(self.folder / sha256, LONGEST)
        except OSError:
            content = b""
        if sha256_of(content) == sha256:
            return content
        return factory_model(self._factory, sha256) if self._factory else None

    def part(self, sha256: str) -> Path:
        """Return where a file of that hash lies while it is on its way."""
        return self.folder / f"{sha256}.part"

    def arrived(self, sha256: str) -> int:
        """Return how many bytes of a file that is on its way are here."""
        try:
            return self.part(sha256).stat().st_size
        except OSError:
            return 0

    def place(self, content: bytes, file: FileRef, part: Path) -> None:
        """Make verified `content`, which lies in `part` on the same disk, the file of its name."""
        if sha256_of(content) != file.sha256:
            raise DamagedError(f"{file.file} is not the signed one")
        descriptor = os.open(part, os.O_RDONLY)
        try:
            os.fchmod(descriptor, READ_ONLY)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        part.replace(self.folder / file.sha256)
        sync_folder(self.folder)

    def forget_parts(self, keep: frozenset[str]) -> None:
        """Remove what is on its way, but for the files whose hashes are among `keep`."""
        for path in self.folder.glob("*.part"):
            if path.name.removesuffix(".part") not in keep:
                path.unlink(missing_ok=True)

    async def sweep(self, keep: frozenset[str]) -> None:
        """Remove every file whose hash is not among `keep`."""
        await asyncio.to_thread(self._sweep, keep)

    def _sweep(self, keep: frozenset[str]) -> None:
        for path in self.folder.glob("*"):
            name = path.name.removesuffix(".part")
            if re.fullmatch(r"[0-9a-f]{64}", name) and name not in keep:
                with contextlib.suppress(OSError):
                    path.unlink()


def _read_plain(path: Path, length: int) -> bytes:
    """Return a file's bytes, never more than a few beyond `length`; no link, pipe or device."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        return file.read(length + 1)
