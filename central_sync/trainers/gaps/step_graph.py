"""Steps as ONNX nodes: a network that branches, written by hand, normalisation already folded in.

What goes in before the first step and comes out after the last is each network's own file.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from central_sync.trainers.gaps.backbone import MEAN, SPREAD
from central_sync.trainers.gaps.steps import PIXELS, Learned, Step

OPSET = 17


@dataclass(frozen=True, slots=True)
class Drawing:
    """A graph that is being drawn: its nodes in order, and its constants."""

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: list[onnx.TensorProto] = field(default_factory=list)

    def constant(self, name: str, value: NDArray[np.generic] | float) -> str:
        """Keep a constant, numbers as float32; return its name."""
        array = np.asarray(value, np.float32) if isinstance(value, float) else np.asarray(value)
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def node(
        self,
        kind: str,
        takes: Sequence[str],
        makes: str,
        **attributes: Any,  # noqa: ANN401 - what onnx.helper takes, whatever the operator
    ) -> str:
        """Draw a node; return the name of what it makes."""
        self.nodes.append(helper.make_node(kind, [*takes], [makes], **attributes))
        return makes

    def bytes(
        self, name: str, inputs: list[onnx.ValueInfoProto], outputs: list[onnx.ValueInfoProto]
    ) -> bytes:
        """Return the whole model, checked."""
        graph = helper.make_graph(self.nodes, name, inputs, outputs, self.constants)
        opsets = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=8, producer_name="endcap")
        onnx.checker.check_model(model, full_check=True)
        return bytes(model.SerializeToString(deterministic=True))


def draw_pixels(drawing: Drawing, taken: str) -> None:
    """Draw uint8 [n, h, w, 3] standardised as ImageNet's: what the first step takes."""
    spread = 255 * np.asarray(SPREAD, np.float32)
    shift = -np.asarray(MEAN, np.float32) / np.asarray(SPREAD, np.float32)
    drawing.constant("pixel_scale", (1 / spread).reshape(3, 1, 1))
    drawing.constant("pixel_shift", shift.reshape(3, 1, 1))
    drawing.node("Cast", [taken], "pixel_values", to=TensorProto.FLOAT)
    drawing.node("Transpose", ["pixel_values"], "pixel_planes", perm=[0, 3, 1, 2])
    drawing.node("Mul", ["pixel_planes", "pixel_scale"], "pixel_scaled")
    drawing.node("Add", ["pixel_scaled", "pixel_shift"], PIXELS)


def draw_steps(drawing: Drawing, steps: Sequence[Step], learned: Learned) -> str:
    """Draw every step; return the name of the last one's answer."""
    drawing.constant("least", 0.0)
    for most in sorted({step.most for step in steps if step.most is not None}):
        drawing.constant(f"most_{most:g}", most)
    if any(step.doubled for step in steps):
        drawing.constant("twice", np.array([1, 1, 2, 2], np.float32))
    for step in steps:
        _draw(drawing, step, learned)
    return steps[-1].name


def _draw(drawing: Drawing, step: Step, learned: Learned) -> None:
    """Draw the convolution, then what is added, then the rectifier: the last is named the step."""
    weights, (before, after) = learned[step.name], step.padding
    made = step.name if step.adds is None and step.most is None else f"{step.name}_sum"
    last = drawing.node(
        "Conv",
        [
            step.takes,
            drawing.constant(f"{step.name}_filters", weights.filters),
            drawing.constant(f"{step.name}_biases", weights.biases),
        ],
        made,
        kernel_shape=[step.kernel] * 2,
        strides=[step.stride] * 2,
        dilations=[step.dilation] * 2,
        pads=[before, before, after, after],
        group=step.channels if step.depthwise else 1,
    )
    if step.adds is not None:
        added = _doubled(drawing, step) if step.doubled else step.adds
        joined = step.name if step.most is None else f"{step.name}_joined"
        last = drawing.node("Add", [last, added], joined)
    if step.most is not None:
        drawing.node("Clip", [last, "least", f"most_{step.most:g}"], step.name)


def _doubled(drawing: Drawing, step: Step) -> str:
    """Draw the answer that is added with each of its cells twice across and down."""
    return drawing.node(
        "Resize",
        [str(step.adds), "", "twice"],
        f"{step.name}_doubled",
        mode="nearest",
        coordinate_transformation_mode="asymmetric",
        nearest_mode="floor",
    )
