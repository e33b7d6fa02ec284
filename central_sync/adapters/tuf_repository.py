"""The signed repository on disk: TUF metadata and target files, for stores to read over HTTP.

A change is staged, signed by the offline targets keys, and published: target files first, then
targets, snapshot, and the timestamp last, each whole and on the disk. Until the new timestamp
stands, readers see the old repository, so a crash anywhere leaves one of the two. Which models make
a release is core/releases' business; which keys count, key_changes'.
"""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from tuf.api.exceptions import LengthOrHashMismatchError
from tuf.api.metadata import Metadata, Root, Snapshot, Targets, Timestamp

from central_sync.adapters.signing_keys import KeyRing, public_pem, signers_at
from central_sync.adapters.tuf_files import (
    DEFAULT_LIFETIMES,
    Lifetimes,
    OnlineRoles,
    RepositoryFiles,
    sign,
    until,
)
from central_sync.ports.releases import (
    NotEnoughSignaturesError,
    RepositoryError,
    RepositoryStanding,
)
from endcap.plumbing.files import write_atomically
from endcap.plumbing.signed_orders import control_keys
from endcap.wire.release_paths import CONTROL_KEYS, MODEL_SIGNING_KEY, releases_among


class TufRepository:
    """A signed repository in `folder`; `online` holds snapshot.pem and timestamp.pem.

    Safe beside other processes on the same folder: every change holds its lock.
    """

    def __init__(
        self, folder: Path, online: Path, *, lifetimes: Lifetimes = DEFAULT_LIFETIMES
    ) -> None:
        self._files = RepositoryFiles(folder)
        self._online = OnlineRoles(self._files, online, lifetimes)
        self._lifetimes = lifetimes

    @property
    def exists(self) -> bool:
        """Tell whether there is a repository in the folder."""
        return self._files.exists

    def root(self) -> bytes:
        """Return the newest root metadata: what a new store is given to trust."""
        return self._files.newest_root().read_bytes()

    def content(self, path: str) -> bytes | None:
        """Return the bytes of a live target, as they were signed; None when there is none."""
        if not self.exists:
            return None
        named = self._files.live().targets.signed.targets.get(path)
        if named is None:
            return None
        try:
            content = self._files.target(named).read_bytes()
            named.verify_length_and_hashes(content)
        except (OSError, LengthOrHashMismatchError) as error:
            raise RepositoryError(f"{path} in {self._files.folder} is damaged: {error}") from error
        return content

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

    async def refresh(self, at: datetime, *, force: bool = False) -> bool:
        """Sign timestamp and snapshot anew when less than half their life is left, or by `force`.

        Also when the key that signed them counts no more: a change of keys may have been cut off.
        """
        return await asyncio.to_thread(self._refresh, at, force=force)

    # Each of these runs on a thread and, where it writes, under the folder's lock.

    def _create(self, keys: KeyRing, at: datetime) -> None:
        with self._files.locked():
            if self.exists:
                raise RepositoryError(f"{self._files.folder} already holds a signed repository")
            root = Root(expires=until(at, self._lifetimes.root), consistent_snapshot=True)
            for role, signers in keys.signers.items():
                for signer in signers:
                    root.add_key(signer.public_key, role)
                root.roles[role].threshold = keys.thresholds[role]
            whole = Metadata(root)
            sign(whole, keys.signers["root"])
            write_atomically(self._files.numbered("root", 1), whole.to_bytes())
            targets = Metadata(Targets(expires=until(at, self._lifetimes.targets)))
            for path, content in first_files(keys).items():
                self._files.add_target(targets.signed, path, content)
            sign(targets, keys.signers["targets"])
            self._online.publish(targets, at, (root,))

    def _standing(self) -> RepositoryStanding:
        now = self._files.live()
        named = now.targets.signed.targets
        found = RepositoryStanding(
            releases=releases_among(named),
            files=frozenset(named),
            expires={one.type: one.expires for one in now.all},
            versions={one.type: one.version for one in now.all},
        )
        waiting = self._files.waiting(Targets)
        if waiting is None or waiting.signed.version != now.targets.signed.version + 1:
            return found
        result = now.root.signed.get_verification_result(
            "targets", waiting.signed_bytes, waiting.signatures
        )
        return replace(
            found,
            waiting=releases_among(set(waiting.signed.targets) - set(named)),
            have=len(result.signed),
            need=result.threshold,
        )

    def _stage(self, add: Mapping[str, bytes], remove: Collection[str], at: datetime) -> None:
        with self._files.locked():
            targets = self._files.live().targets.signed
            for path in remove:
                targets.targets.pop(path, None)
            for path, content in add.items():
                self._files.add_target(targets, path, content)
            targets.version += 1
            targets.expires = until(at, self._lifetimes.targets)
            self._files.keep_waiting(Metadata(targets))

    def _sign(self, keys: Path, passphrase: bytes | None) -> RepositoryStanding:
        with self._files.locked():
            waiting = self._must_wait()
            trusted = self._files.live().root.signed.roles["targets"].keyids
            for signer in signers_at(keys, "targets", passphrase):
                if signer.public_key.keyid not in trusted:
                    raise RepositoryError(f"{keys} is no targets key of this repository")
                sign(waiting, [signer])
            self._files.keep_waiting(waiting)
            return self._standing()

    def _publish(self, at: datetime) -> RepositoryStanding:
        with self._files.locked():
            waiting, now = self._must_wait(), self._files.live()
            if waiting.signed.version != now.targets.signed.version + 1:
                raise RepositoryError("what waits was staged on an older state; build it again")
            result = now.root.signed.get_verification_result(
                "targets", waiting.signed_bytes, waiting.signatures
            )
            if not result:
                raise NotEnoughSignaturesError(
                    f"{len(result.signed)} of {result.threshold} signatures; sign with another key"
                )
            self._online.publish(waiting, at, (now.root.signed,))
            self._files.forget_waiting(Targets)
            return self._standing()

    def _refresh(self, at: datetime, *, force: bool = False) -> bool:
        with self._files.locked():
            now = self._files.live()
            root, life = now.root.signed, self._lifetimes
            if force or _is_stale(now.snapshot, root, at, life.snapshot):
                self._online.publish(None, at, (root,))
            elif _is_stale(now.timestamp, root, at, life.timestamp):
                snapshot = now.snapshot.signed.version
                self._online.turn(self._online.timestamp(snapshot, at, (root,)))
            else:
                return False
            return True

    def _must_wait(self) -> Metadata[Targets]:
        waiting = self._files.waiting(Targets)
        if waiting is None:
            raise RepositoryError("nothing waits for signatures; build a release first")
        return waiting


def first_files(keys: KeyRing) -> dict[str, bytes]:
    """Return what a new repository names from its beginning: keys that sign no metadata."""
    found = {}
    if keys.models:
        found[MODEL_SIGNING_KEY] = public_pem(keys.models[0].public_key)
    if keys.control:
        found[CONTROL_KEYS] = control_keys(keys.control).model_dump_json().encode()
    return found


def _is_stale(
    metadata: Metadata[Snapshot] | Metadata[Timestamp], root: Root, at: datetime, life: timedelta
) -> bool:
    """Tell whether less than half of a signature's life is left, or its key counts no more."""
    signed = metadata.signed
    counts = root.get_verification_result(signed.type, metadata.signed_bytes, metadata.signatures)
    return not counts or signed.expires - at < life / 2
