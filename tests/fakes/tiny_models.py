"""Real, tiny models: y = factor * x, with a manifest and a golden file."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper

from endcap.models.golden import case
from endcap.plumbing.files import sha256_of
from endcap.plumbing.onnx_session import open_session
from endcap.wire.manifest import FileRef, Golden, ModelManifest, ReleaseManifest, Tensor

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SHAPE = ("n", 3)


@dataclass(frozen=True, slots=True)
class TinyModel:
    """A model's three files, as bytes."""

    manifest: ModelManifest
    model: bytes
    golden: bytes

    def written(self, folder: Path) -> Path:
        """Write the three files into `folder`, as the registry and models_onnx hold them."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "model.onnx").write_bytes(self.model)
        (folder / "golden.json").write_bytes(self.golden)
        (folder / "manifest.json").write_text(self.manifest.model_dump_json())
        return folder


def onnx_bytes(
    nodes: Sequence[onnx.NodeProto], initializer: Sequence[onnx.TensorProto] = ()
) -> bytes:
    """Return a model of `nodes` from x to y, both float32 of n by 3."""
    made = helper.make_graph(
        list(nodes),
        "tiny",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, SHAPE)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, SHAPE)],
        initializer=initializer,
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


def times(factor: float, *, ballast: int = 0) -> bytes:
    """Return a model that multiplies by `factor`; `ballast` floats make its file larger."""
    weights = [helper.make_tensor("w", TensorProto.FLOAT, [1], [factor])]
    if ballast:
        noise = np.random.default_rng(7).normal(size=ballast).astype(np.float32)
        weights.append(
            helper.make_tensor("ballast", TensorProto.FLOAT, [ballast], noise.tobytes(), raw=True)
        )
    return onnx_bytes([helper.make_node("Mul", ["x", "w"], ["y"])], initializer=weights)


def described(
    model: bytes,
    golden: bytes,
    *,
    kind: str = "demand",
    version: str = "1.0.0",
    licence: str = "CC0-1.0",
) -> TinyModel:
    """Return `model` with a manifest that fits the contract x -> y; an empty file counts as 1."""
    manifest = ModelManifest(
        kind=kind,
        version=version,
        model=FileRef(file="model.onnx", sha256=sha256_of(model), length=len(model) or 1),
        golden=FileRef(file="golden.json", sha256=sha256_of(golden), length=len(golden) or 1),
        inputs=(Tensor(name="x", dtype="float32", shape=SHAPE, unit="1"),),
        outputs=(Tensor(name="y", dtype="float32", shape=SHAPE, unit="1"),),
        licence=licence,
        minimum_agent="0.1.0",
        created=NOON,
    )
    return TinyModel(manifest, model, golden)


def golden_of(model: bytes) -> bytes:
    """Return the golden file of a sound x -> y model."""
    inputs = {"x": np.arange(6, dtype=np.float32).reshape(2, 3)}
    cases = (case(inputs, open_session(model).run),)
    return Golden(cases=cases).model_dump_json().encode()


def tiny(
    factor: float = 2.0,
    *,
    kind: str = "demand",
    version: str = "1.0.0",
    ballast: int = 0,
    licence: str = "CC0-1.0",
) -> TinyModel:
    """Return a sound model that multiplies by `factor`."""
    model = times(factor, ballast=ballast)
    return described(model, golden_of(model), kind=kind, version=version, licence=licence)


def release(number: int, *models: TinyModel, notes: str = "") -> ReleaseManifest:
    """Return a release of `models`."""
    return ReleaseManifest(
        release=number,
        created=NOON,
        models={one.manifest.kind: one.manifest for one in models},
        notes=notes,
    )
