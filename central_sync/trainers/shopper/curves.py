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

from endcap.models.shopper.basis import KNOTS, expand
from endcap.models.shopper.feature_sums import GRAM_PART, Moments
from endcap.models.shopper.ranking import FEATURE_INPUT, FEATURES, SCORE_OUTPUT

Floats = NDArray[np.float64]
RIDGE = 3.0
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

    Noise of a symmetric matrix has no eigenvalue above 2 sqrt(d) times its deviation (Wigner):
    smaller ones are no evidence, and the ridge is as large.
    """
    width = len(moments.target)
    unsure = 2 * np.sqrt(width) * noise / GRAM_PART
    value, vector = np.linalg.eigh(moments.gram)
    kept = np.maximum(value, 0.0)
    ridge = RIDGE + unsure
    return Curves(vector @ ((vector.T @ moments.target) / (kept + ridge)))


def squared_loss(curves: Curves, moments: Moments) -> float:
    """Return the pairwise squared loss on these moments, per question, but for a constant."""
    w = curves.weights
    return float((w @ moments.gram @ w - 2 * w @ moments.target) / max(moments.weight, 1e-9))
