"""What to offer a shopper: decides which items, in which order, and why.

Never an item that is in the basket, or that the shelf or the stock lacks: a like item stands in.
Takes what the model, the shopper's own past and the store's sales say; runs no model itself.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, log

from endcap.models.search.ranking import root
from endcap.models.search.words import words

GOES_WITH_BASKET = "goes-with-basket"
BOUGHT_BEFORE = "bought-before"
SUITS_YOU = "suits-you"
POPULAR_HERE = "popular-here"
INSTEAD = "instead-of"

TEXTS = {
    GOES_WITH_BASKET: "goes with what is in the basket",
    BOUGHT_BEFORE: "you buy it often",
    SUITS_YOU: "goes with what you usually buy",
    POPULAR_HERE: "popular here this week",
    INSTEAD: "instead of {name}, which is off the shelf now",
}
"""Every reason there is, by its code, in the shopper's words."""

DEPARTMENT_SHARE = 0.5
"""The share of the places that one department may take while others have something to offer."""
_ALIKE = 0.3
_PRICE_WEIGHT = 0.5


@dataclass(frozen=True, slots=True)
class Product:
    """What likeness is judged by; `price` is None where it is not known."""

    name: str
    department: str = ""
    price: float | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """What the store knows when it is asked, by GTIN.

    `model` are the model's scores, `personal` the shopper's faded counts, `popular` what sells
    here now; each may be empty. `unavailable` are in a gap or out of stock.
    """

    catalogue: Mapping[str, Product]
    model: Mapping[str, float]
    personal: Mapping[str, float]
    popular: Mapping[str, float]
    basket: Collection[str]
    unavailable: Collection[str]


@dataclass(frozen=True, slots=True)
class Recommendation:
    """An item to offer; `score` orders one answer only, `instead_of` is what it stands in for."""

    gtin: str
    score: float
    reason: str
    text: str
    instead_of: str | None = None


def recommend(
    moment: Moment, limit: int, department_share: float = DEPARTMENT_SHARE
) -> tuple[Recommendation, ...]:
    """Return up to `limit` items, best first: the model's, then habits, then what sells here.

    No department gets more than its share of the places while others have something to offer.
    """
    chosen: dict[str, Recommendation] = {}
    waiting: list[Recommendation] = []
    taken: dict[str, int] = {}
    most = ceil(limit * department_share)
    for one in _candidates(moment):
        if len(chosen) >= limit:
            break
        department = moment.catalogue[one.gtin].department
        if one.gtin in chosen:
            continue
        if taken.get(department, 0) >= most:
            waiting.append(one)
            continue
        taken[department] = taken.get(department, 0) + 1
        chosen[one.gtin] = one
    for one in waiting[: limit - len(chosen)]:
        chosen.setdefault(one.gtin, one)
    return tuple(sorted(chosen.values(), key=lambda one: -one.score))


def substitutes(
    gtin: str, catalogue: Mapping[str, Product], unavailable: Collection[str], limit: int
) -> tuple[str, ...]:
    """Return up to `limit` available items that may stand in for `gtin`, the likest first.

    They are of its department and share words of its name; a like price counts for them.
    """
    wanted = catalogue.get(gtin)
    if wanted is None:
        return ()
    likes = [
        (_likeness(wanted, other), one)
        for one, other in catalogue.items()
        if one != gtin and one not in unavailable and other.department == wanted.department
    ]
    best = sorted((-like, one) for like, one in likes if like >= _ALIKE)
    return tuple(one for _, one in best[:limit])


def _candidates(moment: Moment) -> Iterator[Recommendation]:
    """Yield everything that may be offered, best first; an item may come twice."""
    for gtin, score, reason in _wanted(moment):
        if gtin not in moment.catalogue or gtin in moment.basket:
            continue
        if gtin not in moment.unavailable:
            yield Recommendation(gtin, score, reason, TEXTS[reason])
            continue
        shut = {*moment.unavailable, *moment.basket}
        for other in substitutes(gtin, moment.catalogue, shut, 1):
            text = TEXTS[INSTEAD].format(name=moment.catalogue[gtin].name)
            yield Recommendation(other, score, INSTEAD, text, instead_of=gtin)


def _wanted(moment: Moment) -> Iterator[tuple[str, float, str]]:
    """Yield items with a score and a reason: each source in its order, below the one before."""
    sources = (
        (2.0, moment.model, SUITS_YOU if not moment.basket else GOES_WITH_BASKET),
        (1.0, moment.personal, BOUGHT_BEFORE),
        (0.0, moment.popular, POPULAR_HERE),
    )
    for floor, scores, why in sources:
        highest = max(scores.values(), default=0.0)
        for gtin, score in sorted(scores.items(), key=lambda pair: (-pair[1], pair[0])):
            if score > 0:
                reason = BOUGHT_BEFORE if gtin in moment.personal else why
                yield gtin, floor + score / highest, reason


def _likeness(one: Product, other: Product) -> float:
    """Return how well `other` may stand in for `one`: shared words, less for another price."""
    mine, its = _roots(one.name), _roots(other.name)
    shared = 2 * len(mine & its) / (len(mine) + len(its)) if mine and its else 0.0
    if one.price and other.price and one.price > 0 and other.price > 0:
        return shared - _PRICE_WEIGHT * min(abs(log(one.price / other.price)), 1.0) * shared
    return shared


@lru_cache(maxsize=65_536)
def _roots(name: str) -> frozenset[str]:
    """Return the roots of a name's words; a store's few thousand names come again and again."""
    return frozenset(map(root, words(name)))
