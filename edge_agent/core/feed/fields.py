"""Reads one field of a row: text, a number, a GTIN, a moment, yes or no.

Each raises RowError with the field's name, what is allowed and what came instead. Which fields a
row has is not known here.
"""

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from edge_agent.core.feed.rows import Fields, RowError
from endcap.wire.identifiers import NAME_PATTERN, normalise_gtin

_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(?:[.,][0-9]{1,15})?")
_WHOLE = re.compile(r"[+-]?[0-9]{1,15}")
_NAME = re.compile(NAME_PATTERN)
_FORMULA = ("=", "@")
_YES = frozenset({"1", "true", "yes", "y"})
_NO = frozenset({"", "0", "false", "no", "n"})


@dataclass(frozen=True, slots=True)
class Span:
    """The smallest and the largest number that is allowed."""

    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Times:
    """The store's own time zone, and the moments a row may speak of."""

    zone: tzinfo
    earliest: datetime
    latest: datetime


def text(fields: Fields, name: str, most: int) -> str:
    """Return the text of a field, trimmed; empty when the row lacks it."""
    value = fields.get(name)
    if isinstance(value, str):
        found = value.strip()
    elif value is None:
        found = ""
    elif isinstance(value, int) and not isinstance(value, bool):
        found = str(value)
    else:
        raise _wrong(name, "text", value)
    if found.startswith(_FORMULA):
        raise _wrong(name, "a value, not a formula", found)
    if not found.isprintable():
        raise _wrong(name, "text without control characters", found)
    if len(found) > most:
        raise _wrong(name, f"text of at most {most} characters", found)
    return found


def present(fields: Fields, name: str, most: int) -> str:
    """Return the text of a field that must not be empty."""
    found = text(fields, name, most)
    if not found:
        raise RowError(f"{name} is empty")
    return found


def number(fields: Fields, name: str, span: Span) -> float:
    """Return a number; both 1.99 and 1,99 are read, thousands separators are not."""
    found = _float(fields, name)
    if not span.least <= found <= span.most:
        raise _wrong(name, f"a number from {span.least:g} to {span.most:g}", fields.get(name))
    return found


def optional_number(fields: Fields, name: str, span: Span) -> float | None:
    """Return a number, or None when the field is empty."""
    value = fields.get(name)
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    return number(fields, name, span)


def _float(fields: Fields, name: str) -> float:
    """Return a field as a finite float."""
    value = fields.get(name)
    if isinstance(value, str):
        trimmed = value.strip()
        if _NUMBER.fullmatch(trimmed):
            return float(trimmed.replace(",", "."))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        try:
            found = float(value)
        except OverflowError:
            found = math.inf
        if math.isfinite(found):
            return found
    raise _wrong(name, "a number such as 2, 1.99 or 1,99", value)


def whole(fields: Fields, name: str, span: Span) -> int:
    """Return a whole number."""
    value = fields.get(name)
    if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
        value = int(value)
    if type(value) is not int or not span.least <= value <= span.most:
        allowed = f"a whole number from {span.least:g} to {span.most:g}"
        raise _wrong(name, allowed, fields.get(name))
    return value


def gtin(fields: Fields, name: str = "gtin") -> str:
    """Return an item's GTIN in 14 digits. A JSON number is taken as its digits."""
    value = fields.get(name)
    if type(value) is int:
        value = str(value)
    try:
        return normalise_gtin(value.strip() if isinstance(value, str) else str(value or ""))
    except ValueError as problem:
        raise RowError(f"{name}: {_short(str(problem), 160)}") from None


def name_of(fields: Fields, name: str) -> str:
    """Return a name as the wire allows it: a camera's, a facing's."""
    found = present(fields, name, 63).lower()
    if not _NAME.fullmatch(found):
        raise _wrong(name, "lower-case letters, digits, '_', '.' and '-'", found)
    return found


def moment(fields: Fields, name: str, times: Times) -> datetime:
    """Return a moment in UTC; without a zone it is the store's own time."""
    value = fields.get(name)
    try:
        found = datetime.fromisoformat(value.strip() if isinstance(value, str) else "")
        if found.tzinfo is None:
            found = found.replace(tzinfo=times.zone)
        found = found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _wrong(name, "a moment such as 2026-01-31T17:05:00", value) from None
    if not times.earliest <= found <= times.latest:
        span = f"{times.earliest:%Y-%m-%d} to {times.latest:%Y-%m-%dT%H:%MZ}"
        raise _wrong(name, f"a moment from {span}", value)
    return found


def yes(fields: Fields, name: str) -> bool:
    """Return yes or no; an empty field is no."""
    value = fields.get(name)
    if value is None or isinstance(value, bool):
        return bool(value)
    said = str(value).strip().lower()
    if said in _YES:
        return True
    if said in _NO:
        return False
    raise _wrong(name, "1, 0, true, false, yes or no", value)


def _wrong(name: str, allowed: str, value: object) -> RowError:
    """Return the error for a field that holds `value` where `allowed` was wanted."""
    return RowError(f"{name}: {allowed} is allowed, not {_short(repr(value), 60)}")


def _short(words: str, most: int) -> str:
    """Return `words`, cut where they are longer than `most`."""
    return words if len(words) <= most else f"{words[: most - 1]}…"
