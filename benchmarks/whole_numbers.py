"""A model in whole numbers, made on the spot to see what it would cost; not how well it answers."""

import logging
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

_WHOLE = {"QuantizeLinear", "QLinearConv", "ConvInteger"}


class _Once(CalibrationDataReader):  # type: ignore[misc] # ONNX Runtime has no types
    def __init__(self, feed: Mapping[str, NDArray[Any]]) -> None:
        self._feeds = iter([dict(feed)])

    def get_next(self) -> dict[str, NDArray[Any]] | None:
        return next(self._feeds, None)


def is_whole(model: bytes) -> bool:
    """Return whether a model calculates in whole numbers already."""
    nodes = onnx.load_model_from_string(model).graph.node
    return any(node.op_type in _WHOLE for node in nodes)


@contextmanager
def _without_advice() -> Iterator[None]:
    """Keep ONNX Runtime's advice on accuracy, which is not asked here, out of the log."""
    root = logging.getLogger()
    before = root.level
    root.setLevel(logging.ERROR)
    try:
        yield
    finally:
        root.setLevel(before)


def in_whole_numbers(model: bytes, feed: Mapping[str, NDArray[Any]]) -> bytes:
    """Return `model` with its convolutions in 8 bits, their ranges learned from one feed."""
    with tempfile.TemporaryDirectory() as folder, _without_advice():
        made = Path(folder, "model.onnx")
        quantize_static(
            onnx.load_model_from_string(model),
            str(made),
            _Once(feed),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv", "Add", "Clip"],
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )
        return made.read_bytes()
