"""Words of a name or a query: one spelling for case, accents, punctuation and sizes.

The same function reads the catalogue and the question, so that they meet. Stemming is the
index's own business (FTS5's porter tokenizer); spelling is the speller's.
"""

import html
import re
import unicodedata

from endcap.models.search.sizes import sizes_to_words

_STOP = frozenset(
    "a an and at by for from in into is it of on or that the this to with w und der die das fur "
    "mit et de la le les du des el los las y con".split()
)
_HEAD_ENDS = frozenset({"with", "in", "for", "by", "on", "from", "to", "|"})
_BREAK = re.compile(r"\s[-|]\s|[(),;:]")
_WORD = re.compile(r"\d+\.\d+[a-z]*|[^\W_]+|\|")
_HEAD_WORDS = 2
_MAX_CHARS = 400


def fold(text: str) -> str:
    """Return `text` without case, accents, entities, apostrophes or a length beyond reason.

    >>> fold("Crème Brûlée &amp; Women&#39;s")
    'creme brulee & womens'
    """
    plain = unicodedata.normalize("NFKD", html.unescape(text[:_MAX_CHARS])).replace("\u2044", "/")
    bare = "".join(c for c in plain if not unicodedata.combining(c)).casefold()
    return re.sub(r"(?<=[a-z])['\u2019](?=[a-z])", "", bare).replace("\u2033", '"')


def words(text: str) -> tuple[str, ...]:
    """Return the words of `text` in order, sizes in their one spelling, stop words left out.

    >>> words("Semi-Skimmed Milk 2% (1/2 gal.)")
    ('semi', 'skimmed', 'milk', '2', '2pct', '0.5', '1890ml')
    """
    return tuple(word for word in _all_words(text) if word not in _STOP and word != "|")


def head(name: str) -> tuple[str, ...]:
    """Return what a name is about: the last words before its first "with", "in" or bracket.

    >>> head("Delta Vero 1-Handle Shower Faucet in Chrome (Valve Not Included)")
    ('shower', 'faucet')
    """
    before: list[str] = []
    for word in _all_words(name):
        if word in _HEAD_ENDS and len(before) >= _HEAD_WORDS:
            break
        if word not in _STOP and word.isalpha():
            before.append(word)
    return tuple(before[-_HEAD_WORDS:])


def is_wordlike(word: str) -> bool:
    """Return whether `word` may be corrected: numbers and sizes never are."""
    return word.isalpha()


def _all_words(text: str) -> list[str]:
    """Return every word, stop words and breaks ("|") too."""
    return _WORD.findall(sizes_to_words(_BREAK.sub(" | ", fold(text))))
