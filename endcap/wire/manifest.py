"""What a model and a release say of themselves.

A model manifest describes one ONNX file and how to prove it works; a release manifest names every
model a store runs, so that a store changes as one or not at all. Nothing here reads a file.
"""

import re
from typing import Any, Literal

from pydantic import Field

from endcap.wire.identifiers import Finite, Name, ReleaseVersion, Sha256, Version
from endcap.wire.values import Instant, Value

_NOT_FOR_BUSINESS = re.compile(r"research|non-?commercial|\bnc\b|measure only", re.IGNORECASE)


class Tensor(Value):
    """One input or output of a model. A text in `shape` names a free dimension."""

    name: str
    dtype: Literal["float32", "int64", "uint8", "bool"]
    shape: tuple[int | str, ...]
    unit: str
    description: str = ""


class Metric(Value):
    """One figure, on which data, measured by which command."""

    name: str
    value: Finite
    data: str
    command: str = ""


class TrainingData(Value):
    """What a model was trained on, and under which terms."""

    name: str
    licence: str
    use: str = ""


class FileRef(Value):
    """A file by content: its name beside the manifest, its hash and its length in bytes."""

    file: str
    sha256: Sha256
    length: int = Field(ge=1, le=512 * 1024 * 1024)


class ModelManifest(Value):
    """Everything a store must know of a model before it runs it."""

    kind: Name
    version: Version
    model: FileRef
    golden: FileRef
    inputs: tuple[Tensor, ...] = Field(min_length=1)
    outputs: tuple[Tensor, ...] = Field(min_length=1)
    thresholds: dict[str, Finite] = Field(default_factory=dict)
    parameters: dict[str, Any] = Field(default_factory=dict)
    metrics: tuple[Metric, ...] = ()
    training_data: tuple[TrainingData, ...] = ()
    licence: str
    minimum_agent: Version
    created: Instant

    @property
    def restriction(self) -> str:
        """The terms, the model's or its data's, that keep it out of business; empty without any."""
        terms = (self.licence, *(one.licence for one in self.training_data))
        return next((one for one in terms if _NOT_FOR_BUSINESS.search(one)), "")


class GoldenTensor(Value):
    """A tensor as text: little-endian bytes in base64."""

    dtype: Literal["float32", "int64", "uint8", "bool"]
    shape: tuple[int, ...]
    data: str


class GoldenCase(Value):
    """Inputs, and the outputs a sound copy of the model gives, within the tolerances."""

    inputs: dict[str, GoldenTensor]
    outputs: dict[str, GoldenTensor]
    rtol: Finite = 1e-4
    atol: Finite = 1e-5


class Golden(Value):
    """The golden file of a model: at least one case."""

    cases: tuple[GoldenCase, ...] = Field(min_length=1)


CHUNK = 256 * 1024
"""The bytes of a piece of a large file that is verified, and fetched again, on its own."""


class Delta(Value):
    """What turns the file `base` into the file `target`: a zstd frame with `base` as its prefix."""

    base: Sha256
    target: Sha256
    file: FileRef


class ReleaseManifest(Value):
    """Everything a site runs, as one. `models` maps a kind to its manifest.

    `settings` are numbers of the site by part, such as a threshold; they go before a model's own.
    `chunks` are the hashes of a large file's pieces of CHUNK bytes, by the file's hash. `deltas`
    are shorter ways from what a store may have; a store may always take the whole file instead.
    """

    release: ReleaseVersion
    created: Instant
    models: dict[Name, ModelManifest] = Field(min_length=1)
    notes: str = ""
    settings: dict[Name, dict[Name, Finite]] = Field(default_factory=dict)
    chunks: dict[Sha256, tuple[Sha256, ...]] = Field(default_factory=dict)
    deltas: tuple[Delta, ...] = Field(default=(), max_length=200)
