"""The order of what was found: bm25, corrected by how much of the question an item answers.

bm25 alone lets one rare word outvote the rest. An item that carries more of the question's words,
and carries neighbours as neighbours, comes first. Knows no index and no stock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log1p


@dataclass(frozen=True, slots=True)
class Weights:
    """What counts in the order of what was found; a release may set each (`settings.search`).

    The first four weigh a field's words in bm25. `coverage` is the power to which the share of the
    question that an item answers is raised, `neighbours` the bonus for a kept pair of words.
    """

    name: float = 1.0
    brand: float = 0.8
    department: float = 0.3
    size: float = 0.6
    coverage: float = 0.8
    neighbours: float = 1.5


USUAL = Weights()


@dataclass(frozen=True, slots=True)
class Found:
    """One item as the index found it; `score` is bm25, higher is better."""

    id: str
    score: float
    words: tuple[str, ...]


def in_order(
    asked: Sequence[str],
    found: Sequence[Found],
    counts: Mapping[str, int],
    items: int,
    weights: Weights = USUAL,
) -> list[tuple[str, float]]:
    """Return ids and scores, best first; `counts` says how many of `items` carry each word."""
    rarity = {root(word): log1p(items / (counts.get(word, 0) + 1)) for word in asked}
    pairs = set(pairwise(map(root, asked)))
    scored = [(one.id, _score(one, rarity, pairs, weights)) for one in found]
    return sorted(scored, key=lambda pair: (-pair[1], pair[0]))


def _score(
    one: Found, rarity: Mapping[str, float], pairs: set[tuple[str, str]], weights: Weights
) -> float:
    """Return bm25 times the share of the question answered, and a bonus for kept neighbours."""
    roots = [root(word) for word in one.words]
    total = sum(rarity.values()) or 1.0
    answered = sum(rarity[word] for word in rarity.keys() & set(roots))
    kept = len(pairs.intersection(pairwise(roots))) if pairs else 0
    coverage: float = (answered / total) ** weights.coverage
    return one.score * coverage + weights.neighbours * kept


def root(word: str) -> str:
    """Return `word` without a plural's s: enough to see the same word twice.

    >>> root("eggs"), root("glass"), root("gas")
    ('egg', 'glass', 'gas')
    """
    return word[:-1] if len(word) > 3 and word[-1] == "s" and word[-2] != "s" else word  # noqa: PLR2004 - "gas" keeps its s
