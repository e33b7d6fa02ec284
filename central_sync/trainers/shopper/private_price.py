"""What privacy costs: the same held-out questions after training on raw baskets and on sums.

Both rankers are sums of curves, so that the one figure to the other says what the noise took, not
what another kind of model would. Every THIRDth test question is asked.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from central_sync.ports.training import DataUnusableError, Progress
from central_sync.trainers.shopper.baskets import Baskets, read_baskets
from central_sync.trainers.shopper.curves import Curves
from central_sync.trainers.shopper.ease import ItemModel
from central_sync.trainers.shopper.fitting import items_of, proposing_natively
from central_sync.trainers.shopper.lessons import late_baskets
from central_sync.trainers.shopper.private_fleet import (
    Lesson,
    Terms,
    curves_of_sums,
    items_of_sums,
    lessons_by_person,
    told_counts,
)
from central_sync.trainers.shopper.questions import FiguresByDay, next_item_queries
from central_sync.trainers.shopper.two_stages import pool
from central_sync.trainers.tables import read_settings
from endcap.models.shopper.private import Budget
from endcap.models.shopper.ranking import features

THIRD, MOST_ITEMS, QUESTIONS, DELTA = 3, 6_000, 4_000, 1e-6
_CUT = 10


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A question's candidates, and which of them was hidden."""

    rows: NDArray[np.float32]
    right: NDArray[np.bool_]


def asked_of(baskets: Baskets, items: ItemModel) -> Iterator[Asked]:
    """Yield every THIRDth test question with an item model's candidates."""
    propose, figures_at, catalogue = (
        proposing_natively(items),
        FiguresByDay(baskets),
        baskets.catalogue(),
    )
    for number, (query, hidden) in enumerate(next_item_queries(baskets)):
        if number % THIRD == 0:
            figures = figures_at(query)
            found = pool(propose(query), query, figures)
            allowed = np.isin(found.items, catalogue)
            rows = features(found, query.question(), figures)
            yield Asked(rows[allowed], found.items[allowed] == hidden)


def scored(asked: Iterable[Asked], curves: Curves) -> tuple[float, float]:
    """Return HR@10 and NDCG@10."""
    gains = [_gain(one, curves) for one in asked]
    return float(np.mean([gain > 0 for gain in gains])), float(np.mean(gains))


def lessons_before(
    baskets: Baskets, rng: np.random.Generator, progress: Progress
) -> tuple[Lesson, ...]:
    """Return the questions that the stores would ask of their own, over the item model before."""
    early = baskets.training_part() & ~late_baskets(baskets)
    before = proposing_natively(items_of(baskets, early))
    progress("asking the questions of the later baskets")
    return tuple(lessons_by_person(baskets, before, QUESTIONS, rng))


def price(data: Path, epsilon: float, *, seed: int, progress: Progress) -> Mapping[str, Any]:
    """Return HR@10 and NDCG@10 after training on raw baskets and on what stores tell for a year.

    Raises:
        DataUnusableError: these are no raw baskets with weeks to be scored on.
    """
    settings = read_settings(data)
    if settings["layout"] != "baskets" or not settings.get("test_weeks"):
        raise DataUnusableError(
            f'{data / "dataset.json"}: what privacy costs is told on the layout "baskets" with'
            " test_weeks"
        )
    baskets = read_baskets(data, settings)
    rng, part = np.random.default_rng(seed), baskets.training_part()
    progress("solving for the items of raw baskets")
    lessons = lessons_before(baskets, rng, progress)
    asked = list(asked_of(baskets, items_of(baskets, part)))
    terms = Terms(Budget(epsilon, DELTA))
    progress(f"fitting to what stores tell at epsilon {epsilon:g}")
    told = told_counts(baskets, part, terms, rng)
    private = curves_of_sums(lessons, terms, rng)
    told_asked = asked_of(baskets, items_of_sums(told, MOST_ITEMS))
    return {
        "epsilon": epsilon,
        "n": len(asked),
        "raw": _named(scored(asked, curves_of_sums(lessons, None, rng))),
        "ranker_private": _named(scored(asked, private)),
        "both_private": _named(scored(told_asked, private)),
    }


def _named(found: tuple[float, float]) -> Mapping[str, float]:
    return {"hr_at_10": found[0], "ndcg_at_10": found[1]}


def _gain(one: Asked, curves: Curves) -> float:
    """Return what a question gains, 0 without its answer among the ten best; ties count against."""
    if not one.right.any():
        return 0.0
    scores = curves.rank(one.rows)
    place = int((scores >= scores[one.right][0]).sum())
    return float(1 / np.log2(place + 1)) if place <= _CUT else 0.0
