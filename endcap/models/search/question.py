"""What a shopper asked, as the catalogue's words: the question before it meets the index.

Decides which words to look for (corrected, joined, split, completed) and writes them as one FTS5
expression. Asking the index is the caller's; ordering what it finds is `ranking`'s.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from endcap.models.search.speller import Speller
from endcap.models.search.words import is_wordlike, words

_MAX_WORDS = 16
_HALF = 3
_UNFINISHED_FROM = 4
_COMPLETIONS = 8


@dataclass(frozen=True, slots=True)
class Question:
    """The words looked for, in order; `corrected` maps what was typed to what was understood."""

    words: tuple[str, ...]
    corrected: tuple[tuple[str, str], ...]

    @property
    def any_word(self) -> str:
        """The FTS5 expression that any of the words satisfies; empty for no words."""
        return any_of((*self.words, *_joined(self.words)))


def understand(text: str, speller: Speller) -> Question:
    """Return `text` in words that the catalogue of `speller` knows, as far as it can tell."""
    return _question(words(text)[:_MAX_WORDS], speller, rescue=False)


def rescue(text: str, speller: Speller) -> Question:
    """Return `text` in the words that look most like it, for when nothing else was found."""
    return _question(words(text)[:_MAX_WORDS], speller, rescue=True)


def completion(text: str, speller: Speller) -> str:
    """Return the FTS5 expression of what someone who typed `text` may be about to say.

    Every whole word must be there, and the last one may still be unfinished.
    """
    typed = words(text)[:_MAX_WORDS]
    if not typed:
        return ""
    whole, last = (typed, "") if text[-1:].isspace() else (typed[:-1], typed[-1])
    groups = [any_of(_meanings(word, speller) or (word,)) for word in whole]
    if last:
        ahead = speller.completions(last, _COMPLETIONS) or _meanings(last, speller)
        groups.append(any_of(dict.fromkeys((last, *ahead))))
    return " AND ".join(f"({group})" for group in groups)


def any_of(alternatives: Iterable[str]) -> str:
    """Return the FTS5 expression that any of these words satisfies."""
    return " OR ".join(f'"{word}"' for word in alternatives)


def _question(typed: tuple[str, ...], speller: Speller, *, rescue: bool) -> Question:
    """Return the question for words as typed."""
    meant = [
        (word, _meanings(word, speller) or _last_hope(word, speller, rescue)) for word in typed
    ]
    return Question(
        words=tuple(dict.fromkeys(one for _, found in meant for one in found)),
        corrected=tuple((word, " ".join(found)) for word, found in meant if found != (word,)),
    )


def _meanings(word: str, speller: Speller) -> tuple[str, ...]:
    """Return the known word or words for one typed word; empty when there is none."""
    if word in speller.counts:
        return (word,)
    guesses = speller.guesses(word, 1)
    if guesses and guesses[0].edits == 1:
        return (guesses[0].word,)
    unfinished = speller.completions(word, 1) if len(word) >= _UNFINISHED_FROM else ()
    further = tuple(guess.word for guess in guesses)
    return _halves(word, speller) or unfinished or further


def _last_hope(word: str, speller: Speller, rescue: bool) -> tuple[str, ...]:  # noqa: FBT001 - passed on
    """Return the words that share most letters with `word`, or the word as it was typed."""
    return (speller.resembling(word, 2) if rescue else ()) or (word,)


def _halves(word: str, speller: Speller) -> tuple[str, ...]:
    """Return the two known words that were typed as one, the commonest such pair."""
    if not is_wordlike(word):
        return ()
    pairs = [(word[:at], word[at:]) for at in range(_HALF, len(word) - _HALF + 1)]
    known = [pair for pair in pairs if all(half in speller.counts for half in pair)]
    return max(known, key=lambda pair: min(map(speller.counts.__getitem__, pair)), default=())


def _joined(typed: tuple[str, ...]) -> tuple[str, ...]:
    """Return neighbours as one word: "out door" is also "outdoor"."""
    both = pairwise(typed)
    return tuple(a + b for a, b in both if is_wordlike(a) and is_wordlike(b))
