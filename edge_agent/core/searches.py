"""What is made of the items a search found: filters, facets, the store's order, and what is told.

Decides what a price in a question means, which items stay, in which order this store shows them,
which misses the centre may hear of, and how two orders share one list. Finds no items itself.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log1p
from operator import attrgetter, itemgetter

from endcap.models.search.ranking import Weights
from endcap.models.search.sizes import is_unit
from endcap.models.search.words import fold
from endcap.wire.identifiers import normalise_gtin
from endcap.wire.shopper_events import Miss

FACETS = ("department", "brand", "category", "size", "price")
"""What an answer counts its items by."""
PRICE_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500)
_PRICES = tuple(f"{low}-{high}" for low, high in pairwise((0, *PRICE_STEPS, "")))
MOST_VALUES = 20
MOST_MISSES = 200
MISS_LENGTH = 80
_LONG_NUMBER = re.compile(r"\d(?:[ .-]?\d){4,}")
_MONEY = r"(?:[$€£]|eur|euros?|usd|dollars?|bucks?|gbp|pounds?|chf|francs?|kr)"
_SUM = rf"{_MONEY}?\s*(\d+(?:[.,]\d{{1,2}})?)\s*{_MONEY}?(?![\w%/.])"
_UNDER = re.compile(
    rf"\b(?:under|below|less than|cheaper than|up to|max|unter|bis|moins de|menos de)\s+{_SUM}"
)
_OVER = re.compile(rf"\b(?:over|above|more than|from|at least|uber|ab|plus de|mas de)\s+{_SUM}")
_HAS_MONEY = re.compile(rf"[$€£]|\b\d+(?:[.,]\d+)?\s*{_MONEY}\b")
_PLAIN = re.compile(r"\b(?:under|below|less than|cheaper than|unter|moins de|menos de)\b")
_CHEAPEST = re.compile(r"\b(?:cheapest|lowest price|billigste[rsn]?|gunstigste[rsn]?|moins cher)\b")


@dataclass(frozen=True, slots=True)
class Listing:
    """An item as it is listed; `price` is None where it is not known."""

    gtin: str
    name: str
    brand: str = ""
    department: str = ""
    category: str = ""
    size: str = ""
    price: float | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """What a question says beside its words: prices, and that the lowest comes first."""

    words: str
    price_min: float | None = None
    price_max: float | None = None
    cheapest: bool = False


@dataclass(frozen=True, slots=True)
class Filters:
    """What an item must be to stay; None asks nothing. An unknown price is within no bounds.

    The first five are values of facets.
    """

    department: str | None = None
    brand: str | None = None
    category: str | None = None
    size: str | None = None
    price: str | None = None
    price_min: float | None = None
    price_max: float | None = None
    in_stock: bool = False


_ANYTHING = Filters()


def wish_of(text: str) -> Wish:
    """Return the words of a question, without what it says of prices.

    A bare number is a price only after a word such as "under"; what has a unit is a size.

    >>> wish_of("milk under 3 euros")
    Wish(words='milk', price_min=None, price_max=3.0, cheapest=False)
    >>> wish_of("cheapest 2% milk").words
    '2% milk'
    """
    said = fold(text)
    cheapest = _CHEAPEST.search(said) is not None
    over, under = _price(_OVER.search(said)), _price(_UNDER.search(said))
    if not (over or under or cheapest):
        return Wish(text)
    for found in (over, under):
        said = said.replace(found[0], " ") if found else said
    left = " ".join(_CHEAPEST.sub(" ", said).split())
    return Wish(left, _sum(over), _sum(under), cheapest)


def _price(found: re.Match[str] | None) -> re.Match[str] | None:
    """Return what was found if it is about money: a bare number may be, unless a unit follows."""
    if found is None or _HAS_MONEY.search(found[0]):
        return found
    after = found.string[found.end() :].split()
    return found if _PLAIN.search(found[0]) and not (after and is_unit(after[0])) else None


def _sum(found: re.Match[str] | None) -> float | None:
    return float(found[1].replace(",", ".")) if found else None


def keep(
    found: Iterable[tuple[Listing, float]], filters: Filters, gone: Collection[str]
) -> list[tuple[Listing, float]]:
    """Return those of what was found that pass the filters, in their order."""
    if filters == _ANYTHING:
        return list(found)
    wanted = {name: fold(said) for name in FACETS if (said := getattr(filters, name))}
    return [pair for pair in found if _passes(pair[0], wanted, filters, gone)]


def _passes(
    one: Listing, wanted: Mapping[str, str], filters: Filters, gone: Collection[str]
) -> bool:
    if any(fold(_value(one, name)) != said for name, said in wanted.items()):
        return False
    if filters.in_stock and one.gtin in gone:
        return False
    low, high = filters.price_min, filters.price_max
    if low is None and high is None:
        return True
    price = one.price
    return price is not None and (low is None or low <= price) and (high is None or price <= high)


def in_store_order(
    found: Sequence[tuple[Listing, float]],
    sold: Mapping[str, float],
    gone: Collection[str],
    weights: Weights,
    *,
    cheapest: bool = False,
) -> list[tuple[Listing, float]]:
    """Return what was found as this store shows it, best first.

    What sells here now comes a little earlier, and what is not to be had later; both only within
    reason of their words' score, and nothing is left out.
    """
    most = log1p(max(sold.values(), default=0.0)) or 1.0

    def lifted(one: Listing, words: float) -> float:
        units = sold.get(one.gtin, 0.0)
        return words * (1 + weights.sold * log1p(units) / most) if units > 0 else words

    scored = [
        (-lifted(one, words) * (weights.gone if one.gtin in gone else 1.0), one.gtin, one)
        for one, words in found
    ]
    scored.sort(key=itemgetter(0, 1))
    ordered = [(one, -score) for score, _, one in scored]
    return _by_price(ordered, gone) if cheapest else ordered


def _by_price(
    ordered: Sequence[tuple[Listing, float]], gone: Collection[str]
) -> list[tuple[Listing, float]]:
    """Return the better half of what was found by price; what cannot be bought stands last."""
    least = ordered[0][1] / 2 if ordered else 0.0

    def place(pair: tuple[Listing, float]) -> tuple[bool, bool, float]:
        one, score = pair
        price = float("inf") if one.price is None else one.price
        return score < least, one.gtin in gone or one.price is None, price

    return sorted(ordered, key=place)


def facets(found: Iterable[Listing]) -> dict[str, dict[str, int]]:
    """Return how many of the items there are by each facet's value, the most first.

    A facet with a single value tells nothing apart and is left out; prices come in their order.
    """
    items = tuple(found)
    counted = {name: Counter(map(attrgetter(name), items)) for name in FACETS[:-1]}
    counted["price"] = Counter(_steps(one.price) for one in items)
    told: dict[str, dict[str, int]] = {}
    for name, counts in counted.items():
        del counts[""]
        values = dict(counts.most_common(MOST_VALUES))
        if name == "price":
            values = dict(sorted(values.items(), key=lambda pair: int(pair[0].split("-")[0])))
        if len(values) > 1:
            told[name] = values
    return told


def _value(one: Listing, facet: str) -> str:
    """Return an item's value of a facet; empty where it has none."""
    if facet != "price":
        value: str = getattr(one, facet)
        return value
    return _steps(one.price)


def _steps(price: float | None) -> str:
    """Return between which steps a price is; empty where it is not known."""
    return "" if price is None else _PRICES[bisect_right(PRICE_STEPS, price)]


def team_draft(
    one: Sequence[str], other: Sequence[str], first: Callable[[], bool]
) -> list[tuple[str, int]]:
    """Return both orders in one list, each item with whose it is: 0 for `one`, 1 for `other`.

    Team draft (Radlinski, Kurup & Joachims 2008): the order with fewer items picks its best that
    is left, and `first` tosses a coin for ties.
    """
    orders, places, picked, taken = (one, other), [0, 0], [0, 0], list[tuple[str, int]]()
    seen: set[str] = set()
    for _ in set(one) | set(other):
        for side in (0, 1):
            while places[side] < len(orders[side]) and orders[side][places[side]] in seen:
                places[side] += 1
        left = [side for side in (0, 1) if places[side] < len(orders[side])]
        side = left[0] if len(left) == 1 else _next(picked, first)
        item = orders[side][places[side]]
        seen.add(item)
        picked[side] += 1
        taken.append((item, side))
    return taken


def _next(picked: Sequence[int], first: Callable[[], bool]) -> int:
    if picked[0] == picked[1]:
        return 0 if first() else 1
    return 0 if picked[0] < picked[1] else 1


@dataclass(frozen=True, slots=True)
class Asked:
    """One search of a day; `session` None is a visit of its own."""

    query: str
    session: str | None
    found: int
    rescued: bool
    tapped: bool


@dataclass(frozen=True, slots=True)
class DaySearches:
    """What the centre may hear of a day's searches."""

    searches: int
    empty: int
    rescued: int
    tapped: int
    suppressed: int
    misses: tuple[Miss, ...]


def tally_searches(
    asked: Iterable[Asked], minimum_group: int, gtins: Collection[str]
) -> DaySearches:
    """Return a day's sums, and the misses that at least `minimum_group` sessions share.

    A miss found nothing, or was tapped by nobody. One with a run of five or more digits that is
    no GTIN of the catalogue is never told: it may be a card, a telephone or a postal code. Searches
    that name no session cannot be told apart, and count as one.
    """
    day = tuple(asked)
    misses: dict[str, list[Asked]] = {}
    for one in day:
        if not one.found or not one.tapped:
            misses.setdefault(_said(one.query), []).append(one)
    told = {
        query: of_query
        for query, of_query in misses.items()
        if query
        and len({one.session for one in of_query}) >= minimum_group
        and _may_be_told(query, gtins)
    }
    common = sorted(told.items(), key=lambda pair: (-len(pair[1]), pair[0]))[:MOST_MISSES]
    return DaySearches(
        searches=len(day),
        empty=sum(not one.found for one in day),
        rescued=sum(one.rescued for one in day),
        tapped=sum(one.tapped for one in day),
        suppressed=len(misses) - len(common),
        misses=tuple(
            Miss(query=query, searches=len(of_query), empty=all(not one.found for one in of_query))
            for query, of_query in common
        ),
    )


def _said(query: str) -> str:
    """Return a question as it is told: folded, with single spaces; empty for a long one."""
    said = " ".join(fold(query).split())
    return said if len(said) <= MISS_LENGTH else ""


def _may_be_told(query: str, gtins: Collection[str]) -> bool:
    """Tell whether every long number of a question is a GTIN of the catalogue."""
    return all(_gtin(found[0]) in gtins for found in _LONG_NUMBER.finditer(query))


def _gtin(number: str) -> str:
    try:
        return normalise_gtin(number)
    except ValueError:
        return ""
