"""Which items suit a diet, by what the catalogue says of them. What it does not say is not known.

An item of which nothing is known is never said to suit; whether it is offered is the rules'.
"""

from collections.abc import Iterable

DIETS = (
    "vegan",
    "vegetarian",
    "gluten-free",
    "lactose-free",
    "nut-free",
    "egg-free",
    "soy-free",
    "fish-free",
    "halal",
    "kosher",
    "no-alcohol",
    "no-pork",
    "organic",
    "sugar-free",
)
"""The words there are for what an item suits, or a shopper asks for. New ones go to the end."""

_IMPLIED = {
    "vegan": ("vegetarian", "lactose-free", "egg-free", "fish-free", "no-pork"),
    "vegetarian": ("fish-free", "no-pork"),
    "halal": ("no-alcohol", "no-pork"),
    "kosher": ("no-pork",),
}
"""What suits the first suits the others too, whether the catalogue says so or not."""
_BITS = {word: 1 << place for place, word in enumerate(DIETS)}


def canonical(words: Iterable[str]) -> str:
    """Return the words of a catalogue's cell in one order, with a space between.

    Raises:
        ValueError: a word is none of DIETS; the message names it.

    >>> canonical(["Halal", "vegan", "halal"])
    'vegan halal'
    """
    said = {word.strip().lower().replace(" ", "-").replace("_", "-") for word in words} - {""}
    unknown = sorted(said - _BITS.keys())
    if unknown:
        raise ValueError(f"{unknown[0]!r} is no diet: {', '.join(DIETS)} are")
    return " ".join(word for word in DIETS if word in said)


def mask_of(words: Iterable[str]) -> int:
    """Return a bit for each diet that something of these words suits; unknown words have none."""
    mask = 0
    for word in words:
        for suited in (word, *_IMPLIED.get(word, ())):
            mask |= _BITS.get(suited, 0)
    return mask


def asked_mask(words: Iterable[str]) -> int:
    """Return a bit for each diet that is asked for.

    A word that is none of DIETS asks for what nothing is known to suit: nothing does.
    """
    mask = 0
    for word in words:
        mask |= _BITS.get(word, 1 << len(DIETS))
    return mask
