"""Tensors of the Open Inference Protocol: read from JSON by a model's manifest, and said again.

What does not fit the manifest is refused here, so that no request makes a sound model fail. Runs no
model.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from endcap.wire.manifest import ModelManifest, Tensor

DATATYPES = {"float32": "FP32", "int64": "INT64", "uint8": "UINT8", "bool": "BOOL"}
"""The protocol's word for each type of a manifest."""
PLATFORM = "onnxruntime_onnx"
MOST_ELEMENTS = 1_000_000
"""The most elements of one tensor."""
_KINDS = {"float32": "fiu", "int64": "iu", "uint8": "iu", "bool": "b"}
_WORDS = {name: np.dtype(name) for name in DATATYPES}


class TensorError(ValueError):
    """What is wrong with a tensor, and what the model takes."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A tensor as it came: nested lists, or a flat one in row-major order."""

    name: str
    datatype: str
    shape: tuple[int, ...]
    data: Sequence[Any]


@dataclass(frozen=True, slots=True)
class TensorMetadata:
    """A tensor of a model; -1 in `shape` is a free dimension."""

    name: str
    datatype: str
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ModelMetadata:
    """What a model takes and gives."""

    name: str
    versions: tuple[str, ...]
    platform: str
    inputs: tuple[TensorMetadata, ...]
    outputs: tuple[TensorMetadata, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """A tensor as it is answered, its data flat in row-major order."""

    name: str
    shape: tuple[int, ...]
    datatype: str
    data: list[Any]


def metadata_of(manifest: ModelManifest) -> ModelMetadata:
    """Return what the protocol says of a model."""
    return ModelMetadata(
        manifest.kind,
        (manifest.version,),
        PLATFORM,
        tuple(_metadata(one) for one in manifest.inputs),
        tuple(_metadata(one) for one in manifest.outputs),
    )


def _metadata(tensor: Tensor) -> TensorMetadata:
    shape = tuple(one if isinstance(one, int) else -1 for one in tensor.shape)
    return TensorMetadata(tensor.name, DATATYPES[tensor.dtype], shape)


def tensors_of(asked: Sequence[Asked], manifest: ModelManifest) -> dict[str, NDArray[Any]]:
    """Return the arrays to run a model on.

    Raises:
        TensorError: an input is missing, unknown, there twice, or of another type or shape; also
            when dimensions of one name differ.
    """
    known = {one.name: one for one in manifest.inputs}
    names = [one.name for one in asked]
    if sorted(names) != sorted(known):
        raise TensorError(f"the inputs are {_listed(known)}, each once; not {_listed(names)}")
    free: dict[str, int] = {}
    for one in asked:
        _fit(one, known[one.name], free)
    return {one.name: _array(one, known[one.name]) for one in asked}


def chosen(names: Sequence[str], manifest: ModelManifest) -> tuple[Tensor, ...]:
    """Return the outputs that are asked for, in that order; all of them when none is named.

    Raises:
        TensorError: the model has no such output.
    """
    known = {one.name: one for one in manifest.outputs}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise TensorError(f"the outputs are {_listed(known)}; not {_listed(unknown)}")
    return tuple(known[name] for name in names or known)


def answered(found: Mapping[str, NDArray[Any]], wanted: Iterable[Tensor]) -> tuple[Said, ...]:
    """Return what a model answered, as the protocol has it."""
    return tuple(
        Said(
            one.name, found[one.name].shape, DATATYPES[one.dtype], found[one.name].ravel().tolist()
        )
        for one in wanted
    )


def _fit(asked: Asked, tensor: Tensor, free: dict[str, int]) -> None:
    """Refuse a tensor of another type or shape; note the free dimensions it settles."""
    wanted = _metadata(tensor)
    if asked.datatype != wanted.datatype:
        raise TensorError(f"{asked.name}: {wanted.datatype} is taken, not {asked.datatype}")
    fits = len(asked.shape) == len(tensor.shape) and all(
        size >= 0 and size == (free.setdefault(one, size) if isinstance(one, str) else one)
        for size, one in zip(asked.shape, tensor.shape, strict=True)
    )
    if not fits:
        shape = [free.get(one, one) if isinstance(one, str) else one for one in tensor.shape]
        raise TensorError(f"{asked.name}: shape {shape} is taken, not {list(asked.shape)}")
    if prod(asked.shape) > MOST_ELEMENTS:
        raise TensorError(f"{asked.name}: at most {MOST_ELEMENTS} elements are taken")


def _array(asked: Asked, tensor: Tensor) -> NDArray[Any]:
    """Return the data of a tensor."""
    wanted = _WORDS[tensor.dtype]
    try:
        found = np.asarray(asked.data)
    except ValueError:
        raise TensorError(f"{asked.name}: its lists are of different lengths") from None
    if found.size != prod(asked.shape) or (found.ndim > 1 and found.shape != asked.shape):
        detail = (
            f"shape {list(asked.shape)} has {prod(asked.shape)} elements, the data {found.size}"
        )
        raise TensorError(f"{asked.name}: {detail}")
    if found.size == 0:
        return np.zeros(asked.shape, wanted)
    if found.dtype.kind not in _KINDS[tensor.dtype] or not _in_range(found, wanted):
        raise TensorError(f"{asked.name}: an element is no {DATATYPES[tensor.dtype]}")
    return found.astype(wanted).reshape(asked.shape)


def _in_range(found: NDArray[Any], wanted: np.dtype[Any]) -> bool:
    """Tell whether every element has its place in the type that is wanted."""
    if wanted.kind == "b":
        return True
    limits = np.finfo(wanted) if wanted.kind == "f" else np.iinfo(wanted)
    return bool((found >= limits.min).all() and (found <= limits.max).all())


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted({repr(name[:60]) for name in names})) or "none"
