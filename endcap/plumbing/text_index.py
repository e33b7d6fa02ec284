"""A full-text index over a catalogue, in SQLite: what a shopper's words find.

Holds the products' words (FTS5, porter stemming, bm25 with field weights) and answers searches
and suggestions, with spelling from the catalogue's own words. Which products may be shown (stock,
gaps) is the caller's to decide. Ids are text: a GTIN in a store.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from endcap.models.search.question import Question, completion, rescue, understand
from endcap.models.search.ranking import USUAL, Found, Weights, in_order
from endcap.models.search.speller import Speller
from endcap.models.search.words import words
from endcap.plumbing.sqlite_tools import Database
from endcap.wire.identifiers import normalise_gtin

EXACT = 1000.0
"""The score of the one product whose GTIN was typed or scanned."""

_FIELDS = ("name", "brand", "department", "size")
_POOL = 100
# The inner query orders; the outer one reads only the rows that are left.
_BEST = """
    from (select rowid as found, bm25(search_rows_fts, ?, ?, ?, ?) as distance
          from search_rows_fts where search_rows_fts match ? order by distance limit ?)
    join search_rows on search_rows.rowid = found order by distance
"""
_FIND = f"select id, -distance, name || ' ' || brand || ' ' || size {_BEST}"
_COMPLETE = f"select id, title {_BEST}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One product as it is found: `id` comes back from a search."""

    id: str
    name: str
    brand: str = ""
    department: str = ""
    size: str = ""


@dataclass(frozen=True, slots=True)
class _Lexicon:
    """The catalogue's words as they were at one build of the index."""

    build: int
    items: int
    speller: Speller


class TextIndex:
    """A catalogue's words in one SQLite database. One index serves one thread at a time.

    The connection stays the caller's. Another connection may rebuild: the next question sees it.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        _make_tables(Database(connection))
        self._lexicon = self._read_lexicon()

    def rebuild(self, entries: Iterable[Entry]) -> int:
        """Replace the whole catalogue, in one transaction; return how many products it has."""
        rows, counts = [], Counter[str]()
        for one in entries:
            fields = [words(getattr(one, field)) for field in _FIELDS]
            counts.update(dict.fromkeys((word for field in fields for word in field), 1))
            rows.append((one.id, one.name, *(" ".join(field) for field in fields)))
        with self._db:
            self._db.execute("delete from search_rows")
            self._db.execute("delete from search_words")
            self._db.executemany("insert into search_rows values (?, ?, ?, ?, ?, ?)", rows)
            self._db.executemany("insert into search_words values (?, ?)", counts.items())
            self._db.execute("insert into search_rows_fts (search_rows_fts) values ('rebuild')")
            self._db.execute("update search_build set build = build + 1, items = ?", (len(rows),))
        self._lexicon = self._read_lexicon()
        return len(rows)

    def search(self, query: str, limit: int, weights: Weights = USUAL) -> list[tuple[str, float]]:
        """Return up to `limit` ids and scores, best first; empty when nothing is like it.

        A GTIN finds its product. Otherwise any word may match, after spelling; when none does,
        the words that look most like what was typed are tried.
        """
        exact = self._by_gtin(query)
        if exact:
            return exact
        lexicon = self._current()
        question = understand(query, lexicon.speller)
        found = self._find(question, limit, weights)
        if not found:
            question = rescue(query, lexicon.speller)
            found = self._find(question, limit, weights)
        counts = lexicon.speller.counts
        return in_order(question.words, found, counts, lexicon.items, weights)[:limit]

    def suggest(self, typed: str, limit: int, weights: Weights = USUAL) -> list[tuple[str, str]]:
        """Return up to `limit` ids and names for a question that is still being typed."""
        expression = completion(typed, self._current().speller)
        if not expression:
            return []
        return self._db.execute(_COMPLETE, (*_of_fields(weights), expression, limit)).fetchall()

    def _by_gtin(self, query: str) -> list[tuple[str, float]]:
        """Return the product whose GTIN `query` is."""
        try:
            gtin = normalise_gtin(query)
        except ValueError:
            return []
        found = self._db.execute("select id from search_rows where id = ?", (gtin,)).fetchone()
        return [(found[0], EXACT)] if found else []

    def _find(self, question: Question, limit: int, weights: Weights) -> list[Found]:
        """Return the best items by bm25 that carry any word of the question."""
        if not question.words:
            return []
        asked = (*_of_fields(weights), question.any_word, max(_POOL, limit))
        rows = self._db.execute(_FIND, asked)
        return [Found(id_, score, tuple(text.split())) for id_, score, text in rows]

    def _current(self) -> _Lexicon:
        """Return the lexicon, read again when another connection has rebuilt the index."""
        (build,) = self._db.execute("select build from search_build").fetchone()
        if build != self._lexicon.build:
            self._lexicon = self._read_lexicon()
        return self._lexicon

    def _read_lexicon(self) -> _Lexicon:
        """Return the words of the index as it is now."""
        build, items = self._db.execute("select build, items from search_build").fetchone()
        counts = dict(self._db.execute("select word, items from search_words"))
        return _Lexicon(build=build, items=items, speller=Speller.of(counts))


def _of_fields(weights: Weights) -> tuple[float, float, float, float]:
    """Return the fields' weights in the order of _FIELDS."""
    return weights.name, weights.brand, weights.department, weights.size


def _make_tables(database: Database) -> None:
    """Create the index's tables where they are absent."""
    if database.table("search_build").exists():
        return
    rows = database.table("search_rows")
    rows.create({"id": str, "title": str, **dict.fromkeys(_FIELDS, str)}, pk="id")
    rows.enable_fts(_FIELDS, tokenize="porter unicode61 tokenchars '.'")
    database.table("search_words").create({"word": str, "items": int}, pk="word")
    database.table("search_build").insert({"build": 0, "items": 0})
