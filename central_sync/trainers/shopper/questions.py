"""The questions that baskets answer: what was known at a moment, and what was bought then.

Protocols of the data README for scoring, and the same questions of earlier weeks for a ranker to
learn from. Nothing later than its moment is in a question.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from central_sync.trainers.shopper.baskets import Baskets
from endcap.models.shopper.figures import (
    MONTH,
    Figures,
    Receipts,
    figures_of,
    lately,
    of_one_store,
)
from endcap.models.shopper.habits import Past, no_past
from endcap.models.shopper.history import MAX_ITEMS, faded
from endcap.models.shopper.ranking import Question

Ids = NDArray[np.int64]
_WEEK, _REMEMBERED = 7, 182


@dataclass(frozen=True, slots=True)
class Query:
    """What is known when a recommendation is asked for, and in which store.

    `day` is in days since 1970; `history` and its faded counts are the item model's view of `past`.
    """

    basket: Ids
    history: Ids
    history_weight: NDArray[np.float32]
    past: Past = field(default_factory=no_past)
    day: float = 0.0
    store: int = 0

    def question(self) -> Question:
        """Return what the ranker's features are made of."""
        weekday = (int(self.day) + 3) % _WEEK  # 1970-01-01 was a Thursday
        return Question(self.basket, self.past, self.day % 1.0 * 24.0, weekday)

    def of_a_stranger(self) -> "Query":
        """Return the same question by someone without a past."""
        return query_of(self.basket, no_past(), self.day, self.store)

    def with_basket(self, basket: Ids) -> "Query":
        """Return the question with something else in the basket."""
        return replace(self, basket=basket)


def query_of(basket: Ids, past: Past, day: float, store: int) -> Query:
    """Return the question of a basket and a past at a moment; the heaviest habits come first."""
    known, place = np.unique(past.items, return_inverse=True)
    weight = np.bincount(place, faded(past.ages), minlength=len(known))
    heaviest = np.argsort(-weight, kind="stable")[:MAX_ITEMS]
    return Query(basket, known[heaviest], weight[heaviest].astype(np.float32), past, day, store)


class Pasts:
    """Every household's purchases, a household after the other, each in order of time."""

    def __init__(self, baskets: Baskets) -> None:
        """Put the baskets in that order, so that a past is one stretch of rows."""
        order = np.argsort(baskets.household, kind="stable")
        household, sizes = baskets.household[order], baskets.sizes[order]
        start = np.cumsum(sizes) - sizes
        self._first, self._end = np.empty_like(start), np.empty_like(start)
        self._first[order] = start[np.searchsorted(household, household)]
        self._end[order] = start
        row = np.arange(sizes.sum()) + np.repeat(baskets.start[order] - start, sizes)
        self._items, self._visits = baskets.item[row], np.repeat(order, sizes)
        self._days = np.repeat(baskets.day[order], sizes)
        self._hours = (self._days % 1.0 * 24.0).astype(np.float32)

    def before(self, number: int, day: float) -> Past:
        """Return what the household of basket `number` bought before it, seen from `day`."""
        rows = slice(self._first[number], self._end[number])
        return Past(
            self._items[rows], self._visits[rows], day - self._days[rows], self._hours[rows]
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Today:
    """What is known on a day: the chain's figures, the month's rows, and what stores were asked."""

    day: int
    month: Ids
    chain: Figures
    own: dict[int, Figures]


class FiguresByDay:
    """What the store of a question knew when its day began.

    What changes slowly is the chain's, as of the Monday before; what sells of late, and for how
    much, is as of the day, and the last month's shares are the store's own.
    """

    def __init__(self, baskets: Baskets) -> None:
        self._receipts, self._kinds = baskets.receipts(), baskets.kinds
        self._stores = np.repeat(baskets.store, baskets.sizes)
        self._slow: dict[int, Figures] = {}
        self._now: _Today | None = None

    def __call__(self, query: Query) -> Figures:
        """Return the figures; asked for in order of time, each is made once."""
        today = self._today(int(query.day))
        if query.store not in today.own:
            rows = today.month[self._stores[today.month] == query.store]
            today.own[query.store] = of_one_store(today.chain, self._taken(rows))
        return today.own[query.store]

    def _today(self, day: int) -> _Today:
        """Return what is known when a day begins."""
        if self._now is None or self._now.day != day:
            month = self._rows(day, int(MONTH))
            chain = lately(self._as_of_monday(day), self._taken(month), float(day))
            self._now = _Today(day, month, chain, {})
        return self._now

    def _as_of_monday(self, day: int) -> Figures:
        """Return the chain's figures of the Monday before `day`."""
        monday = day - (day + 3) % _WEEK
        if monday not in self._slow:
            receipts = self._taken(self._rows(monday, _REMEMBERED))
            self._slow[monday] = figures_of(receipts, self._kinds, float(monday))
        return self._slow[monday]

    def _rows(self, day: int, span: int) -> Ids:
        """Return the rows of the `span` days before a day."""
        return np.arange(*np.searchsorted(self._receipts.day, (day - span, day)))

    def _taken(self, rows: Ids) -> Receipts:
        """Return these rows of the receipts."""
        all_of = self._receipts
        return Receipts(
            all_of.visit[rows],
            all_of.item[rows],
            all_of.day[rows],
            all_of.shopper[rows],
            all_of.price[rows],
        )


def asked_in(baskets: Baskets, chosen: NDArray[np.bool_]) -> Iterator[tuple[int, Past]]:
    """Yield, in time order, the numbers of the `chosen` baskets and the household's past then."""
    pasts = Pasts(baskets)
    for number in np.flatnonzero(chosen).tolist():
        yield number, pasts.before(number, float(baskets.day[number]))


def next_item_queries(baskets: Baskets) -> Iterator[tuple[Query, int]]:
    """Yield, in time order, each test basket without one item, and the item that was hidden."""
    catalogue = baskets.catalogue()
    rng = np.random.default_rng(baskets.protocol.seed)
    for number, past in asked_in(baskets, baskets.in_test_weeks()):
        items = baskets.items_of(number)
        known = items[np.isin(items, catalogue, assume_unique=True)]
        if len(known) >= baskets.protocol.min_basket_items:
            hidden = int(rng.integers(len(known)))
            day = float(baskets.day[number])
            query = query_of(np.delete(known, hidden), past, day, int(baskets.store[number]))
            yield query, int(known[hidden])


def next_basket_queries(
    baskets: Baskets, asked: NDArray[np.bool_] | None = None
) -> Iterator[tuple[Query, Ids]]:
    """Yield each household's past before its last basket, or those `asked`, and what it held."""
    nothing = np.empty(0, np.int64)
    chosen = baskets.last_of_household() if asked is None else asked
    for number, past in asked_in(baskets, chosen):
        day, store = float(baskets.day[number]), int(baskets.store[number])
        yield query_of(nothing, past, day, store), baskets.items_of(number)
