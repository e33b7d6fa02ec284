"""The order of what was found: bm25, corrected by how much of the question an item answers.

bm25 alone lets one rare word outvote the rest. An item that carries more of the question's words,
and carries neighbours as neighbours, comes first. Knows no index and no stock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log1p

_COVERAGE_POWER = 0.8
_NEIGHBOURS = 1.5


@dataclass(frozen=True, slots=True)
class Found:
    """One item as the index found it; `score` is bm25, higher is better."""

    id: str
    score: float
    words: tuple[str, ...]


def in_order(
    asked: Sequence[str], found: Sequence[Found], counts: Mapping[str, int], items: int
) -> list[tuple[str, float]]:
    """Return ids and scores, best first; `counts` says how many of `items` carry each word."""
    weights = {root(word): log1p(items / (counts.get(word, 0) + 1)) for word in asked}
    pairs = set(pairwise(map(root, asked)))
    total = sum(weights.values()) or 1.0
    scored = [(one.id, _score(one, weights, pairs, total)) for one in found]
    return sorted(scored, key=lambda pair: (-pair[1], pair[0]))


def _score(
    one: Found, weights: Mapping[str, float], pairs: set[tuple[str, str]], total: float
) -> float:
    """Return bm25 times the share of the question answered, and a bonus for kept neighbours."""
    roots = [root(word) for word in one.words]
    answered = sum(weights[word] for word in weights.keys() & set(roots))
    kept = len(pairs.intersection(pairwise(roots))) if pairs else 0
    coverage: float = (answered / total) ** _COVERAGE_POWER
    return one.score * coverage + _NEIGHBOURS * kept


def root(word: str) -> str:
    """Return `word` without a plural's s: enough to see the same word twice.

    >>> root("eggs"), root("glass"), root("gas")
    ('egg', 'glass', 'gas')
    """
    return word[:-1] if len(word) > 3 and word[-1] == "s" and word[-2] != "s" else word  # noqa: PLR2004 - "gas" keeps its s
