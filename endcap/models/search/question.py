"""What a shopper asked, as the catalogue's words: the question before it meets the index.

Decides what each typed word may stand for: itself, another spelling, two words typed as one, a
synonym. Each of these has a weight, and the words around it help to choose (a noisy channel:
how common a word is, how far from what was typed, how often it goes with the rest). Numbers and
sizes stand for themselves alone. Which items that finds is `matching`'s.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import log

import numpy as np

from endcap.models.search.postings import Postings
from endcap.models.search.ranking import root
from endcap.models.search.speller import Guess, Speller
from endcap.models.search.words import is_wordlike, words

_MAX_WORDS = 16
_UNFINISHED_FROM = 4
_COMPLETIONS = 8
_ALMOST = 3.0
_SECOND = 0.75
_MOST_SPELLINGS = 3
_JOINED = 0.7
_SYNONYM = 0.7
_HIDES_UP_TO = 300
_HIDES_FROM = 4
_SELDOM = 2
_HIDDEN_BY = 3.0
_NEVER_TOGETHER = 0.3

Part = tuple[tuple[str, float], ...]
"""What one typed word may stand for: terms of the index and their weights, the likeliest first."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What one catalogue's words are: their spelling, their stems, and which items carry them.

    `synonyms` are by stem.
    """

    postings: Postings
    speller: Speller
    stem: Callable[[str], str]
    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def knows(self, word: str) -> bool:
        """Tell whether any item carries `word` in one of its forms."""
        return self.stem(word) in self.postings.terms


@dataclass(frozen=True, slots=True)
class Question:
    """What is looked for, in the order it was typed.

    `said` are the words it may mean as a name would write them; numbers, which have one form, are
    left out.
    `corrected` maps what was typed to what was understood; `rescued` says that a word was so far
    from any that the catalogue has that its look alone was followed.
    """

    parts: tuple[Part, ...]
    said: tuple[str, ...] = ()
    corrected: tuple[tuple[str, str], ...] = ()
    rescued: bool = False


def understand(text: str, lexicon: Lexicon) -> Question:
    """Return `text` in words that the catalogue of `lexicon` knows, as far as it can tell."""
    typed = tuple(dict.fromkeys(words(text)))[:_MAX_WORDS]
    meant = [_meanings(i, typed, lexicon) for i in range(len(typed))]
    parts = [part for meanings in meant for part in _parts_of(meanings, lexicon)]
    if len(parts) == len(typed):
        parts = _with_joined(typed, parts, lexicon)
    return Question(_each_once(parts), _said(meant), _corrected(typed, meant))


def rescue(text: str, lexicon: Lexicon) -> Question:
    """Return `text` in the words that look most like it, for when nothing else was found."""
    typed = tuple(dict.fromkeys(words(text)))[:_MAX_WORDS]
    meant = [[(like,) for like in lexicon.speller.resembling(word, 2)] for word in typed]
    parts = [part for meanings in meant for part in _parts_of(meanings, lexicon)]
    return Question(_each_once(parts), _said(meant), _corrected(typed, meant), rescued=True)


def completions(text: str, lexicon: Lexicon) -> tuple[Part, ...]:
    """Return what someone who typed `text` may be about to say; every part must be there.

    The last word may still be unfinished, unless a space follows it.
    """
    typed = words(text)[:_MAX_WORDS]
    meant = [_meanings(i, typed, lexicon) for i in range(len(typed))]
    parts = [part for meanings in meant for part in _parts_of(meanings, lexicon)]
    if typed and not text[-1:].isspace():
        ahead = lexicon.speller.completions(typed[-1], _COMPLETIONS)
        said = dict(parts[-1]) if lexicon.knows(typed[-1]) or not ahead else {}
        parts[-1] = tuple(({lexicon.stem(word): 1.0 for word in ahead} | said).items())
    return tuple(parts)


Meanings = Sequence[tuple[str, ...]]
"""What a word may have been meant for, the likeliest first; two words where it is split."""


def _meanings(place: int, typed: Sequence[str], lexicon: Lexicon) -> Meanings:
    """Return what the word at `place` may have been meant for."""
    word = typed[place]
    if not is_wordlike(word):
        return [(word,)]
    if lexicon.knows(word):
        return [(word,), *_hidden(place, typed, lexicon)]
    ranked = _ranked(lexicon.speller.guesses(word), place, typed, lexicon)
    near = [one for one in ranked if one.edits == 1]
    if near:
        close = [one for one in ranked if one.score > ranked[0].score - _ALMOST]
        return [(one.word,) for one in close[:_MOST_SPELLINGS]]
    return _further(word, ranked, lexicon)


def _further(word: str, ranked: Sequence[Guess], lexicon: Lexicon) -> Meanings:
    """Return what a word stands for that is no slip of one letter."""
    halves = lexicon.speller.halves(word)
    if halves:
        return [halves]
    unfinished = lexicon.speller.completions(word, 1) if len(word) >= _UNFINISHED_FROM else ()
    return [(one,) for one in (*unfinished, *(guess.word for guess in ranked[:1]), word)][:1]


def _hidden(place: int, typed: Sequence[str], lexicon: Lexicon) -> Meanings:
    """Return the neighbour of a rare word that hardly goes with the rest, while the other does."""
    stem = lexicon.stem(typed[place])
    count = lexicon.postings.count(stem)
    if count > _HIDES_UP_TO or len(typed) < 2 or len(typed[place]) < _HIDES_FROM:  # noqa: PLR2004 - a word and company
        return []
    together = _company(place, typed, lexicon)[lexicon.postings.carriers(stem)[0]].sum()
    if together > _SELDOM:
        return []
    near = lexicon.speller.guesses(typed[place], most=1)
    ranked = _ranked(near, place, typed, lexicon)[:1]
    own = log(count) + log(together + _NEVER_TOGETHER) + _HIDDEN_BY
    return [(one.word,) for one in ranked if one.score > own and lexicon.stem(one.word) != stem]


def _ranked(
    guesses: Sequence[Guess], place: int, typed: Sequence[str], lexicon: Lexicon
) -> list[Guess]:
    """Return guesses by how well they go with the other words, best first."""
    if not guesses:
        return []
    company = _company(place, typed, lexicon)
    together = [
        Guess(
            one.word,
            one.edits,
            one.score
            + log(
                company[lexicon.postings.carriers(lexicon.stem(one.word))[0]].sum()
                + _NEVER_TOGETHER
            ),
        )
        for one in guesses
    ]
    return sorted(together, key=lambda one: (-one.score, one.word))


def _company(
    place: int, typed: Sequence[str], lexicon: Lexicon
) -> np.ndarray[tuple[int], np.dtype[np.int8]]:
    """Return how many of the other words each item carries."""
    found = np.zeros(len(lexicon.postings.names), dtype=np.int8)
    for i, word in enumerate(typed):
        if i != place and is_wordlike(word):
            found[lexicon.postings.carriers(lexicon.stem(word))[0]] += 1
    return found


def _parts_of(meanings: Meanings, lexicon: Lexicon) -> list[Part]:
    """Return what is looked for: a part for a word, and two where it was split."""
    if not meanings:
        return []
    best, *others = meanings
    if len(best) > 1:
        return [_with_synonyms({lexicon.stem(half): 1.0}, lexicon) for half in best]
    weights = {lexicon.stem(one[0]): _SECOND for one in others} | {lexicon.stem(best[0]): 1.0}
    return [_with_synonyms(weights, lexicon)]


def _with_synonyms(weights: Mapping[str, float], lexicon: Lexicon) -> Part:
    """Return a part: its terms, the likeliest first, and their synonyms."""
    like = {
        other: _SYNONYM * weight
        for term, weight in weights.items()
        for other in lexicon.synonyms.get(term, ())
    }
    return tuple(sorted((like | dict(weights)).items(), key=lambda one: -one[1]))


def _with_joined(typed: Sequence[str], parts: Sequence[Part], lexicon: Lexicon) -> list[Part]:
    """Return parts whose neighbours may also be one word: "out door" is also "outdoor"."""
    joined = list(parts)
    for i, (one, other) in enumerate(pairwise(typed)):
        if is_wordlike(one) and is_wordlike(other) and lexicon.knows(one + other):
            both = (lexicon.stem(one + other), _JOINED)
            joined[i], joined[i + 1] = (*joined[i], both), (*joined[i + 1], both)
    return joined


def _each_once(parts: Sequence[Part]) -> tuple[Part, ...]:
    """Return parts without those that look for the same first."""
    return tuple({part[0][0]: part for part in reversed(parts)}.values())[::-1]


def _said(meant: Sequence[Meanings]) -> tuple[str, ...]:
    """Return every word that may have been meant, in the form that names are read in."""
    every = (word for meanings in meant for meaning in meanings for word in meaning)
    return tuple(dict.fromkeys(root(word) for word in every if is_wordlike(word)))


def _corrected(typed: Sequence[str], meant: Sequence[Meanings]) -> tuple[tuple[str, str], ...]:
    """Return what was typed and what was taken for it, where that is another word."""
    pairs = zip(typed, meant, strict=True)
    return tuple((word, " ".join(to[0])) for word, to in pairs if to and to[0] != (word,))
