"""What the centre tells each store of the days to come: parts for all, a region, or one store.

The narrower part goes before the wider, row by row. What has long been over is left out. Nothing is
sent here, and whom a store believes is its own to decide.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from pydantic import BaseModel, ValidationError

from central_sync.core.assignments import next_counter
from endcap.wire.commands import (
    CalendarDay,
    Feed,
    LocalEvent,
    PriceChange,
    Promotion,
    Weather,
)
from endcap.wire.envelope import first_problem

KEEPS = timedelta(days=28)
"""How long a store that was away still learns of what is over."""

MAX_BYTES = 1024 * 1024
"""The longest feed that a store takes."""

_MORE = 20

ROWS: Mapping[str, type[BaseModel]] = {
    "prices": PriceChange,
    "promotions": Promotion,
    "weather": Weather,
    "local_events": LocalEvent,
    "calendar": CalendarDay,
}

Key = tuple[Any, ...]
_KEYS: Mapping[str, Callable[[Any], Key]] = {
    "prices": lambda one: (one.since, one.gtin),
    "promotions": lambda one: (one.first, one.gtin),
    "weather": lambda one: (one.day,),
    "local_events": lambda one: (one.day, one.name),
    "calendar": lambda one: (one.day, one.kind),
}


class FeedProblemError(ValueError):
    """A feed cannot be as it is written; `problems` says why, a line each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(problems[0])
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a part is for: a store, a region, or all for neither."""

    region: str = ""
    store: str = ""

    def __str__(self) -> str:
        """Return it as it is kept: `all`, `region north`, `store s-0001`."""
        if self.store:
            return f"store {self.store}"
        return f"region {self.region}" if self.region else "all"


def audiences(store: str, region: str) -> tuple[str, ...]:
    """Return whose parts a store gets, the widest first."""
    of_region = (str(Audience(region=region)),) if region else ()
    return ("all", *of_region, str(Audience(store=store)))


@dataclass(frozen=True, slots=True)
class StoreFeed:
    """A store, and the last word to it; version 0 when there was none. `told` when a broker had it.

    `region` is empty where the store has not said where it is.
    """

    store: str
    region: str = ""
    version: int = 0
    digest: str = ""
    told: bool = False


@dataclass(frozen=True, slots=True)
class Word:
    """What a store is to be told: a feed of a version, as JSON."""

    store: str
    version: int
    digest: str
    payload: bytes


def feed_of(content: Mapping[str, Any]) -> Feed:
    """Return the part that a person wrote: the fields of a feed, without a version.

    Raises:
        FeedProblemError: anything is wrong; it tells all of it, up to twenty lines.
    """
    found = [
        f"{name}: no such field; {', '.join(ROWS)} are" for name in content.keys() - ROWS.keys()
    ]
    for name, kind in ROWS.items():
        rows = content.get(name, [])
        if isinstance(rows, list | tuple):
            found += (f"{name} {n}: {why}" for n, why in _problems(kind, rows))
        else:
            found.append(f"{name}: a list is wanted")
    if found:
        raise FeedProblemError(found[:_MORE])
    try:
        feed = Feed.model_validate({**content, "version": 1})
    except ValidationError as error:
        raise FeedProblemError([first_problem(error)]) from None
    _fits(feed)
    return feed


def _problems(kind: type[BaseModel], rows: Iterable[object]) -> Iterable[tuple[int, str]]:
    """Yield what is wrong with rows: the number of each, from 1, and why."""
    known = kind.model_fields.keys()
    for number, row in enumerate(rows, 1):
        try:
            kind.model_validate(row)
        except ValidationError as error:
            yield number, first_problem(error)
            continue
        unknown = sorted(row.keys() - known) if isinstance(row, Mapping) else []
        if unknown:
            yield number, f"{', '.join(unknown)}: no such field; {', '.join(known)} are"


def composed(parts: Sequence[Feed], today: date) -> Feed:
    """Return the feed of those who get `parts`, the widest first, as of version 1.

    Raises:
        FeedProblemError: together they are more than a store takes.
    """
    since = today - KEEPS
    rows: dict[str, list[Any]] = {}
    for name, key in _KEYS.items():
        by_key = {key(row): row for part in parts for row in getattr(part, name)}
        rows[name] = [by_key[place] for place in sorted(by_key) if _ends(by_key[place]) >= since]
    try:
        feed = Feed.model_validate({"version": 1, **rows})
    except ValidationError as error:
        raise FeedProblemError([first_problem(error)]) from None
    _fits(feed)
    return feed


def _ends(row: PriceChange | Promotion | Weather | LocalEvent | CalendarDay) -> date:
    """Return the last day that a row is about."""
    if isinstance(row, PriceChange):
        return row.since.date()
    return row.last if isinstance(row, Promotion) else row.day


def _fits(feed: Feed) -> None:
    size = len(feed.model_dump_json().encode())
    if size > MAX_BYTES - 100:  # the version may become longer
        raise FeedProblemError([f"{size} bytes as JSON; {MAX_BYTES} are allowed"])


def digest_of(feed: Feed) -> str:
    """Return a digest of what a feed says, whatever its version."""
    said = feed.model_copy(update={"version": 1}).model_dump_json()
    return hashlib.sha256(said.encode()).hexdigest()


def word_to(one: StoreFeed, feed: Feed, digest: str, at: datetime, *, again: bool) -> Word | None:
    """Return what to tell a store that should know `feed`, or None when it was told.

    What changed is told under a higher version. A store that was never told anything is not told
    that there is nothing.
    """
    if digest == one.digest:
        return _word(one, feed, digest, one.version) if again or not one.told else None
    if one.version == 0 and not any(getattr(feed, name) for name in ROWS):
        return None
    return _word(one, feed, digest, next_counter(one.version, at))


def _word(one: StoreFeed, feed: Feed, digest: str, version: int) -> Word:
    said = feed.model_copy(update={"version": version})
    return Word(one.store, version, digest, said.model_dump_json().encode())
