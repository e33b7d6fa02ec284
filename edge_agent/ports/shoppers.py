"""People whom the store remembers, and what they may ask of it.

A card is what the till knows of a loyalty card. It is never kept, and never told to a log.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Remembered:
    """A shopper who agreed: the pseudonym, since when (None: all along), how, and diets."""

    name: str
    since: datetime | None
    source: str
    diets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Export:
    """Everything the store has of one person: rows by table, without the pseudonym."""

    remembered: Remembered | None
    records: Mapping[str, tuple[Mapping[str, Any], ...]]


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure took: rows that went or lost their shopper, and files that were rewritten."""

    rows: int
    files: int


class ErasureError(Exception):
    """Not every trace could be erased; the message says what is left, and what to do."""


class Erasures(Protocol):
    """Remembers who was erased, by marks that tell nobody.

    `since` says when the last of `names` was erased, None when none was.
    """

    def since(self, names: Collection[str]) -> datetime | None: ...

    def add(self, names: Collection[str], at: datetime) -> None: ...


class Cards(Protocol):
    """Turns a card into a shopper, if its holder agreed; None for anybody else."""

    async def remembered(self, card: str) -> Remembered | None: ...


class Consents(Cards, Protocol):
    """Takes down what shoppers said; `who` did so is noted in the audit log, the card is not.

    `set_diets` returns None, and keeps nothing, for a card whose holder did not agree.
    """

    async def agree(self, card: str, source: str, who: str, at: datetime) -> Remembered: ...

    async def set_diets(
        self, card: str, diets: Collection[str], who: str, at: datetime
    ) -> Remembered | None: ...


class Persons(Protocol):
    """Hands over, or erases, everything the store has of one person.

    Raises ErasureError when a trace is left; to erase again is safe. `who` asked is noted.
    """

    async def export(self, card: str, who: str, at: datetime) -> Export: ...

    async def erase(self, card: str, who: str, at: datetime) -> Erased: ...


class PersonCare(Protocol):
    """Forgets people by itself; both return how much there was to do, and are safe to repeat.

    `erase_again` erases whoever was erased before and is here all the same; `forget` takes the
    shopper out of a step of what is from before a moment.
    """

    async def erase_again(self, at: datetime) -> int: ...

    async def forget(self, before: datetime) -> int: ...
