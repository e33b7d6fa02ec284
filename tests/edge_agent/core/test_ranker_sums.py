"""What a store tells for the ranker: moments of its own baskets, bounded, noisy, reproducible."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_agent.core.baskets import BasketRule
from edge_agent.core.ranker_sums import PeriodFeatures, feature_events, sum_period
from endcap.models.shopper.basis import BASIS, COLUMNS
from endcap.models.shopper.feature_sums import CLIP, STEPS, FeatureSums, read
from endcap.models.shopper.figures import Receipts, figures_of, no_kinds
from endcap.models.shopper.private import Budget
from endcap.models.shopper.tensors import BASKET, ITEMS, SCORES

MONDAY = date(2026, 3, 2)
DAY = MONDAY.toordinal() - date(1970, 1, 1).toordinal()
OPEN = BasketRule(2, timedelta(days=28), Budget(1e9, 1e-6), clip=100.0, secret=b"key")
ITEMS_SOLD = np.arange(1, 9)


def receipts(persons: int, visits: int = 3) -> Receipts:
    """Return receipts: everyone buys four of eight items at each visit."""
    rows = [
        (100 * who + visit, 1 + (who + visit + n) % 8, DAY - 5 + 4 * visit + 0.5, who)
        for who in range(persons)
        for visit in range(visits)
        for n in range(4)
    ]
    visit, item, day, who = (np.array(column) for column in zip(*rows, strict=True))
    return Receipts(visit, item, day.astype(np.float64), who, np.ones(len(rows), np.float32))


def propose(kind: str, feed: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Propose all that is sold, in one order."""
    assert kind == "shopper"
    left = ITEMS_SOLD[~np.isin(ITEMS_SOLD, feed[BASKET])]
    return {ITEMS: left, SCORES: np.linspace(1, 0.1, len(left)).astype(np.float32)}


def found(own: Receipts, rule: BasketRule = OPEN) -> PeriodFeatures:
    figures = figures_of(own, no_kinds(own.item), DAY + 30.0)
    return sum_period(own, figures, propose, rule, (MONDAY, "1.2.0"))


def test_a_period_is_told_in_parts_with_its_terms() -> None:
    events = feature_events(found(receipts(6)), OPEN)
    values = np.concatenate([event.values for event in events])
    told = read(FeatureSums(values, events[0].weight))
    assert told.gram.shape == (len(COLUMNS), len(COLUMNS))
    assert 3 < told.weight < 6.2  # two visits of each were before; a part may be beyond the clip
    assert {(event.basis, event.item_model, event.parts) for event in events} == {
        (BASIS, "1.2.0", len(events))
    }
    assert events[-1].start + len(events[-1].values) == len(values)


def test_the_same_receipts_tell_the_same_and_noise_hides_who_was_there() -> None:
    one, same, other = found(receipts(6)), found(receipts(6)), found(receipts(5))
    assert one.sums.values.tolist() == same.sums.values.tolist()
    assert one.sums.values.tolist() != other.sums.values.tolist()


def test_one_person_more_moves_what_is_told_by_the_clip_at_most() -> None:
    sums = [found(receipts(persons)).sums for persons in (5, 6)]
    fewer, more = (np.array([*one.values, one.weight], dtype=np.float64) for one in sums)
    moved = np.linalg.norm(more - fewer) / STEPS
    assert 0.1 < moved <= CLIP + 0.05  # the noise of a budget without bounds


def test_a_model_that_fails_teaches_nothing() -> None:
    own = receipts(2)
    figures = figures_of(own, no_kinds(own.item), DAY + 30.0)
    for run in (lambda *_: None, lambda *_: {ITEMS: ITEMS_SOLD[:0], SCORES: np.zeros(0)}):
        told = sum_period(own, figures, run, OPEN, (MONDAY, "1.2.0"))
        assert abs(told.sums.weight) < 4096


def test_small_baskets_ask_nothing_and_nobody_is_no_error() -> None:
    own = receipts(2)
    few = Receipts(np.arange(len(own.item)), own.item, own.day, own.shopper, own.price)
    assert abs(found(few).sums.weight) < 4096
    nobody = Receipts(own.visit[:0], own.item[:0], own.day[:0], own.shopper[:0], own.price[:0])
    figures = figures_of(own, no_kinds(own.item), DAY + 30.0)
    told = sum_period(nobody, figures, propose, OPEN, (MONDAY, "1.2.0"))
    assert abs(told.sums.weight) < 4096
