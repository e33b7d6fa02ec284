"""What privacy costs: the same held-out questions after training on raw baskets and on sums.

Raw baskets train what they train in service, an item model and trees; sums train what a fleet gets,
so the ratio has in it what the noise takes and what another kind of ranker does. A row in between
has the fleet's ranker without noise. Every THIRDth test question is asked.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from central_sync.ports.training import DataUnusableError, Progress
from central_sync.trainers.shopper.baskets import Baskets, read_baskets
from central_sync.trainers.shopper.ease import ItemModel
from central_sync.trainers.shopper.fitting import items_of, lessons_of, proposing_natively
from central_sync.trainers.shopper.lessons import late_baskets
from central_sync.trainers.shopper.private_fleet import (
    Lesson,
    Terms,
    curves_of_sums,
    curves_without_noise,
    items_of_sums,
    lessons_by_person,
    told_counts,
)
from central_sync.trainers.shopper.questions import FiguresByDay, next_item_queries
from central_sync.trainers.shopper.ranker import fit_ranker
from central_sync.trainers.shopper.two_stages import Rank, pool
from central_sync.trainers.tables import read_settings
from endcap.models.shopper.private import Budget
from endcap.models.shopper.ranking import RANKED, features

THIRD, MOST_ITEMS, DELTA = 3, 6_000, 1e-6
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
            found = pool(propose(query).first(RANKED), query, figures)
            allowed = np.isin(found.items, catalogue)
            rows = features(found, query.question(), figures)
            yield Asked(rows[allowed], found.items[allowed] == hidden)


def scored(asked: Iterable[Asked], rank: Rank) -> tuple[float, float]:
    """Return HR@10 and NDCG@10."""
    gains = [_gain(one, rank) for one in asked]
    return float(np.mean([gain > 0 for gain in gains])), float(np.mean(gains))


def rank_of_raw(baskets: Baskets, seed: int, progress: Progress) -> Rank:
    """Return the ranker that raw baskets train in service."""
    return fit_ranker(lessons_of(baskets, seed=seed, progress=progress), seed=seed).rank


def lessons_before(
    baskets: Baskets, items: ItemModel, rng: np.random.Generator, progress: Progress
) -> tuple[Lesson, ...]:
    """Return the questions that stores would ask of their own over an item model of before."""
    progress("asking the questions of the later baskets")
    return tuple(lessons_by_person(baskets, proposing_natively(items), rng))


def early_part(baskets: Baskets) -> NDArray[np.bool_]:
    """Return the baskets that an item model of before knows."""
    return baskets.training_part() & ~late_baskets(baskets)


@dataclass(frozen=True, slots=True, eq=False)
class Fleet:
    """The stores that tell, on what terms, and their chance."""

    baskets: Baskets
    terms: Terms
    rng: np.random.Generator

    def rank(self, told: tuple[Lesson, ...]) -> Rank:
        """Return the ranker of what all stores tell of their questions."""
        part = self.baskets.training_part()
        stores = np.unique(self.baskets.store[part]).tolist()
        return curves_of_sums(told, stores, self.terms, self.rng).rank

    def items(self, kept: NDArray[np.bool_]) -> ItemModel:
        """Return the item model of what all stores tell of the baskets `kept`."""
        return items_of_sums(told_counts(self.baskets, kept, self.terms, self.rng), MOST_ITEMS)

    def both_scored(self, progress: Progress) -> tuple[float, float]:
        """Return HR@10 and NDCG@10 where neither stage saw a basket."""
        before = self.items(early_part(self.baskets))
        rank = self.rank(lessons_before(self.baskets, before, self.rng, progress))
        return scored(asked_of(self.baskets, self.items(self.baskets.training_part())), rank)


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
    baskets, rng = read_baskets(data, settings), np.random.default_rng(seed)
    fleet = Fleet(baskets, Terms(Budget(epsilon, DELTA)), rng)
    asked = list(asked_of(baskets, items_of(baskets, baskets.training_part())))
    raw = scored(asked, rank_of_raw(baskets, seed, progress))
    told = lessons_before(baskets, items_of(baskets, early_part(baskets)), rng, progress)
    progress(f"fitting to what stores tell at epsilon {epsilon:g}")
    found = {
        "sums_without_noise": scored(asked, curves_without_noise(told).rank),
        "ranker_private": scored(asked, fleet.rank(told)),
        "both_private": fleet.both_scored(progress),
    }
    return {
        "epsilon": epsilon,
        "n": len(asked),
        "raw": _named(raw),
        **{name: _beside(figures, raw) for name, figures in found.items()},
    }


def _beside(found: tuple[float, float], raw: tuple[float, float]) -> Mapping[str, float]:
    """Return figures and what they are to those of raw baskets."""
    ratios = [here / there if there else 0.0 for here, there in zip(found, raw, strict=True)]
    return {**_named(found), "hr_of_raw": ratios[0], "ndcg_of_raw": ratios[1]}


def _named(found: tuple[float, float]) -> Mapping[str, float]:
    return {"hr_at_10": found[0], "ndcg_at_10": found[1]}


def _gain(one: Asked, rank: Rank) -> float:
    """Return what a question gains, 0 without its answer among the ten best; ties count against."""
    if not one.right.any():
        return 0.0
    scores = rank(one.rows)
    place = int((scores >= scores[one.right][0]).sum())
    return float(1 / np.log2(place + 1)) if place <= _CUT else 0.0
