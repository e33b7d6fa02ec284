"""What releasing needs: the shelf of releases, the signed repository, and who should want what."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from central_sync.ports.training import Champion
from endcap.wire.manifest import ReleaseManifest


@dataclass(frozen=True, slots=True)
class ReleaseRow:
    """A release as the centre keeps it: signed when live, revoked when no store may take it."""

    manifest: ReleaseManifest
    signed_at: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Assignment:
    """The release a store should want; `told` when the broker has confirmed its signed word."""

    store: str
    release: int
    assigned: datetime
    told: bool = False


@dataclass(frozen=True, slots=True)
class RepositoryStanding:
    """What the signed repository says now; `files` are the paths it names.

    `waiting` are the releases of a staged change; `have` of the `need` keys signed it. `need` is 0
    when nothing is staged.
    """

    releases: tuple[int, ...]
    files: frozenset[str]
    expires: Mapping[str, datetime]
    versions: Mapping[str, int]
    waiting: tuple[int, ...] = ()
    have: int = 0
    need: int = 0


class ReleaseShelf(Protocol):
    """Keeps releases; what a method wrote survives a power cut when it returns.

    `releases` come newest first, also unsigned and revoked ones. Numbers are never reused.
    `ways_back` maps a release to the one that was made with it to lead back from it; `keep_new`
    keeps both as one, because another process may publish what it sees.
    `training_under_way` tells whether a champion may change within this hour, `rollout_under_way`
    whether what the fleet runs may.
    """

    async def training_under_way(self) -> bool: ...

    async def rollout_under_way(self) -> bool: ...

    async def champions(self) -> Mapping[str, Champion]: ...

    async def releases(self) -> tuple[ReleaseRow, ...]: ...

    async def keep(self, row: ReleaseRow) -> None: ...

    async def ways_back(self) -> Mapping[int, int]: ...

    async def keep_new(self, row: ReleaseRow, back: ReleaseRow | None) -> None: ...


class Assignments(Protocol):
    """Keeps which store should want which release.

    `assign` takes the stores given, or every known store for None, and returns how many changed;
    `assign_new` takes the stores that have no assignment yet. Only what is live is signed and
    told; that is central_sync.ports.orders'.
    """

    async def assign(self, release: int, stores: Sequence[str] | None, at: datetime) -> int: ...

    async def assign_new(self, release: int, at: datetime) -> int: ...

    async def assignments(self) -> tuple[Assignment, ...]: ...


class SignedReleases(Protocol):
    """The signed repository that stores read. What it shows is whole at every moment.

    `stage` prepares a change, `sign` adds the signatures of the targets keys in a folder, and
    `publish` makes it live once enough have signed; it raises NotEnoughSignaturesError before.
    `refresh` renews what the online keys sign when it is near its end and tells whether it did.
    """

    async def standing(self) -> RepositoryStanding: ...

    async def stage(
        self, add: Mapping[str, bytes], remove: Collection[str], at: datetime
    ) -> None: ...

    async def sign(self, keys: Path) -> RepositoryStanding: ...

    async def publish(self, at: datetime) -> RepositoryStanding: ...

    async def refresh(self, at: datetime) -> bool: ...


class ModelFiles(Protocol):
    """Reads the files of registered models, by their path in a release.

    Raises ReleaseUnusableError when a file is not the one that its manifest names.
    """

    async def files(self, champions: Mapping[str, Champion]) -> dict[str, bytes]: ...


class Shortcuts(Protocol):
    """Shorter ways to the files of a release. `at_hand` are files that are not published yet.

    `furnished` returns the release with the pieces of its large files, and with deltas from the
    models of `live` releases, and from those that come with the program, where they are short.
    `files` returns the deltas that a release names, by path, and raises ReleaseUnusableError when
    they come out otherwise than it says.
    """

    async def furnished(
        self,
        manifest: ReleaseManifest,
        live: Sequence[ReleaseManifest],
        at_hand: Mapping[str, bytes],
    ) -> ReleaseManifest: ...

    async def files(
        self, manifest: ReleaseManifest, at_hand: Mapping[str, bytes]
    ) -> dict[str, bytes]: ...


class RepositoryError(Exception):
    """The signed repository, or a key of it, cannot be used; the message says what to do."""


class NotEnoughSignaturesError(RepositoryError):
    """Too few keys have signed; nothing changed for the stores."""


class ReleaseUnusableError(Exception):
    """A release cannot be made or changed as asked; the message says what to do."""
