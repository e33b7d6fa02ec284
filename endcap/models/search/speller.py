"""Spelling from the catalogue's own words: which word did the shopper mean?

A deletion index (Garbe's SymSpell): two words one edit apart share a spelling once a letter is
left out of each. Only hashes of those spellings are kept, in two sorted arrays, and every hit is
checked by its true distance. A number is never replaced.
"""

import zlib
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from math import log

import numpy as np
from numpy.typing import NDArray

from endcap.models.search.words import is_wordlike

_PREFIX = 8
_TWO_EDITS_FROM = 6
_ONE_EDIT_FROM = 3
_EDIT_COST = 4.0
_FIRST_LETTER_COST = 2.0
_LOST = 1.0
_SWAPPED = 2.0
_SHORTEST = 3
_ALIKE = 0.3


@dataclass(frozen=True, slots=True)
class Guess:
    """A word that may have been meant; `score` is higher for likelier ones."""

    word: str
    edits: int
    score: float


@dataclass(frozen=True, slots=True)
class Speller:
    """The words of one catalogue, with how many items carry each; build it with `of`."""

    counts: Mapping[str, int]
    words: tuple[str, ...]
    hashes: NDArray[np.uint32]
    owners: NDArray[np.int32]

    @classmethod
    def of(cls, counts: Mapping[str, int]) -> "Speller":
        """Return the speller of these words; numbers, sizes and very short words are left out."""
        known = tuple(sorted(w for w in counts if is_wordlike(w) and len(w) >= _SHORTEST))
        pairs = [
            (_hash(part), i)
            for i, word in enumerate(known)
            for part in _deletions(word, _edits_allowed(word))
        ]
        table = np.array(pairs, dtype=np.int64).reshape(-1, 2)
        order = np.argsort(table[:, 0], kind="stable")
        return cls(
            counts=counts,
            words=known,
            hashes=table[order, 0].astype(np.uint32),
            owners=table[order, 1].astype(np.int32),
        )

    def guesses(self, word: str, most: int = 2) -> tuple[Guess, ...]:
        """Return what else `word` may have been meant for, best first; nothing for a number.

        What is more than `most` edits away is left out.

        Whether a known word is replaced is the caller's to say.
        """
        if not is_wordlike(word) or len(word) < _ONE_EDIT_FROM:
            return ()
        allowed = min(most, _edits_allowed(word))
        near = (one for one in self._near(word, allowed) if one != word)
        found = [self._guess(word, one, allowed) for one in near]
        return tuple(sorted((g for g in found if g), key=lambda g: (-g.score, g.word)))

    def halves(self, word: str) -> tuple[str, ...]:
        """Return the two known words that were typed as one, the commonest such pair."""
        if not is_wordlike(word):
            return ()
        pairs = [(word[:at], word[at:]) for at in range(_SHORTEST, len(word) - _SHORTEST + 1)]
        known = [pair for pair in pairs if all(half in self.counts for half in pair)]
        return max(known, key=lambda pair: min(map(self.counts.__getitem__, pair)), default=())

    def completions(self, start: str, limit: int) -> tuple[str, ...]:
        """Return the known words that begin with `start`, the commonest first."""
        first = bisect_left(self.words, start)
        found: list[str] = []
        for word in self.words[first:]:
            if not word.startswith(start):
                break
            found.append(word)
        return tuple(sorted(found, key=lambda word: (-self.counts[word], word))[:limit])

    def resembling(self, word: str, limit: int) -> tuple[str, ...]:
        """Return the known words that share most runs of three letters with `word` (Dice)."""
        if not is_wordlike(word):
            return ()
        wanted = _trigrams(word)
        alike = [(_dice(wanted, _trigrams(known)), known) for known in self.words]
        best = sorted((-share, known) for share, known in alike if share >= _ALIKE)
        return tuple(known for _, known in best[:limit])

    def _near(self, word: str, edits: int) -> set[str]:
        """Return the known words that share a deletion with `word`."""
        wanted = np.fromiter((_hash(part) for part in _deletions(word, edits)), dtype=np.uint32)
        starts = np.searchsorted(self.hashes, wanted, side="left")
        ends = np.searchsorted(self.hashes, wanted, side="right")
        return {
            self.words[owner]
            for start, end in zip(starts, ends, strict=True)
            for owner in self.owners[start:end]
        }

    def _guess(self, typed: str, meant: str, allowed: int) -> Guess | None:
        """Return how likely `meant` was, or None when it is too far from what was typed."""
        edits = distance(typed, meant, allowed)
        if edits > allowed:
            return None
        return Guess(meant, edits, log(self.counts[meant]) - _cost(typed, meant, edits))


def _cost(typed: str, meant: str, edits: int) -> float:
    """Return how unlikely it is that `meant` was typed so.

    There is one way to lose a letter and one to swap two, and many to hit another key.
    """
    moved = _FIRST_LETTER_COST * (typed[0] != meant[0])
    if edits > 1:
        return _EDIT_COST * edits + moved
    if len(typed) < len(meant):
        return _EDIT_COST - _LOST + moved
    if sorted(typed) == sorted(meant):
        return _EDIT_COST - _SWAPPED
    return _EDIT_COST + moved


def _edits_allowed(word: str) -> int:
    """Return how many edits a word of this length may be from what was meant."""
    return 2 if len(word) >= _TWO_EDITS_FROM else 1


def _deletions(word: str, most: int) -> Iterator[str]:
    """Yield the start of `word`, and that with up to `most` letters left out."""
    start = word[:_PREFIX]
    for left_out in range(most + 1):
        for places in combinations(range(len(start)), left_out):
            yield "".join(c for i, c in enumerate(start) if i not in places)


def _hash(text: str) -> int:
    """Return a hash that is the same in every process."""
    return zlib.crc32(text.encode())


def _trigrams(word: str) -> set[str]:
    """Return the runs of three letters, the word's ends marked."""
    marked = f"^{word}$"
    return {marked[i : i + 3] for i in range(len(marked) - 2)}


def _dice(one: set[str], other: set[str]) -> float:
    """Return how alike two sets are, 0 to 1."""
    return 2 * len(one & other) / (len(one) + len(other))


def distance(one: str, other: str, most: int) -> int:
    """Return the edits between two words (a swap of neighbours is one), or `most` + 1 if more.

    >>> distance("vanila", "vanilla", 2), distance("mlik", "milk", 2), distance("tea", "milk", 2)
    (1, 1, 3)
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        older, before, row = before, row, [i]
        for j, b in enumerate(other, start=1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                best = min(best, older[j - 2] + 1)
            row.append(best)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)
