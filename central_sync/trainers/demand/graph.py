"""Demand trees as one ONNX graph: `features` in, `quantiles` and `mean` out.

onnxmltools converts the trees; here the forest's leaves get a quantile vector each, and the three
ensembles are joined, so that a store runs one small file. Fits nothing.
"""

from typing import Any

import lightgbm as lgb
import numpy as np
import onnx
from onnx import TensorProto, helper
from onnxmltools import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType

from central_sync.trainers.demand.centre import LEAST, STEADY, STEEPNESS, YEARS, Centre
from central_sync.trainers.demand.levels import LEVELS
from central_sync.trainers.demand.trees import Trees
from endcap.models.demand.panel import Floats


def to_onnx(trees: Trees, width: int) -> bytes:
    """Return the graph: `features` [n, width] to `quantiles` [n, Q] and `mean` [n], float32.

    `mean` is the centre that the point forecast starts from.
    """
    forest = _numbered(trees.spread.forest)
    leaves = _with_leaves(_ensemble(forest, width), trees.spread.leaves)
    graph = helper.make_graph(
        [
            *_centre_nodes(trees.centre, width),
            helper.make_node("Reshape", ["centre", "flat"], ["mean"]),
            _tree_node(leaves, "ratios"),
            helper.make_node("Mul", ["ratios", "centre"], ["quantiles"]),
        ],
        "demand",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", width])],
        [
            helper.make_tensor_value_info("quantiles", TensorProto.FLOAT, ["n", len(LEVELS)]),
            helper.make_tensor_value_info("mean", TensorProto.FLOAT, ["n"]),
        ],
        [helper.make_tensor("flat", TensorProto.INT64, [1], [-1]), *_constants(trees.centre)],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8, producer_name="endcap")
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def _centre_nodes(centre: Centre, width: int) -> list[onnx.NodeProto]:
    """Return the nodes that compute `centre` [n, 1] from `features`, as Centre.predict does."""
    mean, median = (
        _tree_node(_ensemble(booster, width) | {"n_targets": 1}, output)
        for booster, output in ((centre.mean, "log_mean"), (centre.median, "raw_median"))
    )
    return [
        mean,
        helper.make_node("Exp", ["log_mean"], ["tweedie"]),
        median,
        helper.make_node("Relu", ["raw_median"], ["median"]),
        helper.make_node("Gather", ["features", "steady"], ["zero_share"], axis=1),
        helper.make_node("Mul", ["zero_share", "steepness"], ["unsteady"]),
        helper.make_node("Sub", ["one", "unsteady"], ["steady_enough"]),
        helper.make_node("Clip", ["steady_enough", "none", "one"], ["steadiness"]),
        helper.make_node("Mul", ["steadiness", "share"], ["weight"]),
        helper.make_node("Sub", ["median", "tweedie"], ["apart"]),
        helper.make_node("Mul", ["apart", "weight"], ["moved"]),
        helper.make_node("Add", ["tweedie", "moved"], ["between"]),
        *_years_nodes(centre),
        helper.make_node("Max", ["yearly" if centre.years else "between", "least"], ["centre"]),
    ]


def _years_nodes(centre: Centre) -> list[onnx.NodeProto]:
    """Return the nodes that draw `between` to the year's shape: none where it has no share."""
    if not centre.years:
        return []
    return [
        helper.make_node("Gather", ["features", "years"], ["shape"], axis=1),
        helper.make_node("Greater", ["shape", "none"], ["known"]),
        helper.make_node("Sub", ["shape", "between"], ["beside"]),
        helper.make_node("Mul", ["beside", "years_share"], ["drawn"]),
        helper.make_node("Add", ["between", "drawn"], ["with_shape"]),
        helper.make_node("Where", ["known", "with_shape", "between"], ["yearly"]),
    ]


def _constants(centre: Centre) -> list[onnx.TensorProto]:
    """Return the figures that the nodes of the centre name."""
    figures = {
        "share": centre.share,
        "steepness": STEEPNESS,
        "none": 0.0,
        "one": 1.0,
        "least": LEAST,
    }
    columns = {"steady": STEADY}
    if centre.years:
        figures |= {"years_share": centre.years}
        columns |= {"years": YEARS}
    return [
        *(helper.make_tensor(k, TensorProto.INT64, [1], [v]) for k, v in columns.items()),
        *(helper.make_tensor(k, TensorProto.FLOAT, [], [v]) for k, v in figures.items()),
    ]


def _ensemble(booster: Any, width: int) -> dict[str, Any]:  # noqa: ANN401 - LightGBM has no types
    """Return the attributes of the booster's tree ensemble, as onnxmltools converts it."""
    types = [("features", FloatTensorType([None, width]))]
    graph = convert_lightgbm(booster, initial_types=types, target_opset=15).graph
    node = next(node for node in graph.node if node.op_type == "TreeEnsembleRegressor")
    return {one.name: helper.get_attribute_value(one) for one in node.attribute}


def _numbered(forest: Any) -> Any:  # noqa: ANN401 - LightGBM has no types
    """Return a copy of the forest whose leaves answer their own number."""
    copy = lgb.Booster(model_str=forest.model_to_string())
    for tree, about in enumerate(copy.dump_model()["tree_info"]):
        for leaf in range(about["num_leaves"]):
            copy.set_leaf_output(tree, leaf, float(leaf))
    return copy


def _tree_node(attributes: dict[str, Any], output: str) -> onnx.NodeProto:
    """Return a tree ensemble over the features."""
    kept = attributes | {"post_transform": "NONE"}
    return helper.make_node(
        "TreeEnsembleRegressor", ["features"], [output], domain="ai.onnx.ml", **kept
    )


def _with_leaves(ensemble: dict[str, Any], leaves: Floats) -> dict[str, Any]:
    """Return `ensemble` with each leaf's value replaced by its quantiles over the tree count.

    onnxmltools writes a tree's leaves in its own order; `target_weights` still carries each
    leaf's LightGBM number, because `_numbered` put it there.
    """
    number = np.rint(ensemble["target_weights"]).astype(np.int64)
    tree = np.asarray(ensemble["target_treeids"], dtype=np.int64)
    levels = leaves.shape[2]
    values = leaves[tree, number] / len(leaves)
    return ensemble | {
        "n_targets": levels,
        "target_ids": np.tile(np.arange(levels), len(number)).tolist(),
        "target_nodeids": np.repeat(ensemble["target_nodeids"], levels).tolist(),
        "target_treeids": np.repeat(tree, levels).tolist(),
        "target_weights": values.ravel().tolist(),
    }
