"""What the centre needs from the world, as protocols. Each docstring is a promise."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, Protocol

from central_sync.core.evaluation import Evaluation, Verdict
from central_sync.core.fleet import StoreRecord
from central_sync.core.ledger import NOTHING, Line
from central_sync.core.overview import OpenGap, Release, Training, Version, Wish
from central_sync.core.training import Outcome, Past
from endcap.wire.commands import StoreState
from endcap.wire.envelope import Batch
from endcap.wire.manifest import ModelManifest, ReleaseManifest
from endcap.wire.seqset import SeqSet

__all__ = ["Evaluation", "Verdict"]  # so that those who implement a port find its values here

Progress = Callable[[str], None]
"""Takes one line about what is being done now; may be called often."""


class DataUnusableError(Exception):
    """A data directory cannot be used; the message names the file, what is wrong and what to do."""


class ModelKind(Protocol):
    """One kind of model: fits and scores on a directory in a documented layout.

    `fit` reads `data` (never writes there), writes model.onnx, golden.json and manifest.json into
    `out`, and returns the manifest. `evaluate` scores `model` (a folder with those three files, or
    a bare .onnx) on the held-out part of `data`; None scores the shipped reference model, or, for
    kinds that depend on a catalogue, one fitted on the training part of `data` first.
    `compare` scores two model folders on the same held-out part and decides. All raise
    DataUnusableError.
    """

    @property
    def name(self) -> str: ...

    def fit(self, data: Path, out: Path, *, seed: int, progress: Progress) -> ModelManifest: ...

    def evaluate(
        self, data: Path, model: Path | None, *, baselines: bool, progress: Progress
    ) -> Evaluation: ...

    def compare(self, data: Path, candidate: Path, champion: Path | None) -> Verdict: ...


@dataclass(frozen=True, slots=True)
class ReleaseRow:
    """A release as the centre keeps it: signed when live, revoked when no store may take it."""

    manifest: ReleaseManifest
    signed_at: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Champion:
    """The model that serves of a kind since a moment, and the folder that holds its files."""

    manifest: ModelManifest
    folder: Path
    since: datetime


@dataclass(frozen=True, slots=True)
class Assignment:
    """The release a store should want; `told` when the broker has confirmed the wish."""

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
    `training_under_way` tells whether a champion may change within this hour.
    """

    async def training_under_way(self) -> bool: ...

    async def champions(self) -> Mapping[str, Champion]: ...

    async def releases(self) -> tuple[ReleaseRow, ...]: ...

    async def keep(self, row: ReleaseRow) -> None: ...


class Assignments(Protocol):
    """Keeps which store should want which release.

    `assign` takes the stores given, or every known store for None, and returns how many changed;
    `assign_new` takes the stores that have no assignment yet. `told` marks one as told unless it
    changed since.
    """

    async def assign(self, release: int, stores: Sequence[str] | None, at: datetime) -> int: ...

    async def assign_new(self, release: int, at: datetime) -> int: ...

    async def assignments(self) -> tuple[Assignment, ...]: ...

    async def told(self, assignment: Assignment, at: datetime) -> None: ...


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


class RepositoryError(Exception):
    """The signed repository, or a key of it, cannot be used; the message says what to do."""


class NotEnoughSignaturesError(RepositoryError):
    """Too few keys have signed; nothing changed for the stores."""


class ReleaseUnusableError(Exception):
    """A release cannot be made or changed as asked; the message says what to do."""


class Announcer(Protocol):
    """A link to the broker: `connections` counts how often it was made.

    `publish` returns once the broker confirmed and raises LinkDownError otherwise.
    """

    @property
    def connected(self) -> bool: ...

    @property
    def connections(self) -> int: ...

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None: ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """A batch, and the store on whose topic it came."""

    store: str
    batch: Batch


@dataclass(frozen=True, slots=True)
class Committed:
    """What the centre has of an epoch of a store, on its disk; `just` is what came last."""

    store: str
    epoch: str
    line: Line
    just: SeqSet = NOTHING


LetterForm = Literal["event", "batch", "state"]
"""What a dead letter was meant to be."""


class EventStore(Protocol):
    """Keeps events. What `commit` or `refuse` did survives a power cut when it returns.

    A batch that comes again changes nothing. An event that cannot be taken becomes a dead letter
    in the same commit; `refuse` keeps a whole payload as one, once, however often it comes.
    `line` is what there is of an epoch, empty when nothing is.
    """

    async def commit(self, delivery: Delivery, at: datetime) -> tuple[Committed, ...]: ...

    async def refuse(
        self, store: str, form: LetterForm, payload: bytes, reason: str, at: datetime
    ) -> None: ...

    async def line(self, store: str, epoch: str) -> Committed: ...


class StoreStates(Protocol):
    """Keeps the last state of each store; `heard_at` is when it was surely alive."""

    async def note(self, state: StoreState, at: datetime, *, heard_at: datetime) -> None: ...


class Heard(Protocol):
    """A message from the broker; `retained` when the broker had kept it from before."""

    @property
    def topic(self) -> str: ...

    @property
    def payload(self) -> bytes: ...

    @property
    def retained(self) -> bool: ...


class Uplink(Protocol):
    """What the stores say: waits for a message and returns it with those behind it."""

    async def take(self, limit: int) -> Sequence[Heard]: ...


class Acks(Protocol):
    """Tells stores what is committed, never less than it told before on the same connection.

    Where the link is down nothing is told: a store sends again, and is told then. `again` tells
    it also when the store was told the same before.
    """

    async def tell(self, committed: Committed, *, again: bool = True) -> None: ...


class LakeFilling(Protocol):
    """Brings committed events into the lake, each once, in steps that may be interrupted.

    `sweep` takes away what an interrupted step left; `fill` writes at most `limit` events that are
    not there yet and returns how many.
    """

    async def sweep(self) -> int: ...

    async def fill(self, limit: int, at: datetime) -> int: ...


class Lake(Protocol):
    """The events of the whole fleet, as data that trainers read.

    `export` writes what a kind of model learns from into `out`, in that kind's documented layout,
    and returns how many events are behind it; raises DataUnusableError when there are none, or
    nothing is collected for the kind.
    """

    def export(self, kind: str, out: Path) -> int: ...


@dataclass(frozen=True, slots=True)
class Fitted:
    """A candidate in a folder, compared with the champion; `events` are behind it."""

    folder: Path
    verdict: Verdict
    events: int


class TrainingFailedError(Exception):
    """A training came to no verdict; the message is the reason, on one line."""


class Workshop(Protocol):
    """Fits a candidate and compares it, away from the server: a crash there does no harm here.

    Learns from all that the fleet has sent. `champion` is the folder of the model to compare with.
    Ends within `limit`; raises TrainingFailedError when it comes to no verdict.
    """

    async def fit(self, kind: str, champion: Path | None, limit: timedelta) -> Fitted: ...


class TrainingBook(Protocol):
    """Journals trainings; what a method wrote survives a power cut when it returns.

    `standing` tells what was tried and how many events a kind has behind it now. `finish` closes
    a training and, where `version` was promoted, makes it the champion in the same write.
    `abandon` fails those that never came to an end.
    """

    async def standing(self, kind: str) -> tuple[Past, int]: ...

    async def begin(self, kind: str, events: int, at: datetime) -> int: ...

    async def finish(
        self, training: int, outcome: Outcome, version: str | None, at: datetime
    ) -> None: ...

    async def abandon(self, at: datetime) -> int: ...


class Registry(Protocol):
    """Keeps models by version, their files unchanged.

    `register` copies a folder's files under a new version, as the candidate of its kind, and
    raises DataUnusableError when they are not those that their manifest names.
    """

    async def champion(self, kind: str) -> Champion | None: ...

    async def register(self, kind: str, folder: Path, at: datetime) -> ModelManifest: ...


class CentreUnreadableError(Exception):
    """The centre's database did not answer; the message says why, in one line."""


class FleetReads(Protocol):
    """What is known of the stores, by name; `fleet` starts after a name.

    This and LearningReads raise CentreUnreadableError when the disk does not answer.
    """

    async def fleet(self, after: str, limit: int) -> tuple[StoreRecord, ...]: ...

    async def store(self, name: str) -> StoreRecord | None: ...

    async def last_seen(self) -> tuple[datetime, ...]: ...


class GapReads(Protocol):
    """The facings that stand empty, the oldest first: of one store, or of all."""

    async def open_gaps(self, store: str | None, limit: int) -> tuple[OpenGap, ...]: ...


class LearningReads(Protocol):
    """What was trained and released, newest first, and what each store should want."""

    async def models(self) -> tuple[Version, ...]: ...

    async def trainings(self, limit: int) -> tuple[Training, ...]: ...

    async def releases(self, limit: int) -> tuple[Release, ...]: ...

    async def wishes(self, stores: Sequence[str]) -> Mapping[str, Wish]: ...
