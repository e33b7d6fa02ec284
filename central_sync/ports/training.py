"""What learning needs: kinds of models, the registry, the workshop, and the book of trainings."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol, runtime_checkable

from central_sync.core.evaluation import Evaluation, Verdict
from central_sync.core.training import Outcome, Past
from central_sync.ports.executor import Executor
from endcap.wire.manifest import ModelManifest

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


@runtime_checkable
class Spreading(Protocol):
    """A kind whose fits can be shared out: `spread` is the same kind, worked by an executor."""

    def spread(self, executor: Executor) -> ModelKind: ...


@runtime_checkable
class Continuing(Protocol):
    """A kind that can go on from the model that serves: `going_on` is the same kind that does."""

    def going_on(self, champion: Path) -> ModelKind: ...


@dataclass(frozen=True, slots=True)
class Champion:
    """The model that serves of a kind since a moment, and the folder that holds its files."""

    manifest: ModelManifest
    folder: Path
    since: datetime


class Registry(Protocol):
    """Keeps models by version, their files unchanged.

    `register` copies a folder's files under a new version, as the candidate of its kind, and
    raises DataUnusableError when they are not those that their manifest names.
    """

    async def champion(self, kind: str) -> Champion | None: ...

    async def register(self, kind: str, folder: Path, at: datetime) -> ModelManifest: ...


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

    `standing` tells what was tried and how many events a kind has behind it now. `begin` journals
    a try and its cause. `finish` closes
    a training and, where `version` was promoted, makes it the champion in the same write.
    `abandon` fails those that never came to an end.
    """

    async def standing(self, kind: str) -> tuple[Past, int]: ...

    async def begin(self, kind: str, events: int, at: datetime, cause: str) -> int: ...

    async def finish(
        self, training: int, outcome: Outcome, version: str | None, at: datetime
    ) -> None: ...

    async def abandon(self, at: datetime) -> int: ...
