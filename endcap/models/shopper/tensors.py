"""The recommender's inputs and outputs: names, and how GTINs become tensors and come back."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from endcap.models.shopper.ranking import Candidates

BASKET, HISTORY, HISTORY_WEIGHT = "basket", "history", "history_weight"
ITEMS, SCORES = "items", "scores"
BASKET_SAYS, BASKET_BEST, HISTORY_SAYS = "basket_says", "basket_best", "history_says"
"""What stands behind a score, for a ranker; models made before rankers do not tell it."""
GTIN_DIGITS = 14


def feed(basket: Iterable[str], history: Mapping[str, float]) -> dict[str, NDArray[Any]]:
    """Return the model's inputs for a basket and a faded history; both may be empty.

    Items the model does not know are ignored by the model itself.
    """
    return {
        BASKET: np.array(sorted({int(item) for item in basket}), dtype=np.int64),
        HISTORY: np.array([int(item) for item in history], dtype=np.int64),
        HISTORY_WEIGHT: np.array(list(history.values()), dtype=np.float32),
    }


def candidates(outputs: Mapping[str, NDArray[Any]]) -> Candidates:
    """Return what the model proposed, for the ranker's features; best first."""
    unknown = np.full(len(outputs[ITEMS]), np.nan, dtype=np.float32)
    said = (outputs.get(name, unknown) for name in (BASKET_SAYS, BASKET_BEST, HISTORY_SAYS))
    return Candidates(outputs[ITEMS], outputs[SCORES], *said)


def scored(outputs: Mapping[str, NDArray[Any]]) -> dict[str, float]:
    """Return GTINs and scores, best first, from what the model answered."""
    items, scores = outputs[ITEMS].tolist(), outputs[SCORES].tolist()
    return {
        str(item).zfill(GTIN_DIGITS): float(score)
        for item, score in zip(items, scores, strict=True)
    }
