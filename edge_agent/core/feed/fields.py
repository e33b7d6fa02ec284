"""Reads one field of a row: text, a number, a share, a GTIN, a day, a moment, yes or no.

Each raises RowError with the field's name, what is allowed and what came instead. Which fields a
row has is not known here.
"""

import math
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo

from edge_agent.core.feed.item_codes import PLAIN, ItemCodes, Scanned
from edge_agent.core.feed.rows import Fields, RowError
from endcap.wire.identifiers import NAME_PATTERN

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


def filled(fields: Fields, name: str) -> bool:
    """Tell whether a row says anything in a field."""
    value = fields.get(name)
    return value is not None and not (isinstance(value, str) and not value.strip())


def number(fields: Fields, name: str, span: Span) -> float:
    """Return a number; both 1.99 and 1,99 are read, thousands separators are not."""
    found = _float(fields, name)
    if not span.least <= found <= span.most:
        raise _wrong(name, f"a number from {span.least:g} to {span.most:g}", fields.get(name))
    return found


def optional_number(fields: Fields, name: str, span: Span) -> float | None:
    """Return a number, or None when the field is empty."""
    return number(fields, name, span) if filled(fields, name) else None


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


def share(fields: Fields, name: str, span: Span) -> float:
    """Return a share of one: 0.2, 0,2 and 20 % are the same."""
    value = fields.get(name)
    if not (isinstance(value, str) and value.strip().endswith("%")):
        return number(fields, name, span)
    parts = {name: value.strip()[:-1].rstrip()}
    return number(parts, name, Span(100 * span.least, 100 * span.most)) / 100


def scanned(fields: Fields, codes: ItemCodes = PLAIN, name: str = "gtin") -> Scanned:
    """Return what an item's code stands for. A JSON number is taken as its digits."""
    try:
        return codes.read(fields.get(name))
    except ValueError as problem:
        raise RowError(f"{name}: {_short(str(problem), 160)}") from None


def gtin(fields: Fields, name: str = "gtin", codes: ItemCodes = PLAIN) -> str:
    """Return an item's GTIN in 14 digits."""
    return scanned(fields, codes, name).gtin


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
        found = _written_moment(value)
        if found.tzinfo is None:
            found = found.replace(tzinfo=times.zone)
        found = found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _wrong(name, "a moment such as 2026-01-31T17:05:00", value) from None
    if not times.earliest <= found <= times.latest:
        span = f"{times.earliest:%Y-%m-%d} to {times.latest:%Y-%m-%dT%H:%MZ}"
        raise _wrong(name, f"a moment from {span}", value)
    return found


def clock_note(fields: Fields, name: str, times: Times) -> str:
    """Return what was made of a local time that its night had twice, or not at all; else "".

    Python reads the first of the two, and a time that was jumped over as if the clock had not been
    put on yet; see PEP 495.
    """
    local = _written_moment(fields.get(name))
    if local.tzinfo is not None:
        return ""
    first = local.replace(tzinfo=times.zone)
    if first.utcoffset() == first.replace(fold=1).utcoffset():
        return ""
    meant = first.astimezone(UTC)
    hint = "write times with their zone"
    if meant.astimezone(times.zone).replace(tzinfo=None) == local:
        return f"{name}: {local:%H:%M} came twice that night; taken as the first of them; {hint}"
    shown = meant.astimezone(times.zone)
    return f"{name}: {local:%H:%M} was jumped over that night; taken as {shown:%H:%M}; {hint}"


def _written_moment(value: object) -> datetime:
    """Return a moment as it is written; raises ValueError."""
    return datetime.fromisoformat(value.strip() if isinstance(value, str) else "")


def day(fields: Fields, name: str, times: Times) -> date:
    """Return a day of the store's own calendar."""
    value = fields.get(name)
    try:
        found = date.fromisoformat(value.strip() if isinstance(value, str) else "")
    except ValueError:
        raise _wrong(name, "a day such as 2026-01-31", value) from None
    if not times.earliest.date() <= found <= times.latest.date():
        span = f"{times.earliest:%Y-%m-%d} to {times.latest:%Y-%m-%d}"
        raise _wrong(name, f"a day from {span}", value)
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
