"""How alike two models' answers to the same question are: 1 for the same, 0 for nothing in common.

One measure a kind, by what its answers are used for. Which of the two is right is not known here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from endcap.models.gaps.states import STATES

TOP = 10
"""The recommendations that a shopper may get to see."""
_EMPTY = STATES.index("empty")
_BLOCK = 4
"""Cells of the gap detector's map, across and down, inside which two peaks are the same gap."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A model's outputs by name, and from which probability on it says yes."""

    outputs: Mapping[str, NDArray[Any]]
    threshold: float = 0.5


Measure = Callable[[Answer, Answer], float]


def likeness(kind: str, one: Answer, other: Answer) -> float:
    """Return how alike two answers of models of `kind` are, from 0 to 1."""
    output, measure = _MEASURES.get(kind, ("", same))
    known = output in one.outputs and output in other.outputs
    return min(max((measure if known else same)(one, other), 0.0), 1.0)


def top_overlap(one: Answer, other: Answer) -> float:
    """Return the share of the first TOP items that both recommend."""
    mine, its = (set(answer.outputs["items"].tolist()[:TOP]) for answer in (one, other))
    longest = max(len(mine), len(its))
    return len(mine & its) / longest if longest else 1.0


def relative(one: Answer, other: Answer) -> float:
    """Return one less the difference of the expected sales, as a share of their sum."""
    mine, its = (answer.outputs["mean"].astype(np.float64) for answer in (one, other))
    if mine.shape != its.shape:
        return 0.0
    total = float(np.abs(mine).sum() + np.abs(its).sum())
    return 1.0 - float(np.abs(mine - its).sum()) / total if total else 1.0


def decisions(one: Answer, other: Answer) -> float:
    """Return the share of facings about which both decide alike, each at its own threshold."""
    mine, its = (answer.outputs["states"][:, _EMPTY] >= answer.threshold for answer in (one, other))
    if mine.shape != its.shape:
        return 0.0
    return float(np.mean(mine == its)) if mine.size else 1.0


def places(one: Answer, other: Answer) -> float:
    """Return how far both see gaps in the same places (Dice's coefficient over blocks of cells)."""
    mine, its = (_blocks(answer.outputs["centre"] >= answer.threshold) for answer in (one, other))
    if mine.shape != its.shape:
        return 0.0
    found = int(mine.sum() + its.sum())
    return 2 * int((mine & its).sum()) / found if found else 1.0


def same(one: Answer, other: Answer) -> float:
    """Return the share of outputs in which both agree within a hundredth."""
    names = one.outputs.keys() | other.outputs.keys()
    alike = [name for name in names if _alike(one.outputs.get(name), other.outputs.get(name))]
    return len(alike) / len(names) if names else 1.0


def _alike(one: NDArray[Any] | None, other: NDArray[Any] | None) -> bool:
    """Tell whether two arrays are of one shape and, where they are numbers, near each other."""
    if one is None or other is None or one.shape != other.shape or one.dtype != other.dtype:
        return False
    return bool(np.allclose(one, other, rtol=1e-2, atol=1e-6))


def _blocks(cells: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return, for [1, 1, rows, columns], which blocks of cells hold one that is set."""
    rows, columns = cells.shape[-2:]
    padded = np.zeros((-(-rows // _BLOCK) * _BLOCK, -(-columns // _BLOCK) * _BLOCK), dtype=bool)
    padded[:rows, :columns] = cells[0, 0]
    found = padded.reshape(padded.shape[0] // _BLOCK, _BLOCK, -1, _BLOCK).any(axis=(1, 3))
    return np.asarray(found)


_MEASURES: Mapping[str, tuple[str, Measure]] = {
    "shopper": ("items", top_overlap),
    "demand": ("mean", relative),
    "gaps": ("states", decisions),
    "gap_detector": ("centre", places),
}
"""The output that is compared, and how, by kind."""
