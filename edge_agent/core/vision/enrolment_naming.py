"""Decides which facing a bar code or a price tag speaks of, and what of it is worth looking up.

A tag hangs on the rail below the facing it is for, or on its pack. Reading pictures and finding
items by words are not done here; a person confirms every name.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from endcap.models.gaps.boxes import Box

_BELOW = 0.6
"""How far below a facing its tag may be, in shares of the facing's height."""

_PRICE = re.compile(r"[€$£]?\d{1,4}[.,]\d{2}[€$£]?|[€$£]\d*|\d{1,3}%?|[€$£]")
_CODE = re.compile(r"\d{8}|\d{12,14}")
_LEAST_LETTERS = 3


@dataclass(frozen=True, slots=True)
class Said:
    """What tags say of a facing: digits that may be an item's code, and words, top to bottom."""

    codes: tuple[str, ...] = ()
    words: str = ""


@dataclass(frozen=True, slots=True)
class Tag:
    """A piece of what was read: where, and its text; `code` when it is of a bar code."""

    box: Box
    text: str
    code: bool = False


@dataclass(slots=True)
class _Heard:
    codes: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)


def said_of(tags: Sequence[Tag], facings: Mapping[str, Box]) -> dict[str, Said]:
    """Return what the tags say of each facing; those of no facing are left out."""
    heard: dict[str, _Heard] = {}
    for tag in sorted(tags, key=lambda one: (one.box.y0, one.box.x0)):
        name = _facing_of(tag.box, facings)
        if name is None:
            continue
        one = heard.setdefault(name, _Heard())
        digits = tag.text.replace(" ", "")
        if tag.code or _CODE.fullmatch(digits):
            one.codes.append(digits)
        else:
            one.words += _words(tag.text)
    told = {name: Said(tuple(one.codes), " ".join(one.words)) for name, one in heard.items()}
    return {name: one for name, one in told.items() if one.codes or _speaks(one.words)}


def _facing_of(tag: Box, facings: Mapping[str, Box]) -> str | None:
    """Return the facing that a tag hangs below of, or is on; the nearest bottom counts."""
    x, y = tag.centre
    near = [
        (abs(y - box.y1), name)
        for name, box in facings.items()
        if box.x0 <= x <= box.x1 and box.y0 <= y <= box.y1 + _BELOW * box.height
    ]
    return min(near)[1] if near else None


def _words(text: str) -> list[str]:
    """Return the words of a line without prices."""
    return [word for word in text.split() if not _PRICE.fullmatch(word)]


def _speaks(words: str) -> bool:
    return sum(one.isalpha() for one in words) >= _LEAST_LETTERS
