"""What stores would have told of baskets that lie here in the raw: to measure what privacy costs.

Splits households into the stores they bought in, and makes each store's sums, with the noise and
the groups of the given terms; fits both stages on those alone. The budget of a year is spent at
once: with noise that grows with the bound on a person, many periods or one come to the same.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from central_sync.trainers.shopper.baskets import Baskets
from central_sync.trainers.shopper.curves import Curves, fit_curves
from central_sync.trainers.shopper.ease import Counts, ItemModel, fit_items
from central_sync.trainers.shopper.feature_tables import Told, together
from central_sync.trainers.shopper.lessons import late_baskets
from central_sync.trainers.shopper.noisy_gram import KindSums, affinity, completed
from central_sync.trainers.shopper.questions import FiguresByDay, asked_in, query_of
from central_sync.trainers.shopper.two_stages import Propose, pool
from endcap.models.shopper import feature_sums
from endcap.models.shopper.basis import COLUMNS, begun, expand
from endcap.models.shopper.feature_sums import Moments, added, contribution, moments_of
from endcap.models.shopper.private import Budget, deviation
from endcap.models.shopper.ranking import features
from endcap.models.shopper.sums import (
    STEPS,
    BasketSums,
    Categories,
    Counted,
    Telling,
    categories_of,
    count_persons,
    tell,
)

BASKETS_SHARE = 0.6
Key = TypeVar("Key", str, tuple[str, str])
Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms the stores tell, for a year; `alike` is how many shoppers each stands for.

    The panel of a data set is a sample. With `alike` above 1 the sums are those of so many times
    more persons who buy as these do: what the noise then costs, not what more data would teach.
    """

    budget: Budget
    minimum_group: int = 5
    basket_clip: float = 30.0
    alike: int = 1

    def rho(self, share: float) -> float:
        """Return a share of the year's price; half of delta is kept for small groups."""
        return share * Budget(self.budget.epsilon, self.budget.delta / 2).rho


@dataclass(frozen=True, slots=True, eq=False)
class ToldCounts:
    """The stores' sums together: what a centre fits an item model on, and its noise."""

    counts: Counts
    told_pairs: int


def told_counts(
    baskets: Baskets, kept: NDArray[np.bool_], terms: Terms, rng: np.random.Generator
) -> ToldCounts:
    """Return the counts that the centre has of the baskets `kept`, and how many pairs were told."""
    kinds = baskets.kinds
    categories = categories_of(
        {
            str(item): str(code)
            for item, code in zip(kinds.items.tolist(), kinds.department.tolist(), strict=True)
            if code >= 0
        }
    )
    telling = Telling(
        terms.minimum_group, terms.rho(BASKETS_SHARE), terms.budget.delta / 2, terms.basket_clip
    )
    told = [
        _told_by(baskets, rows, categories, telling, terms, rng)
        for rows in _by(baskets.store, kept).values()
    ]
    return ToldCounts(
        _together(told, baskets, kept, categories, telling, terms),
        sum(len(one.pairs) for one in told),
    )


def _by(key: Ids, kept: NDArray[np.bool_]) -> dict[int, Ids]:
    """Return the kept rows of each key."""
    rows = np.flatnonzero(kept)
    rows = rows[np.argsort(key[rows], kind="stable")]
    cuts = np.flatnonzero(np.diff(key[rows])) + 1
    return {int(key[one[0]]): one for one in np.split(rows, cuts) if len(one)}


def _told_by(
    baskets: Baskets,
    rows: Ids,
    categories: Categories,
    telling: Telling,
    terms: Terms,
    rng: np.random.Generator,
) -> BasketSums:
    """Return what one store tells."""
    chosen = np.zeros(len(baskets.week), dtype=np.bool_)
    chosen[rows] = True
    persons = (
        [[str(item) for item in baskets.items_of(int(row)).tolist()] for row in own]
        for own in _by(baskets.household, chosen).values()
    )
    counted = count_persons(persons, categories, telling.clip)
    if terms.alike > 1:
        counted = Counted(
            persons=counted.persons * terms.alike,
            items=_times(counted.items, terms.alike),
            pairs=_times(counted.pairs, terms.alike),
            kinds=counted.kinds * terms.alike,
            behind_items=_times(counted.behind_items, terms.alike),
            behind_pairs=_times(counted.behind_pairs, terms.alike),
        )
    return tell(counted, categories, telling, rng.random)


def _times(sums: Mapping[Key, int], many: int) -> dict[Key, int]:
    return {key: number * many for key, number in sums.items()}


def _together(
    told: list[BasketSums],
    baskets: Baskets,
    kept: NDArray[np.bool_],
    categories: Categories,
    telling: Telling,
    terms: Terms,
) -> Counts:
    """Return the sums of all stores; items that were not told count by their sales."""
    sold_items, sold = np.unique(baskets.item[np.repeat(kept, baskets.sizes)], return_counts=True)
    items, pairs, persons = Counter[str](), Counter[tuple[str, str]](), 0.0
    for one in told:
        items.update(one.items)
        pairs.update(one.pairs)
        persons += one.persons / STEPS
    least = telling.least * len(told)
    known = np.array([items[str(item)] / STEPS for item in sold_items.tolist()])
    held = completed(known, sold.astype(np.float64) * terms.alike, least)
    if not known.any():
        held = sold * min(1.0, persons / max(sold.sum() / 10.0, 1.0))
    place = {str(item): number for number, item in enumerate(sold_items.tolist())}
    both = np.array([(place[a], place[b]) for a, b in pairs], dtype=np.int64).reshape(-1, 2)
    group = np.array(
        [categories.place.get(str(item), len(categories.names)) for item in sold_items.tolist()]
    )
    return Counts(
        baskets=max(round(persons), 1),
        items=sold_items,
        item_baskets=np.maximum(np.rint(held), 1).astype(np.int64),
        first=both.min(axis=1),
        second=both.max(axis=1),
        pair_baskets=np.rint(np.array(list(pairs.values())) / STEPS).astype(np.int64),
        withheld=max(int(least), 1),
        affinity=affinity(_kinds(told, categories, telling), group, held, persons),
    )


def _kinds(told: list[BasketSums], categories: Categories, telling: Telling) -> KindSums:
    """Return the weighted sums of categories' pairs: larger stores, more signal, more weight."""
    size = np.array([one.persons for one in told], dtype=np.float64)
    weight = size * size.sum() / max(float((size**2).sum()), 1e-9)
    width = len(categories.names)
    half = np.zeros((width, width))
    cells = np.triu_indices(width)
    for one, counts in zip(told, weight.tolist(), strict=True):
        half[cells] += counts * np.array([n for *_, n in one.kinds]) / STEPS
    noise = telling.noise**2 * float((weight**2).sum())
    return KindSums(categories.names, half + np.triu(half, 1).T, noise)


def items_of_sums(told: ToldCounts, most: int) -> ItemModel:
    """Return the item model of what was told."""
    return fit_items(told.counts, most=min(most, len(told.counts.items)))


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """What one question adds, and whose it was: the household and the store."""

    person: tuple[int, int]
    moments: Moments


def lessons_by_person(
    baskets: Baskets,
    propose: Propose,
    rng: np.random.Generator,
) -> Iterator[Lesson]:
    """Yield the questions that stores would ask of their own late baskets."""
    late, catalogue, figures_at = late_baskets(baskets), baskets.catalogue(), FiguresByDay(baskets)
    for number, past in asked_in(baskets, late):
        items, day = baskets.items_of(number), float(baskets.day[number])
        known = items[np.isin(items, catalogue, assume_unique=True)]
        if len(known) < baskets.protocol.min_basket_items:
            continue
        hidden = int(rng.integers(len(known)))
        query = query_of(np.delete(known, hidden), past, day, int(baskets.store[number]))
        figures = figures_at(query)
        found = pool(propose(query), query, figures)
        right = found.items == known[hidden]
        if right.any():
            columns = expand(features(found, query.question(), figures))
            person = (int(baskets.household[number]), query.store)
            yield Lesson(person, moments_of(columns, right, begun(columns)))


def curves_of_sums(
    told: Sequence[Lesson], stores: Iterable[int], terms: Terms, rng: np.random.Generator
) -> Curves:
    """Return the ranker that a centre fits on what all `stores` tell, those without questions too.

    Each store adds its own noise, and the centre puts them together as it does in service.
    """
    each = deviation(feature_sums.CLIP, terms.rho(1 - BASKETS_SHARE))
    summed = _summed(told, stores)
    parts = [
        (str(store), Told(_told_moments(sums * terms.alike, terms, rng), each, 1))
        for store, sums in summed.items()
    ]
    whole = together(parts)
    return fit_curves(whole.moments, whole.noise)


def curves_without_noise(told: Sequence[Lesson]) -> Curves:
    """Return the ranker of the same questions, of which nothing was hidden."""
    return fit_curves(added((one.moments for one in told), len(COLUMNS)))


def _summed(told: Sequence[Lesson], stores: Iterable[int]) -> dict[int, Ids]:
    """Return each store's sum of what its persons add."""
    own: dict[tuple[int, int], list[Moments]] = {}
    for one in told:
        own.setdefault(one.person, []).append(one.moments)
    width = len(COLUMNS)
    summed = {store: np.zeros(width * (width + 3) // 2 + 1, dtype=np.int64) for store in stores}
    for (_, store), moments in own.items():
        summed[store] += contribution(added(moments, width), feature_sums.CLIP)
    return summed


def _told_moments(summed: Ids, terms: Terms, rng: np.random.Generator) -> Moments:
    """Return what a centre reads of one store's sums."""
    rho = terms.rho(1 - BASKETS_SHARE)
    return feature_sums.read(feature_sums.tell(summed, feature_sums.CLIP, rho, rng.random))
