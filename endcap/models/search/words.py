"""Words of a name or a query: one spelling for case, accents, punctuation and sizes.

The same function reads the catalogue and the question, so that they meet. Stemming is the
index's own business (FTS5's porter tokenizer); spelling is the speller's.
"""

import html
import re
import unicodedata

from endcap.models.search.sizes import sizes_to_words

_STOP_WORDS = (
    "a an and at by for from in into is it of on or that the this to with w x",
    "und der die das fur mit et de la le les du des el los las y con",
)
_STOP = frozenset(word for line in _STOP_WORDS for word in line.split())
_WORD = re.compile(r"\d+\.\d+[a-z]*|[^\W_]+")
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
    found = _WORD.findall(sizes_to_words(fold(text)))
    return tuple(word for word in found if word not in _STOP)


def is_wordlike(word: str) -> bool:
    """Return whether `word` may be corrected: numbers and sizes never are."""
    return word.isalpha()
