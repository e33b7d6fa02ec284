"""A graph of steps in whole numbers: ONNX Runtime's static quantisation, each filter on its scale.

Activations are unsigned bytes whose ranges are taken from pictures given for it; filters are signed
numbers of seven bits, one scale for each output (U8S8, QDQ). With eight bits, sums overflow on
processors without the newer dot products, and answers would depend on the machine. What stands
before the first and after the last step stays in floating point: inputs and outputs are as before.
"""

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)

from central_sync.trainers.gaps.steps import PIXELS


class _Feeds(CalibrationDataReader):  # type: ignore[misc] # ONNX Runtime has no types
    """The inputs one after another, as the quantiser asks for them."""

    def __init__(self, feeds: Iterator[dict[str, NDArray[Any]]]) -> None:
        self._feeds = feeds

    def get_next(self) -> dict[str, NDArray[Any]] | None:
        return next(self._feeds, None)


def quantised(graph: bytes, feeds: Iterable[dict[str, NDArray[Any]]], *, last: str) -> bytes:
    """Return `graph` in whole numbers, its ranges learned from `feeds`.

    `last` names the convolution's answer that stays in floating point: a logit's small
    differences matter.
    """
    model = onnx.load_model_from_string(graph)
    names = {node.output[0]: f"made_{number}" for number, node in enumerate(model.graph.node)}
    for node in model.graph.node:
        node.name = names[node.output[0]]
    aside = [names[last], names[PIXELS]]
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder, "model.onnx")
        quantize_static(
            model,
            str(made),
            _Feeds(iter(feeds)),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv", "Add", "Clip", "Resize"],
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=aside,
            calibrate_method=CalibrationMethod.MinMax,
        )
        return made.read_bytes()
