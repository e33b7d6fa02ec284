"""Made-up households that shop for half a year: needs that come back, favourites, meals, seasons.

Nobody's purchases. A household buys in the categories it likes when it runs out, mostly its own
favourite there; now and then a meal asks for things that go together, a reduced item is taken, or
something is tried. Draws only from the generator it is given.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]
Floats = NDArray[np.float64]

CATEGORIES, DEPARTMENTS, MEALS = 240, 16, 60
DAYS = 189
_OPENS, _CLOSES = 8.0, 21.0


@dataclass(frozen=True, slots=True, eq=False)
class Shop:
    """A made-up shop: `items` of category c are `first[c]` to `first[c + 1]`.

    `share` is how usual an item is in its category, `usual` how usual a category is; `gap` days
    are what a purchase of a category lasts; `meals` are categories that go together; `season` is
    when in the half year a category sells most.
    """

    first: Ids
    share: Floats
    price: Floats
    brand: Ids
    usual: Floats
    gap: Floats
    meals: tuple[Ids, ...]
    season: Floats

    @property
    def category(self) -> Ids:
        """The category of each item."""
        return np.repeat(np.arange(CATEGORIES), np.diff(self.first))

    def items_of(self, category: int) -> Ids:
        """Return the items of a category."""
        return np.arange(self.first[category], self.first[category + 1])


@dataclass(frozen=True, slots=True, eq=False)
class Visit:
    """A basket: whose, on which day and fraction of it, and the items with what a unit cost."""

    household: int
    day: float
    items: Ids
    price: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Household:
    """Someone's ways: categories liked and how fast they go, favourites, when the visits are."""

    liked: Ids
    pace: Floats
    favourites: tuple[Ids, ...]
    loyalty: float
    between: float
    hour: float


def made_up_shop(rng: np.random.Generator) -> Shop:
    """Return a shop of some thousands of items."""
    sizes = rng.integers(4, 26, CATEGORIES)
    first = np.concatenate([[0], np.cumsum(sizes)])
    share = np.concatenate([_shares(size, rng) for size in sizes])
    prices = np.repeat(rng.lognormal(1.1, 0.6, CATEGORIES), sizes)
    meals = tuple(rng.choice(CATEGORIES, rng.integers(3, 8), replace=False) for _ in range(MEALS))
    return Shop(
        first=first,
        share=share,
        price=prices * rng.lognormal(0, 0.25, len(share)),
        brand=rng.integers(0, 120, len(share)),
        usual=_shares(CATEGORIES, rng) * CATEGORIES,
        gap=np.clip(rng.lognormal(3.1, 0.6, CATEGORIES), 4, 120),
        meals=meals,
        season=rng.uniform(0, 2 * np.pi, CATEGORIES),
    )


def visits(shop: Shop, households: int, rng: np.random.Generator) -> Iterator[Visit]:
    """Yield every household's visits, one household after the other."""
    reduced = rng.random((DAYS // 7 + 1, len(shop.share))) < 0.06  # noqa: PLR2004 - 6 % each week
    for number in range(households):
        yield from _visits_of(number, _household(shop, rng), shop, reduced, rng)


def _household(shop: Shop, rng: np.random.Generator) -> _Household:
    """Return someone's ways."""
    number = int(np.clip(rng.lognormal(3.9, 0.5), 12, 140))
    liked = rng.choice(CATEGORIES, number, replace=False, p=shop.usual / shop.usual.sum())
    return _Household(
        liked=liked,
        pace=rng.lognormal(0, 0.4, number),
        favourites=tuple(
            rng.choice(shop.items_of(c), rng.integers(1, 4), p=_within(shop, c)) for c in liked
        ),
        loyalty=float(rng.beta(5, 3)),
        between=float(np.clip(rng.lognormal(1.7, 0.5), 1.5, 25)),
        hour=float(rng.uniform(_OPENS + 1, _CLOSES - 1)),
    )


def _visits_of(
    number: int, who: _Household, shop: Shop, reduced: NDArray[np.bool_], rng: np.random.Generator
) -> Iterator[Visit]:
    """Yield one household's visits in order."""
    day, last = float(rng.uniform(0, who.between)), -rng.uniform(0, 30, len(who.liked))
    while day < DAYS:
        taken = _basket(who, shop, day - last, day, rng)
        if taken:
            last[np.isin(who.liked, taken)] = day
            hot = reduced[int(day) // 7]
            items = np.unique([_choice(who, shop, c, hot, rng) for c in taken])
            paid = shop.price[items] * np.where(hot[items], 0.75, 1.0)
            hour = np.clip(rng.normal(who.hour, 2.5), _OPENS, _CLOSES)
            yield Visit(number, np.floor(day) + hour / 24, items, paid)
        day = np.floor(day) + 1 + rng.gamma(2.0, who.between / 2)


def _basket(
    who: _Household, shop: Shop, waited: Floats, day: float, rng: np.random.Generator
) -> list[int]:
    """Return the categories that a visit takes: what ran out, a meal, something tried."""
    gap = shop.gap[who.liked] / who.pace
    season = 1 + 0.4 * np.sin(2 * np.pi * day / 365 + shop.season[who.liked])
    errand = rng.choice([0.25, 0.6, 1.2])
    due = 1 - np.exp(-((waited / gap) ** 1.6) * season * errand)
    taken = who.liked[rng.random(len(due)) < 0.6 * due].tolist()
    if rng.random() < 0.5:  # noqa: PLR2004 - every other visit is for a meal too
        meal = shop.meals[rng.integers(MEALS)]
        taken += meal[rng.random(len(meal)) < 0.6].tolist()  # noqa: PLR2004 - not all is lacking
    tried = rng.choice(CATEGORIES, rng.poisson(0.6), p=shop.usual / shop.usual.sum())
    return sorted({*taken, *tried.tolist()})


def _choice(
    who: _Household, shop: Shop, category: int, hot: NDArray[np.bool_], rng: np.random.Generator
) -> int:
    """Return the item that is taken of a category: a favourite, or what is usual or reduced."""
    mine = np.flatnonzero(who.liked == category)
    if len(mine) and rng.random() < who.loyalty:
        return int(rng.choice(who.favourites[mine[0]]))
    weight = _within(shop, category) * np.where(hot[shop.items_of(category)], 3.0, 1.0)
    return int(rng.choice(shop.items_of(category), p=weight / weight.sum()))


def _within(shop: Shop, category: int) -> Floats:
    """Return how usual each item is in its category."""
    return shop.share[shop.first[category] : shop.first[category + 1]]


def _shares(number: int, rng: np.random.Generator) -> Floats:
    """Return shares that fall off as sales do: few sell much."""
    weight: Floats = (1.0 / np.arange(1, number + 1)) ** 0.8 * rng.lognormal(0, 0.4, number)
    shares: Floats = np.divide(weight, weight.sum())
    return shares
