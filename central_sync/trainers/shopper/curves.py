"""The ranker that is fitted on sums alone: least squares on curves, and its ONNX graph.

Candidates of a question compared with one another, squared (pairwise least squares): the solution
needs the sum of the columns' products and of the answers' columns, no question. Noise in the sums
is met as it is known: what of the gram's spectrum could be noise alone is taken for none, and the
ridge grows with the noise. Reads no files.
"""

from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

from endcap.models.shopper.basis import COLUMNS, KNOTS, expand
from endcap.models.shopper.feature_sums import Moments
from endcap.models.shopper.ranking import FEATURE_INPUT, FEATURES, SCORE_OUTPUT

Floats = NDArray[np.float64]
RIDGE, UNSURE, START = 3.0, 0.5, 0.2
_OPSET, _IR = 18, 9


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """Fitted weights, float64 [len(COLUMNS)]: the curves' heights at their knots."""

    weights: Floats

    def rank(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return a score for each row: the reference that the graph must equal."""
        return (expand(features) @ self.weights).astype(np.float32)


def fit_curves(moments: Moments, noise: float = 0.0) -> Curves:
    """Return the curves of these sums, whose figures have noise of this standard deviation.

    Noise of a symmetric matrix has no eigenvalue above 2 sqrt(d) times its deviation (Wigner,
    1955): what is below 0 is noise for sure, and the ridge is a part of how large noise may be.
    The ridge pulls towards the item model's own order, so that sums of little worth do no harm.
    """
    value, vector = np.linalg.eigh(moments.gram)
    ridge = RIDGE + UNSURE * 2 * np.sqrt(len(value)) * noise
    kept, start = np.maximum(value, 0.0), _unranked()
    beyond = vector.T @ moments.target - kept * (vector.T @ start)
    return Curves(start + vector @ (beyond / (kept + ridge)))


def _unranked() -> Floats:
    """Return curves that leave the item model's order as it is."""
    knots = KNOTS["score_rank"]
    first = COLUMNS.index(f"score_rank:{knots[0]:g}")
    weights = np.zeros(len(COLUMNS))
    weights[first : first + len(knots)] = START * (1 - np.array(knots) / knots[-1]) ** 2
    return weights


def squared_loss(curves: Curves, moments: Moments) -> float:
    """Return the pairwise squared loss on these moments, per question, but for a constant."""
    w = curves.weights
    return float((w @ moments.gram @ w - 2 * w @ moments.target) / max(moments.weight, 1e-9))


def noise_of_loss(one: Curves, other: Curves, noise: float) -> float:
    """Return the standard deviation that noise gives to the difference of two losses, summed."""
    a, b = one.weights, other.weights
    squares = np.outer(a, a) - np.outer(b, b)
    diagonal = float((squares.diagonal() ** 2).sum())
    # A cell beside the diagonal is told once and counts twice.
    gram = diagonal + 2 * float((squares**2).sum() - diagonal)
    return float(noise * np.sqrt(gram + 4 * float(((a - b) ** 2).sum())))


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
    start = 0
    for name, knots in ((name, KNOTS[name]) for name in FEATURES if name in KNOTS):
        heights = curves.weights[start : start + len(knots)]
        at = FEATURES.index(name)
        place += [at] * (len(knots) - 1)
        left += list(knots[:-1])
        span += np.diff(knots).tolist()
        rise += np.diff(heights).tolist()
        base += float(heights[0])
        unknown[at] = curves.weights[start + len(knots)] - heights[0]
        start += len(knots) + 1
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
        np.array([KNOTS[n][0] if n in KNOTS else 0.0 for n in FEATURES], np.float32), "lows"
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
