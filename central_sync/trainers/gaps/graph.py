"""The networks as ONNX: pixels in, probabilities out, normalisation inside the graph."""

from collections.abc import Sequence

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from central_sync.trainers.gaps.network import Layer, Weights
from endcap.models.gaps.crops import SIDE

_OPSET = 17


def facing_graph(layers: Sequence[Layer], weights: Sequence[Weights]) -> bytes:
    """Return the facing model: `crops` uint8 [n, 56, 56, 3] to `empty` float32 [n]."""
    nodes, constants, last = _trunk("crops", layers, weights)
    constants.append(numpy_helper.from_array(np.array([-1], np.int64), "flat"))
    nodes += [
        helper.make_node("Reshape", [last, "flat"], ["logit"]),
        helper.make_node("Sigmoid", ["logit"], ["empty"]),
    ]
    crops = helper.make_tensor_value_info("crops", TensorProto.UINT8, ["n", SIDE, SIDE, 3])
    empty = helper.make_tensor_value_info("empty", TensorProto.FLOAT, ["n"])
    return _bytes(helper.make_graph(nodes, "gaps", [crops], [empty], constants))


def detector_graph(layers: Sequence[Layer], weights: Sequence[Weights]) -> bytes:
    """Return the detector: `picture` uint8 [1, h, w, 3] to `centre` and `sides`, float32 maps."""
    nodes, constants, last = _trunk("picture", layers, weights)
    constants.append(numpy_helper.from_array(np.array([1, 4], np.int64), "parts"))
    nodes += [
        helper.make_node("Split", [last, "parts"], ["logit", "raw"], axis=1),
        helper.make_node("Sigmoid", ["logit"], ["centre"]),
        helper.make_node("Softplus", ["raw"], ["sides"]),
    ]
    picture = helper.make_tensor_value_info("picture", TensorProto.UINT8, [1, "h", "w", 3])
    centre = helper.make_tensor_value_info("centre", TensorProto.FLOAT, [1, 1, "rows", "columns"])
    sides = helper.make_tensor_value_info("sides", TensorProto.FLOAT, [1, 4, "rows", "columns"])
    graph = helper.make_graph(nodes, "gap_detector", [picture], [centre, sides], constants)
    return _bytes(graph)


_Trunk = tuple[list[onnx.NodeProto], list[onnx.TensorProto], str]


def _trunk(pixels: str, layers: Sequence[Layer], weights: Sequence[Weights]) -> _Trunk:
    """Return the nodes and constants from the pixels to the last layer, and its output's name."""
    constants = [
        numpy_helper.from_array(np.array(1 / 64, np.float32), "scale"),
        numpy_helper.from_array(np.array(-2.0, np.float32), "shift"),
    ]
    nodes = [
        helper.make_node("Cast", [pixels], ["float"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["float"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("Mul", ["planes", "scale"], ["scaled"]),
        helper.make_node("Add", ["scaled", "shift"], ["layer0"]),
    ]
    last = "layer0"
    for number, (layer, weight) in enumerate(zip(layers, weights, strict=True), start=1):
        names = f"filters{number}", f"biases{number}"
        constants.append(numpy_helper.from_array(weight.filters, names[0]))
        constants.append(numpy_helper.from_array(weight.biases, names[1]))
        made = f"layer{number}"
        nodes.append(_convolution(layer, last, names, f"{made}_sum" if layer.rectified else made))
        if layer.rectified:
            nodes.append(helper.make_node("Relu", [f"{made}_sum"], [made]))
        last = made
    return nodes, constants, last


def _convolution(layer: Layer, taken: str, names: tuple[str, str], made: str) -> onnx.NodeProto:
    return helper.make_node(
        "Conv",
        [taken, *names],
        [made],
        kernel_shape=[layer.kernel] * 2,
        strides=[layer.stride] * 2,
        dilations=[layer.dilation] * 2,
        pads=[layer.padding] * 4,
        group=layer.channels if layer.depthwise else 1,
    )


def _bytes(graph: onnx.GraphProto) -> bytes:
    opsets = [helper.make_opsetid("", _OPSET)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8, producer_name="endcap")
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString(deterministic=True))
