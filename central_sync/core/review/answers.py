"""Decides what people's answers about a facing come to, how many are wanted, and who agrees.

Each question wants one person; one in five, told by its picture's hash, wants two, so that it is
known how far people agree. Where they do not, a third decides. Stores nothing.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal, get_args

from endcap.wire.review_events import Reason, Seen

Said = Literal["full", "low", "empty", "occluded", "unsure"]
SAID: tuple[Said, ...] = get_args(Said)
SEEN: tuple[Seen, ...] = get_args(Seen)

SECOND_OPINION = 0.2
"""The share of questions that two people are asked."""

MOST = 3
"""So many people are asked at most: what they cannot settle nobody can."""

_REASONS: tuple[Reason, ...] = get_args(Reason)
_FIRST = 2.0
_HEX = 16


def wanted(picture: str) -> int:
    """Return how many people the question of a picture (its SHA-256) is for, to begin with."""
    return 2 if int(picture[:4], _HEX) < SECOND_OPINION * _HEX**4 else 1


def settled(said: Sequence[Said], at_least: int = 1) -> Seen | None:
    """Return what most say it is; None while too few say so, or they do not agree.

    Who is unsure does not count.

    >>> settled(["empty", "full"]), settled(["empty", "full", "empty"], 2), settled(["unsure"])
    (None, 'empty', None)
    """
    counts = Counter(one for one in said if one != "unsure")
    if counts.total() < at_least:
        return None
    (best, most), *others = counts.most_common(2)
    if others and others[0][1] == most:
        return None
    return next(one for one in SEEN if one == best)


def over(said: Sequence[Said], at_least: int) -> bool:
    """Return whether nobody more is to be asked: it is settled, or too many tried."""
    return settled(said, at_least) is not None or len(said) >= MOST


def worth(reason: Reason, empty: float, threshold: float) -> float:
    """Return how soon a question is asked, the larger the sooner.

    What was drawn by chance comes first, for all of it is needed; then the reasons in their order,
    and among equals what lies nearer to the threshold.
    """
    if reason == "random":
        return _FIRST
    return 1.0 - _REASONS.index(reason) / len(_REASONS) - 0.1 * abs(empty - threshold)


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far people agree on pictures that two or more of them judged.

    `alike` is the share of pairs of answers that are the same, `alpha` Krippendorff's alpha for
    nominal values, which takes out what agrees by chance: 1 is full agreement, 0 none. None where
    there is nothing to tell it from.
    """

    pictures: int
    alike: float | None
    alpha: float | None


def agreement(answers: Iterable[Sequence[Said]]) -> Agreement:
    """Return how far the answers to each picture agree; who is unsure does not count.

    Source: K. Krippendorff, Content Analysis (2004), chapter 11.
    """
    judged = [[one for one in said if one != "unsure"] for said in answers]
    units = [said for said in judged if len(said) > 1]
    if not units:
        return Agreement(0, None, None)
    pairs = [(a == b, 2 / (len(said) - 1)) for said in units for a, b in combinations(said, 2)]
    alike = sum(same for same, _ in pairs) / len(pairs)
    values = Counter(one for said in units for one in said)
    total = values.total()
    observed = sum(weight for same, weight in pairs if not same) / total
    chance = 1 - sum(n * (n - 1) for n in values.values()) / (total * (total - 1))
    alpha = 1 - observed / chance if chance else None
    return Agreement(len(units), alike, alpha)
