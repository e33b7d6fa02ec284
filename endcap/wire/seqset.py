"""Sets of sequence numbers, as sorted ranges: what is there, and what is missing.

Both programs keep one per epoch: the centre of what it has committed, the store of what the
centre has acknowledged.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from endcap.wire.identifiers import MAX_SEQ

Range = tuple[int, int]
"""A first and a last sequence number, both inside."""


@dataclass(frozen=True, slots=True)
class SeqSet:
    """A set of sequence numbers; `ranges` are sorted, apart from each other by a hole.

    >>> SeqSet.of([1, 2, 3, 7]).ranges
    ((1, 3), (7, 7))
    """

    ranges: tuple[Range, ...] = ()

    @classmethod
    def of(cls, numbers: Iterable[int]) -> "SeqSet":
        """Return the set of `numbers`, in any order."""
        return cls.from_ranges((number, number) for number in numbers)

    @classmethod
    def from_ranges(cls, ranges: Iterable[Range]) -> "SeqSet":
        """Return the set that `ranges` cover, in any order, overlapping or not.

        Raises:
            ValueError: a range is upside down or outside 1 to 2**63 - 1.
        """
        joined: list[Range] = []
        for first, last in sorted(ranges):
            if not 1 <= first <= last <= MAX_SEQ:
                raise ValueError(f"{first}-{last} is no range of sequence numbers")
            if joined and first <= joined[-1][1] + 1:
                joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
            else:
                joined.append((first, last))
        return cls(tuple(joined))

    def union(self, other: "SeqSet") -> "SeqSet":
        """Return what is in either."""
        return SeqSet.from_ranges(self.ranges + other.ranges)

    def minus(self, other: "SeqSet") -> "SeqSet":
        """Return what is in this set and not in `other`."""
        return SeqSet(
            tuple(hole for first, last in self.ranges for hole in other.holes(last, since=first))
        )

    def holes(self, upto: int, *, since: int = 1) -> Iterator[Range]:
        """Yield the ranges missing from `since` to `upto`."""
        expected = since
        nearest = max(0, bisect_right(self.ranges, (since, MAX_SEQ)) - 1)
        for place in range(nearest, len(self.ranges)):  # a slice would copy, a skip would count
            first, last = self.ranges[place]
            if first > upto:
                break
            if first > expected:
                yield expected, first - 1
            expected = max(expected, last + 1)
        if expected <= upto:
            yield expected, upto

    def __contains__(self, number: int) -> bool:
        """Tell whether `number` is in the set."""
        place = bisect_right(self.ranges, (number, MAX_SEQ)) - 1
        return place >= 0 and number <= self.ranges[place][1]

    def __len__(self) -> int:
        """Return how many numbers are in the set."""
        return sum(last - first + 1 for first, last in self.ranges)

    @property
    def highest(self) -> int:
        """Return the highest number of all; 0 for an empty set."""
        return self.ranges[-1][1] if self.ranges else 0
