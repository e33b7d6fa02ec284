"""What may be told of baskets: sums in which no person can be found.

Raw baskets never leave a store; these sums do: how often items, and pairs of items, and pairs of
categories, were bought together. A person (all baskets of a card, or one basket without a card)
adds a vector of bounded length; all that is told has noise that hides a vector of that length, and
items and pairs are told only where enough persons stand behind them. EASE needs no more than this.
What a period may cost is the caller's (private.py has the arithmetic), sending too.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import isqrt, sqrt
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from endcap.models.shopper.private import Chance, deviation, discrete_gaussian, threshold

MAX_BASKET = 200
"""Distinct items of one basket that are counted; a larger basket is no shopper's."""

STEPS = 64
"""Sums are in steps of a 64th, so that someone's purchases can count in part."""

CLIP = 10.0
"""How long (L2) one person's share in all sums of a period may be, unless a store says otherwise.

Longer lets the many purchases of one person count in full; the noise grows in proportion.
"""

MAX_CATEGORIES = 300

Pair = tuple[str, str]
Person = Sequence[Iterable[str]]
Key = TypeVar("Key", str, Pair)
Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Categories:
    """The categories that pairs are counted of, in order, and the place of each item's.

    They come from the catalogue alone, which is no secret, and so does the choice where there are
    more than `MAX_CATEGORIES`.
    """

    names: tuple[str, ...]
    place: Mapping[str, int]

    @property
    def cells(self) -> int:
        """The number of unordered pairs of categories, one with itself included."""
        return len(self.names) * (len(self.names) + 1) // 2

    def cell(self, one: str, other: str) -> int | None:
        """Return the place of two items' categories in the triangle, rows first."""
        a, b = self.place.get(one), self.place.get(other)
        if a is None or b is None:
            return None
        low, high = (a, b) if a <= b else (b, a)
        return low * len(self.names) - low * (low - 1) // 2 + high - low


def categories_of(catalogue: Mapping[str, str]) -> Categories:
    """Return the categories of a catalogue (category by item); those with most items win."""
    sizes = Counter(name for name in catalogue.values() if name)
    chosen = sorted(sizes, key=lambda name: (-sizes[name], name))[:MAX_CATEGORIES]
    names = tuple(sorted(chosen))
    at = {name: place for place, name in enumerate(names)}
    return Categories(names, {item: at[name] for item, name in catalogue.items() if name in at})


@dataclass(frozen=True, slots=True)
class Counted:
    """The sums themselves, in steps: they stay in the store.

    `behind_items` and `behind_pairs` tell how many persons stand behind each; `kinds` is the
    triangle of the categories' pairs.
    """

    persons: int
    items: Mapping[str, int]
    pairs: Mapping[Pair, int]
    kinds: Whole
    behind_items: Mapping[str, int]
    behind_pairs: Mapping[Pair, int]

    def parts(self) -> Iterable[bytes]:
        """Yield the sums as bytes: equal sums, equal bytes."""
        yield repr((self.persons, sorted(self.items.items()), sorted(self.pairs.items()))).encode()
        yield self.kinds.tobytes()


@dataclass(frozen=True, slots=True)
class Telling:
    """On what terms sums are told: never a group of fewer, and what it may cost (see private.py).

    `rho` is spent on the noise, `delta` on what small groups could reach by chance; `clip` is how
    long one person's share may be.

    Raises:
        ValueError: a group of fewer than two is a person.
    """

    minimum_group: int
    rho: float
    delta: float
    clip: float = CLIP

    def __post_init__(self) -> None:
        if self.minimum_group < 2:  # noqa: PLR2004 - one is a person
            raise ValueError(f"minimum_group is at least 2, not {self.minimum_group}")

    @property
    def noise(self) -> float:
        """The standard deviation of the noise on each figure, in persons."""
        return deviation(self.clip, self.rho)

    @property
    def least(self) -> float:
        """The smallest figure that is told of an item or a pair, in persons.

        A person adds to at most (clip * STEPS) ** 2 figures, for none of them is below a step.
        A step is added because whole noise may reach as far as real noise that is one less.
        """
        each = self.delta / (self.clip * STEPS) ** 2
        return threshold(self.minimum_group, self.noise, each) + 1 / STEPS


@dataclass(frozen=True, slots=True)
class BasketSums:
    """What is told: noisy numbers of persons, in steps of 1 / `STEPS`.

    `kinds` has every unordered pair of `categories` by place, and its count, which the noise may
    put below 0. How many figures were withheld is not told: that would tell of single persons.
    """

    persons: int
    items: Mapping[str, int]
    pairs: Mapping[Pair, int]
    categories: tuple[str, ...] = ()
    kinds: tuple[tuple[int, int, int], ...] = ()


def count_persons(persons: Iterable[Person], categories: Categories, clip: float) -> Counted:
    """Return the sums over persons, of whom none adds more than `clip` (see `contribution`)."""
    number = 0
    items, pairs = Counter[str](), Counter[Pair]()
    behind_items, behind_pairs = Counter[str](), Counter[Pair]()
    kinds = np.zeros(categories.cells, dtype=np.int64)
    for person in persons:
        own = contribution(person, categories, clip)
        number += own.each
        if own.each:
            items.update(dict.fromkeys(own.items, own.each))
            pairs.update(dict.fromkeys(own.pairs, own.each))
            behind_items.update(own.items)
            behind_pairs.update(own.pairs)
            for cell, pairs_of in own.kinds.items():
                kinds[cell] += own.each * pairs_of
    return Counted(number, items, pairs, kinds, behind_items, behind_pairs)


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one person adds: `each` steps for every item, pair and pair of items of two categories.

    `kinds` tells by cell of how many pairs of items.
    """

    each: int
    items: frozenset[str]
    pairs: frozenset[Pair]
    kinds: Mapping[int, int]

    @property
    def length(self) -> float:
        """The L2 length of it all, in steps."""
        return self.each * sqrt(_squares(self.items, self.pairs, self.kinds))


def contribution(person: Person, categories: Categories, clip: float) -> Contribution:
    """Return what a person adds: once each item and pair, however many baskets it was in.

    All of it is scaled down alike until it is no longer than `clip`. That needs no chance, and
    keeps the sums in proportion to one another. What is rounded is rounded towards 0.
    """
    bought = [sorted(set(basket))[:MAX_BASKET] for basket in person]
    items = frozenset(item for basket in bought for item in basket)
    pairs = frozenset(pair for basket in bought for pair in combinations(basket, 2))
    cells = (categories.cell(*pair) for pair in pairs)
    kinds = Counter(cell for cell in cells if cell is not None)
    length = isqrt(_squares(items, pairs, kinds) - 1) + 1  # rounded up, so no error adds to it
    return Contribution(int(STEPS * min(1.0, clip / length)), items, pairs, kinds)


def _squares(items: frozenset[str], pairs: frozenset[Pair], kinds: Mapping[int, int]) -> int:
    """Return the square of the length of (one person, its items, pairs, kinds)."""
    return 1 + len(items) + len(pairs) + sum(n * n for n in kinds.values())


def tell(counted: Counted, categories: Categories, telling: Telling, chance: Chance) -> BasketSums:
    """Return what may be told of `counted`: with noise, and nothing of a small group."""
    noise = telling.noise * STEPS
    return BasketSums(
        persons=max(0, counted.persons + int(discrete_gaussian(noise, 1, chance)[0])),
        items=_told(counted.items, counted.behind_items, telling, chance),
        pairs=_told(counted.pairs, counted.behind_pairs, telling, chance),
        categories=categories.names,
        kinds=_triangle(counted.kinds + discrete_gaussian(noise, len(counted.kinds), chance)),
    )


def _triangle(cells: Whole) -> tuple[tuple[int, int, int], ...]:
    """Return the cells of a triangle, rows first, with their places."""
    size = (isqrt(8 * len(cells) + 1) - 1) // 2
    low, high = np.triu_indices(size)
    return tuple(zip(low.tolist(), high.tolist(), cells.tolist(), strict=True))


def _told(
    sums: Mapping[Key, int], behind: Mapping[Key, int], telling: Telling, chance: Chance
) -> dict[Key, int]:
    """Return the noisy sums that enough persons stand behind, and that say so by themselves.

    Both conditions hold, not one: the noisy sum alone must say that there are enough, or else who
    sees a pair vanish could tell that one person more or less made the difference.
    """
    enough = sorted(one for one, persons in behind.items() if persons >= telling.minimum_group)
    noise = discrete_gaussian(telling.noise * STEPS, len(enough), chance).tolist()
    noisy = {one: sums[one] + more for one, more in zip(enough, noise, strict=True)}
    return {one: n for one, n in noisy.items() if n >= telling.least * STEPS}


def parts_of(sums: BasketSums, *, most: int) -> tuple[BasketSums, ...]:
    """Return `sums` in parts of at most `most` figures of each sort; together they are the whole.

    The total and the names of the categories stand in every part. There is always one part.
    """
    items, pairs = list(sums.items.items()), list(sums.pairs.items())
    longest = max(len(items), len(pairs), len(sums.kinds), 1)
    return tuple(
        BasketSums(
            persons=sums.persons,
            items=dict(items[start : start + most]),
            pairs=dict(pairs[start : start + most]),
            categories=sums.categories,
            kinds=sums.kinds[start : start + most],
        )
        for start in range(0, longest, most)
    )
