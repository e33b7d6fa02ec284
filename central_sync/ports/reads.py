"""What the dashboard reads."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from central_sync.core.fleet import StoreRecord
from central_sync.core.overview import OpenGap, Release, Training, Version, Wish


class CentreUnreadableError(Exception):
    """The centre's database did not answer; the message says why, in one line."""


class FleetReads(Protocol):
    """What is known of the stores, by name; `fleet` starts after a name.

    This and LearningReads raise CentreUnreadableError when the disk does not answer.
    """

    async def fleet(self, after: str, limit: int) -> tuple[StoreRecord, ...]: ...

    async def store(self, name: str) -> StoreRecord | None: ...

    async def last_seen(self) -> tuple[datetime, ...]: ...


class GapReads(Protocol):
    """The facings that stand empty, the oldest first: of one store, or of all."""

    async def open_gaps(self, store: str | None, limit: int) -> tuple[OpenGap, ...]: ...


class LearningReads(Protocol):
    """What was trained and released, newest first, and what each store should want."""

    async def models(self) -> tuple[Version, ...]: ...

    async def trainings(self, limit: int) -> tuple[Training, ...]: ...

    async def releases(self, limit: int) -> tuple[Release, ...]: ...

    async def wishes(self, stores: Sequence[str]) -> Mapping[str, Wish]: ...
