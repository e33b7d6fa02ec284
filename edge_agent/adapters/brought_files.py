"""Brings a release's files into the folder of models: by the shortest way that is signed.

A file that is here already is not brought. One that differs little from a file that is here, or
from a model that came with the program, comes as what changed; whatever is wrong with that way, the
whole file comes instead. Nothing begins for which the disk has no room. What is signed, is
tuf_client's to say.
"""

import logging
import re
import shutil
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from tuf.api.metadata import TargetFile

from edge_agent.adapters.deltas import applied, shortest
from edge_agent.adapters.downloads import GoneError
from edge_agent.adapters.model_files import ModelFolder
from edge_agent.adapters.tuf_client import SignedFiles
from edge_agent.ports.updates import DamagedError, NotNowError, UnfitError
from endcap.plumbing.files import sha256_of
from endcap.wire.manifest import CHUNK, Delta, FileRef, ReleaseManifest
from endcap.wire.release_paths import delta_path, files_of

_LOG = logging.getLogger("edge_agent.updates")
_IN_VAIN = 3  # times that nothing came of a delta, though metadata did, after which it is given up


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A file that is not here: where it is, and the way to it from one that is, if there is one."""

    path: str
    file: FileRef
    delta: Delta | None


class BroughtFiles:
    """Files of releases, in `files`; `reserve` bytes of the disk are left free."""

    def __init__(self, files: ModelFolder, reserve: int) -> None:
        self._files = files
        self._reserve = reserve
        self._spoilt: set[str] = set()  # deltas that led nowhere; they are not asked for again
        self._in_vain: Counter[str] = Counter()

    def bring(self, signed: SignedFiles, manifest: ReleaseManifest) -> None:
        """Bring the files of `manifest` that are not in the folder yet.

        Raises:
            NotNowError, DamagedError, UnfitError: see edge_agent.ports.updates.ReleaseSource.
            OSError: the disk refused.
        """
        self._files.folder.mkdir(parents=True, exist_ok=True)
        missing = [
            _Wanted(path, file, self._way(manifest, file))
            for path, file in files_of(manifest).items()
            if not self._files.holds(file)
        ]
        self._must_have_room(missing)
        for one in missing:
            if one.delta is None or not self._by_delta(signed, manifest, one.delta, one.file):
                self._whole(signed, manifest, one)

    def _way(self, manifest: ReleaseManifest, file: FileRef) -> Delta | None:
        """Return the delta that is shorter than the rest of the whole file; None without one."""
        deltas = [one for one in manifest.deltas if one.file.sha256 not in self._spoilt]
        rest = file.length - self._files.arrived(file.sha256)
        return shortest(deltas, file, lambda base: self._files.find(base) is not None, rest)

    def _whole(self, signed: SignedFiles, manifest: ReleaseManifest, one: _Wanted) -> None:
        """Bring a file as it is."""
        file = one.file
        what = f"{file.file} of release {manifest.release}"
        target = _agreed(signed, one.path, file, what)
        part = self._files.part(file.sha256)
        content = signed.bring(target, part, _pieces(manifest, file))
        self._files.place(content, file, part)

    def _by_delta(
        self, signed: SignedFiles, manifest: ReleaseManifest, delta: Delta, file: FileRef
    ) -> bool:
        """Make a file of one that is here; tell whether that went well.

        Raises:
            NotNowError: the link broke, which is no failure; what came of the delta is kept.
        """
        frame, part = self._files.part(delta.file.sha256), self._files.part(file.sha256)
        before = self._files.arrived(delta.file.sha256)
        try:
            content = self._made(signed, manifest, delta, file)
        except (GoneError, DamagedError, UnfitError) as error:
            self._spoilt.add(delta.file.sha256)
            frame.unlink(missing_ok=True)
            _LOG.warning("%s comes whole: %s", file.file, error)
            return False
        except NotNowError:
            self._note_progress(delta, before, file)
            raise
        part.write_bytes(content)
        self._files.place(content, file, part)
        frame.unlink(missing_ok=True)
        return True

    def _note_progress(self, delta: Delta, before: int, file: FileRef) -> None:
        """Give a delta up of which nothing came again and again: its server keeps it cut short."""
        name = delta.file.sha256
        if self._files.arrived(name) > before:
            del self._in_vain[name]
            return
        self._in_vain[name] += 1
        if self._in_vain[name] >= _IN_VAIN:
            self._spoilt.add(name)
            self._files.part(name).unlink(missing_ok=True)
            _LOG.warning("%s comes whole: nothing came of its delta %d times", file.file, _IN_VAIN)

    def _made(
        self, signed: SignedFiles, manifest: ReleaseManifest, delta: Delta, file: FileRef
    ) -> bytes:
        """Return the signed bytes of `file`, made of what is here and what changed."""
        target = _agreed(signed, delta_path(delta), delta.file, "a delta")
        part = self._files.part(delta.file.sha256)
        frame = signed.bring(target, part, _pieces(manifest, delta.file))
        base = self._files.find(delta.base)
        if base is None:
            raise DamagedError("the file that a delta begins with is gone")
        content = applied(frame, base, file.length)
        if sha256_of(content) != file.sha256:
            raise DamagedError("a delta makes another file than the signed one")
        return content

    def _must_have_room(self, missing: Collection[_Wanted]) -> None:
        """Refuse before the download what would fill the disk; count what is here already."""
        wanted = sum(self._bytes(one) for one in missing)
        if wanted > self._free():
            self._files.forget_parts(frozenset(_hashes(missing)))
        free = self._free()
        if wanted > free:
            raise NotNowError(
                f"no room: {wanted} bytes to bring, {max(free, 0)} free beside the"
                f" {self._reserve} that stay so"
            )

    def _bytes(self, one: _Wanted) -> int:
        """Return how many bytes of the disk it takes yet to bring a file."""
        here = self._files.arrived(one.file.sha256)
        if one.delta is None:
            return one.file.length - here
        frame = one.delta.file
        return one.file.length - here + frame.length - self._files.arrived(frame.sha256)

    def _free(self) -> int:
        return shutil.disk_usage(self._files.folder).free - self._reserve


def _hashes(missing: Collection[_Wanted]) -> list[str]:
    """Return what the files on their way are named by."""
    deltas = [one.delta.file.sha256 for one in missing if one.delta]
    return [*(one.file.sha256 for one in missing), *deltas]


def _pieces(manifest: ReleaseManifest, file: FileRef) -> tuple[str, ...]:
    """Return the signed hashes of a file's pieces; none when the list does not fit the file."""
    if file.length <= CHUNK:
        return (file.sha256,)  # it is a piece itself
    pieces = manifest.chunks.get(file.sha256, ())
    return pieces if len(pieces) == -(-file.length // CHUNK) else ()


def _agreed(signed: SignedFiles, path: str, file: FileRef, what: str) -> TargetFile:
    """Return what is signed of `path`, which must be what the manifest says of it."""
    target = named(signed, path, what)
    if target.length != file.length or target.hashes["sha256"] != file.sha256:
        raise UnfitError(f"{path}: manifest and targets metadata do not agree")
    return target


def named(signed: SignedFiles, path: str, what: str) -> TargetFile:
    """Return what the signed targets metadata says of `path`.

    Raises:
        GoneError: nothing.
        UnfitError: it is signed without the hash that files are named by.
    """
    target = signed.find(path)
    if target is None:
        raise GoneError(f"{what} is not among the signed files; not published yet, or revoked")
    return hashed(target, what)


def hashed(target: TargetFile, what: str) -> TargetFile:
    """Return `target` when it is signed with the hash that files are named by.

    Raises:
        UnfitError: it is not.
    """
    if not re.fullmatch(r"[0-9a-f]{64}", target.hashes.get("sha256", "")):
        raise UnfitError(f"{what} is signed without a SHA-256")
    return target
