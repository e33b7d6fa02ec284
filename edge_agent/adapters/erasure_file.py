"""Who was erased, in a file beside the database: marks that tell nobody, and a key of their own.

It outlives the database, so that an older copy of that, and a file that is told again, are erased
again. Lines are only ever added; one that a power cut tore is no mark.
"""

import os
import re
import secrets
from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from edge_agent.adapters.backup_folder import ERASED
from edge_agent.core.consent import PIECE, mark
from endcap.plumbing.files import write_atomically

_SECRET = 0o600
_LINE = re.compile(r"([0-9a-f]{32}) (\S+)")


class ErasureFile:
    """Keeps the promises of edge_agent.ports.shoppers.Erasures. Other processes may add to it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / ERASED
        if not self.path.exists():
            write_atomically(self.path, f"{secrets.token_hex(PIECE)}\n".encode(), mode=_SECRET)
        self._seen: tuple[int, int] | None = None
        self._key = b""
        self._marks: dict[str, datetime] = {}

    def since(self, names: Collection[str]) -> datetime | None:
        """Return when the last of `names` was erased, None when none was."""
        self._follow()
        if not self._marks:
            return None
        found = (self._marks.get(mark(name, self._key)) for name in names)
        return max((at for at in found if at is not None), default=None)

    def add(self, names: Collection[str], at: datetime) -> None:
        """Remember that `names` are erased; it is on the disk when this returns."""
        self._follow()
        lines = "".join(f"\n{mark(name, self._key)} {at.isoformat()}\n" for name in names)
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND)
        try:
            os.write(descriptor, lines.encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _follow(self) -> None:
        """Read the file again when it is another, or longer, than it was."""
        stat = self.path.stat()
        looks = (stat.st_ino, stat.st_size)
        if looks == self._seen:
            return
        first, *lines = self.path.read_text("ascii").splitlines()
        self._key = bytes.fromhex(first)
        told = (found.groups() for found in map(_LINE.fullmatch, lines) if found)
        self._marks = {one: datetime.fromisoformat(at) for one, at in told}
        self._seen = looks
