"""The ranker: boosted trees that say which of the candidates is the next item, as one ONNX graph.

The trees are fitted to a choice among each question's candidates (the conditional logit of
McFadden 1974, a softmax over the question), not to single candidates: what counts is who stands
above whom. Reads no files.
"""

from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper
from onnxmltools import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType

from central_sync.trainers.shopper.lessons import Lessons
from endcap.models.shopper.ranking import FEATURE_INPUT, FEATURES, SCORE_OUTPUT

Floats = NDArray[np.float32]
_LEAST_CURVATURE = 1e-6


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is learned, and how carefully: found on Complete Journey weeks 41 to 44.

    Each tree sees a share `rows` of the candidates and `columns` of the features, by lot, and
    `doubt` draws its leaves to 0: some ten thousand choices teach little, and trees that trust them
    less rank new ones better.
    """

    trees: int = 160
    leaves: int = 31
    pace: float = 0.05
    least_in_leaf: int = 100
    rows: float = 0.5
    columns: float = 0.3
    doubt: float = 10.0


@dataclass(frozen=True, slots=True, eq=False)
class Ranker:
    """Fitted trees."""

    booster: Any

    def rank(self, features: Floats) -> Floats:
        """Return a score for each row, [n]: the reference that the graph must equal."""
        found = self.booster.predict(features, raw_score=True, num_threads=1)
        return np.asarray(found, dtype=np.float32)


def fit_ranker(lessons: Lessons, *, seed: int, effort: Effort | None = None) -> Ranker:
    """Return trees that were fitted to what was chosen."""
    wanted = effort or Effort()
    parameters = {
        "objective": Choice(lessons).slope,
        "num_leaves": wanted.leaves,
        "learning_rate": wanted.pace,
        "min_data_in_leaf": wanted.least_in_leaf,
        "min_sum_hessian_in_leaf": 1.0,
        "lambda_l2": wanted.doubt,
        "feature_fraction": wanted.columns,
        "bagging_fraction": wanted.rows,
        "bagging_freq": 1,
        "max_bin": 127,
        "num_threads": 1,
        "deterministic": True,
        "seed": seed,
        "verbose": -1,
    }
    data = lgb.Dataset(lessons.features, feature_name=list(FEATURES), free_raw_data=True)
    return Ranker(lgb.train(parameters, data, num_boost_round=wanted.trees))


class Choice:
    """The loss of a choice: minus the logarithm of the share that the answers get of a question."""

    def __init__(self, lessons: Lessons) -> None:
        """Take in which candidates were chosen; several answers share one choice."""
        self._first = np.concatenate([[0], np.cumsum(lessons.sizes)[:-1]])
        self._question = np.repeat(np.arange(len(lessons.sizes)), lessons.sizes)
        answers = np.add.reduceat(lessons.right.astype(np.float64), self._first)
        self._share = lessons.right / answers[self._question]
        self._stands_for = np.log(lessons.stands_for)

    def slope(
        self,
        scores: NDArray[np.float64],
        _: Any,  # noqa: ANN401 - LightGBM's data set
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the loss's first and second derivative by each score."""
        said = scores + self._stands_for
        power = np.exp(said - np.maximum.reduceat(said, self._first)[self._question])
        share = power / np.add.reduceat(power, self._first)[self._question]
        return share - self._share, np.maximum(share * (1.0 - share), _LEAST_CURVATURE)


def to_onnx(ranker: Ranker) -> bytes:
    """Return the graph: `features` float32 [n, F] to `scores` float32 [n]."""
    booster = lgb.Booster(model_str=_as_regression(ranker.booster.model_to_string()))
    types = [(FEATURE_INPUT, FloatTensorType([None, len(FEATURES)]))]
    trees = convert_lightgbm(booster, initial_types=types, target_opset=15).graph
    node = next(one for one in trees.node if one.op_type == "TreeEnsembleRegressor")
    del node.output[:]
    node.output.append("column")
    graph = helper.make_graph(
        [node, helper.make_node("Reshape", ["column", "flat"], [SCORE_OUTPUT])],
        "shopper_ranker",
        [_values(FEATURE_INPUT, ["n", len(FEATURES)])],
        [_values(SCORE_OUTPUT, ["n"])],
        [helper.make_tensor("flat", onnx.TensorProto.INT64, [1], [-1])],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    made = helper.make_model(graph, opset_imports=opsets, ir_version=8, producer_name="endcap")
    onnx.checker.check_model(made)
    return bytes(made.SerializeToString())


def _as_regression(text: str) -> str:
    """Return a model's text with an objective that the converter knows; the trees are the same."""
    return text.replace("\nfeature_names=", "\nobjective=regression\nfeature_names=", 1).replace(
        "[objective: custom]", "[objective: regression]"
    )


def _values(name: str, shape: list[str | int]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)
