"""The gap detector as ONNX: a picture in, the map of centres and sides out."""

import numpy as np
from onnx import TensorProto, helper

from central_sync.trainers.gaps.detector_network import DETECTOR
from central_sync.trainers.gaps.step_graph import Drawing, draw_pixels, draw_steps
from central_sync.trainers.gaps.steps import Learned


def detector_graph(learned: Learned) -> bytes:
    """Return the detector: `picture` uint8 [1, h, w, 3] to `centre` and `sides`, float32 maps."""
    drawing = Drawing()
    draw_pixels(drawing, "picture")
    last = draw_steps(drawing, DETECTOR, learned)
    parts = drawing.constant("parts", np.array([1, 4], np.int64))
    drawing.nodes.append(helper.make_node("Split", [last, parts], ["logit", "raw"], axis=1))
    drawing.node("Sigmoid", ["logit"], "centre")
    drawing.node("Softplus", ["raw"], "sides")
    value = helper.make_tensor_value_info
    return drawing.bytes(
        "gap_detector",
        [value("picture", TensorProto.UINT8, [1, "h", "w", 3])],
        [
            value("centre", TensorProto.FLOAT, [1, 1, "rows", "columns"]),
            value("sides", TensorProto.FLOAT, [1, 4, "rows", "columns"]),
        ],
    )
