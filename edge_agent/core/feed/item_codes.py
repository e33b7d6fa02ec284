"""Reads an item's code as tills, scales and spreadsheets write it, and finds the item's GTIN.

Besides what endcap.wire.identifiers reads: UPC-E, a trailing `.0`, a spreadsheet's leading
apostrophe, and codes of the store's own scales (GS1 prefixes 20 to 29 and 02), which hold a weight
or a price. Such a code stands for its item: the GTIN is the code with the variable part set to
zeros and its check digit made anew. Which codes a store prints is its configuration's to say.
"""

import re
from dataclasses import dataclass
from typing import Literal

from endcap.wire.identifiers import GTIN_DIGITS, check_digit, normalise_gtin

_BODY = GTIN_DIGITS - 2
"""The digits of a GTIN-13 without its check digit, which is as long as a scale's code is."""

_SHORT = re.compile(r"[0-9]{7,8}")
_SPREADSHEET = re.compile(r"'?([0-9]{6,14})(?:\.0{1,6})?")


@dataclass(frozen=True, slots=True)
class InStoreCode:
    """A code that the store's scales print: EAN-13 of prefix, item number, value, check digit.

    `item` and `digits` count the digits of the item number, right behind the prefix, and of the
    value, right before the check digit; what stands between them (a check digit of the price) is
    passed over. The value is `digits` long with `decimals` of them behind the point: kilograms, or
    the store's currency.
    """

    prefix: str
    value: Literal["weight", "price"]
    item: int = 5
    digits: int = 5
    decimals: int = 3


@dataclass(frozen=True, slots=True)
class Scanned:
    """An item, and what its code said besides: kilograms, or the price of the piece."""

    gtin: str
    weight: float | None = None
    price: float | None = None


@dataclass(frozen=True, slots=True)
class ItemCodes:
    """How a store's codes are read.

    `upc_e` reads eight digits that begin with 0 or 1 as UPC-E where both that and a GTIN-8 could
    be meant; without it the GTIN-8 is preferred, and UPC-E is read where no GTIN-8 has that check
    digit.
    """

    in_store: tuple[InStoreCode, ...] = ()
    upc_e: bool = False

    def read(self, code: object) -> Scanned:
        """Return what `code` stands for.

        Raises:
            ValueError: no GTIN can be read, or its check digit is wrong; the message says which.
        """
        gtin = self._gtin(_written(code))
        return next(
            (
                _taken_apart(gtin, one)
                for one in self.in_store
                if gtin.startswith("0" + one.prefix)  # the 14th digit of what was an EAN-13
            ),
            Scanned(gtin),
        )

    def _gtin(self, text: str) -> str:
        """Return the 14 digits of a code."""
        short = _SHORT.fullmatch(text)
        expanded = expand_upc_e(text.zfill(8)) if short else None
        if expanded is None:
            return normalise_gtin(text)
        if self.upc_e:
            return expanded
        try:
            return normalise_gtin(text)
        except ValueError:
            return expanded


PLAIN = ItemCodes()
"""GTINs alone: a store without scales of its own."""


def expand_upc_e(code: str) -> str | None:
    """Return the 14-digit GTIN of eight digits of UPC-E; None when they are none.

    The last digit before the check digit says where zeros were left out (GS1 General
    Specifications, 5.2.2.4.2).

    >>> expand_upc_e("04252614")
    '00042100005264'
    """
    system, body, check = code[0], code[1:7], code[7]
    if system not in "01":
        return None
    last = body[5]
    if last in "012":
        middle = f"{body[:2]}{last}0000{body[2:5]}"
    elif last == "3":
        middle = f"{body[:3]}00000{body[3:5]}"
    elif last == "4":
        middle = f"{body[:4]}00000{body[4]}"
    else:
        middle = f"{body[:5]}0000{last}"
    if check_digit(system + middle) != check:
        return None
    return f"{system}{middle}{check}".zfill(GTIN_DIGITS)


def _written(code: object) -> str:
    """Return a code as text, without what a spreadsheet adds."""
    if isinstance(code, bool):
        return str(code)
    if isinstance(code, int):
        return str(code)
    if isinstance(code, float) and code.is_integer():
        return f"{code:.0f}"
    text = code.strip() if isinstance(code, str) else str(code or "")
    found = _SPREADSHEET.fullmatch(text)
    return found[1] if found else text


def _taken_apart(gtin: str, form: InStoreCode) -> Scanned:
    """Return the item and the value in a code of a scale."""
    body = gtin[1:-1]
    item = body[: len(form.prefix) + form.item]
    bare = item.ljust(_BODY, "0")
    value = int(body[_BODY - form.digits :]) / 10**form.decimals
    found = f"0{bare}{check_digit(bare)}"
    if value == 0:
        return Scanned(found)
    return Scanned(found, weight=value) if form.value == "weight" else Scanned(found, price=value)
