"""Changes which keys the signed repository trusts: a new root, signed by the old and the new keys.

A change is staged, signed by people one after another, and published. Every role that it touches is
signed by old and new keys as far as they are at hand, so that readers find a whole repository at
every moment; where an old key is lost, they may have to ask twice. Root metadata is never skipped:
a store that slept walks through every version. Which keys there are is signing_keys' to know.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from cryptography.hazmat.primitives.serialization import load_pem_public_key
from securesystemslib.signer import Key, Signer, SSlibKey
from tuf.api.metadata import Metadata, Root, Snapshot, Targets, Timestamp

from central_sync.adapters.signing_keys import CONTROL, MODELS
from central_sync.adapters.tuf_files import (
    DEFAULT_LIFETIMES,
    Lifetimes,
    Live,
    OnlineRoles,
    RepositoryFiles,
    T,
    read,
    sign,
    until,
)
from central_sync.ports.releases import NotEnoughSignaturesError, RepositoryError
from endcap.plumbing.files import write_atomically
from endcap.wire.orders import ControlKeys
from endcap.wire.release_paths import CONTROL_KEYS, MODEL_SIGNING_KEY

Role = Literal["root", "targets", "snapshot", "timestamp"]
ROLES: tuple[Role, ...] = ("root", "targets", "snapshot", "timestamp")


@dataclass(frozen=True, slots=True)
class KeyStanding:
    """How far a staged change of keys has come: signatures there are, and are needed.

    `old` and `new` count the root keys before and after the change, `targets` the targets keys
    where the change touches them. `wanted` are the ids of the keys whose signatures count.
    """

    version: int
    old: tuple[int, int]
    new: tuple[int, int]
    wanted: frozenset[str]
    targets: tuple[int, int] | None = None

    @property
    def complete(self) -> bool:
        """Tell whether enough have signed."""
        counts = (self.old, self.new, self.targets or (0, 0))
        return all(have >= need for have, need in counts)

    @property
    def told(self) -> str:
        """Return it as a person reads it."""
        parts = [f"root {self.version}: {_of(self.old)} signatures of the old root keys"]
        parts.append(f"{_of(self.new)} of the new")
        if self.targets:
            parts.append(f"{_of(self.targets)} of the new targets keys")
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class RoleKeys:
    """The keys that a role trusts, how many must sign, and when its newest signature ends."""

    keyids: tuple[str, ...]
    threshold: int
    version: int
    expires: datetime


class KeyChanges:
    """The key ceremonies of the repository in `folder`; `online` holds the keys that stay here."""

    def __init__(
        self, folder: Path, online: Path, *, lifetimes: Lifetimes = DEFAULT_LIFETIMES
    ) -> None:
        self._files = RepositoryFiles(folder)
        self._online = OnlineRoles(self._files, online, lifetimes)
        self._lifetimes = lifetimes

    def roles(self) -> dict[str, RoleKeys]:
        """Return what each role trusts now."""
        now = self._files.live()
        trusted = now.root.signed.roles
        return {
            one.type: RoleKeys(
                tuple(trusted[one.type].keyids),
                trusted[one.type].threshold,
                one.version,
                one.expires,
            )
            for one in now.all
        }

    def others(self) -> dict[str, tuple[str, ...]]:
        """Return the ids of the keys that sign orders and models, by role."""
        named = self._files.live().targets.signed.targets
        found: dict[str, tuple[str, ...]] = {CONTROL: (), MODELS: ()}
        if CONTROL_KEYS in named:
            content = self._files.target(named[CONTROL_KEYS]).read_bytes()
            found[CONTROL] = tuple(ControlKeys.model_validate_json(content).keys)
        if MODEL_SIGNING_KEY in named:
            pem = self._files.target(named[MODEL_SIGNING_KEY]).read_bytes()
            found[MODELS] = (SSlibKey.from_crypto(load_pem_public_key(pem)).keyid,)
        return found

    def standing(self) -> KeyStanding | None:
        """Return how far the staged change has come; None when none is staged."""
        root = self._files.waiting(Root)
        return None if root is None else self._standing(self._files.live(), root)

    def stage(
        self, role: Role, new: Sequence[Key], gone: Collection[str], at: datetime
    ) -> KeyStanding:
        """Prepare a root that trusts `new` and no longer `gone` for `role`; nothing is live yet.

        Without either it is the same root with a later end. What was staged before is replaced.

        Raises:
            RepositoryError: fewer keys would remain than must sign, or a key is not the role's.
        """
        with self._files.locked():
            now = self._files.live()
            root = Root.from_dict(now.root.signed.to_dict())
            root.version += 1
            root.expires = until(at, self._lifetimes.root)
            for keyid in gone:
                _revoke(root, role, keyid)
            for key in new:
                root.add_key(key, role)
            left, need = len(root.roles[role].keyids), root.roles[role].threshold
            if left < need:
                raise RepositoryError(f"{left} {role} keys would remain, and {need} must sign")
            staged = Metadata(root)
            self._files.keep_waiting(staged)
            if role == "targets":
                self._stage_targets(now, at)
            return self._standing(now, staged)

    def sign(self, signers: Collection[Signer]) -> KeyStanding:
        """Sign what is staged with those of `signers` whose signatures count.

        Raises:
            RepositoryError: nothing is staged, or no signature of these counts.
        """
        with self._files.locked():
            now, root = self._files.live(), self._must_wait()
            targets = self._targets_of(now)
            counts = _wanted(now.root.signed, root.signed, ("root",))
            for_root = [one for one in signers if one.public_key.keyid in counts]
            trusted = root.signed.roles["targets"].keyids
            for_targets = [one for one in signers if targets and one.public_key.keyid in trusted]
            if not for_root and not for_targets:
                raise RepositoryError("none of these keys counts for the change that waits")
            if for_root:
                sign(root, for_root)
                self._files.keep_waiting(root)
            if targets and for_targets:
                old = now.root.signed.roles["targets"].keyids
                also = [one for one in signers if one.public_key.keyid in old]
                sign(targets, [*for_targets, *also])
                self._files.keep_waiting(targets)
            return self._standing(now, root)

    def publish(self, at: datetime) -> KeyStanding:
        """Make the staged change live; one that was cut off is finished.

        Raises:
            NotEnoughSignaturesError: too few keys have signed.
            RepositoryError: nothing is staged, it was staged on an older state, or an online key
                is not at hand.
        """
        with self._files.locked():
            now, root = self._files.live(), self._must_wait()
            standing = self._standing(now, root)
            if not standing.complete:
                raise NotEnoughSignaturesError(f"{standing.told}; sign with another key")
            targets = self._targets_of(now) if standing.targets else None
            old, new = now.root.signed, root.signed
            timestamp = self._online.prepared(targets, at, (old, new))
            self._go_live(root, timestamp, smooth=self._readable(old, targets, timestamp))
            self._files.forget_waiting(Root)
            if self._targets_of(now):
                self._files.forget_waiting(Targets)
            return standing

    def _go_live(
        self, root: Metadata[Root], timestamp: Metadata[Timestamp], *, smooth: bool
    ) -> None:
        """Write root and timestamp; the timestamp first where the old root leads to it too."""
        if smooth:
            self._online.turn(timestamp)
        place = self._files.numbered("root", root.signed.version)
        write_atomically(place, root.to_bytes())
        if not smooth:
            self._online.turn(timestamp)

    def _readable(
        self, root: Root, targets: Metadata[Targets] | None, timestamp: Metadata[Timestamp]
    ) -> bool:
        """Tell whether who trusts `root` can read what `timestamp` leads to."""
        version = timestamp.signed.snapshot_meta.version
        snapshot = read(self._files.numbered("snapshot", version), Snapshot)
        signed = _counts(root, timestamp) and _counts(root, snapshot)
        return signed and (targets is None or _counts(root, targets))

    def _must_wait(self) -> Metadata[Root]:
        root = self._files.waiting(Root)
        if root is None:
            raise RepositoryError("no change of keys waits; see `keys rotate`")
        return root

    def _stage_targets(self, now: Live, at: datetime) -> None:
        """Prepare the same targets again, for the new keys to sign."""
        targets = Targets.from_dict(now.targets.signed.to_dict())
        targets.version += 1
        targets.expires = until(at, self._lifetimes.targets)
        self._files.keep_waiting(Metadata(targets))

    def _targets_of(self, now: Live) -> Metadata[Targets] | None:
        """Return staged targets that say the same as the live ones: those of a change of keys."""
        waiting = self._files.waiting(Targets)
        if waiting is None or waiting.signed.version != now.targets.signed.version + 1:
            return None
        return waiting if waiting.signed.targets == now.targets.signed.targets else None

    def _standing(self, now: Live, root: Metadata[Root]) -> KeyStanding:
        """Return how many signatures a staged change has, and needs.

        Raises:
            RepositoryError: it was staged on another root than the one that is live.
        """
        signed, version = root.signed, now.root.signed.version
        own = signed.get_verification_result("root", root.signed_bytes, root.signatures)
        if signed.version == version and root.to_bytes() == now.root.to_bytes():
            before = own  # the change was cut off after its root went live: it may be finished
        elif signed.version == version + 1:
            before = now.root.signed.get_verification_result(
                "root", root.signed_bytes, root.signatures
            )
        else:
            raise RepositoryError("the change of keys was staged on an older state; begin it again")
        targets = self._targets_standing(now, signed)
        return KeyStanding(
            signed.version,
            (len(before.signed), before.threshold),
            (len(own.signed), own.threshold),
            _wanted(now.root.signed, signed, ("root", "targets") if targets else ("root",)),
            targets,
        )

    def _targets_standing(self, now: Live, root: Root) -> tuple[int, int] | None:
        """Return how many new targets keys have signed; None where the change needs none."""
        if _counts(root, now.targets):
            return None
        waiting = self._targets_of(now)
        threshold = root.roles["targets"].threshold
        if waiting is None:
            return 0, threshold
        found = root.get_verification_result("targets", waiting.signed_bytes, waiting.signatures)
        return len(found.signed), threshold


def _wanted(old: Root, new: Root, roles: Collection[str]) -> frozenset[str]:
    """Return the ids of the keys of `roles` whose signatures count for a change."""
    kept = {keyid for keyid in old.roles["root"].keyids if "root" in roles}
    return frozenset(kept.union(*(new.roles[role].keyids for role in roles)))


def _revoke(root: Root, role: Role, keyid: str) -> None:
    """Let `root` trust a key for a role no more."""
    try:
        root.revoke_key(keyid, role)
    except ValueError as error:
        raise RepositoryError(f"{keyid[:12]} is no {role} key of this repository") from error


def _counts(root: Root, metadata: Metadata[T]) -> bool:
    """Tell whether enough of the keys that `root` trusts have signed `metadata`."""
    role, payload = metadata.signed.type, metadata.signed_bytes
    return bool(root.get_verification_result(role, payload, metadata.signatures))


def _of(counts: tuple[int, int]) -> str:
    return f"{counts[0]} of {counts[1]}"
