"""The days to come as one JSON document: `endcap.wire.commands.Feed`, and what others write.

A row that cannot be read is refused with its place and never stops the others; a document that is
none is refused whole. Where documents come from is not known here: a file, or an answer over HTTP.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from edge_agent.core.feed.rows import MAX_RAW, MAX_REASON, Refused, RowError
from endcap.wire.commands import (
    CalendarDay,
    Feed,
    LocalEvent,
    PriceChange,
    Promotion,
    Weather,
)
from endcap.wire.envelope import first_problem

MAX_DOCUMENT = 4 * 1024 * 1024
"""The most bytes that a document has."""

_ROWS: Mapping[str, type[BaseModel]] = {
    "prices": PriceChange,
    "promotions": Promotion,
    "weather": Weather,
    "local_events": LocalEvent,
    "calendar": CalendarDay,
}
_MOST = {name: next(one.max_length for one in Feed.model_fields[name].metadata) for name in _ROWS}


@dataclass(frozen=True, slots=True)
class Document:
    """What could be read of a document, and what could not; a refusal's line counts its rows."""

    feed: Feed
    refused: tuple[Refused, ...] = ()

    @property
    def accepted(self) -> int:
        """Return how many rows could be read."""
        return sum(len(getattr(self.feed, name)) for name in _ROWS)


def read_document(content: bytes, version: int | None = None) -> Document:
    """Return what a JSON feed says.

    A document that has no version of its own is of `version`.

    Raises:
        RowError: it is no JSON feed, or has no version.
    """
    found = _object(content)
    if found.get("kind", "endcap.feed.v1") != "endcap.feed.v1":
        raise RowError(f"kind: 'endcap.feed.v1' is allowed, not {str(found['kind'])[:60]!r}")
    refused: list[Refused] = []
    rows: dict[str, tuple[BaseModel, ...]] = {}
    for name in _ROWS:
        rows[name] = _read(name, found.get(name, []), refused)
    try:
        told = found.get("version", version)
        return Document(Feed.model_validate({"version": told, **rows}), tuple(refused))
    except ValidationError as error:
        raise RowError(first_problem(error)) from None


def read_open_meteo(content: bytes, version: int) -> Document:
    """Return the weather in an answer of Open-Meteo's forecast API.

    It is asked with `daily=temperature_2m_mean,precipitation_sum` and the store's own `timezone`,
    in degrees Celsius and millimetres. A day without a temperature is left out: it is one that is
    too far ahead.

    Raises:
        RowError: it is no such answer, or one in other units.
    """
    found = _object(content)
    daily, units = found.get("daily"), found.get("daily_units", {})
    if not isinstance(daily, dict) or not isinstance(units, dict):
        raise RowError(
            f"daily: an object is wanted; {str(found.get('reason', 'it is absent'))[:160]}"
        )
    for name, unit in (("temperature_2m_mean", "°C"), ("precipitation_sum", "mm")):
        if units.get(name, unit) != unit:
            raise RowError(f"{name}: {unit} is wanted, not {str(units[name])[:20]}")
    days, warmth = _list(daily, "time"), _list(daily, "temperature_2m_mean")
    rain = _list(daily, "precipitation_sum") if "precipitation_sum" in daily else [0.0] * len(days)
    if not len(days) == len(warmth) == len(rain):
        raise RowError(f"daily: {len(days)} days, {len(warmth)} temperatures, {len(rain)} rains")
    rows = [
        {"day": its, "temperature": mean, "rain": fell or 0.0}
        for its, mean, fell in zip(days, warmth, rain, strict=True)
        if mean is not None
    ]
    refused: list[Refused] = []
    weather = _read("weather", rows, refused)
    return Document(Feed(version=version, weather=weather), tuple(refused))


Format = Callable[[bytes, int], Document]
"""Reads what somebody's server answers, as of a version that is newer than all before.

Raises RowError when nothing in it can be read.
"""

FORMATS: Mapping[str, Format] = {"endcap": read_document, "open-meteo": read_open_meteo}
"""What a server may speak; another format is another function here."""


def _object(content: bytes) -> dict[str, Any]:
    """Return a JSON object."""
    if len(content) > MAX_DOCUMENT:
        raise RowError(f"longer than {MAX_DOCUMENT} bytes")
    try:
        found = from_json(content, allow_inf_nan=False)
    except ValueError as error:
        raise RowError(f"not JSON: {error}") from None
    if not isinstance(found, dict):
        raise RowError(f"a JSON object is wanted, not {type(found).__name__}")
    return found


def _list(daily: dict[str, Any], name: str) -> list[Any]:
    found = daily.get(name)
    if not isinstance(found, list):
        raise RowError(f"daily.{name}: a list is wanted")
    return found


def _read(name: str, rows: object, refused: list[Refused]) -> tuple[BaseModel, ...]:
    """Return the rows under `name` that can be read; the others are added to `refused`."""
    line = len(refused) + 1
    if not isinstance(rows, list):
        refused.append(Refused(line, f"{name}: a list is wanted; all of it was passed over", ""))
        return ()
    read: list[BaseModel] = []
    for number, row in enumerate(rows, 1):
        try:
            found = _ROWS[name].model_validate(row)
        except ValidationError as error:
            why = first_problem(error)
        else:
            if len(read) < _MOST[name]:
                read.append(found)
                continue
            why = f"{_MOST[name]} rows are allowed"
        reason = f"{name} {number}: {why}"[:MAX_REASON]
        refused.append(Refused(len(refused) + 1, reason, str(row)[:MAX_RAW]))
    return tuple(read)
