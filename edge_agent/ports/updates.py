"""What an update of the store's models needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from edge_agent.core.trial import Fared
from edge_agent.core.update import Standing, Update
from edge_agent.ports.models import Models, Site
from endcap.wire.manifest import FileRef, ModelManifest, ReleaseManifest
from endcap.wire.orders import ControlKeys


class UpdateError(Exception):
    """An update cannot go on; the message is one line for a person, with the cause."""


class NotNowError(UpdateError):
    """Nobody answers, or installs are not allowed now (metadata expired, no room): try later."""


class DamagedError(UpdateError):
    """What came, or what lies on the disk, is not what was signed."""


class UnfitError(UpdateError):
    """The release is signed but no good for this store: trying again will not help."""


class ReleaseSource(Protocol):
    """Brings signed releases whenever it is asked to.

    `read` returns what a release says of itself. `fetch` returns once every file of it is verified
    and on the disk; it goes on where an earlier call stopped. Both raise NotNowError, DamagedError
    or UnfitError.
    """

    async def read(self, release: int, at: datetime) -> ReleaseManifest: ...

    async def fetch(self, release: int, at: datetime) -> ReleaseManifest: ...


class Releases(Protocol):
    """Brings signed releases when the store may change; `fetch` is that of ReleaseSource.

    `permit` returns when a release may be put in place; both raise NotNowError while it may not.
    """

    async def fetch(self, release: int, at: datetime) -> ReleaseManifest: ...

    async def permit(self, release: int, at: datetime) -> None: ...


@dataclass(frozen=True, slots=True)
class Signed:
    """What verified metadata says: its version, its end, and the keys whose orders count."""

    version: int
    expires: datetime
    keys: ControlKeys | None


class SignedState(Protocol):
    """Brings fresh metadata, verified by `at`; raises NotNowError or DamagedError."""

    async def look(self, at: datetime) -> Signed: ...


class ModelFiles(Protocol):
    """The store's folder of model files, named by content.

    `read` returns a file's bytes, hashed after they were read, and raises DamagedError otherwise.
    `sweep` removes every file that is not among `keep`.
    """

    async def read(self, file: FileRef) -> bytes: ...

    async def sweep(self, keep: frozenset[str]) -> None: ...


class Rehearsal(Protocol):
    """Tries a model where it can do no harm.

    Returns why the model is no good, on one line, or an empty text; never raises for what a model
    does, and ends within its time limit. `champion` is the model that serves, to be measured by.
    """

    async def rehearse(
        self, manifest: ModelManifest, model: bytes, golden: bytes, champion: bytes | None = None
    ) -> str: ...


class Slots(Models, Protocol):
    """The models that serve, replaceable.

    `prepare` loads a release beside the one that serves (None is what came with the program) and
    raises DamagedError or UnfitError. `model` returns the file of the model that serves for a kind.
    `cast_shadow` tries a site on what the champion is asked, within a share of one core. `swap`
    puts a site in place between two requests; the one before stands by as the champion, as does one
    given to `stand_by`, until `settle` lets go of what does not serve.

    `pair` is champion and candidate while there are both. `faring` says how the candidate fares by
    kind, in the shadow or, after the swap, where it serves.
    """

    async def prepare(self, release: ReleaseManifest | None) -> Site: ...

    async def model(self, kind: str) -> bytes | None: ...

    def cast_shadow(self, site: Site, share: float) -> None: ...

    def stand_by(self, site: Site) -> None: ...

    def swap(self, site: Site) -> None: ...

    def settle(self) -> None: ...

    @property
    def pair(self) -> tuple[Site, Site] | None: ...

    @property
    def faring(self) -> Mapping[str, Fared]: ...


class UpdateJournal(Protocol):
    """Remembers updates; what a method wrote survives a power cut when it returns.

    `advance` journals a stand of the update and tells the centre. `serve` does so too and changes
    what serves in the same transaction: `release` is None for what came with the program.
    """

    async def standing(self) -> Standing: ...

    async def advance(self, update: Update, at: datetime) -> None: ...

    async def serve(
        self, update: Update, release: ReleaseManifest | None, at: datetime
    ) -> None: ...


class Servings(Protocol):
    """The releases the store can serve now: the one in place and the one before it."""

    async def serving(self) -> ReleaseManifest | None: ...

    async def previous(self) -> ReleaseManifest | None: ...
