"""The recommender's inputs and outputs: names, and how GTINs become tensors and come back."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

BASKET, HISTORY, HISTORY_WEIGHT = "basket", "history", "history_weight"
ITEMS, SCORES = "items", "scores"
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


def scored(outputs: Mapping[str, NDArray[Any]]) -> dict[str, float]:
    """Return GTINs and scores, best first, from what the model answered."""
    items, scores = outputs[ITEMS].tolist(), outputs[SCORES].tolist()
    return {
        str(item).zfill(GTIN_DIGITS): float(score)
        for item, score in zip(items, scores, strict=True)
    }
