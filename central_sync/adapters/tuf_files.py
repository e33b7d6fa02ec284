"""The files of the signed repository: where they lie, how they are read, written and locked.

Every file is written whole and is on the disk before the next one begins. What they say, and who
signs it, is decided by those who write them: tuf_repository and key_changes.

    FOLDER/metadata/{N.root,N.targets,N.snapshot,timestamp}.json    what stores verify
    FOLDER/targets/                                                 named by content
    FOLDER/waiting/{root,targets}.json                              staged, not served
"""

import contextlib
import fcntl
import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from securesystemslib.exceptions import Error as SigningError
from securesystemslib.signer import Signer
from tuf.api.exceptions import RepositoryError as TufError
from tuf.api.metadata import (
    Metadata,
    MetaFile,
    Root,
    Signed,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

from central_sync.adapters.signing_keys import load_signers
from central_sync.ports.releases import RepositoryError
from endcap.plumbing.files import write_atomically

T = TypeVar("T", Root, Timestamp, Snapshot, Targets)

METADATA, TARGETS, WAITING = "metadata", "targets", "waiting"
_BYTES = ["sha256"]


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long a signature of each role is good for.

    The timestamp's is the longest freeze a store does not notice; the offline roles' must leave
    people the time to come together.
    """

    root: timedelta = timedelta(days=365)
    targets: timedelta = timedelta(days=180)
    snapshot: timedelta = timedelta(days=7)
    timestamp: timedelta = timedelta(days=1)


DEFAULT_LIFETIMES = Lifetimes()


@dataclass(frozen=True, slots=True)
class Live:
    """The metadata that readers find now, with its signatures."""

    root: Metadata[Root]
    timestamp: Metadata[Timestamp]
    snapshot: Metadata[Snapshot]
    targets: Metadata[Targets]

    @property
    def all(self) -> tuple[Signed, ...]:
        """What each role says."""
        return (self.root.signed, self.timestamp.signed, self.snapshot.signed, self.targets.signed)


class RepositoryFiles:
    """The folder of a signed repository."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def exists(self) -> bool:
        """Tell whether there is a repository in the folder."""
        return self.timestamp_file.exists()

    @property
    def timestamp_file(self) -> Path:
        """Where readers begin."""
        return self.folder / METADATA / "timestamp.json"

    def live(self) -> Live:
        """Return what the newest timestamp leads to.

        Raises:
            RepositoryError: there is no repository, or a file of it is damaged.
        """
        if not self.exists:
            raise RepositoryError(f"{self.folder} holds no signed repository; run `keys init`")
        timestamp = read(self.timestamp_file, Timestamp)
        newest = timestamp.signed.snapshot_meta.version
        snapshot = read(self.numbered("snapshot", newest), Snapshot)
        version = snapshot.signed.meta["targets.json"].version
        targets = read(self.numbered("targets", version), Targets)
        return Live(read(self.newest_root(), Root), timestamp, snapshot, targets)

    def newest_root(self) -> Path:
        """Return where the newest root metadata lies.

        Raises:
            RepositoryError: there is none.
        """
        found = (self.folder / METADATA).glob("*.root.json")
        newest = max(found, key=lambda path: int(path.name.split(".")[0]), default=None)
        if newest is None:
            raise RepositoryError(f"{self.folder} holds no signed repository; run `keys init`")
        return newest

    def numbered(self, role: str, version: int) -> Path:
        """Return where a version of a role's metadata lies."""
        return self.folder / METADATA / f"{version}.{role}.json"

    def waiting(self, role: type[T]) -> Metadata[T] | None:
        """Return the staged metadata of a role, None when nothing is staged."""
        path = self._waiting(role)
        return read(path, role) if path.exists() else None

    def keep_waiting(self, metadata: Metadata[T]) -> None:
        """Stage a role's metadata, in place of what was staged."""
        write_atomically(self._waiting(type(metadata.signed)), metadata.to_bytes(), mode=0o600)

    def forget_waiting(self, role: type[T]) -> None:
        """Drop what is staged of a role."""
        self._waiting(role).unlink(missing_ok=True)

    def _waiting(self, role: type[T]) -> Path:
        return self.folder / WAITING / f"{role.type}.json"

    def add_target(self, targets: Targets, path: str, content: bytes) -> None:
        """Write a file under the name of its content, and list it in `targets`."""
        named = TargetFile.from_data(path, content, _BYTES)
        targets.targets[path] = named
        place = self.target(named)
        if not place.exists() or place.stat().st_size != len(content):
            write_atomically(place, content)

    def target(self, named: TargetFile) -> Path:
        """Return where a target's bytes lie."""
        return self.folder / TARGETS / named.get_prefixed_paths()[0]

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder's lock, so that a command and the server do not publish at once."""
        self.folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


@dataclass(frozen=True, slots=True)
class OnlineRoles:
    """Signs what changes by itself, snapshot and timestamp, with the keys in the folder `keys`."""

    files: RepositoryFiles
    keys: Path
    lifetimes: Lifetimes

    def publish(
        self, targets: Metadata[Targets] | None, at: datetime, roots: Collection[Root]
    ) -> None:
        """Write targets and what points at them; the timestamp, last, turns the page."""
        self.turn(self.prepared(targets, at, roots))

    def prepared(
        self, targets: Metadata[Targets] | None, at: datetime, roots: Collection[Root]
    ) -> Metadata[Timestamp]:
        """Write targets and a new snapshot; return the timestamp that leads to them, not written.

        None keeps the targets that are live. Everything is signed with every key at hand that one
        of `roots` trusts.
        """
        before = self.files.live().snapshot.signed if self.files.exists else None
        snapshot = Metadata(
            Snapshot(
                version=before.version + 1 if before else 1,
                expires=until(at, self.lifetimes.snapshot),
                meta=before.meta if before else None,
            )
        )
        if targets is not None:
            content, version = targets.to_bytes(), targets.signed.version
            write_atomically(self.files.numbered("targets", version), content)
            snapshot.signed.meta["targets.json"] = MetaFile.from_data(version, content, _BYTES)
        self._sign(snapshot, roots)
        place = self.files.numbered("snapshot", snapshot.signed.version)
        write_atomically(place, snapshot.to_bytes())
        return self.timestamp(snapshot.signed.version, at, roots)

    def timestamp(
        self, snapshot: int, at: datetime, roots: Collection[Root]
    ) -> Metadata[Timestamp]:
        """Return a new signed timestamp that leads to a version of the snapshot."""
        path = self.files.timestamp_file
        version = read(path, Timestamp).signed.version + 1 if path.exists() else 1
        content = self.files.numbered("snapshot", snapshot).read_bytes()
        timestamp = Metadata(
            Timestamp(
                version=version,
                expires=until(at, self.lifetimes.timestamp),
                snapshot_meta=MetaFile.from_data(snapshot, content, _BYTES),
            )
        )
        self._sign(timestamp, roots)
        return timestamp

    def turn(self, timestamp: Metadata[Timestamp]) -> None:
        """Let readers find what `timestamp` leads to."""
        write_atomically(self.files.timestamp_file, timestamp.to_bytes())

    def _sign(self, metadata: Metadata[T], roots: Collection[Root]) -> None:
        """Sign with the keys at hand that one of `roots` trusts for the role."""
        role = metadata.signed.type
        trusted = {keyid for root in roots for keyid in root.roles[role].keyids}
        at_hand = load_signers(self.keys, role)
        sign(metadata, [one for one in at_hand if one.public_key.keyid in trusted])


def read(path: Path, _role: type[T]) -> Metadata[T]:
    """Return a metadata file of ours.

    Raises:
        RepositoryError: it is missing or damaged.
    """
    try:
        return Metadata[T].from_bytes(path.read_bytes())
    except (OSError, TufError) as error:
        raise RepositoryError(f"{path} cannot be read: {error}") from error


def sign(metadata: Metadata[T], signers: Collection[Signer]) -> None:
    """Add the signatures of `signers`, of which there must be one.

    Raises:
        RepositoryError: there is no signer, or a token refused.
    """
    if not signers:
        raise RepositoryError(f"no {metadata.signed.type} key is at hand")
    for signer in signers:
        try:
            metadata.sign(signer, append=True)
        except (TufError, SigningError, ValueError) as error:
            raise RepositoryError(
                f"key {signer.public_key.keyid[:12]} did not sign: {error.__cause__ or error}"
            ) from error


def until(at: datetime, lifetime: timedelta) -> datetime:
    """Return the end of a lifetime that begins now; metadata knows whole seconds."""
    return (at + lifetime).replace(microsecond=0)
