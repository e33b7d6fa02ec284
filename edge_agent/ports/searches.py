"""The store's own record of what was searched for, and what the centre is told of it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from edge_agent.core.searches import Asked, DaySearches


class SearchBook(Protocol):
    """Reads a day's searches, and tells the centre of them: in one write with the note of it.

    `facts_of` returns them with the GTINs of the catalogue. `record` tells nothing that says what
    was told of that day already.
    """

    async def facts_of(self, day: date) -> tuple[Sequence[Asked], frozenset[str]]: ...

    async def record(
        self, day: date, told: DaySearches, minimum_group: int, at: datetime
    ) -> bool: ...
