"""What a store's program expects of each kind of model: names, types and shapes in and out.

A sound model with another contract is of no use to this program, however well it answers. Kinds
that are not listed are nobody's here: nothing is expected of them, and nothing asks them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from endcap.models.demand.features import FEATURES
from endcap.models.demand.outlook import reading_of
from endcap.models.gaps.crops import SIDE
from endcap.models.gaps.states import KNOWN, STATES
from endcap.models.shopper import ranking
from endcap.models.shopper.tensors import BASKET, HISTORY, HISTORY_WEIGHT, ITEMS, SCORES
from endcap.wire.manifest import ModelManifest, Tensor

Shape = tuple[int | str | None, ...]
"""What each dimension must be: a number, a text for one that the program chooses, None for any."""
_PIXELS = 3


@dataclass(frozen=True, slots=True)
class Contract:
    """A kind's inputs, which are all of them, and the outputs it must have: type and shape."""

    inputs: Mapping[str, tuple[str, Shape]]
    outputs: Mapping[str, tuple[str, Shape]]


CONTRACTS: Mapping[str, Contract] = {
    "demand": Contract(
        {"features": ("float32", ("n", len(FEATURES)))},
        {"quantiles": ("float32", ("n", None)), "mean": ("float32", ("n",))},
    ),
    "gaps": Contract(
        {
            "crops": ("uint8", ("n", SIDE, SIDE, _PIXELS)),
            "references": ("float32", ("n", len(KNOWN), None)),
        },
        {
            "states": ("float32", ("n", len(STATES))),
            "embedding": ("float32", ("n", None)),
        },
    ),
    "gap_detector": Contract(
        {"picture": ("uint8", (1, "h", "w", _PIXELS))},
        {
            "centre": ("float32", (1, 1, None, None)),
            "sides": ("float32", (1, 4, None, None)),
        },
    ),
    "shopper": Contract(
        {
            BASKET: ("int64", ("b",)),
            HISTORY: ("int64", ("h",)),
            HISTORY_WEIGHT: ("float32", ("h",)),
        },
        {ITEMS: ("int64", (None,)), SCORES: ("float32", (None,))},
    ),
    "shopper_ranker": Contract(
        {ranking.FEATURE_INPUT: ("float32", ("n", len(ranking.FEATURES)))},
        {ranking.SCORE_OUTPUT: ("float32", ("n",))},
    ),
}
"""What is expected, by kind."""


def breach(manifest: ModelManifest, contracts: Mapping[str, Contract] = CONTRACTS) -> str:
    """Return how a model is not of its kind's contract, on one line, or an empty text."""
    contract = contracts.get(manifest.kind)
    if contract is None:
        return ""
    strange = {one.name for one in manifest.inputs} - contract.inputs.keys()
    if strange:
        return f"input {min(strange)!r} is not one that {manifest.kind} models take"
    return (
        _lacks("input", manifest.inputs, contract.inputs)
        or _lacks("output", manifest.outputs, contract.outputs)
        or (_unreadable(manifest) if manifest.kind == "demand" else "")
    )


def _lacks(what: str, tensors: Sequence[Tensor], wanted: Mapping[str, tuple[str, Shape]]) -> str:
    """Return the first of `wanted` that is not among `tensors`, or not as it should be."""
    found = {one.name: one for one in tensors}
    for name, (dtype, shape) in wanted.items():
        tensor = found.get(name)
        if tensor is None:
            return f"{what} {name!r} is missing"
        if tensor.dtype != dtype:
            return f"{what} {name!r} is {tensor.dtype}, not {dtype}"
        if not _fits(tensor.shape, shape):
            return f"{what} {name!r} has shape {tensor.shape}, not {_shown(shape)}"
    return ""


def _fits(has: Sequence[int | str], wanted: Shape) -> bool:
    """Tell whether a shape is the wanted one; the names of free dimensions are the model's."""
    return len(has) == len(wanted) and all(
        wants is None or wants == one or (isinstance(wants, str) and isinstance(one, str))
        for one, wants in zip(has, wanted, strict=True)
    )


def _shown(shape: Shape) -> str:
    return f"({', '.join('any' if one is None else str(one) for one in shape)})"


def _unreadable(manifest: ModelManifest) -> str:
    """Return why a demand model's answers cannot be read, or an empty text."""
    try:
        reading_of(manifest.parameters)
    except ValueError as error:
        return str(error)
    return ""
