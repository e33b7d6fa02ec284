"""Fits a facing model's last word anew, from what people say of its facings: a logistic head.

    chances = softmax(heat * log(chances before) + filters . embedding + biases)

The champion's graph stays as it is, and this is written behind it; a model that was refitted before
gets a new head in the place of the old one. With few answers, or none of some kind, the penalty
leaves the champion's word as it was. Needs no torch. Which model serves is core/review's to decide.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper
from scipy.optimize import minimize

from central_sync.ports.training import DataUnusableError
from endcap.models.gaps.states import KNOWN, STATES
from endcap.plumbing.onnx_session import Session

Floats = NDArray[np.float64]
_OURS = "review_"
_BEFORE = f"{_OURS}before"
_LEAST = 1e-6
_PENALTIES = (3.0, 30.0, 300.0)
_FOLDS = 3
_ENOUGH = {"maxiter": 100}
"""By conjugate gradients: L-BFGS-B waits for threads that so small a problem never needs."""
_BATCH = 256


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What a model says of facings: `chances` [n, 4] in the order of STATES, `embedding` [n, d]."""

    chances: Floats
    embedding: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Lessons:
    """What people say of the same facings: the state's column, and how much each counts."""

    state: NDArray[np.int64]
    weight: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """The layer behind the champion: `heat`, `filters` [4, d] and `biases` [4]."""

    heat: float
    filters: Floats
    biases: Floats

    def chances(self, said: Said) -> Floats:
        """Return the chances [n, 4] with this head behind the model."""
        logits = self.heat * _logs(said.chances) + said.embedding @ self.filters.T + self.biases
        return _softmax(logits)


def ask(session: Session, crops: NDArray[np.uint8], width: int) -> Said:
    """Return what a model says of crops of which no reference is known; `width` is d."""
    chances, embedding = [np.zeros((0, len(STATES)))], [np.zeros((0, width))]
    for first in range(0, len(crops), _BATCH):
        some = crops[first : first + _BATCH]
        unknown = np.zeros((len(some), len(KNOWN), width), np.float32)
        found = session.run({"crops": some, "references": unknown})
        chances.append(found["states"].astype(np.float64))
        embedding.append(found["embedding"].astype(np.float64))
    return Said(np.concatenate(chances), np.concatenate(embedding))


def fit_head(said: Said, lessons: Lessons) -> Head:
    """Return the head that fits best, its penalty chosen on facings it was not fitted to."""
    scale = said.embedding.std(axis=0) + _LEAST
    middle = said.embedding.mean(axis=0)
    even = Said(said.chances, (said.embedding - middle) / scale)
    best = min(_PENALTIES, key=lambda penalty: (_left_out_loss(even, lessons, penalty), penalty))
    head = _fitted(even, lessons, best)
    filters = head.filters / scale
    return Head(head.heat, filters, head.biases - filters @ middle)


def _left_out_loss(said: Said, lessons: Lessons, penalty: float) -> float:
    """Return the loss over facings that were left out, in turn."""
    fold = np.arange(len(lessons.state)) % _FOLDS
    losses = []
    for one in range(_FOLDS):
        out = fold == one
        head = _fitted(_some(said, ~out), _lessons(lessons, ~out), penalty)
        some = _lessons(lessons, out)
        chances = head.chances(_some(said, out))
        losses.append(-some.weight * np.log(chances[np.arange(len(some.state)), some.state]))
    return float(np.concatenate(losses).mean())


def _fitted(said: Said, lessons: Lessons, penalty: float) -> Head:
    """Return the head of the least loss and penalty; without a lesson it changes nothing."""
    width = said.embedding.shape[1]
    columns, rows = len(STATES), len(lessons.state)
    logs, wanted = _logs(said.chances), np.eye(columns)[lessons.state]
    weight = lessons.weight[:, None]

    def parts(flat: Floats) -> Head:
        filters = flat[1 + columns :].reshape(columns, width)
        return Head(1.0 + float(flat[0]), filters, flat[1 : 1 + columns])

    def loss(flat: Floats) -> tuple[float, Floats]:
        chances = parts(flat).chances(said)
        off = weight * (chances - wanted)
        slope = [[(off * logs).sum()], off.sum(axis=0), (off.T @ said.embedding).ravel()]
        value = -(weight * wanted * np.log(np.maximum(chances, _LEAST**2))).sum()
        return value + penalty / 2 * float(flat @ flat), np.concatenate(slope) + penalty * flat

    start = np.zeros(1 + columns + columns * width)
    if not rows:
        return parts(start)
    return parts(minimize(loss, start, jac=True, method="CG", options=_ENOUGH).x)


def with_head(model: bytes, head: Head) -> bytes:
    """Return a facing model with `head` behind it, in the place of one it may have.

    Raises:
        DataUnusableError: the model's outputs are not those of a facing model.
    """
    found = onnx.load_from_string(_bare(onnx.load_from_string(model)).SerializeToString())
    graph = found.graph
    if not _renamed(graph, "states", _BEFORE):
        raise DataUnusableError("the champion has no output 'states' to go on from")
    constants = {
        "least": np.array(_LEAST),
        "heat": np.array(head.heat),
        "filters": head.filters,
        "biases": head.biases,
    }
    for name, value in constants.items():
        graph.initializer.append(
            numpy_helper.from_array(value.astype(np.float32), f"{_OURS}{name}")
        )
    steps: tuple[tuple[str, list[str], str, dict[str, Any]], ...] = (
        ("Max", [_BEFORE, f"{_OURS}least"], "bounded", {}),
        ("Log", [f"{_OURS}bounded"], "logs", {}),
        ("Mul", [f"{_OURS}logs", f"{_OURS}heat"], "heated", {}),
        ("Gemm", ["embedding", f"{_OURS}filters", f"{_OURS}biases"], "word", {"transB": 1}),
        ("Add", [f"{_OURS}heated", f"{_OURS}word"], "sum", {}),
    )
    for operator, taken, made, how in steps:
        name = f"{_OURS}{made}"
        graph.node.append(helper.make_node(operator, taken, [name], name=name, **how))
    last = helper.make_node("Softmax", [f"{_OURS}sum"], ["states"], name=f"{_OURS}states", axis=1)
    graph.node.append(last)
    onnx.checker.check_model(found, full_check=True)
    return bytes(found.SerializeToString(deterministic=True))


def without_head(model: bytes) -> bytes:
    """Return a facing model as it was before it was refitted."""
    return bytes(_bare(onnx.load_from_string(model)).SerializeToString(deterministic=True))


def width_of(model: bytes) -> int:
    """Return how long a model's embedding is.

    Raises:
        DataUnusableError: it has none.
    """
    for one in onnx.load_from_string(model).graph.output:
        if one.name == "embedding":
            return int(one.type.tensor_type.shape.dim[1].dim_value)
    raise DataUnusableError("the champion has no output 'embedding' to learn from")


def _bare(model: onnx.ModelProto) -> onnx.ModelProto:
    """Take an earlier head off."""
    graph = model.graph
    kept = [one for one in graph.node if not one.name.startswith(_OURS)]
    if len(kept) == len(graph.node):
        return model
    constants = [one for one in graph.initializer if not one.name.startswith(_OURS)]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(kept)
    graph.initializer.extend(constants)
    _renamed(graph, _BEFORE, "states")
    return model


def _renamed(graph: onnx.GraphProto, name: str, other: str) -> bool:
    """Call what a node makes by another name, and tell whether one makes it."""
    for node in graph.node:
        for place, made in enumerate(node.output):
            if made == name:
                node.output[place] = other
                return True
    return False


def _some(said: Said, which: NDArray[np.bool_]) -> Said:
    return Said(said.chances[which], said.embedding[which])


def _lessons(lessons: Lessons, which: NDArray[np.bool_]) -> Lessons:
    return Lessons(lessons.state[which], lessons.weight[which])


def _logs(chances: Floats) -> Floats:
    found: Floats = np.log(np.maximum(chances, _LEAST))
    return found


def _softmax(logits: Floats) -> Floats:
    high = np.exp(logits - logits.max(axis=1, keepdims=True))
    found: Floats = high / high.sum(axis=1, keepdims=True)
    return found
