"""Decides whether a facing model that learned from people's answers serves, store by store.

Candidate and champion judge the same answered facings of stores that taught neither. The candidate
must be clearly better over all of them, make no more mistakes, and be clearly worse in no store: a
store whose shelves got worse is not consoled by the others.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from central_sync.core.evaluation import PartScore, Verdict

METRIC = "facing.log_loss"
_HELD_OUT_BELOW = 64  # of 256: a quarter of the stores
_Z = 1.959963984540054  # 95 %
_LEAST = 1e-4
_FEW = 10
"""With fewer answers a store's own figure is no reason."""


def held_out(stores: Sequence[str]) -> frozenset[str]:
    """Return the stores that judge and never teach: told by their names, so that it stays so.

    Where a small fleet has none such, or none else, the first by that order judges.
    """
    order = sorted(set(stores), key=_place)
    found = [store for store in order if _place(store)[0] < _HELD_OUT_BELOW]
    return frozenset(found if 0 < len(found) < len(order) else order[:1])


def _place(store: str) -> bytes:
    return sha256(store.encode()).digest()


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Answered facings as a model judges them.

    `empty` is the probability it gives, `threshold` from where on it says empty.
    """

    empty: NDArray[np.float64]
    threshold: float

    def losses(self, truth: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the log loss of each facing, in nats; a certainty costs 9.2 at most."""
        right = np.where(truth, self.empty, 1.0 - self.empty)
        found: NDArray[np.float64] = -np.log(np.clip(right, _LEAST, 1.0))
        return found

    def wrong(self, truth: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return on which facings it decides wrongly."""
        found: NDArray[np.bool_] = (self.empty >= self.threshold) != truth
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """Facings of held-out stores: whose each is, and whether people say that it is empty."""

    stores: tuple[str, ...]
    truth: NDArray[np.bool_]


def verdict(held: Held, candidate: Judged, champion: Judged | None) -> Verdict:
    """Return who serves, with the reason and every store's part."""
    new = candidate.losses(held.truth)
    rows = len(new)
    if champion is None:
        mean = float(new.mean())
        reason = f"{METRIC} {mean:.4f}, no champion"
        return Verdict(
            promote=True, reason=reason, metric=METRIC, candidate=mean, champion=None, rows=rows
        )
    old = champion.losses(held.truth)
    mistakes = int(candidate.wrong(held.truth).sum()), int(champion.wrong(held.truth).sum())
    parts = tuple(_part(held, store, new, old) for store in sorted(set(held.stores)))
    worse = [one for one in parts if one.rows >= _FEW and one.low is not None and one.low > 0]
    promote, why = _decided(new, old, mistakes, worse)
    means = float(new.mean()), float(old.mean())
    reason = f"{METRIC} {means[0]:.4f} against {means[1]:.4f} on {rows} answered facings of "
    reason += f"{len(parts)} held-out stores: {why}"
    return Verdict(promote, reason, METRIC, *means, rows, parts)


def _decided(
    new: NDArray[np.float64],
    old: NDArray[np.float64],
    mistakes: tuple[int, int],
    worse: Sequence[PartScore],
) -> tuple[bool, str]:
    """Return whether the candidate serves, and why or why not."""
    _, high = _interval(new - old)
    if worse:
        first = max(worse, key=lambda one: one.candidate - (one.champion or 0.0))
        return False, (
            f"clearly worse in {first.name} ({first.candidate:.4f} against {first.champion:.4f} "
            f"on {first.rows} facings)"
        )
    if mistakes[0] > mistakes[1]:
        return False, f"it decides {mistakes[0]} wrongly, the champion {mistakes[1]}"
    if high >= 0:
        return False, "not clearly better"
    return True, f"better, with {mistakes[0]} mistakes instead of {mistakes[1]}"


def _part(held: Held, store: str, new: NDArray[np.float64], old: NDArray[np.float64]) -> PartScore:
    """Return a store's part; the interval is of the difference over the champion's loss."""
    mine = np.asarray([one == store for one in held.stores])
    rows, before = int(mine.sum()), float(old[mine].mean())
    low, high = _interval((new - old)[mine])
    scale = max(before, _LEAST)
    known = math.isfinite(low)
    return PartScore(
        by="store",
        name=store,
        rows=rows,
        share=rows / len(held.stores),
        candidate=float(new[mine].mean()),
        champion=before,
        low=low / scale if known else None,
        high=high / scale if known else None,
    )


def _interval(differences: NDArray[np.float64]) -> tuple[float, float]:
    """Return the interval of 95 % of the mean of paired differences; infinite for fewer than 2."""
    number = differences.size
    if number < 2:  # noqa: PLR2004 - one tells no spread
        return -math.inf, math.inf
    mean = float(differences.mean())
    half = _Z * float(differences.std(ddof=1)) / math.sqrt(number)
    return mean - half, mean + half
