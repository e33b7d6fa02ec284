"""A file that is on its way: which bytes of it are here, and which of those are what was signed.

Its pieces of CHUNK bytes are checked as each is full, and again after a restart, so that a spoilt
byte costs one piece. Without a signed list of pieces only the whole file can be judged, by whoever
asked for it. Where bytes come from is downloads'.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from endcap.plumbing.files import sha256_of
from endcap.wire.manifest import CHUNK

SPOILT, SAME = 8, 3
"""Pieces in all, and times the same one, that may come spoilt before it is no accident."""

Gap = tuple[int, int]
"""The first byte that is missing, and the first that is not."""
Again = dict[int, int]
"""How many bytes of a spoilt piece came again, from its beginning, by the piece's number."""


class PartFile:
    """A part of a file of `length` bytes at `path`; `pieces` are the hashes of its pieces, or none.

    `again` is what came again of spoilt pieces before, and is kept up to date: on a line cut
    more often than once a piece, that comes in several parts. Raises OSError when the disk
    refuses.
    """

    def __init__(
        self, path: Path, length: int, pieces: Sequence[str] = (), again: Again | None = None
    ) -> None:
        self._length = length
        self._pieces = pieces
        self._again: Again = {} if again is None else again
        self._spoilt: Counter[int] = Counter()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        self._file = path.open("r+b", buffering=0)
        if path.stat().st_size > length:
            self.drop()
        for piece in range(len(pieces)):
            if self._is_sound(piece):
                self._again.pop(piece, None)
            else:
                self._again.setdefault(piece, 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    @property
    def size(self) -> int:
        """The bytes that are here, right or wrong."""
        return self._file.seek(0, 2)

    @property
    def hopeless(self) -> bool:
        """Tell whether so much came spoilt that it is no accident of the way."""
        often = max(SPOILT, len(self._pieces) // SPOILT)
        return self._spoilt.total() >= often or max(self._spoilt.values(), default=0) >= SAME

    @property
    def gaps(self) -> list[Gap]:
        """What is missing: the rest of the file, and what did not come again of spoilt pieces."""
        size = self.size
        tail = [(size, self._length)] if size < self._length else []
        spans = ((self._span(piece), came) for piece, came in sorted(self._again.items()))
        return tail + [(begin + came, end) for (begin, end), came in spans]

    def write(self, place: int, content: bytes) -> None:
        """Put `content` at `place`, and judge each piece that it touches and that is all here."""
        self._file.seek(place)
        rest = memoryview(content)
        while rest:
            rest = rest[self._file.write(rest) :]
        end = place + len(content)
        for piece in range(place // CHUNK, min(-(-end // CHUNK), len(self._pieces))):
            self._came(piece, place, end)

    def drop(self) -> None:
        """Forget every byte."""
        self._file.truncate(0)
        self._again.clear()

    def content(self) -> bytes:
        """Return all bytes that are here."""
        self._file.seek(0)
        return self._file.readall()

    def _came(self, piece: int, place: int, end: int) -> None:
        """Take note of the bytes from `place` to `end`, as far as they are of `piece`."""
        first, last = self._span(piece)
        upto = min(end, last) - first
        came = self._again.get(piece)
        if came is not None and max(place - first, 0) <= came and upto < last - first:
            self._again[piece] = max(came, upto)
        elif self._is_sound(piece):
            self._again.pop(piece, None)
        else:
            self._spoilt[piece] += upto == last - first
            self._again[piece] = 0

    def _is_sound(self, piece: int) -> bool:
        """Tell whether a piece is what was signed, or is not all here yet."""
        begin, end = self._span(piece)
        if end > self.size:
            return True
        self._file.seek(begin)
        return sha256_of(self._file.read(end - begin)) == self._pieces[piece]

    def _span(self, piece: int) -> Gap:
        return piece * CHUNK, min((piece + 1) * CHUNK, self._length)
