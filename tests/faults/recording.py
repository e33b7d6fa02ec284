"""Records what a program does to a folder, with strace; and lays out and reads back such folders.

`power_cut` says what may become of it.
"""

import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.faults.power_cut import (
    END,
    Call,
    Cut,
    Folder,
    Link,
    Made,
    Opened,
    Removed,
    Renamed,
    Said,
    SyncBegan,
    Synced,
    Tree,
    Wrote,
)

CALLS = (
    "open,openat,creat,close,lseek,write,writev,pwrite64,pwritev,ftruncate,truncate,fallocate,fsync,"
    "fdatasync,rename,renameat,renameat2,unlink,unlinkat,rmdir,mkdir,mkdirat,symlink,symlinkat,"
    "link,linkat,sendfile,copy_file_range"
)
needs_strace = pytest.mark.skipif(
    not shutil.which("strace"), reason="strace records and kills; it is not installed"
)
_LINE = re.compile(r"^(?P<thread>\d+) +(?P<rest>.*)$")
_CALL = re.compile(r"^(?P<name>\w+)\((?P<given>.*)\) += (?P<result>-?\d+)(?P<after>.*)$", re.DOTALL)
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_DESCRIPTOR = re.compile(r"^(\d+)<((?:\\x[0-9a-f]{2})*)>")


def traced(log: Path, *options: str) -> list[str]:
    """Return the beginning of a command line that records the rest of it into `log`."""
    return ["strace", "-f", "-y", "-xx", "-s", "16777216", "-o", str(log), *options]


@dataclass(slots=True)
class Reader:
    """Turns the lines of strace into calls on the files below `folder`.

    What is written to `voice`, a descriptor that is no file, is what the program says.
    """

    folder: Path
    voice: int = 1
    _begun: dict[str, tuple[str, int]] = field(default_factory=dict)
    _place: dict[int, int] = field(default_factory=dict)
    _count: int = 0

    def calls(self, lines: Iterable[str]) -> Iterator[Call]:
        """Yield what was done, in the order in which it returned."""
        for line in lines:
            found = _LINE.match(line.rstrip("\n"))
            if found:
                yield from self._line(found["thread"], found["rest"])

    def _line(self, thread: str, rest: str) -> Iterator[Call]:
        """Put the two halves of a call together when another thread came between."""
        self._count += 1
        number = self._count
        if rest.endswith("<unfinished ...>"):
            begun = rest.removesuffix("<unfinished ...>")
            self._begun[thread] = begun, number
            yield from self._sync_begins(begun, number)
            return
        if rest.startswith("<... "):
            begun, number = self._begun.pop(thread, ("", 0))
            rest = begun + rest.partition(" resumed>")[2]
        else:
            yield from self._sync_begins(rest, number)
        done = _CALL.match(rest)
        if done and int(done["result"]) >= 0:
            yield from self._done(done, number)

    def _sync_begins(self, text: str, number: int) -> Iterator[Call]:
        name, _, given = text.partition("(")
        if name in ("fsync", "fdatasync") and (path := self._path_of(given)) is not None:
            yield SyncBegan(path, number)

    def _done(self, done: re.Match[str], number: int) -> Iterator[Call]:
        name, given, result = done["name"], done["given"], int(done["result"])
        if name in ("open", "openat", "creat"):
            yield from self._opened(given, result)
        elif name in ("write", "pwrite64", "ftruncate", "lseek", "close"):
            yield from self._on_descriptor(name, given, result)
        elif name in ("fsync", "fdatasync"):
            if (path := self._path_of(given)) is not None:
                yield Synced(path, number)
        elif name in _NAMING:
            yield from self._named(name, given)
        elif str(self.folder) in _plain(given):
            raise NotImplementedError(f"{name} is not modelled: {_plain(given)[:200]}")

    def _opened(self, given: str, descriptor: int) -> Iterator[Call]:
        path = self._below(_text(given))
        self._place[descriptor] = 0
        if path is not None and re.search("O_WRONLY|O_RDWR|O_CREAT", given):
            if "O_APPEND" in given:
                self._place[descriptor] = END
            yield Opened(path, emptied="O_TRUNC" in given)

    def _on_descriptor(self, name: str, given: str, result: int) -> Iterator[Call]:
        descriptor = int(given.split("<", 1)[0])
        path = self._path_of(given)
        if name == "write" and descriptor == self.voice:
            yield Said(_content(given).decode())
        elif name == "lseek":
            if self._place.get(descriptor) != END:
                self._place[descriptor] = result
        elif path is None or name == "close":
            return
        elif name == "write":
            at = self._place.get(descriptor, 0)
            yield Wrote(path, at, _content(given)[:result])
            self._place[descriptor] = END if at == END else at + result
        else:
            last = int(given.rpartition(", ")[2])
            written = name == "pwrite64"
            yield Wrote(path, last, _content(given)[:result]) if written else Cut(path, last)

    def _named(self, name: str, given: str) -> Iterator[Call]:
        texts = [_plain(one) for one in _TEXT.findall(given)]
        paths = [self._below(one) for one in texts]
        if name in _RENAMES:
            old, new = paths
            if (old is None) != (new is None):
                raise NotImplementedError(f"a rename over the folder's edge: {texts}")
            if old is not None and new is not None:
                yield Renamed(old, new)
        elif name in ("symlink", "symlinkat"):
            if paths[1] is not None:
                yield Made(paths[1], texts[0])
        elif paths[0] is not None:
            yield Removed(paths[0]) if name in _REMOVES else Made(paths[0])

    def _path_of(self, given: str) -> str | None:
        found = _DESCRIPTOR.match(given)
        if not found or given[found.end() :].startswith("(deleted)"):
            return None
        return self._below(_plain(found[2]))

    def _below(self, path: str) -> str | None:
        """Return `path` from the folder on; None when it lies elsewhere."""
        try:
            return str(Path(path).relative_to(self.folder))
        except ValueError:
            return None


_RENAMES = ("rename", "renameat", "renameat2")
_REMOVES = ("unlink", "unlinkat", "rmdir")
_NAMING = frozenset({*_RENAMES, *_REMOVES, "mkdir", "mkdirat", "symlink", "symlinkat"})


def record(program: Sequence[str], folder: Path, log: Path, cwd: Path) -> list[Call]:
    """Run `program` and return what it did below `folder`."""
    command = [*traced(log, "-e", f"trace={CALLS}"), *program]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    with log.open() as lines:
        return list(Reader(folder).calls(lines))


def tree_of(folder: Path) -> dict[str, bytes | Link | Folder]:
    """Return what lies below `folder`."""
    found: dict[str, bytes | Link | Folder] = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = Link(str(path.readlink()))
        else:
            found[name] = Folder() if path.is_dir() else path.read_bytes()
    return found


def lay_out(tree: Tree, folder: Path) -> None:
    """Make `folder` hold `tree` and nothing else."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, one in tree.items():
        path = folder / name
        if isinstance(one, Link):
            path.symlink_to(one.target)
        elif isinstance(one, bytes):
            path.write_bytes(one)
        else:
            path.mkdir()


def _text(given: str) -> str:
    found = _TEXT.search(given)
    return _plain(found[1]) if found else ""


def _content(given: str) -> bytes:
    found = _TEXT.search(given)
    return bytes.fromhex(found[1].replace("\\x", "")) if found else b""


def _plain(text: str) -> str:
    """Return the text that strace wrote in hexadecimal."""
    return re.sub(r"\\x([0-9a-f]{2})", lambda one: chr(int(one[1], 16)), text)
