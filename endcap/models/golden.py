"""Golden checks: does this copy of a model answer as its maker saw it answer?

Builds and judges the golden file of a model. Running the model is the caller's: `run` takes the
inputs and returns the outputs, by name.
"""

import base64
from collections.abc import Callable, Mapping
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from endcap.wire.manifest import Golden, GoldenCase, GoldenTensor

_DType = Literal["float32", "int64", "uint8", "bool"]
Arrays = Mapping[str, NDArray[Any]]
Run = Callable[[Arrays], Arrays]


def to_tensor(array: NDArray[Any]) -> GoldenTensor:
    """Return `array` as text; its dtype must be one the wire has a name for."""
    data = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<")).tobytes()
    return GoldenTensor(
        dtype=cast("_DType", str(array.dtype)),
        shape=array.shape,
        data=base64.b64encode(data).decode(),
    )


def to_array(tensor: GoldenTensor) -> NDArray[Any]:
    """Return the array that `tensor` describes.

    Raises:
        ValueError: the bytes do not fill the shape.
    """
    dtype = np.dtype(tensor.dtype).newbyteorder("<")
    raw = np.frombuffer(base64.b64decode(tensor.data, validate=True), dtype=dtype)
    return raw.reshape(tensor.shape).astype(np.dtype(tensor.dtype))


def case(inputs: Arrays, run: Run, *, rtol: float = 1e-4, atol: float = 1e-5) -> GoldenCase:
    """Return a golden case: `inputs`, and what `run` answers now."""
    outputs = run(inputs)
    return GoldenCase(
        inputs={name: to_tensor(value) for name, value in inputs.items()},
        outputs={name: to_tensor(value) for name, value in outputs.items()},
        rtol=rtol,
        atol=atol,
    )


def disagreements(golden: Golden, run: Run) -> tuple[str, ...]:
    """Return, a line each, where `run` answers otherwise than the golden file; empty when sound."""
    found: list[str] = []
    for number, one in enumerate(golden.cases, start=1):
        outputs = run({name: to_array(tensor) for name, tensor in one.inputs.items()})
        for name, tensor in one.outputs.items():
            problem = _differs(outputs.get(name), to_array(tensor), one)
            if problem:
                found.append(f"golden case {number}, output {name!r}: {problem}")
    return tuple(found)


def _differs(got: NDArray[Any] | None, wanted: NDArray[Any], one: GoldenCase) -> str:
    """Return how `got` differs from `wanted`, or an empty text."""
    if got is None:
        return "missing"
    if got.shape != wanted.shape:
        return f"shape {got.shape}, wanted {wanted.shape}"
    if got.dtype.kind == "f" and not np.isfinite(got).all():
        return "not finite"
    if not np.allclose(got, wanted, rtol=one.rtol, atol=one.atol):
        worst = float(np.max(np.abs(got.astype(np.float64) - wanted.astype(np.float64))))
        return f"off by up to {worst:.3g} (rtol {one.rtol}, atol {one.atol})"
    return ""
