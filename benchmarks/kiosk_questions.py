"""What kiosks of a large store ask for: made up by a fixed seed, the same for all that answers."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

SEED = 368
CARDS = 500
"""Loyalty cards of the store, by number."""
VISITS = 50
QUESTIONS = 400
"""After so many, the first is asked again."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question for recommendations; `shopper` is a loyalty card."""

    basket: tuple[str, ...]
    session: str
    shopper: str | None
    limit: int = 10

    def body(self) -> bytes:
        """Return the question as a client sends it."""
        told = {name: value for name, value in asdict(self).items() if value is not None}
        return json.dumps(told).encode()


def questions(items: Sequence[str], count: int = QUESTIONS) -> list[Asked]:
    """Return baskets of a few items, the popular ones more often, half of them with a card."""
    rng = np.random.default_rng(SEED)
    asked = []
    for turn in range(count):
        basket = (len(items) * rng.power(0.35, 1 + turn % 6)).astype(np.int64)
        shopper = f"card-{turn % CARDS}" if turn % 2 else None
        named = tuple(items[n] for n in basket.tolist())
        asked.append(Asked(named, f"visit-{turn % VISITS}", shopper))
    return asked
