"""By what to multiply a model's forecasts, from how they fared in this store.

Three factors on top of each other: the store's, its category's within the store, the item's within
the category. Each is what sold over what was expected, over the last weeks, drawn to 1 by a prior
worth some usual days and some units, so that a thin item leans on its category, and that on the
store. The factors belong to a release: another one begins with a part of what was learned.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from edge_agent.core.calibration.lessons import BUCKETS, Lesson, bucket_of

Floats = NDArray[np.float64]
Scope = tuple[str, str]
"""What a sum is about: ("store", ""), ("category", its name) or ("item", its GTIN)."""

STORE: Scope = ("store", "")
HALF_LIFE = 7.0
"""Days after which a day counts half."""
INHERITED = 0.25
"""The share of what was learned of one release that the next one begins with."""
MOST = 2.0
"""No forecast is multiplied, or divided, by more."""

_SOLD, _EXPECTED, _DAYS = range(3)
_PRIORS: Mapping[str, tuple[float, float]] = {
    "store": (5.0, 20.0),
    "category": (14.0, 40.0),
    "item": (42.0, 40.0),
}  # usual days, and units, that count as sold just as expected; of an item many: what a price or a
# promotion did to it last week is not its level


@dataclass(frozen=True, slots=True, eq=False)
class LevelSums:
    """What sold, what was expected of it, and on how many days: by scope, [B, 3] each.

    `until` is the last day that is in them, None before the first.
    """

    release: int
    until: date | None = None
    sums: Mapping[Scope, Floats] = field(default_factory=dict)


def learned(before: LevelSums, lessons: Iterable[Lesson], day: date) -> LevelSums:
    """Return the sums with one more day in them, and all earlier ones counting less."""
    age = 1 if before.until is None else max(1, (day - before.until).days)
    kept = 0.5 ** (age / HALF_LIFE)
    sums = {scope: one * kept for scope, one in before.sums.items()}
    for lesson in lessons:
        for scope, added in _totals(lesson).items():
            if scope not in sums:
                sums[scope] = np.zeros((len(BUCKETS), 3))
            sums[scope][lesson.bucket] += added
    return LevelSums(before.release, day, sums)


def inherited(before: LevelSums, release: int) -> LevelSums:
    """Return what a release begins with: a part of what was learned of the one before it."""
    if before.release == release:
        return before
    return replace(
        before,
        release=release,
        sums={scope: one * INHERITED for scope, one in before.sums.items()},
    )


def corrections(
    known: LevelSums, gtins: Sequence[str], categories: Sequence[str], leads: Sequence[int]
) -> Floats:
    """Return what to multiply each item's forecasts by: [items, leads]."""
    nothing = np.zeros((len(BUCKETS), 3))

    def told(scopes: Iterable[Scope]) -> Floats:
        found = [known.sums.get(scope, nothing) for scope in scopes]
        return np.array(found).reshape(-1, len(BUCKETS), 3)

    factor = _factor("store", told([STORE]), np.ones((1, len(BUCKETS))))
    names = sorted(set(categories))
    of_category = factor * _factor("category", told(("category", one) for one in names), factor)
    place = {name: at for at, name in enumerate(names)}
    factor = of_category[[place[one] for one in categories]]
    factor = factor * _factor("item", told(("item", one) for one in gtins), factor)
    bounded: Floats = np.clip(factor, 1.0 / MOST, MOST)[:, [bucket_of(lead) for lead in leads]]
    return bounded


def _factor(scope: str, sums: Floats, outer: Floats) -> Floats:
    """Return sold over expected, [N, B], of [N, B, 3], where `outer` factors hold already."""
    days, units = _PRIORS[scope]
    expected = sums[..., _EXPECTED] * outer
    prior = units + days * expected / np.maximum(sums[..., _DAYS], 1.0)
    found: Floats = (sums[..., _SOLD] + prior) / (expected + prior)
    return found


def _totals(lesson: Lesson) -> dict[Scope, Floats]:
    """Return what one lesson adds to each scope: [3]."""
    totals: dict[Scope, Floats] = {}
    draft = lesson.draft
    rows = zip(draft.gtins, lesson.category, lesson.sold.tolist(), draft.mean.tolist(), strict=True)
    sums: dict[Scope, list[float]] = {}
    for gtin, category, sold, expected in rows:
        sums[("item", gtin)] = [sold, expected, 1.0]
        for scope in (("category", category), STORE):
            one = sums.setdefault(scope, [0.0, 0.0, 1.0])
            one[_SOLD] += sold
            one[_EXPECTED] += expected
    for scope, one in sums.items():
        totals[scope] = np.array(one)
    return totals
