"""What is bought with what in this store: counted from its baskets, kept for its partners alone.

Two items keep company when they are in one basket more often than chance would have it. Positive
pointwise mutual information, shrunk by how little there is to tell it from (Levy and Goldberg,
2014, on counts). Items that keep the same company and not each other's are like one another.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]
Floats = NDArray[np.float32]

LARGEST = 40
"""Items of one basket that are paired; a larger basket says little of any two."""
PARTNERS = 50
"""Partners kept of an item, the closest first."""
MOST_PAIRS = 800_000
"""Pairs that are counted; of more, those of every second basket, or third, are."""
_SHRINK = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class Company:
    """The partners of each row: those of row r are `partner[start[r]:start[r + 1]]`.

    `start` int64 [m + 1], `partner` int32 [p], `weight` float32 [p], above 0, the closest first.
    """

    start: Ids
    partner: NDArray[np.int32]
    weight: Floats

    def of(self, row: int) -> tuple[NDArray[np.int32], Floats]:
        """Return a row's partners and how close they are."""
        if row + 1 >= len(self.start):
            return self.partner[:0], self.weight[:0]
        span = slice(int(self.start[row]), int(self.start[row + 1]))
        return self.partner[span], self.weight[span]

    def around(self, rows: Ids) -> tuple[Ids, Floats]:
        """Return the partners of `rows`, each once and sorted, and how close to all of them."""
        if not len(rows):
            return np.empty(0, dtype=np.int64), self.weight[:0]
        partners, weights = zip(*map(self.of, rows.tolist()), strict=True)
        found, place = np.unique(np.concatenate(partners), return_inverse=True)
        total = np.zeros(len(found), dtype=np.float32)
        np.add.at(total, place, np.concatenate(weights))
        return found.astype(np.int64), total

    def alike(self, row: int, others: Ids, size: int) -> Floats:
        """Return the cosine of the company `row` keeps with that of each of `others`."""
        mine = np.zeros(size, dtype=np.float32)
        partner, weight = self.of(row)
        mine[partner] = weight
        found = np.zeros(len(others), dtype=np.float32)
        norm = float(np.sqrt((weight * weight).sum()))
        for place, other in enumerate(others.tolist()):
            its, close = self.of(other)
            long = norm * float(np.sqrt((close * close).sum()))
            found[place] = float((mine[its] * close).sum()) / long if long else 0.0
        return found


def no_company() -> Company:
    """Return the company of a store that has sold nothing."""
    return Company(
        np.zeros(1, dtype=np.int64), np.empty(0, dtype=np.int32), np.empty(0, dtype=np.float32)
    )


def company_of(visit: Ids, row: Ids, size: int) -> Company:
    """Return who keeps company in baskets: `row` [r], 0 to `size` - 1, stood in `visit` [r]."""
    order = np.lexsort((row, visit))
    visit, row = _sample(visit[order], row[order])
    first, second = _pairs(visit, row)
    codes, counts = np.unique(first * size + second, return_counts=True)
    kept = counts > 1
    first, second, counts = codes[kept] // size, codes[kept] % size, counts[kept]
    bought = np.bincount(row, minlength=size).astype(np.float64)
    baskets = max(len(np.unique(visit)), 1)
    with np.errstate(divide="ignore"):
        lift = np.log(counts * baskets / (bought[first] * bought[second]))
    weight = np.maximum(lift, 0.0) * counts / (counts + _SHRINK)
    return _closest(first, second, weight, size)


def _sample(visit: Ids, row: Ids) -> tuple[Ids, Ids]:
    """Return the rows of as many visits, evenly spread, as make no more than MOST_PAIRS pairs."""
    _, place, sizes = np.unique(visit, return_inverse=True, return_counts=True)
    every = int((sizes * np.minimum(sizes, LARGEST)).sum() / 2 // MOST_PAIRS) + 1
    kept = place % every == 0
    return place[kept], row[kept]


def _pairs(visit: Ids, row: Ids) -> tuple[Ids, Ids]:
    """Return every two rows that share a visit, the lower first; rows are sorted within visits."""
    firsts, seconds = [], []
    for apart in range(1, LARGEST):
        same = visit[apart:] == visit[:-apart]
        if not same.any():
            break
        firsts.append(row[:-apart][same])
        seconds.append(row[apart:][same])
    nothing = np.empty(0, dtype=np.int64)
    return np.concatenate([nothing, *firsts]), np.concatenate([nothing, *seconds])


def _closest(first: Ids, second: Ids, weight: NDArray[np.float64], size: int) -> Company:
    """Return both directions of the pairs, the closest PARTNERS of each row."""
    kept = weight > 0
    one = np.concatenate((first[kept], second[kept]))
    other = np.concatenate((second[kept], first[kept]))
    close = np.concatenate((weight[kept], weight[kept]))
    order = np.lexsort((other, -close, one))
    one, other, close = one[order], other[order], close[order]
    place = np.arange(len(one)) - np.searchsorted(one, one)
    few = place < PARTNERS
    start = np.searchsorted(one[few], np.arange(size + 1))
    return Company(
        start.astype(np.int64), other[few].astype(np.int32), close[few].astype(np.float32)
    )
