"""The facing model as ONNX: crops and what is known of their facings in, chances of states out."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from central_sync.ports.training import DataUnusableError
from central_sync.trainers.gaps.facing_network import EMBEDDING, FACING, FacingWeights
from central_sync.trainers.gaps.network import Weights
from central_sync.trainers.gaps.step_graph import Drawing, draw_pixels, draw_steps
from endcap.models.gaps.crops import SIDE
from endcap.models.gaps.states import KNOWN, STATES

_AWAY = EMBEDDING * len(KNOWN)


def facing_graph(weights: FacingWeights) -> bytes:
    """Return the facing model.

    `crops` uint8 [n, side, side, 3] and `references` float32 [n, 2, d] to `states` float32 [n, 4]
    and `embedding` float32 [n, d].
    """
    drawing = Drawing()
    draw_pixels(drawing, "crops")
    cells = draw_steps(drawing, FACING, weights.steps)
    drawing.constant("row", np.array([-1, EMBEDDING], np.int64))
    drawing.node("Reshape", [cells, "row"], "embedding")
    compared = _draw_comparison(drawing)
    hidden = drawing.node("Relu", [_dense(drawing, compared, "compare", weights.compare)], "hidden")
    drawing.node("Softmax", [_dense(drawing, hidden, "judge", weights.judge)], "states", axis=1)
    value = helper.make_tensor_value_info
    return drawing.bytes(
        "gaps",
        [
            value("crops", TensorProto.UINT8, ["n", SIDE, SIDE, 3]),
            value("references", TensorProto.FLOAT, ["n", len(KNOWN), EMBEDDING]),
        ],
        [
            value("states", TensorProto.FLOAT, ["n", len(STATES)]),
            value("embedding", TensorProto.FLOAT, ["n", EMBEDDING]),
        ],
    )


def weights_of(content: bytes) -> FacingWeights:
    """Return the weights of a facing model that `facing_graph` drew.

    Raises:
        DataUnusableError: another program drew it, or it has been quantised.
    """
    drawn = onnx.load_from_string(content).graph.initializer
    arrays = {one.name: numpy_helper.to_array(one).copy() for one in drawn}

    def of(name: str) -> Weights:
        return Weights(arrays[f"{name}_filters"], arrays[f"{name}_biases"])

    try:
        steps = {step.name: of(step.name) for step in FACING}
        return FacingWeights(steps, of("compare"), of("judge"))
    except KeyError as error:
        raise DataUnusableError(f"no weights to go on from in this model: {error}") from error


def _draw_comparison(drawing: Drawing) -> str:
    """Draw the embedding beside its distances to the known references, and which are known."""
    drawing.constant("nothing", 0.0)
    drawing.constant("depth", np.array([2], np.int64))
    drawing.constant("middle", np.array([1], np.int64))
    drawing.constant("away_row", np.array([-1, _AWAY], np.int64))
    drawing.constant("known_row", np.array([-1, len(KNOWN)], np.int64))
    drawing.node("Abs", ["references"], "sizes")
    drawing.node("ReduceSum", ["sizes", "depth"], "sums", keepdims=1)
    drawing.node("Greater", ["sums", "nothing"], "is_known")
    drawing.node("Cast", ["is_known"], "known", to=TensorProto.FLOAT)
    drawing.node("Unsqueeze", ["embedding", "middle"], "beside")
    drawing.node("Sub", ["beside", "references"], "differences")
    drawing.node("Abs", ["differences"], "distances")
    drawing.node("Mul", ["distances", "known"], "counted")
    drawing.node("Reshape", ["counted", "away_row"], "away")
    drawing.node("Reshape", ["known", "known_row"], "which")
    return drawing.node("Concat", ["embedding", "away", "which"], "compared", axis=1)


def _dense(drawing: Drawing, taken: str, name: str, weights: Weights) -> str:
    """Draw a layer over rows; return the name of what it makes."""
    filters = drawing.constant(f"{name}_filters", weights.filters)
    biases = drawing.constant(f"{name}_biases", weights.biases)
    return drawing.node("Gemm", [taken, filters, biases], f"{name}_sum", transB=1)
