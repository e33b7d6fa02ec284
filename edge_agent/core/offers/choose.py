"""What to offer a shopper, in which order, and why: the rules that stand above every model.

Never an item that is in the basket, that shelf or stock says is gone, that was dismissed, that is
not known to suit a diet that was asked for, or that an unknown shopper may be too young for. What
is gone is stood in for by its like. Runs no model.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import ceil

import numpy as np

from edge_agent.core.offers.catalogue import Floats, Ids, Mask
from edge_agent.core.offers.likes import substitutes
from edge_agent.core.offers.reasons import (
    BOUGHT_BEFORE,
    GOES_WITH_BASKET,
    ON_PROMOTION,
    POPULAR_HERE,
    RISING,
    SUITS_YOU,
    Standing,
    reasons_of,
)
from edge_agent.core.offers.sources import Pool, Strengths
from edge_agent.core.offers.store import Store
from endcap.models.shopper.ranking import Question

DEPARTMENT_SHARE = 0.5
"""The share of the places that one department may take while others have something to offer."""
DISCOVERY_SHARE = 0.1
"""The share of the places for what the item model cannot know: what is new, rises, or is reduced.
Of a short answer it takes none."""
_LIKES = 12
_TODAY, _DUE = 1.1, 0.9


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """What may not be offered, by row: `gone` for now, `barred` not to this shopper at all."""

    gone: Mask
    barred: Mask


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """One question, and what is known when it is asked."""

    store: Store
    question: Question
    said: Strengths
    limits: Limits


@dataclass(frozen=True, slots=True)
class Shares:
    """How the places of an answer are shared out."""

    department: float = DEPARTMENT_SHARE
    discovery: float = DISCOVERY_SHARE


@dataclass(frozen=True, slots=True)
class Offer:
    """An item to offer, by row; `score` orders one answer only, `instead_of` is what is gone."""

    row: int
    score: float
    reasons: tuple[str, ...]
    instead_of: int | None = None


@dataclass(slots=True)
class _Places:
    """The places of an answer as they are taken."""

    limit: int
    most: int
    chosen: dict[int, Offer] = field(default_factory=dict)
    waiting: list[Offer] = field(default_factory=list)
    taken: dict[int, int] = field(default_factory=dict)

    def offer(self, one: Offer, department: int) -> None:
        """Take a place, or wait for one that no other department wants."""
        if one.row in self.chosen:
            return
        if department >= 0 and self.taken.get(department, 0) >= self.most:
            self.waiting.append(one)
            return
        self.taken[department] = self.taken.get(department, 0) + 1
        self.chosen[one.row] = one

    @property
    def full(self) -> bool:
        """Whether every place is taken."""
        return len(self.chosen) >= self.limit


def barred(
    store: Store, *, diets: int, dismissed: Ids, basket: Ids, grown_up: bool = False
) -> Mask:
    """Return what is not for this shopper: a row each.

    Args:
        store: what is recommended from.
        diets: bits of offers/diets that an item must be known to suit.
        dismissed: items the shopper waved away in this session.
        basket: items that are in the basket.
        grown_up: whether the shopper is known to have bought what not everybody may.
    """
    goods = store.goods
    mask: Mask = (goods.suits & diets) != diets if diets else np.zeros(goods.size, dtype=np.bool_)
    if not grown_up:
        mask |= goods.age > 0
    rows = goods.rows(np.concatenate((dismissed, basket)))
    mask[rows[rows >= 0]] = True
    return mask


def choose(
    moment: Moment,
    pool: Pool,
    limit: int,
    *,
    scores: Floats | None = None,
    shares: Shares = Shares(),
) -> tuple[Offer, ...]:
    """Return up to `limit` items to offer, best first.

    `scores` are a ranker's of what is rankable, in the pool's order; without them the pool's own
    order stands. No department gets more than its share while others have something
    to offer.
    """
    ordered = _ordered(moment, pool, scores)
    ranks = np.empty(len(ordered), dtype=np.int64)
    ranks[ordered] = np.arange(len(ordered))
    tell = _Telling(moment, pool)
    discovery = int(limit * shares.discovery)
    found = moment.said.selling.finds[pool.rows] & ~pool.known
    order, finds = ordered.tolist(), ordered[found[ordered]][: 4 * discovery].tolist()
    places = _Places(limit - discovery, ceil(limit * shares.department))
    for most, some in ((limit - discovery, order), (limit, finds), (limit, order)):
        places.limit = most
        _fill(places, moment.store, _candidates(moment, pool, ranks, some, tell))
    for one in places.waiting:
        if not places.full:
            places.chosen.setdefault(one.row, one)
    return tuple(sorted(places.chosen.values(), key=lambda one: (-one.score, one.row)))


def _fill(places: _Places, store: Store, offers: Iterator[Offer]) -> None:
    """Give places to offers until all are taken."""
    department = store.goods.kinds.department
    while not places.full and (one := next(offers, None)) is not None:
        places.offer(one, int(department[one.row]))


def _ordered(moment: Moment, pool: Pool, scores: Floats | None) -> Ids:
    """Return the places of the pool, best first: what is ranked or proposed, then the others.

    What was learned and the day move an item within SWING of what its place is worth.
    """
    by_score, first = pool.standing.copy(), pool.known
    if scores is not None:
        by_score[pool.rankable], first = scores, pool.rankable
    order = np.argsort(-by_score, kind="stable")  # of equal ones the lower row stands first
    order = np.concatenate((order[first[order]], order[~first[order]]))
    worth = np.empty(len(order))
    worth[order] = 1.0 / np.log2(np.arange(len(order)) + 2.0)
    worth *= moment.store.nudge(pool.rows, _learned_of_reasons(moment, pool))
    return np.argsort(-worth, kind="stable")


def _learned_of_reasons(moment: Moment, pool: Pool) -> Floats | None:
    """Return the lift of the reason that each row would be offered for; None where none is known.

    Of the reasons that hold of a row only the strongest is asked, and only those that take no
    telling: whether the shopper is out of it is not among them.
    """
    lifts, said, rows = moment.store.reasons, moment.said, pool.rows
    if not lifts:
        return None
    here = (
        (said.habit.has(rows), BOUGHT_BEFORE),
        (pool.known if len(moment.question.basket) else said.goes.has(rows), GOES_WITH_BASKET),
        (pool.known, SUITS_YOU),
        (moment.store.goods.discount[rows] > 0, ON_PROMOTION),
        (said.selling.rises[rows], RISING),
    )
    found = np.select(
        [holds for holds, _ in here],
        [lifts.get(code, 1.0) for _, code in here],
        lifts.get(POPULAR_HERE, 1.0),
    )
    return found.astype(np.float32)


def _candidates(
    moment: Moment, pool: Pool, ranks: Ids, some: Sequence[int], tell: "_Telling"
) -> Iterator[Offer]:
    """Yield what may be offered of `some` places, in their order; an item may come twice."""
    limits = moment.limits
    for place in some:
        row = int(pool.rows[place])
        score = 1.0 - float(ranks[place]) / len(ranks)
        if limits.barred[row]:
            continue
        if not limits.gone[row]:
            yield Offer(row, score, tell.reasons(row, place))
            continue
        for other in substitutes(moment.store, row, _LIKES):
            if not limits.gone[other] and not limits.barred[other]:
                yield Offer(other, score, tell.reasons(other, None), instead_of=row)
                break


class _Telling:
    """Which reasons hold of an item, for one question."""

    def __init__(self, moment: Moment, pool: Pool) -> None:
        self._store, self._said, self._pool = moment.store, moment.said, pool
        self._has_basket = len(moment.question.basket) > 0
        self._has_past = len(moment.question.past.items) > 0
        self._which = np.cumsum(pool.rankable) - 1
        self._due = _due(moment.said.bought, moment.question)
        self._bought = frozenset(moment.said.habit.rows.tolist())
        self._goes = frozenset(moment.said.goes.rows.tolist())

    def reasons(self, row: int, place: int | None) -> tuple[str, ...]:
        """Return why a row is offered; without a place in the pool it stands in for another."""
        said, told = self._said, self._pool.said
        with_basket = suits = False
        if place is not None and self._pool.known[place]:
            which = self._which[place]
            says, history = told.basket_says[which], told.history_says[which]
            with_basket = self._has_basket and (bool(np.isnan(says)) or bool(says > 0))
            silent = not self._has_basket and bool(np.isnan(history))
            suits = self._has_past and (bool(history > 0) or silent)
        today = self._store.today
        return reasons_of(
            Standing(
                instead=place is None,
                due=row in self._due,
                bought=row in self._bought,
                with_basket=with_basket or row in self._goes,
                suits=suits,
                discount=float(self._store.goods.discount[row]),
                rising=bool(said.selling.rises[row]),
                today=today is not None and bool(today[row] >= _TODAY),
                popular=row in said.selling.famous,
                new=bool(said.selling.new[row]),
            )
        )


def _due(bought: Ids, question: Question) -> frozenset[int]:
    """Return the rows of what the shopper buys at intervals, the last of which is over."""
    tally = question.past.tally
    due = (tally.since >= _DUE * tally.gap)[:-1] & (bought >= 0)
    return frozenset(bought[due].tolist())
