"""What watching for drift needs: the scores that stores told, and the alarms that follow."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from central_sync.core.drift import Change


@dataclass(frozen=True, slots=True)
class Drifted:
    """An alarm of a store's item group that opened or ended; no group is the whole store."""

    store: str
    group: str
    change: Change


@dataclass(frozen=True, slots=True)
class Judged:
    """What a step did: how many stores it took in, and what changed."""

    stores: int
    changes: tuple[Drifted, ...]


class DriftBook(Protocol):
    """Judges what stores told of their forecasts, each day once, in steps that may be interrupted.

    `judge` takes in what is new of at most `stores` stores, and journals which alarms opened and
    ended, in the same write. `forget` deletes old scores of at most `stores` stores, of days before
    `day`, and returns of how many.
    """

    async def judge(self, stores: int, at: datetime) -> Judged: ...

    async def forget(self, day: date, stores: int) -> int: ...
