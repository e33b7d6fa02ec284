"""The index of one catalogue: what a shopper's words find, and what may be about to be typed.

Holds the products' words in memory, stemmed by SQLite's own porter tokenizer, and answers
searches and suggestions with spelling from those words. Which products may be shown (stock, gaps)
and at what price is the caller's to decide. Ids are text: a GTIN in a store.
"""

import sqlite3
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from endcap.models.search.matching import carrying_all, match
from endcap.models.search.postings import Postings
from endcap.models.search.question import Lexicon, Question, completions, rescue, understand
from endcap.models.search.ranking import USUAL, Weights, root
from endcap.models.search.speller import Speller
from endcap.models.search.words import is_wordlike, words_and_head
from endcap.wire.identifiers import normalise_gtin

EXACT = 1000.0
"""The score of the one product whose GTIN was typed or scanned."""
_FIELDS = ("name", "brand", "department", "size")
_JOINED = 0.7
_AHEAD = 400
_REMEMBERED = 200_000
_STEMS = (
    "create virtual table typed using fts5(word, tokenize='porter unicode61 tokenchars ''.''')",
    "create virtual table stems using fts5vocab(typed, instance)",
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One product as it is found: `id` comes back from a search."""

    id: str
    name: str
    brand: str = ""
    department: str = ""
    size: str = ""


@dataclass(frozen=True, slots=True)
class Hits:
    """What was found, best first, of `total` that match; how the question was understood.

    `corrected` maps what was typed to what was understood; `rescued` says that nothing was found
    but by looks.
    """

    found: tuple[tuple[str, float], ...]
    total: int
    corrected: tuple[tuple[str, str], ...] = ()
    rescued: bool = False


class Stems:
    """Words' stems, as SQLite's porter tokenizer has them; remembers what it was asked lately."""

    def __init__(self) -> None:
        self._db = sqlite3.connect(":memory:", check_same_thread=False)
        for statement in _STEMS:
            self._db.execute(statement)
        self._known: dict[str, str] = {}

    def learn(self, some: Iterable[str]) -> None:
        """Work out the stems of many words at once."""
        new = [word for word in dict.fromkeys(some) if word not in self._known]
        self._db.executemany("insert into typed (rowid, word) values (?, ?)", enumerate(new, 1))
        self._known.update(zip(new, new, strict=True))
        found = self._db.execute("select term, doc from stems")
        self._known.update((new[number - 1], term) for term, number in found)
        self._db.execute("delete from typed")

    def __call__(self, word: str) -> str:
        """Return the stem of one word."""
        if word not in self._known:
            if len(self._known) > _REMEMBERED:
                self._known.clear()
            self.learn((word,))
        return self._known[word]


@dataclass(frozen=True, slots=True)
class _Text:
    """A field's words, and the one that says what kind of thing it names."""

    words: tuple[str, ...]
    head: str

    @classmethod
    def of(cls, text: str) -> "_Text":
        """Return what a text says; words that many texts share are kept once."""
        found, head = words_and_head(text)
        return cls(tuple(map(sys.intern, found)), sys.intern(head))


@dataclass(frozen=True, slots=True)
class _Catalogue:
    """One build of the index."""

    entries: tuple[Entry, ...]
    lexicon: Lexicon
    rows: Mapping[str, int] = field(default_factory=dict)


class TextIndex:
    """A catalogue's words. A rebuild takes effect at once and whole; any thread may search."""

    def __init__(self) -> None:
        self._stems = Stems()
        self._read: dict[str, _Text] = {}
        self._now = self._built((), {}, USUAL)

    def rebuild(
        self,
        entries: Iterable[Entry],
        synonyms: Mapping[str, Sequence[str]] | None = None,
        weights: Weights = USUAL,
    ) -> int:
        """Replace the whole catalogue; return how many products it has.

        `synonyms` are words that may stand for a word; of `weights` the fields' count here.

        Raises:
            ValueError: two products have the same id.
        """
        whole = tuple(entries)
        if len({one.id for one in whole}) < len(whole):
            raise ValueError("two products of a catalogue have the same id")
        self._now = self._built(whole, synonyms or {}, weights)
        return len(whole)

    def search(self, query: str, limit: int, weights: Weights = USUAL) -> Hits:
        """Return up to `limit` products; none when nothing is like `query`."""
        hits = self.find(query, limit, weights)
        return hits if hits.found else self.rescue(query, limit, weights)

    def find(self, query: str, limit: int, weights: Weights = USUAL) -> Hits:
        """Return up to `limit` products that have any of the words, after spelling.

        A GTIN finds its product.
        """
        now = self._now
        exact = _by_gtin(query, now)
        if exact:
            return exact
        return _hits(understand(query, now.lexicon), now, limit, weights)

    def rescue(self, query: str, limit: int, weights: Weights = USUAL) -> Hits:
        """Return up to `limit` products whose words look most like what was typed.

        For when nothing else was found: every word of the catalogue is looked at.
        """
        now = self._now
        return _hits(rescue(query, now.lexicon), now, limit, weights)

    def suggest(self, typed: str, limit: int) -> list[tuple[str, str]]:
        """Return up to `limit` ids and names for a question that is still being typed."""
        now = self._now
        parts = completions(typed, now.lexicon)
        rows = carrying_all(parts, now.lexicon.postings)
        if not len(rows):
            return []
        likely = match(parts, now.lexicon.postings, _AHEAD).rows
        best = likely[np.isin(likely, rows)][:limit]
        return [(now.entries[row].id, now.entries[row].name) for row in best]

    def _built(
        self, entries: tuple[Entry, ...], synonyms: Mapping[str, Sequence[str]], weights: Weights
    ) -> _Catalogue:
        """Return the index of these products; what did not change is not read again."""
        texts = {getattr(one, name) for one in entries for name in _FIELDS}
        self._read = {text: self._read.get(text) or _Text.of(text) for text in texts}
        rows = [[self._read[getattr(one, name)] for name in _FIELDS] for one in entries]
        counts = Counter(
            word for row in rows for word in {word for text in row for word in text.words}
        )
        stem = self._stems
        stem.learn(counts)
        fields = [
            [*([stem(word) for word in text.words] for text in row), _joined(row[0], counts, stem)]
            for row in rows
        ]
        weighed = (*weights.fields, _JOINED * weights.name)
        heads = [stem(row[0].head) for row in rows]
        written = [tuple(map(root, row[0].words)) for row in rows]
        postings = Postings.of(fields, weighed, heads, written)
        known = {stem(word): tuple(map(stem, others)) for word, others in synonyms.items()}
        lexicon = Lexicon(postings, Speller.of(counts), stem, known)
        return _Catalogue(entries, lexicon, {one.id: row for row, one in enumerate(entries)})


def _joined(name: _Text, counts: Mapping[str, int], stem: Stems) -> tuple[str, ...]:
    """Return neighbours that the catalogue also writes as one word: a shower head, a showerhead."""
    return tuple(
        stem(one + other)
        for one, other in pairwise(name.words)
        if is_wordlike(one) and is_wordlike(other) and one + other in counts
    )


def _by_gtin(query: str, now: _Catalogue) -> Hits | None:
    """Return the product whose GTIN `query` is."""
    try:
        gtin = normalise_gtin(query)
    except ValueError:
        return None
    return Hits(((gtin, EXACT),), 1) if gtin in now.rows else None


def _hits(question: Question, now: _Catalogue, limit: int, weights: Weights) -> Hits:
    """Return what a question finds."""
    matches = match(question.parts, now.lexicon.postings, limit, weights, question.said)
    return Hits(
        tuple(
            (now.entries[row].id, score)
            for row, score in zip(matches.rows.tolist(), matches.scores.tolist(), strict=True)
        ),
        matches.total,
        question.corrected,
        question.rescued and bool(len(matches.rows)),
    )
