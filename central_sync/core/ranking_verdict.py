"""Decides whether a ranker serves instead of the champion: better on the same questions, no chance.

Both answered each question; what counts is the mean of the differences and how sure it is. Fits
and asks nothing.
"""

from collections.abc import Sequence
from math import sqrt

from central_sync.core.evaluation import Verdict

_SURE = 1.96
"""Standard errors that the mean difference must lie above 0: 97.5 % of chances lie below."""


def decide(metric: str, new: Sequence[float], old: Sequence[float] | None) -> Verdict:
    """Return the verdict on the gains of each question, of the candidate and of the champion.

    Raises:
        ValueError: they did not answer the same questions.
    """
    here = _mean(new)
    if old is None:
        return Verdict(
            promote=bool(new),
            reason=f"{metric} {here:.4f} over {len(new)} held-out questions, no champion yet",
            metric=metric,
            candidate=here,
            champion=None,
            rows=len(new),
        )
    differences = [one - other for one, other in zip(new, old, strict=True)]
    gain, error = _mean(differences), _error(differences)
    better = gain > _SURE * error
    why = "better, and not by chance" if better else "which may be chance" if gain > 0 else "worse"
    return Verdict(
        promote=better,
        reason=(
            f"{metric} {here:.4f} against {_mean(old):.4f} over {len(new)} held-out questions:"
            f" {gain:+.4f} (standard error {error:.4f}), {why if gain else 'no different'}"
        ),
        metric=metric,
        candidate=here,
        champion=_mean(old),
        rows=len(new),
    )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _error(values: Sequence[float]) -> float:
    """Return the standard error of the mean of `values`; 0 for fewer than two."""
    if len(values) < 2:  # noqa: PLR2004 - one value has no spread
        return 0.0
    mean = _mean(values)
    return sqrt(sum((one - mean) ** 2 for one in values) / (len(values) - 1) / len(values))
