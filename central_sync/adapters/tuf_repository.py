"""The signed repository on disk: TUF metadata and target files, for stores to read over HTTP.

A change is staged, signed by the offline targets keys, and published: target files first, then
targets, snapshot, and the timestamp last, each whole and on the disk. Until the new timestamp
stands, readers see the old repository, so a crash anywhere leaves one of the two. Which models make
a release is core/releases' business.

    FOLDER/metadata/{N.root,N.targets,N.snapshot,timestamp}.json    what stores verify
    FOLDER/targets/                                                 named by content
    FOLDER/waiting/targets.json                                     staged, not served
"""

import asyncio
import contextlib
import fcntl
import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

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

from central_sync.adapters.signing_keys import KeyRing, load_signer, load_signers
from central_sync.ports.releases import (
    NotEnoughSignaturesError,
    RepositoryError,
    RepositoryStanding,
)
from endcap.plumbing.files import write_atomically
from endcap.plumbing.signed_orders import control_keys
from endcap.wire.release_paths import CONTROL_KEYS, releases_among

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


class TufRepository:
    """A signed repository in `folder`; `online` holds snapshot.pem and timestamp.pem.

    Safe beside other processes on the same folder: every change holds its lock.
    """

    def __init__(
        self, folder: Path, online: Path, *, lifetimes: Lifetimes = DEFAULT_LIFETIMES
    ) -> None:
        self._folder = folder
        self._online = online
        self._lifetimes = lifetimes

    @property
    def exists(self) -> bool:
        """Tell whether there is a repository in the folder."""
        return (self._folder / METADATA / "timestamp.json").exists()

    def root(self) -> bytes:
        """Return the newest root metadata: what a new store is given to trust."""
        return self._newest_root_file().read_bytes()

    async def create(self, keys: KeyRing, at: datetime) -> None:
        """Begin a repository that trusts `keys`, with the control keys as its only file.

        Raises:
            RepositoryError: there is one already.
        """
        await asyncio.to_thread(self._create, keys, at)

    async def standing(self) -> RepositoryStanding:
        """Return what the repository says now, and what waits for signatures."""
        return await asyncio.to_thread(self._standing)

    async def stage(self, add: Mapping[str, bytes], remove: Collection[str], at: datetime) -> None:
        """Prepare a change for signing; it replaces one that waited and was never published."""
        await asyncio.to_thread(self._stage, add, remove, at)

    async def sign(self, keys: Path, passphrase: bytes | None = None) -> RepositoryStanding:
        """Sign what waits with the targets key in a file, or with all those in a folder.

        Raises:
            RepositoryError: nothing waits, or a key is not one the root trusts for targets.
        """
        return await asyncio.to_thread(self._sign, keys, passphrase)

    async def publish(self, at: datetime) -> RepositoryStanding:
        """Make what waits live.

        Raises:
            NotEnoughSignaturesError: too few of the targets keys have signed.
            RepositoryError: nothing waits, or it was staged on an older state: stage it again.
        """
        return await asyncio.to_thread(self._publish, at)

    async def refresh(self, at: datetime) -> bool:
        """Sign timestamp and snapshot anew when less than half their life is left."""
        return await asyncio.to_thread(self._refresh, at)

    # Each of these runs on a thread and, where it writes, under the folder's lock.

    def _create(self, keys: KeyRing, at: datetime) -> None:
        with self._locked():
            if self.exists:
                raise RepositoryError(f"{self._folder} already holds a signed repository")
            root = Root(expires=_until(at, self._lifetimes.root), consistent_snapshot=True)
            for role, signers in keys.signers.items():
                for signer in signers:
                    root.add_key(signer.public_key, role)
                root.roles[role].threshold = keys.thresholds[role]
            self._write_numbered("root", _signed(Metadata(root), keys.signers["root"]), 1)
            targets = Targets(expires=_until(at, self._lifetimes.targets))
            if keys.control:
                told = control_keys(keys.control).model_dump_json().encode()
                self._add(targets, CONTROL_KEYS, told)
            content = _signed(Metadata(targets), keys.signers["targets"])
            self._go_live(content, targets, at, 1)

    def _standing(self) -> RepositoryStanding:
        now = self._live()
        found = RepositoryStanding(
            releases=releases_among(now.targets.targets),
            files=frozenset(now.targets.targets),
            expires={one.type: one.expires for one in now.all},
            versions={one.type: one.version for one in now.all},
        )
        waiting = self._waiting()
        if waiting is None or waiting.signed.version != now.targets.version + 1:
            return found
        result = now.root.get_verification_result(
            "targets", waiting.signed_bytes, waiting.signatures
        )
        return replace(
            found,
            waiting=releases_among(set(waiting.signed.targets) - set(now.targets.targets)),
            have=len(result.signed),
            need=result.threshold,
        )

    def _stage(self, add: Mapping[str, bytes], remove: Collection[str], at: datetime) -> None:
        with self._locked():
            targets = self._live().targets
            for path in remove:
                targets.targets.pop(path, None)
            for path, content in add.items():
                self._add(targets, path, content)
            targets.version += 1
            targets.expires = _until(at, self._lifetimes.targets)
            self._write_waiting(Metadata(targets))

    def _sign(self, keys: Path, passphrase: bytes | None) -> RepositoryStanding:
        with self._locked():
            waiting = self._must_wait()
            signers = (
                load_signers(keys, "targets", passphrase)
                if keys.is_dir()
                else (load_signer(keys, passphrase),)
            )
            trusted = self._live().root.roles["targets"].keyids
            for signer in signers:
                if signer.public_key.keyid not in trusted:
                    raise RepositoryError(f"{keys} is no targets key of this repository")
                waiting.sign(signer, append=True)
            self._write_waiting(waiting)
            return self._standing()

    def _publish(self, at: datetime) -> RepositoryStanding:
        with self._locked():
            waiting, now = self._must_wait(), self._live()
            if waiting.signed.version != now.targets.version + 1:
                raise RepositoryError("what waits was staged on an older state; build it again")
            result = now.root.get_verification_result(
                "targets", waiting.signed_bytes, waiting.signatures
            )
            if not result:
                raise NotEnoughSignaturesError(
                    f"{len(result.signed)} of {result.threshold} signatures; sign with another key"
                )
            content = self._waiting_file.read_bytes()
            self._go_live(content, waiting.signed, at, now.snapshot.version + 1)
            self._waiting_file.unlink()
            return self._standing()

    def _refresh(self, at: datetime) -> bool:
        with self._locked():
            now = self._live()
            stale_snapshot = _is_stale(now.snapshot, at, self._lifetimes.snapshot)
            if not stale_snapshot and not _is_stale(now.timestamp, at, self._lifetimes.timestamp):
                return False
            if stale_snapshot:
                now.snapshot.version += 1
                self._write_snapshot(now.snapshot, at)
            self._write_timestamp(now.snapshot.version, at)
            return True

    def _add(self, targets: Targets, path: str, content: bytes) -> None:
        """Write a file under the name of its content, and list it in `targets`."""
        named = TargetFile.from_data(path, content, _BYTES)
        targets.targets[path] = named
        place = self._folder / TARGETS / named.get_prefixed_paths()[0]
        if not place.exists() or place.stat().st_size != len(content):
            write_atomically(place, content)

    def _go_live(self, content: bytes, targets: Targets, at: datetime, snapshot: int) -> None:
        """Write targets and what points at them; the timestamp, last, turns the page."""
        self._write_numbered("targets", content, targets.version)
        meta = MetaFile.from_data(targets.version, content, _BYTES)
        self._write_snapshot(
            Snapshot(version=snapshot, expires=at, meta={"targets.json": meta}), at
        )
        self._write_timestamp(snapshot, at)

    def _write_snapshot(self, snapshot: Snapshot, at: datetime) -> None:
        snapshot.expires = _until(at, self._lifetimes.snapshot)
        signers = load_signers(self._online, "snapshot")
        self._write_numbered("snapshot", _signed(Metadata(snapshot), signers), snapshot.version)

    def _write_timestamp(self, snapshot: int, at: datetime) -> None:
        path = self._folder / METADATA / "timestamp.json"
        version = _read(path, Timestamp).version + 1 if path.exists() else 1
        content = (self._folder / METADATA / f"{snapshot}.snapshot.json").read_bytes()
        timestamp = Timestamp(
            version=version,
            expires=_until(at, self._lifetimes.timestamp),
            snapshot_meta=MetaFile.from_data(snapshot, content, _BYTES),
        )
        signers = load_signers(self._online, "timestamp")
        write_atomically(path, _signed(Metadata(timestamp), signers))

    def _write_numbered(self, role: str, content: bytes, version: int) -> None:
        write_atomically(self._folder / METADATA / f"{version}.{role}.json", content)

    def _write_waiting(self, waiting: Metadata[Targets]) -> None:
        write_atomically(self._waiting_file, waiting.to_bytes(), mode=0o600)

    @property
    def _waiting_file(self) -> Path:
        return self._folder / WAITING / "targets.json"

    def _waiting(self) -> Metadata[Targets] | None:
        if not self._waiting_file.exists():
            return None
        return Metadata[Targets].from_bytes(self._waiting_file.read_bytes())

    def _must_wait(self) -> Metadata[Targets]:
        waiting = self._waiting()
        if waiting is None:
            raise RepositoryError("nothing waits for signatures; build a release first")
        return waiting

    def _live(self) -> "_Live":
        """Return what the newest timestamp leads to.

        Raises:
            RepositoryError: there is no repository, or a file of it is damaged.
        """
        folder = self._folder / METADATA
        if not self.exists:
            raise RepositoryError(f"{self._folder} holds no signed repository; run `keys init`")
        timestamp = _read(folder / "timestamp.json", Timestamp)
        snapshot = _read(folder / f"{timestamp.snapshot_meta.version}.snapshot.json", Snapshot)
        version = snapshot.meta["targets.json"].version
        targets = _read(folder / f"{version}.targets.json", Targets)
        return _Live(_read(self._newest_root_file(), Root), timestamp, snapshot, targets)

    def _newest_root_file(self) -> Path:
        found = (self._folder / METADATA).glob("*.root.json")
        return max(found, key=lambda path: int(path.name.split(".")[0]))

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the folder's lock, so that a command and the server do not publish at once."""
        self._folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


@dataclass(frozen=True, slots=True)
class _Live:
    """The metadata that readers find now."""

    root: Root
    timestamp: Timestamp
    snapshot: Snapshot
    targets: Targets

    @property
    def all(self) -> tuple[Signed, ...]:
        return (self.root, self.timestamp, self.snapshot, self.targets)


def _read(path: Path, _role: type[T]) -> T:
    """Return the signed part of a metadata file of ours."""
    try:
        return Metadata[T].from_bytes(path.read_bytes()).signed
    except (OSError, TufError) as error:
        raise RepositoryError(f"{path} cannot be read: {error}") from error


def _signed(metadata: Metadata[T], signers: Collection[Signer]) -> bytes:
    """Return the bytes of `metadata`, signed by all of `signers`."""
    if not signers:
        raise RepositoryError(f"no {metadata.signed.type} key is at hand")
    for signer in signers:
        metadata.sign(signer, append=True)
    return metadata.to_bytes()


def _until(at: datetime, lifetime: timedelta) -> datetime:
    """Return the end of a lifetime that begins now; metadata knows whole seconds."""
    return (at + lifetime).replace(microsecond=0)


def _is_stale(signed: Signed, at: datetime, lifetime: timedelta) -> bool:
    """Tell whether less than half of a signature's life is left."""
    return signed.expires - at < lifetime / 2
