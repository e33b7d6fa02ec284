"""The names things have on the wire: stores, items, events, releases.

Each name is checked where it enters and trusted afterwards. A name never needs escaping in a
topic, a path or a URL, which is why the patterns are narrow.
"""

import re
from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

GTIN_DIGITS = 14
SHORTEST_GTIN = 7  # a GTIN-8 whose leading zero a spreadsheet dropped
MAX_SEQ = 2**63 - 1


def check_digit(body: str) -> str:
    """Return the GS1 mod-10 check digit of `body` (digits without their check digit).

    The weights 3, 1, 3, ... run from the right (GS1 General Specifications, 7.9).

    >>> check_digit("400638133393")
    '1'
    """
    digits = [int(digit) for digit in reversed(body)]
    return str(-(3 * sum(digits[::2]) + sum(digits[1::2])) % 10)


def normalise_gtin(text: object) -> str:
    """Return the 14-digit form of a GTIN-8, -12, -13 or -14.

    Accepts spaces and dashes, a GS1 element string and a GS1 Digital Link, and restores leading
    zeros that a spreadsheet dropped from a GTIN-12 or -13 when the check digit proves it.

    >>> normalise_gtin("4006381333931")
    '04006381333931'
    >>> normalise_gtin("(01)04006381333931(17)261231")
    '04006381333931'

    Raises:
        ValueError: no GTIN can be read, or its check digit is wrong; the message says which.
    """
    if not isinstance(text, str):
        raise ValueError(f"a GTIN is text of 8, 12, 13 or 14 digits, not {text!r}")  # noqa: TRY004 - pydantic wants ValueError
    return _remembered(text) if len(text) <= GTIN_DIGITS else _normalised(text)


def _normalised(text: str) -> str:
    """Return the 14-digit form of a GTIN, or raise ValueError."""
    digits = _digits_of(text.strip())
    if not digits.isascii() or not digits.isdigit():
        hint = " (a spreadsheet turned it into a number)" if re.search(r"\d[eE]\+?\d", text) else ""
        raise ValueError(f"{text!r} is no GTIN: 8, 12, 13 or 14 digits are allowed{hint}")
    if not SHORTEST_GTIN <= len(digits) <= GTIN_DIGITS:
        raise ValueError(f"{text!r} has {len(digits)} digits; a GTIN has 8, 12, 13 or 14")
    padded = digits.zfill(GTIN_DIGITS)
    expected = check_digit(padded[:-1])
    if padded[-1] != expected:
        raise ValueError(f"{text!r} has check digit {padded[-1]}, which should be {expected}")
    return padded


_remembered = lru_cache(maxsize=16_384)(_normalised)
"""The same few thousand items come again and again, in every event and every row."""


def _digits_of(text: str) -> str:
    """Return the digits of a plain GTIN, an element string or a Digital Link, as they stand."""
    element = re.match(r"^(?:\(01\)|01)(\d{14})", text)
    if element:
        return element[1]
    link = re.search(r"^https?://[^?#]*/(?:01|gtin)/(\d{8,14})(?:[/?#]|$)", text)
    if link:
        return link[1]
    return re.sub(r"[ \-]", "", text)


STORE_PATTERN = r"^[a-z0-9][a-z0-9-]{2,40}$"
NAME_PATTERN = r"^[a-z0-9][a-z0-9_.-]{0,62}$"

Gtin = Annotated[str, BeforeValidator(normalise_gtin)]
"""An item: 14 digits with a right check digit, whatever form it came in."""

StoreId = Annotated[str, StringConstraints(pattern=STORE_PATTERN)]
"""A store; also the common name of its certificate and a level of its topics."""

Epoch = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
"""One life of a store's database: 64 random bits, made with it, in hexadecimal."""

Seq = Annotated[int, Field(ge=1, le=MAX_SEQ, strict=True)]
"""The place of an event inside its epoch: 1, 2, 3, ... without holes."""

Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
"""A camera, a facing, a model kind: safe in a path, a topic and a URL."""

ReleaseVersion = Annotated[int, Field(ge=1, le=MAX_SEQ, strict=True)]
"""A site release: whole numbers that only grow, also when a release points at older bytes."""

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""The SHA-256 of a file, in hexadecimal."""

Version = Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+$")]
"""A model's or program's version: MAJOR.MINOR.PATCH."""


def _finite(value: float) -> float:
    """Refuse NaN and the infinities: JSON has no words for them."""
    if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124 - NaN differs from itself
        raise ValueError("a finite number is wanted")
    return value


Finite = Annotated[float, AfterValidator(_finite)]
"""A float that is neither NaN nor infinite."""

Share = Annotated[float, Field(ge=0.0, le=1.0)]
"""A probability or a share of a whole."""
