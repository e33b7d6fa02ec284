"""A folder in which the point of sale leaves files.

Reads only what is whole: a name that ends in .part or .tmp or begins with a dot is passed over, and
so is a file that still grew a moment ago. A file that was read goes to `done`, one in which nothing
could be read to `refused`. What is in a file is not known here, but for what `keeps` leaves of one
that was read: loyalty cards stay nowhere.
"""

import asyncio
import contextlib
import hashlib
import os
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import BinaryIO

from edge_agent.core.feed.cards import without_cards
from edge_agent.core.feed.rows import MAX_LINE
from edge_agent.ports.sales import DroppedFile, FeedUnreadableError
from endcap.plumbing.clock import Clock
from endcap.plumbing.files import sync_folder

DONE, REFUSED = "done", "refused"
SETTLE = timedelta(seconds=1)
_UNFINISHED = (".part", ".tmp")
_BLOCK = 1024 * 1024

Kept = Callable[[Iterable[bytes]], Iterator[bytes]]
"""Returns the lines of a file that was read as they may be kept."""


@dataclass(frozen=True, slots=True)
class _Look:
    """How a file looked, and since when it looks like that (monotonic)."""

    size: int
    changed: int
    since: float


class DropFolder:
    """Keeps the promises of edge_agent.ports.sales.FeedFolder over a folder of this machine."""

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        settle: timedelta = SETTLE,
        keeps: Kept = without_cards,
    ) -> None:
        self._folder = folder
        self._keeps = keeps
        self._clock = clock
        self._settle = settle.total_seconds()
        self._looks: dict[str, _Look] = {}

    async def ready(self) -> tuple[str, ...]:
        """Return the names of the files that are whole, sorted."""
        with _told(f"the folder {self._folder}"):
            found = await asyncio.to_thread(_listed, self._folder)
        now = self._clock.monotonic()
        self._looks = {name: self._seen(name, stat, now) for name, stat in sorted(found.items())}
        return tuple(n for n, look in self._looks.items() if now - look.since >= self._settle)

    def _seen(self, name: str, stat: os.stat_result, now: float) -> _Look:
        """Return how a file looks; its time starts again whenever it changed."""
        before = self._looks.get(name)
        if before and (before.size, before.changed) == (stat.st_size, stat.st_mtime_ns):
            return before
        return _Look(stat.st_size, stat.st_mtime_ns, now)

    def open(self, name: str) -> contextlib.AbstractAsyncContextManager[DroppedFile]:
        """Open a file; its digest and its lines are of the same bytes."""
        return opened(self._folder / name, os.fsencode(name).decode("utf-8", "replace"))

    async def put_away(self, name: str, *, readable: bool) -> None:
        """Move a file out of the way; nothing happens when it is gone already."""
        with _told(name):
            source = self._folder / name
            if readable:
                await asyncio.to_thread(_keep, source, self._folder / DONE, self._keeps)
            else:
                await asyncio.to_thread(_move, source, self._folder / REFUSED)


@contextlib.asynccontextmanager
async def opened(path: Path, name: str) -> AsyncIterator[DroppedFile]:
    """Open a file that need not lie in a drop folder; `name` tells what it holds (kind_of).

    Raises:
        FeedUnreadableError: the disk refused it.
    """
    with _told(name):
        file = await asyncio.to_thread(path.open, "rb")
    with file:
        with _told(name):
            digest = await asyncio.to_thread(_digest, file)
        yield DroppedFile(name, digest, _lines(file, name), partial(_whole, file, name))


def _listed(folder: Path) -> dict[str, os.stat_result]:
    """Return the plain files in `folder` that could be whole."""
    folder.mkdir(parents=True, exist_ok=True)
    found: dict[str, os.stat_result] = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            hidden = entry.name.startswith(".") or entry.name.lower().endswith(_UNFINISHED)
            with contextlib.suppress(FileNotFoundError):  # it was taken back meanwhile
                if not hidden and entry.is_file(follow_symlinks=False):
                    found[entry.name] = entry.stat(follow_symlinks=False)
    return found


def _digest(file: BinaryIO) -> str:
    """Return the SHA-256 of a file, and go back to its start."""
    digest = hashlib.sha256()
    while block := file.read(_BLOCK):
        digest.update(block)
    file.seek(0)
    return digest.hexdigest()


def _lines(file: BinaryIO, name: str) -> Iterator[bytes]:
    """Yield the lines of a file; of one that is too long, its beginning alone."""
    with _told(name):
        while line := file.readline(MAX_LINE + 1):
            rest = line
            while not rest.endswith(b"\n") and (rest := file.readline(MAX_LINE)):
                pass
            yield line


def _whole(file: BinaryIO, name: str, most: int) -> bytes:
    """Return a file, or its beginning of `most` bytes."""
    with _told(name):
        return file.read(most)


def _move(source: Path, folder: Path) -> None:
    """Move `source` into `folder`, under a name that is free there."""
    with contextlib.suppress(FileNotFoundError):
        source.replace(_free(source, folder))
    sync_folder(folder)
    sync_folder(source.parent)


def _keep(source: Path, folder: Path, keeps: Kept) -> None:
    """Put what `keeps` leaves of `source` into `folder`, and remove `source`."""
    if not source.exists():
        return
    target = _free(source, folder)
    part = target.with_name(f".{target.name}.part")
    with source.open("rb") as file, part.open("wb") as kept:
        kept.writelines(keeps(_lines(file, source.name)))
        kept.flush()
        os.fsync(kept.fileno())
    part.replace(target)
    sync_folder(folder)
    source.unlink(missing_ok=True)
    sync_folder(source.parent)


def _free(source: Path, folder: Path) -> Path:
    """Return a place for `source` in `folder`, under a name that is free there."""
    folder.mkdir(exist_ok=True)
    target, copy = folder / source.name, 1
    while target.exists():
        copy += 1
        target = folder / f"{source.stem}.{copy}{source.suffix}"
    return target


@contextlib.contextmanager
def _told(what: str) -> Iterator[None]:
    """Turn an error of the disk into one of the port."""
    try:
        yield
    except OSError as error:
        raise FeedUnreadableError(f"{what} cannot be read: {error.strerror or error}") from error
