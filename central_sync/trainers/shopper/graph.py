"""The item model as one ONNX graph: GTINs and a faded history in, the best items out.

The graph carries its own vocabulary, so a store needs the file and nothing else. Only standard
operators and ai.onnx.ml's LabelEncoder are used. `ease.propose` is the same in NumPy.
"""

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

from central_sync.trainers.shopper.ease import MOST_ITEMS, ItemModel
from endcap.models.shopper.tensors import (
    BASKET,
    BASKET_BEST,
    BASKET_SAYS,
    HISTORY,
    HISTORY_SAYS,
    HISTORY_WEIGHT,
    ITEMS,
    SCORES,
)

_LOWEST = -1e30
_OPSET, _ML_OPSET, _IR = 18, 3, 9
_SHORT = 65_535
_TOLD = (SCORES, BASKET_SAYS, BASKET_BEST, HISTORY_SAYS)


def to_onnx(model: ItemModel) -> bytes:
    """Return the model's bytes.

    It answers with at most `MOST_ITEMS` items, best first, and only those whose score is above 0:
    of a basket and a past that it does not know it says nothing.
    """
    graph = helper.make_graph(
        [*_nodes(model)],
        "shopper",
        [
            helper.make_tensor_value_info(BASKET, TensorProto.INT64, ["b"]),
            helper.make_tensor_value_info(HISTORY, TensorProto.INT64, ["h"]),
            helper.make_tensor_value_info(HISTORY_WEIGHT, TensorProto.FLOAT, ["h"]),
        ],
        [
            helper.make_tensor_value_info(ITEMS, TensorProto.INT64, ["k"]),
            *(helper.make_tensor_value_info(name, TensorProto.FLOAT, ["k"]) for name in _TOLD),
        ],
        [numpy_helper.from_array(value, name) for name, value in _tensors(model).items()],
    )
    opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid("ai.onnx.ml", _ML_OPSET)]
    made = helper.make_model(graph, opset_imports=opsets, ir_version=_IR, producer_name="endcap")
    onnx.checker.check_model(made)
    return bytes(made.SerializeToString())


def _tensors(model: ItemModel) -> dict[str, NDArray[Any]]:
    """Return the graph's constants.

    The place after the last item, `size`, takes in what is unknown; the row after the last of the
    neighbours serves items that have none, and adds nothing to that same place.
    """
    size, width = len(model.items), model.neighbours.shape[1]
    small = np.uint16 if size <= _SHORT else np.int32
    return {
        "neighbours": np.vstack([model.neighbours, np.full((1, width), size)]).astype(small),
        "weights": np.vstack([model.weights, np.zeros((1, width))]).astype(np.float16),
        "no_neighbours": np.array(len(model.neighbours), dtype=np.int64),
        "room": np.array([size + 1], dtype=np.int64),
        "size": np.array([size], dtype=np.int64),
        "most": np.array([min(MOST_ITEMS, size)], dtype=np.int64),
        "zero": np.array(0.0, dtype=np.float32),
        "one": np.array(1.0, dtype=np.float32),
        "first": np.array([0], dtype=np.int64),
        "a_basket": np.array([1], dtype=np.int64),
        "last_axis": np.array([1], dtype=np.int64),
        "flat": np.array([-1], dtype=np.int64),
        "lowest": np.array([_LOWEST], dtype=np.float32),
        "agreement": np.array(model.blend.agreement, dtype=np.float32),
        "habit": np.array(model.blend.habit, dtype=np.float32),
        "likeness": np.array(model.blend.likeness, dtype=np.float32),
        "doubt": np.array(model.blend.surprise + model.blend.likeness, dtype=np.float32),
        "vocabulary": model.items,
    }


def _nodes(model: ItemModel) -> list[NodeProto]:
    """Return the graph, in order: places, the three sums, their blend, the best."""
    node = helper.make_node
    return [
        _place_of(model, BASKET, "basket_at"),
        _place_of(model, HISTORY, "history_at"),
        node("Add", [HISTORY_WEIGHT, "one"], ["weight_more"]),
        node("Log", ["weight_more"], ["habit_each"]),
        node("ConstantOfShape", ["room"], ["nothing"]),
        _add_up("history_at", "habit_each", "own"),
        *_through("basket", by=None),
        _add_up("basket_to", "basket_adds", "all_basket_best", how="max"),
        *_through("history", by="habit_each"),
        node("Mul", ["own", "agreement"], ["agreed"]),
        node("Add", ["agreed", "one"], ["stronger"]),
        node("Mul", ["all_basket_says", "stronger"], ["from_basket"]),
        node("Mul", ["own", "habit"], ["from_habit"]),
        node("Shape", ["basket_at"], ["basket_size"]),
        node("Min", ["basket_size", "a_basket"], ["whether_basket"]),
        node("Cast", ["whether_basket"], ["if_basket"], to=TensorProto.FLOAT),
        node("Mul", ["if_basket", "doubt"], ["doubt_now"]),
        node("Sub", ["likeness", "doubt_now"], ["by_history"]),
        node("Mul", ["all_history_says", "by_history"], ["from_history"]),
        node("Add", ["from_basket", "from_habit"], ["for_it"]),
        node("Add", ["for_it", "from_history"], ["all_scores"]),
        *_best(),
    ]


def _place_of(model: ItemModel, ids: str, place: str) -> NodeProto:
    """Return the node from ids to places; what is unknown goes to the place after the last."""
    return helper.make_node(
        "LabelEncoder",
        [ids],
        [place],
        domain="ai.onnx.ml",
        keys_int64s=model.items.tolist(),
        values_int64s=list(range(len(model.items))),
        default_int64=len(model.items),
    )


def _add_up(places: str, values: str, total: str, *, how: str = "add") -> NodeProto:
    """Return the node that adds each value at its place, from nothing; or keeps the greatest."""
    return helper.make_node(
        "ScatterElements", ["nothing", places, values], [total], axis=0, reduction=how
    )


def _through(name: str, *, by: str | None) -> list[NodeProto]:
    """Return the nodes that add up the neighbours' weights of each item, times `by`."""
    node = helper.make_node
    weights = f"{name}_weights"
    scaled = (
        [
            node("Unsqueeze", [by, "last_axis"], [f"{name}_by"]),
            node("Mul", [weights, f"{name}_by"], [f"{name}_scaled"]),
        ]
        if by
        else []
    )
    return [
        node("Min", [f"{name}_at", "no_neighbours"], [f"{name}_row"]),
        node("Gather", ["neighbours", f"{name}_row"], [f"{name}_near"]),
        node("Reshape", [f"{name}_near", "flat"], [f"{name}_short"]),
        node("Cast", [f"{name}_short"], [f"{name}_to"], to=TensorProto.INT64),
        node("Gather", ["weights", f"{name}_row"], [f"{name}_half"]),
        node("Cast", [f"{name}_half"], [weights], to=TensorProto.FLOAT),
        *scaled,
        node("Reshape", [f"{name}_scaled" if by else weights, "flat"], [f"{name}_adds"]),
        _add_up(f"{name}_to", f"{name}_adds", f"all_{name}_says"),
    ]


def _best() -> list[NodeProto]:
    """Return the nodes from all scores to the best items: basket out, no evidence out."""
    node = helper.make_node
    return [
        node("Expand", ["lowest", "basket_size"], ["lowest_each"]),
        node("ScatterElements", ["all_scores", "basket_at", "lowest_each"], ["without"], axis=0),
        node("Slice", ["without", "first", "size"], ["known_scores"]),
        node("TopK", ["known_scores", "most"], ["top_scores", "top_places"], axis=0),
        node("Greater", ["top_scores", "zero"], ["evident"]),
        node("Cast", ["evident"], ["evident_each"], to=TensorProto.INT64),
        node("ReduceSum", ["evident_each", "first"], ["kept"], keepdims=1),
        node("Slice", ["top_scores", "first", "kept"], [SCORES]),
        node("Slice", ["top_places", "first", "kept"], ["places"]),
        node("Gather", ["vocabulary", "places"], [ITEMS]),
        *(node("Gather", [f"all_{name}", "places"], [name]) for name in _TOLD[1:]),
    ]
