"""What the centre needs from the world, as protocols. Each docstring is a promise."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from endcap.wire.manifest import ModelManifest

Progress = Callable[[str], None]
"""Takes one line about what is being done now; may be called often."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a model scored on a directory of data. `metrics` are JSON values, keys as documented."""

    task: str
    data_name: str
    data_sha256: str
    model_name: str
    model_version: str
    model_sha256: str
    metrics: Mapping[str, Any]
    baselines: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Candidate against champion on the same held-out rows: who serves, and why."""

    promote: bool
    reason: str
    metric: str
    candidate: float
    champion: float | None
    rows: int


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
