"""What may be told of baskets: how often items, and pairs of items, were bought together.

Raw baskets never leave a store; these sums do, and only where at least `minimum_group` baskets
stand behind a figure. EASE needs no more than this (its Gram matrix). Sending is the caller's.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

MAX_BASKET = 200
"""Distinct items of one basket that are paired; a larger basket is no shopper's."""

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class BasketSums:
    """Counts of baskets with an item, and with both items of a pair (in order).

    `suppressed` tells how many item and pair counts were withheld for being too small, and
    `suppressed_baskets` what they sum to.
    """

    baskets: int
    minimum_group: int
    items: Mapping[str, int]
    pairs: Mapping[Pair, int]
    suppressed: int = 0
    suppressed_baskets: int = 0


def basket_sums(baskets: Iterable[Iterable[str]], *, minimum_group: int) -> BasketSums:
    """Return the sums over `baskets` (items by GTIN; repeats inside a basket count once).

    Raises:
        ValueError: a group of fewer than two is a person.
    """
    if minimum_group < 2:  # noqa: PLR2004 - one basket is one person
        raise ValueError(f"minimum_group is at least 2, not {minimum_group}")
    number, items, pairs = 0, Counter[str](), Counter[Pair]()
    for basket in baskets:
        bought = sorted(set(basket))[:MAX_BASKET]
        number += 1
        items.update(bought)
        pairs.update(combinations(bought, 2))
    small = [n for counts in (items, pairs) for n in counts.values() if n < minimum_group]
    return BasketSums(
        baskets=number,
        minimum_group=minimum_group,
        items={one: n for one, n in sorted(items.items()) if n >= minimum_group},
        pairs={pair: n for pair, n in sorted(pairs.items()) if n >= minimum_group},
        suppressed=len(small),
        suppressed_baskets=sum(small),
    )


def parts_of(sums: BasketSums, *, most: int) -> tuple[BasketSums, ...]:
    """Return `sums` in parts of at most `most` item counts and `most` pair counts each.

    The parts' counts are disjoint and together are the whole; what describes the whole (baskets,
    suppressed) stands in every part alike. There is always at least one part.
    """
    items, pairs = list(sums.items.items()), list(sums.pairs.items())
    longest = max(len(items), len(pairs), 1)
    return tuple(
        BasketSums(
            baskets=sums.baskets,
            minimum_group=sums.minimum_group,
            items=dict(items[start : start + most]),
            pairs=dict(pairs[start : start + most]),
            suppressed=sums.suppressed,
            suppressed_baskets=sums.suppressed_baskets,
        )
        for start in range(0, longest, most)
    )
