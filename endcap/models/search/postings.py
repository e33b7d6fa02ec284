"""An inverted index in arrays: which items carry a term, and how much that says about each.

Impacts are the logarithm of BM25 (Robertson & Zaragoza 2009) over weighted fields, so that an item
with two of the words comes before one with a single rare word. They are made when the catalogue is
indexed: a question only adds them up. Knows no spelling and no question.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SATURATION = 0.4
LENGTH_SHARE = 0.5
_WIDEST = 40
Fields = Sequence[Sequence[str]]
"""An item's terms by field, in order; the first field is its name."""


@dataclass(frozen=True, slots=True)
class Postings:
    """Terms by number, and for each a stretch of `items` and `impacts`.

    `rarity` is by term. `names` has a row for each item's name: the numbers of its words as they
    are written, -1 where it ends. `forms` numbers these, and `stems` has the term of each. `heads`
    is the term that says what kind of thing the item is, -1 for none.
    """

    terms: Mapping[str, int]
    starts: NDArray[np.int64]
    items: NDArray[np.int32]
    impacts: NDArray[np.float32]
    rarity: NDArray[np.float32]
    forms: Mapping[str, int]
    stems: NDArray[np.int32]
    names: NDArray[np.int32]
    heads: NDArray[np.int32]

    @classmethod
    def of(
        cls,
        rows: Sequence[Fields],
        weights: Sequence[float],
        heads: Sequence[str],
        written: Sequence[Sequence[str]],
    ) -> "Postings":
        """Return the postings of these items.

        `weights` are by field, `heads` by item; `written` has the words of each item's name as
        they are written, one for each of its terms.
        """
        terms: dict[str, int] = {}
        counted = [_counted(row, weights) for row in rows]
        numbered = (terms.setdefault(term, len(terms)) for held in counted for term in held)
        weighed = (weight for held in counted for weight in held.values())
        table = np.column_stack(
            (
                np.fromiter(numbered, dtype=np.float64),
                np.repeat(np.arange(len(counted), dtype=np.float64), list(map(len, counted))),
                np.fromiter(weighed, dtype=np.float64),
            )
        )
        table = table[np.argsort(table[:, 0], kind="stable")]
        carried = np.bincount(table[:, 0].astype(np.int64), minlength=len(terms))
        rarity = np.log1p((len(rows) - carried + 0.5) / (carried + 0.5))
        lengths = np.array([sum(held.values()) for held in counted])
        impacts = np.log1p(_saturated(table, lengths) * np.repeat(rarity, carried))
        forms = _forms([row[0] for row in rows], written)
        numbers = {form: number for number, form in enumerate(forms)}
        return cls(
            terms=terms,
            starts=np.concatenate(([0], np.cumsum(carried))),
            items=table[:, 1].astype(np.int32),
            impacts=impacts.astype(np.float32),
            rarity=rarity.astype(np.float32),
            forms=numbers,
            stems=np.array([*(terms[term] for term in forms.values()), -1], dtype=np.int32),
            names=_in_rows(written, numbers),
            heads=np.array([terms.get(head, -1) for head in heads], dtype=np.int32),
        )

    def carriers(self, term: str) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Return the items that carry `term`, in order, and its impact on each."""
        number = self.terms.get(term)
        if number is None:
            return self.items[:0], self.impacts[:0]
        stretch = slice(self.starts[number], self.starts[number + 1])
        return self.items[stretch], self.impacts[stretch]

    def numbers(self, terms: Iterable[str]) -> NDArray[np.int32]:
        """Return the numbers of those of `terms` that any item carries."""
        known = [self.terms[term] for term in terms if term in self.terms]
        return np.array(known, dtype=np.int32)

    def count(self, term: str) -> int:
        """Return how many items carry `term`."""
        number = self.terms.get(term)
        return 0 if number is None else int(self.starts[number + 1] - self.starts[number])


def _counted(row: Fields, weights: Sequence[float]) -> Mapping[str, float]:
    """Return how often an item carries each term, a field's terms weighed."""
    held: defaultdict[str, float] = defaultdict(float)
    for field, weight in zip(row, weights, strict=True):
        for term in field:
            held[term] += weight
    return held


def _saturated(table: NDArray[np.float64], lengths: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return BM25's share of each cell (term, item, weighted count), without the rarity."""
    often = table[:, 2]
    length = lengths[table[:, 1].astype(np.int64)] / (lengths.mean() if len(lengths) else 1.0)
    return (
        often * (SATURATION + 1) / (often + SATURATION * (1 - LENGTH_SHARE + LENGTH_SHARE * length))
    )


def _forms(names: Sequence[Sequence[str]], written: Sequence[Sequence[str]]) -> Mapping[str, str]:
    """Return the term of each word as it is written in any name."""
    pairs = zip(written, names, strict=True)
    return {form: term for forms, terms in pairs for form, term in zip(forms, terms, strict=True)}


def _in_rows(names: Sequence[Sequence[str]], forms: Mapping[str, int]) -> NDArray[np.int32]:
    """Return names as rows of numbers, as wide as the longest, which is cut."""
    widest = min(max(map(len, names), default=0), _WIDEST)
    rows = np.full((len(names), widest), -1, dtype=np.int32)
    for row, name in zip(rows, names, strict=True):
        numbers = [forms[form] for form in name[:widest]]
        row[: len(numbers)] = numbers
    return rows
