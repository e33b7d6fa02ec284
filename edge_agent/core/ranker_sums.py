"""What a store tells for the fleet's ranker: moments of the questions of its own past baskets.

Of each basket of a known shopper one item is hidden; what the item model then proposes is compared
with what was hidden. Only sums over many persons leave the store (endcap.models.shopper's), on the
terms of core/baskets. Which baskets there are, and what runs the model, is the caller's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from edge_agent.core.baskets import BASKETS_SHARE, BasketRule
from edge_agent.core.offers.two_stages import ITEM_MODEL, MODEL_ITEMS, Run, model_feed
from endcap.models.shopper.basis import BASIS, COLUMNS, begun, expand
from endcap.models.shopper.feature_sums import (
    CLIP,
    STEPS,
    FeatureSums,
    Moments,
    Whole,
    added,
    contribution,
    moments_of,
    tell,
)
from endcap.models.shopper.figures import Figures, Ids, Receipts
from endcap.models.shopper.habits import Past
from endcap.models.shopper.private import Chance, deviation, epsilon_of, noise_source
from endcap.models.shopper.ranking import Candidates, Question, features
from endcap.models.shopper.tensors import candidates
from endcap.wire.body import MAX_ROWS
from endcap.wire.shopper_events import FeaturesSummed

MOST_OF_A_PERSON = 8
LEAST_ITEMS = 3
_UNIX_DAY = date(1970, 1, 1).toordinal()
_WEEK, _THURSDAY = 7, 3


@dataclass(frozen=True, slots=True)
class PeriodFeatures:
    """What may be told of a period, and which item model proposed."""

    period: date
    length: timedelta
    sums: FeatureSums
    item_model: str
    rho: float


def sum_period(
    receipts: Receipts, figures: Figures, run: Run, rule: BasketRule, told_of: tuple[date, str]
) -> PeriodFeatures:
    """Return what may be told; the same receipts and models give the same.

    Args:
        receipts: of known shoppers, up to the period's end, with their past before it.
        figures: the store's.
        run: the models that serve.
        rule: the terms.
        told_of: the period's first day, and the version of the item model.
    """
    period, item_model = told_of
    seed = noise_source(rule.secret, period, [b"hidden"])
    summed = np.zeros(len(COLUMNS) * (len(COLUMNS) + 3) // 2 + 1, dtype=np.int64)
    for own in _persons(receipts):
        asked = _questions(own, period, rule.length, seed)
        found = (_moments(question, answer, figures, run) for question, answer in asked)
        summed += _added([one for one in found if one is not None])
    rho = rule.telling(1 - BASKETS_SHARE).rho
    chance = noise_source(rule.secret, period, [b"features", summed.tobytes()])
    return PeriodFeatures(period, rule.length, tell(summed, CLIP, rho, chance), item_model, rho)


def feature_events(found: PeriodFeatures, rule: BasketRule) -> tuple[FeaturesSummed, ...]:
    """Return what the centre is told, in parts of bounded size."""
    most, values = 20 * MAX_ROWS, found.sums.values.tolist()
    starts = range(0, len(values), most)
    delta = rule.telling(1 - BASKETS_SHARE).delta
    return tuple(
        FeaturesSummed(
            period=found.period,
            days=found.length.days,
            revision=1,
            part=part,
            parts=len(starts),
            basis=BASIS,
            item_model=found.item_model,
            width=len(COLUMNS),
            weight=found.sums.weight,
            steps=STEPS,
            noise=deviation(CLIP, found.rho),
            clip=CLIP,
            epsilon=epsilon_of(found.rho, delta),
            delta=delta,
            start=start,
            values=tuple(values[start : start + most]),
        )
        for part, start in enumerate(starts, 1)
    )


def _added(some: list[Moments]) -> Whole:
    """Return what one person adds."""
    return contribution(added(some, len(COLUMNS)), CLIP)


def _persons(receipts: Receipts) -> Iterator[Receipts]:
    """Yield the rows of each shopper, in order of time."""
    order = np.lexsort((receipts.item, receipts.visit, receipts.day, receipts.shopper))
    cuts = np.flatnonzero(np.diff(receipts.shopper[order])) + 1
    for rows in np.split(order, cuts):
        if len(rows):
            yield Receipts(
                receipts.visit[rows],
                receipts.item[rows],
                receipts.day[rows],
                receipts.shopper[rows],
                receipts.price[rows],
            )


def _questions(
    own: Receipts, period: date, length: timedelta, chance: Chance
) -> Iterator[tuple[Question, int]]:
    """Yield one person's baskets of the period without one item, and that item."""
    first = period.toordinal() - _UNIX_DAY
    visits, at = np.unique(own.visit, return_index=True)
    inside = (own.day[at] >= first) & (own.day[at] < first + length.days)
    for visit, day in zip(visits[inside][:MOST_OF_A_PERSON], own.day[at][inside], strict=False):
        items = np.unique(own.item[own.visit == visit])
        if len(items) >= LEAST_ITEMS:
            hidden = int(chance(1)[0] * len(items))
            past = _past(own, float(day))
            weekday = (int(day) + _THURSDAY) % _WEEK
            basket = np.delete(items, hidden)
            yield Question(basket, past, float(day) % 1.0 * 24.0, weekday), int(items[hidden])


def _past(own: Receipts, day: float) -> Past:
    """Return what the person bought before a moment."""
    known = own.before(day)
    hours = (known.day % 1.0 * 24.0).astype(np.float32)
    return Past(known.item, known.visit, day - known.day, hours)


def _moments(question: Question, answer: int, figures: Figures, run: Run) -> Moments | None:
    """Return what a question adds; None when the model did not propose the answer."""
    outputs = run(ITEM_MODEL, model_feed(question))
    if outputs is None:
        return None
    said = _first(candidates(outputs), question.basket)
    right = said.items == answer
    if not right.any():
        return None
    columns = expand(features(said, question, figures))
    return moments_of(columns, right, begun(columns))


def _first(said: Candidates, basket: Ids) -> Candidates:
    """Return the candidates that a ranker would be shown."""
    kept = np.flatnonzero(~np.isin(said.items, basket))[:MODEL_ITEMS]
    parts = (said.score, said.basket_says, said.basket_best, said.history_says)
    return Candidates(said.items[kept], *(part[kept] for part in parts))
