"""Words of a name or a query: one spelling for case, accents, punctuation and sizes.

The same function reads the catalogue and the question, so that they meet. Stemming is the
index's own business (FTS5's porter tokenizer); spelling is the speller's.
"""

import html
import re
import unicodedata
from collections.abc import Iterable

from endcap.models.search.sizes import sizes_to_words

_STOP_WORDS = (
    "a an and at by for from in into is it of on or that the this to with w x",
    "und der die das fur mit et de la le les du des el los las y con",
)
_STOP = frozenset(word for line in _STOP_WORDS for word in line.split())
_WORD = re.compile(r"\d+\.\d+[a-z]*|[^\W_]+")
_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0e7f"
"""Letters of Japanese, Chinese and Thai, which put no spaces between words."""
_RUN = re.compile(rf"[{_UNSPACED}]+|[^{_UNSPACED}]+")
_ELISION = re.compile(r"\b(?:l|d|j|n|s|t|c|m|qu|dell|nell|sull)['\u2019](?=[^\W\d_]{2})")
_ASIDE = re.compile(
    r"\b(?:in|with|for|w|by|from|to|mit|fur|aus|avec|pour|con)\b|[,(/|\u2013\u2014]| - "
)
_RUN_OF_UNSPACED = re.compile(rf"[{_UNSPACED}]+")
_PAIR = 2
_MAX_CHARS = 400


def fold(text: str) -> str:
    """Return `text` without case, accents, entities, apostrophes or a length beyond reason.

    >>> fold("Crème Brûlée &amp; Women&#39;s")
    'creme brulee & womens'
    """
    plain = unicodedata.normalize("NFKD", html.unescape(text[:_MAX_CHARS])).replace("\u2044", "/")
    if not plain.isascii():
        plain = "".join(c for c in plain if not unicodedata.combining(c))
    bare = plain.casefold()
    bare = _ELISION.sub("", bare)
    return re.sub(r"(?<=[a-z])['\u2019](?=[a-z])", "", bare).replace("\u2033", '"')


def words(text: str) -> tuple[str, ...]:
    """Return the words of `text` in order, sizes in their one spelling, stop words left out.

    >>> words("Semi-Skimmed Milk 2% (1/2 gal.)")
    ('semi', 'skimmed', 'milk', '2', '2pct', '0.5', '1890ml')
    """
    return words_and_head(text)[0]


def words_and_head(text: str) -> tuple[tuple[str, ...], str]:
    """Return the words of `text`, and the one that says what kind of thing it names, if any does.

    It is the last word before what the thing has or is made for (in, with, for, a comma).

    >>> words_and_head("Whole Milk in a Jug")[1], words_and_head("4 in. Drain Pipe, White")[1]
    ('milk', 'pipe')
    """
    spelt = sizes_to_words(fold(text))
    aside = _ASIDE.search(spelt, 1)
    named = _kept(spelt[: aside.start()]) if aside else ()
    found = (*named, *_kept(spelt[aside.start() :])) if aside else _kept(spelt)
    heads = [word for word in (named or found) if word.isalpha()]
    return found, heads[-1] if heads else ""


def _kept(spelt: str) -> tuple[str, ...]:
    """Return the words of folded text; a run of letters without spaces as its pairs of letters."""
    found = (piece for word in _WORD.findall(spelt) for piece in _pieces(word))
    return tuple(word for word in found if word not in _STOP)


def _pieces(word: str) -> Iterable[str]:
    """Return a word, or for Japanese, Chinese and Thai its overlapping pairs of letters."""
    if word.isascii():
        return (word,)
    return (piece for run in _RUN.findall(word) for piece in _pairs(run))


def _pairs(run: str) -> Iterable[str]:
    if len(run) <= _PAIR or not _RUN_OF_UNSPACED.fullmatch(run):
        return (run,)
    return (run[i : i + _PAIR] for i in range(len(run) - 1))


def is_wordlike(word: str) -> bool:
    """Return whether `word` may be corrected: numbers and sizes never are."""
    return word.isalpha()
