"""What a disk may hold after the power goes: a model of one folder, replayed call by call.

Pure: values in, trees out. The model is stricter than the file systems of today. What is written
to a file survives for certain only after a sync of that file; a name (made, renamed, removed) only
after a sync of its folder. Of what was not synced, each write survives or not by itself, whole or
torn into sectors; the names of a folder survive up to some moment, as a journal keeps them.
A kill is the other end: nothing that was called is lost.
"""

import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import PurePosixPath

SECTOR = 512
END = -1


@dataclass(frozen=True, slots=True)
class Opened:
    """A file was opened for writing; made when it was not there, emptied when `emptied`."""

    path: str
    emptied: bool = False


@dataclass(frozen=True, slots=True)
class Wrote:
    """Bytes came to a place of a file; END is wherever it ended."""

    path: str
    at: int
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Cut:
    """A file was made `length` bytes long."""

    path: str
    length: int


@dataclass(frozen=True, slots=True)
class SyncBegan:
    """A file or folder is about to be synced: what was called before counts."""

    path: str
    call: int


@dataclass(frozen=True, slots=True)
class Synced:
    """The sync that `call` began has returned."""

    path: str
    call: int


@dataclass(frozen=True, slots=True)
class Made:
    """A folder was made, or a link when it points to something."""

    path: str
    target: str = ""


@dataclass(frozen=True, slots=True)
class Renamed:
    """A name was moved, over whatever bore the new one."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Removed:
    """A name was removed."""

    path: str


@dataclass(frozen=True, slots=True)
class Said:
    """The program told the world something: a promise from here on."""

    text: str


Call = Opened | Wrote | Cut | SyncBegan | Synced | Made | Renamed | Removed | Said
Naming = Opened | Made | Renamed | Removed


class Survival(Enum):
    """Which of the unsynced writes and names survive."""

    ALL = auto()  # a kill, or luck
    NONE = auto()
    SOME = auto()
    TORN = auto()  # some, and some of those in part


@dataclass(slots=True, eq=False)
class _File:
    """A file's content that is safe, and the writes that may yet be lost."""

    safe: bytes = b""
    pending: list[Wrote | Cut] = field(default_factory=list)
    syncing: dict[int, int] = field(default_factory=dict)  # call -> how many pending it covers
    length: int = 0  # as the program sees it

    def change(self, one: Wrote | Cut) -> None:
        """Take in a write."""
        if isinstance(one, Wrote) and one.at == END:
            one = Wrote(one.path, self.length, one.content)
        if isinstance(one, Cut):
            self.length = one.length
        else:
            self.length = max(self.length, one.at + len(one.content))
        self.pending.append(one)


@dataclass(frozen=True, slots=True)
class Link:
    """A symbolic link."""

    target: str


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder."""


Node = _File | Link | Folder
Tree = Mapping[str, "bytes | Link | Folder"]
"""What lies below a folder, by relative path."""


@dataclass(frozen=True, slots=True)
class _Name:
    """A change of names in one folder: `node` comes to `path`, and `gone` goes."""

    folder: str
    path: str = ""
    node: Node | None = None
    gone: str = ""


class Disk:
    """A folder's disk: `apply` calls in their order, then ask what may survive."""

    def __init__(self, tree: Tree) -> None:
        self._names: dict[str, Node] = {
            path: _File(one, length=len(one)) if isinstance(one, bytes) else one
            for path, one in tree.items()
        }
        self._safe = dict(self._names)
        self._pending: list[_Name] = []
        self._syncing: dict[int, frozenset[int]] = {}

    def apply(self, call: Call) -> None:
        """Take in what the program did next."""
        match call:
            case Wrote() | Cut():
                self._file(call.path).change(call)
            case SyncBegan(path, number):
                self._begin(path, number)
            case Synced(path, number):
                self._end(path, number)
            case Opened(path, emptied) if path in self._names:
                if emptied:
                    self._file(path).change(Cut(path, 0))
            case Opened() | Made() | Renamed() | Removed():
                self._name(call)
            case Said():
                pass

    def survivors(self, survival: Survival, rng: random.Random) -> dict[str, bytes | Link | Folder]:
        """Return a tree that may be found when the power comes back."""
        names = self._surviving_names(survival, rng)
        return {
            path: _content(node, survival, rng) if isinstance(node, _File) else node
            for path, node in sorted(names.items())
            if all(isinstance(names.get(above), Folder) for above in _above(path))
        }

    def _name(self, call: Naming) -> None:
        change = self._change(call)
        _rename(self._names, change)
        self._pending.append(change)

    def _change(self, call: Naming) -> "_Name":
        match call:
            case Opened(path):
                return _Name(_parent(path), path, _File())
            case Made(path, target):
                return _Name(_parent(path), path, Link(target) if target else Folder())
            case Renamed(old, new):
                return _Name(_parent(new), new, self._names[old], gone=old)
            case Removed(path):
                return _Name(_parent(path), gone=path)

    def _begin(self, path: str, number: int) -> None:
        node = self._names.get(path, Folder())
        if isinstance(node, _File):
            node.syncing[number] = len(node.pending)
        else:
            mine = [one for one in self._pending if one.folder == path]
            self._syncing[number] = frozenset(id(one) for one in mine)

    def _end(self, path: str, number: int) -> None:
        node = self._names.get(path, Folder())
        if isinstance(node, _File):
            covered = node.syncing.pop(number, 0)
            node.safe = _written(node.safe, node.pending[:covered])
            del node.pending[:covered]
            node.syncing = {one: max(0, some - covered) for one, some in node.syncing.items()}
        elif covering := self._syncing.pop(number, None):
            for change in self._pending:
                if id(change) in covering:
                    _rename(self._safe, change)
            self._pending = [one for one in self._pending if id(one) not in covering]

    def _file(self, path: str) -> _File:
        node = self._names[path]
        if not isinstance(node, _File):
            raise TypeError(f"{path} is no file")
        return node

    def _surviving_names(self, survival: Survival, rng: random.Random) -> dict[str, Node]:
        """Return the names that survive: in each folder all up to some moment."""
        names = dict(self._safe)
        left = {
            folder: _how_many(sum(one.folder == folder for one in self._pending), survival, rng)
            for folder in sorted({one.folder for one in self._pending})
        }
        for change in self._pending:
            if left[change.folder] > 0:
                left[change.folder] -= 1
                _rename(names, change)
        return names


def images(
    calls: Sequence[Call], start: Tree, chosen: Mapping[int, Sequence[Survival]], seed: int
) -> Iterator[tuple[int, Survival, dict[str, bytes | Link | Folder], list[str]]]:
    """Yield what may be found when the power goes after call number `k`, for the chosen k.

    Beside each tree stands what the program had said until then. The same seed makes the same.
    """
    disk, said = Disk(start), list[str]()
    for number, call in enumerate(calls, start=1):
        disk.apply(call)
        if isinstance(call, Said):
            said.append(call.text)
        for nth, survival in enumerate(chosen.get(number, ())):
            rng = random.Random(f"{seed} {number} {nth}")
            yield number, survival, disk.survivors(survival, rng), list(said)


def chosen(calls: Sequence[Call], many: int) -> dict[int, list[Survival]]:
    """Return how the power goes: after each call once as a kill does, then at random moments."""
    rng = random.Random(11)
    picked: dict[int, list[Survival]] = {}
    kills = range(1, len(calls) + 1)
    for number in rng.sample(kills, min(len(kills), many // 3)):
        picked.setdefault(number, []).append(Survival.ALL)
    others = [Survival.NONE, Survival.SOME, Survival.TORN, Survival.TORN]
    for nth in range(many - len(picked)):
        picked.setdefault(rng.choice(kills), []).append(others[nth % len(others)])
    return picked


def _how_many(pending: int, survival: Survival, rng: random.Random) -> int:
    if survival in (Survival.ALL, Survival.NONE):
        return pending if survival is Survival.ALL else 0
    return rng.randint(0, pending)


def _content(file: _File, survival: Survival, rng: random.Random) -> bytes:
    """Return a file's bytes as they may be found."""
    kept: list[Wrote | Cut] = []
    for one in file.pending:
        if survival is Survival.ALL or (survival is not Survival.NONE and rng.random() < 0.5):
            kept += _torn(one, rng) if survival is Survival.TORN else [one]
    return _written(file.safe, kept)


def _torn(one: Wrote | Cut, rng: random.Random) -> list[Wrote | Cut]:
    """Return the sectors of a write that came to the disk: every second time, only some."""
    if isinstance(one, Cut) or rng.getrandbits(1):
        return [one]
    edges = [0, *range(SECTOR - one.at % SECTOR, len(one.content), SECTOR), len(one.content)]
    return [
        Wrote(one.path, one.at + begin, one.content[begin:end])
        for begin, end in itertools.pairwise(edges)
        if rng.getrandbits(1)
    ]


def _written(content: bytes, changes: Sequence[Wrote | Cut]) -> bytes:
    """Return `content` after `changes`; a gap that nothing was written to reads as zeros."""
    if not changes:
        return content
    held = bytearray(content)
    for one in changes:
        end = one.length if isinstance(one, Cut) else one.at + len(one.content)
        if end > len(held):
            held.extend(bytes(end - len(held)))
        if isinstance(one, Cut):
            del held[one.length :]
        else:
            held[one.at : end] = one.content
    return bytes(held)


def _rename(names: dict[str, Node], change: _Name) -> None:
    """Make a change of names."""
    if change.gone:
        names.pop(change.gone, None)
    if change.node is not None:
        names[change.path] = change.node


def _parent(path: str) -> str:
    return str(PurePosixPath(path).parent)


def _above(path: str) -> list[str]:
    """Return the folders that `path` lies in, without the root of the tree."""
    return [str(one) for one in PurePosixPath(path).parents if str(one) != "."]
