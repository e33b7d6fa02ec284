"""How well a text index answers judged queries: NDCG, recall, empty answers. Layout `search`.

products.parquet (product_id, title), judgments.parquet (query, product_id, relevance 1 to 3). A
gain is (relevance - 1) / 2, and 0 for a product nobody judged. Any searcher can be scored.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from central_sync.core.ranking_metrics import ndcg, percentile, recall
from central_sync.ports.training import DataUnusableError
from central_sync.trainers.tables import read_table

_CUT, _DEEP = 10, 100
_RELEVANT = 2.33
_LEAST_JUDGED = 5

Searcher = Callable[[str, int], list[str]]
"""Takes a query and a limit, answers with product ids, best first."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Products by id, and for each query the grades of the products that were judged."""

    titles: Mapping[str, str]
    grades: Mapping[str, Mapping[str, float]]


def read_judged(data: Path) -> Judged:
    """Return a folder in the layout `search`; only queries that can tell a good order are kept.

    Such a query has at least five judged products and more than one grade.

    Raises:
        DataUnusableError: a file or column is missing, or no query is left.
    """
    products = read_table(data / "products.parquet", ("product_id", "title"))
    judgments = read_table(data / "judgments.parquet", ("query", "product_id", "relevance"))
    grades: dict[str, dict[str, float]] = {}
    for row in zip(*(judgments[name].to_pylist() for name in judgments.column_names), strict=True):
        query, product, relevance = row
        grades.setdefault(query, {})[str(product)] = float(relevance)
    telling = {
        query: given
        for query, given in sorted(grades.items())
        if len(given) >= _LEAST_JUDGED and len(set(given.values())) > 1
    }
    if not telling:
        raise DataUnusableError(
            f"{data / 'judgments.parquet'}: no query has {_LEAST_JUDGED} judged products "
            "and two different grades"
        )
    ids, titles = products["product_id"].to_pylist(), products["title"].to_pylist()
    return Judged(
        titles={str(id_): title or "" for id_, title in zip(ids, titles, strict=True)},
        grades=telling,
    )


def score(search: Searcher, judged: Judged) -> dict[str, Any]:
    """Return the metrics of `search` over every judged query."""
    gains, recalls, took, empty = [], [], [], 0
    for query, grades in judged.grades.items():
        began = time.perf_counter()
        found = search(query, _DEEP)
        took.append(1000 * (time.perf_counter() - began))
        empty += not found
        gains.append(ndcg(found, {one: (grade - 1) / 2 for one, grade in grades.items()}, _CUT))
        good = {one for one, grade in grades.items() if grade >= _RELEVANT}
        if good:
            recalls.append(recall(found, good))
    return {
        "ndcg_at_10": float(np.mean(gains)),
        "recall_at_100": float(np.mean(recalls)) if recalls else 0.0,
        "zero_rate": empty / len(judged.grades),
        "queries": len(judged.grades),
        "products": len(judged.titles),
        "ms_p50": percentile(took, 0.5),
        "ms_p99": percentile(took, 0.99),
    }


def misspelt(query: str, rng: np.random.Generator) -> str:
    """Return `query` with one slip in a longer word: a letter lost, added, changed or swapped."""
    pieces = query.split(" ")
    long = [i for i, word in enumerate(pieces) if len(word) >= 4 and word.isalpha()]  # noqa: PLR2004 - shorter words are not corrected
    if not long:
        return query
    at = int(rng.choice(long))
    word, letter = pieces[at], chr(97 + int(rng.integers(26)))
    place = int(rng.integers(len(word) - 1))
    pieces[at] = (
        word[:place] + word[place + 1 :],
        word[:place] + letter + word[place:],
        word[:place] + letter + word[place + 1 :],
        word[:place] + word[place + 1] + word[place] + word[place + 2 :],
    )[int(rng.integers(4))]
    return " ".join(pieces)
