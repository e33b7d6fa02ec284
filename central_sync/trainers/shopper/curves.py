"""The ranker that is fitted on sums alone: one step from where learning begins, and its ONNX graph.

The sums are slope and curvature of the likelihood of what was chosen, so the step is Newton's; it
needs no question. Noise in the sums is met as it is known: what of the gram's spectrum is below 0
is taken for none, and the ridge, which holds the step back, grows with the noise. Reads no files.
"""

from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

from endcap.models.shopper.basis import COLUMNS, CURVES, START, expand
from endcap.models.shopper.feature_sums import GRAM_PART, Moments
from endcap.models.shopper.ranking import FEATURE_INPUT, FEATURES, SCORE_OUTPUT

Floats = NDArray[np.float64]
RIDGE = 5.0
_OPSET, _IR = 18, 9


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """Fitted weights, float64 [len(COLUMNS)]: how much each curve counts."""

    weights: Floats

    def rank(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return a score for each row: the reference that the graph must equal."""
        return (expand(features) @ self.weights).astype(np.float32)


def fit_curves(moments: Moments, noise: float = 0.0) -> Curves:
    """Return the curves of these sums; `noise` is the standard deviation of a target's figure.

    Noise of a symmetric matrix has no eigenvalue above 2 sqrt(d) times its deviation (Wigner,
    1955): what is below 0 is noise for sure, and the ridge is half of how large noise may be.
    With sums of little worth the step is short, and the ranker stays where learning begins.
    """
    value, vector = np.linalg.eigh(moments.gram)
    ridge = RIDGE + np.sqrt(len(value)) * noise / GRAM_PART
    return Curves(START + vector @ ((vector.T @ moments.target) / (np.maximum(value, 0) + ridge)))


def choice_loss(curves: Curves, moments: Moments) -> float:
    """Return how much less likely choices are than at the start, per question, by its parabola.

    The logarithm of it; below 0 is better than where learning begins.
    """
    step = curves.weights - START
    summed = step @ moments.gram @ step / 2 - step @ moments.target
    return float(summed / max(moments.weight, 1e-9))


def noise_of_loss(one: Curves, other: Curves, noise: float) -> float:
    """Return the standard deviation that noise gives to the difference of two losses, summed."""
    a, b = one.weights - START, other.weights - START
    squares = (np.outer(a, a) - np.outer(b, b)) / 2 / GRAM_PART
    diagonal = float((squares.diagonal() ** 2).sum())
    # A cell beside the diagonal is told once and counts twice.
    gram = diagonal + 2 * float((squares**2).sum() - diagonal)
    return float(noise * np.sqrt(gram + float(((a - b) ** 2).sum())))


def to_onnx(curves: Curves) -> bytes:
    """Return the graph: `features` float32 [n, F] to `scores` float32 [n]."""
    nodes, tensors = _nodes(curves)
    graph = helper.make_graph(
        nodes,
        "shopper_ranker",
        [helper.make_tensor_value_info(FEATURE_INPUT, TensorProto.FLOAT, ["n", len(FEATURES)])],
        [helper.make_tensor_value_info(SCORE_OUTPUT, TensorProto.FLOAT, ["n"])],
        [numpy_helper.from_array(value, name) for name, value in tensors.items()],
    )
    opsets = [helper.make_opsetid("", _OPSET)]
    made = helper.make_model(graph, opset_imports=opsets, ir_version=_IR, producer_name="endcap")
    onnx.checker.check_model(made)
    return bytes(made.SerializeToString())


def _nodes(curves: Curves) -> tuple[list[NodeProto], dict[str, NDArray[np.float32]]]:
    """Return the graph's nodes and constants.

    A curve is its first height and, between each two knots, as much of the next rise as the value
    has covered: clip((x - left) / (right - left), 0, 1). All curves are worked at once, as columns.
    """
    place, left, span, rise, base, unknown = [], [], [], [], 0.0, np.zeros(len(FEATURES))
    for name, weight in zip(COLUMNS, curves.weights.tolist(), strict=True):
        curve, at = CURVES[name], FEATURES.index(name)
        place += [at] * (len(curve.knots) - 1)
        left += list(curve.knots[:-1])
        span += np.diff(curve.knots).tolist()
        rise += (weight * np.diff(curve.heights)).tolist()
        base += weight * curve.heights[0]
        unknown[at] = weight * (curve.unknown - curve.heights[0])
    tensors: dict[str, NDArray[np.float32]] = {
        "left": np.array(left, np.float32),
        "span": np.array(span, np.float32),
        "rise": np.array(rise, np.float32),
        "unknown": unknown.astype(np.float32),
        "base": np.array(base, np.float32),
        "zero": np.array(0.0, np.float32),
        "one": np.array(1.0, np.float32),
    }
    places = numpy_helper.from_array(np.array(place, np.int64), "place")
    lows = numpy_helper.from_array(
        np.array([CURVES[n].knots[0] if n in CURVES else 0.0 for n in FEATURES], np.float32), "lows"
    )
    node = helper.make_node
    return [
        node("Constant", [], ["place"], value=places),
        node("Constant", [], ["lows"], value=lows),
        node("IsNaN", [FEATURE_INPUT], ["missing"]),
        node("Where", ["missing", "lows", FEATURE_INPUT], ["there"]),
        node("Gather", ["there", "place"], ["each"], axis=1),
        node("Sub", ["each", "left"], ["beyond"]),
        node("Div", ["beyond", "span"], ["covered"]),
        node("Clip", ["covered", "zero", "one"], ["part"]),
        node("MatMul", ["part", "rise"], ["risen"]),
        node("Cast", ["missing"], ["missing_each"], to=TensorProto.FLOAT),
        node("MatMul", ["missing_each", "unknown"], ["for_unknown"]),
        node("Add", ["risen", "for_unknown"], ["sum"]),
        node("Add", ["sum", "base"], [SCORE_OUTPUT]),
    ], tensors
