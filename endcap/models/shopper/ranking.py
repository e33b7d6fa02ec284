"""What the ranker is told of each candidate: computed alike in training and in the store. Pure.

A candidate is an item that some source proposes to a question (the item model, the shopper's own
past, what sells here, ...). The features compare it with the basket, with the shopper's habits and
with the store's figures; none of them names an item, so that a ranker serves a catalogue that it
never saw. The ranker itself is a model: `features` float32 [n, F] to `scores` float32 [n].
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from endcap.models.shopper.figures import Figures, Kinds, daypart
from endcap.models.shopper.habits import (
    Groups,
    Past,
    Tally,
    brand_key,
    places,
    same_hours,
    together,
)

Ids = NDArray[np.int64]
Floats = NDArray[np.float32]
Columns = Mapping[str, NDArray[np.floating] | float]
"""Features by name: [n] each, or one value for all candidates."""

FEATURE_INPUT, SCORE_OUTPUT = "features", "scores"

FEATURES = (
    # What the item model says, and where that puts the candidate among the others.
    "score", "score_rank", "score_share", "basket_says", "basket_rank", "basket_best",
    "history_says", "history_rank",
    # The shopper and the item.
    "times", "faded_month", "faded_quarter", "habit_rank", "visit_share", "days_since",
    "visits_since", "own_gap", "due_by_own_gap", "due_by_items_gap", "due_by_visits",
    "faded_visits", "with_this_basket", "lift_with_basket", "same_hours",
    # The shopper and the item's like.
    "category_times", "category_days_since", "category_due", "category_choice", "brand_choice",
    "category_in_basket", "department_in_basket", "category_rank", "category_score",
    "category_part",
    # The item in the store.
    "share", "month", "week", "trend", "again", "items_gap", "company", "price", "discount",
    "price_to_basket", "daypart", "weekend",
    # The question itself: the same for all its candidates.
    "basket_size", "visits", "days_since_visit", "visit_size", "variety",
)  # fmt: skip
"""The names of the features, in order."""

RANKED = 200
"""How many of the item model's items a ranker is asked about, the best. With 300 it found the very
same 617 of 2,357 hidden items among its ten best, and as many for strangers; with 150, two fewer
(Complete Journey)."""

_SATURDAY = 5


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """When, and with what in the basket, someone is to be answered.

    `basket` int64 [b] distinct; `hour` 0 to 24 and `weekday` 0 (Monday) to 6 by the store's clock.
    """

    basket: Ids
    past: Past
    hour: float
    weekday: int


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Items that may be the answer, [n] each: distinct, none of the basket.

    What the item model said of them is NaN where it said nothing.
    """

    items: Ids
    score: Floats
    basket_says: Floats
    basket_best: Floats
    history_says: Floats

    def first(self, number: int) -> "Candidates":
        """Return the first so many of them."""
        return Candidates(
            self.items[:number],
            self.score[:number],
            self.basket_says[:number],
            self.basket_best[:number],
            self.history_says[:number],
        )


def features(candidates: Candidates, question: Question, figures: Figures) -> Floats:
    """Return float32 [n, len(FEATURES)]; NaN is what is not known."""
    rows = figures.rows(candidates.items)
    past, in_basket = question.past, figures.rows(question.basket)
    own = past.by_item.find(candidates.items)
    bought, sold = past.tally.at(own), figures.of(rows, daypart(question.hour))
    by_score = _highest_first(candidates.score)
    with np.errstate(invalid="ignore", divide="ignore"):
        columns = {
            **_from_model(candidates, by_score),
            **_from_habits(own, bought, question, sold["gap"]),
            **_from_likes(
                candidates, by_score, bought, question, figures.kinds.codes(rows), figures.kinds
            ),
            **_from_figures(sold, in_basket, question, figures),
        }
    found = np.empty((len(FEATURES), len(candidates.items)), dtype=np.float32)
    for number, name in enumerate(FEATURES):
        found[number] = columns[name]
    return np.ascontiguousarray(found.T)


def _from_model(candidates: Candidates, by_score: Ids) -> Columns:
    """Return the item model's scores, and the candidates' places in their order."""
    return {
        "score": candidates.score,
        "score_rank": _places_in(by_score, candidates.score),
        "score_share": candidates.score / np.fmax.reduce(candidates.score, initial=0.0),
        "basket_says": candidates.basket_says,
        "basket_rank": _ranks(candidates.basket_says),
        "basket_best": candidates.basket_best,
        "history_says": candidates.history_says,
        "history_rank": _ranks(candidates.history_says),
    }


def _from_habits(
    own: Ids, tally: Tally, question: Question, items_gap: NDArray[np.floating]
) -> Columns:
    """Return what the shopper's own purchases of the item say, and what the past is like."""
    past, items = question.past, question.past.by_item
    ages, sizes = past.visits_ago, past.by_visit.sizes
    visits, known = max(len(ages), 1), own < len(items.keys)
    since = np.where(known, np.searchsorted(ages, tally.since), np.nan)
    alike = items.total(together(past, question.basket))[own]
    return {
        "times": tally.times,
        "faded_month": tally.month,
        "faded_quarter": tally.quarter,
        "habit_rank": _ranks(np.where(known, tally.quarter, np.nan)),
        "visit_share": tally.times / visits,
        "days_since": tally.since,
        "visits_since": since,
        "own_gap": tally.gap,
        "due_by_own_gap": tally.since / tally.gap,
        "due_by_items_gap": tally.since / items_gap,
        "due_by_visits": since * tally.times / visits,
        "faded_visits": past.faded_visits[own],
        "with_this_basket": alike,
        "lift_with_basket": alike * visits / tally.times,
        "same_hours": items.total(same_hours(past, question.hour))[own] / tally.times,
        "visits": len(ages),
        "days_since_visit": ages[0] if len(ages) else np.nan,
        "visit_size": sizes.mean() if len(ages) else np.nan,
        "variety": len(past.items) / max(len(items.keys), 1),
    }


def _from_likes(
    candidates: Candidates,
    by_score: Ids,
    bought: Tally,
    question: Question,
    codes: Ids,
    kinds: Kinds,
) -> Columns:
    """Return what the shopper and the basket have of the item's category, brand and department."""
    likes, (department, category, brand) = question.past.likes(kinds), codes
    basket_department, basket_category, _ = kinds.codes(kinds.rows(question.basket))
    tally, unknown = likes.tally.at(places(likes.categories, category)), category < 0
    branded = likes.faded[places(likes.brands, brand_key(category, brand))]
    alike = Groups(category)
    said = np.where(np.isnan(candidates.score), 0.0, candidates.score)
    together_score = alike.total(said)[alike.place]
    found = {
        "category_times": tally.quarter,
        "category_days_since": tally.since,
        "category_due": tally.since / tally.gap,
        "category_choice": bought.quarter / tally.quarter,
        "brand_choice": branded / tally.quarter,
        "category_in_basket": _number_in(basket_category, category),
        "category_rank": _ranks_within(category, by_score),
        "category_score": together_score,
        "category_part": candidates.score / together_score,
    }
    shared = _number_in(basket_department, department)
    return {name: np.where(unknown, np.nan, values) for name, values in found.items()} | {
        "department_in_basket": np.where(
            department < 0, np.nan, shared / max(len(question.basket), 1)
        )
    }


def _from_figures(
    found: Mapping[str, Floats], in_basket: Ids, question: Question, figures: Figures
) -> Columns:
    """Return what the store knows of the item."""
    price, weekend = found["price"], found["weekend"]
    there = figures.price[in_basket[in_basket >= 0]]
    known = there[~np.isnan(there)]
    return {
        "share": found["share"],
        "month": found["month"],
        "week": found["week"],
        "trend": found["week"] / found["month"],
        "again": found["again"],
        "items_gap": found["gap"],
        "company": found["company"],
        "price": price,
        "discount": 1.0 - found["paid"] / price,
        "price_to_basket": price / known.mean() if len(known) else np.nan,
        "daypart": found["daypart"],
        "weekend": weekend if question.weekday >= _SATURDAY else 1.0 / weekend,
        "basket_size": len(question.basket),
    }


def _ranks(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the place of each value, 0 for the highest; NaN stays NaN."""
    return _places_in(_highest_first(values), values)


def _highest_first(values: NDArray[np.floating]) -> Ids:
    """Return the order of values, the first of equal ones first; NaN comes last."""
    return (-values).argsort(kind="stable")


def _places_in(order: Ids, values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the place of each of `values` in an order of them; NaN stays NaN."""
    ranks = np.empty(len(values))
    ranks[order] = np.arange(len(values))
    ranks[np.isnan(values)] = np.nan
    return ranks


def _ranks_within(group: Ids, order: Ids) -> NDArray[np.float64]:
    """Return each one's place among those of its group, 0 for the first in `order`."""
    sorted_group = group[order]
    within = sorted_group.argsort(kind="stable")  # in a group they stay in `order`
    order, sorted_group = order[within], sorted_group[within]
    first = sorted_group.searchsorted(sorted_group)
    ranks = np.empty(len(group))
    ranks[order] = np.arange(len(group)) - first
    return ranks


def _number_in(there: Ids, asked: Ids) -> NDArray[np.int64]:
    """Return how many of `there` equal each of `asked`."""
    ordered = np.sort(there)
    return np.searchsorted(ordered, asked, side="right") - np.searchsorted(ordered, asked)
