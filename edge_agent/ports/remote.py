"""Settings and errands from afar: who keeps them, judges them, and carries them out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from edge_agent.core.errands import Errand
from edge_agent.core.remote_config import Standing
from endcap.wire import orders


class SettingsBook(Protocol):
    """Keeps where settings from afar stand; what `keep` wrote survives a power cut when it returns.

    Each change is noted in the audit log; `settle` notes what was decided before the database was
    open.
    """

    async def standing(self) -> Standing: ...

    async def keep(self, standing: Standing, at: datetime) -> None: ...

    async def settle(self, at: datetime) -> Standing: ...


SettingsJudge = Callable[[Mapping[str, object]], str]
"""Returns why the store cannot have settings, on one line; an empty text when it can."""


class Signs(Protocol):
    """The signs that the store has come up.

    `missing` returns in a few words what is missing, and an empty text when the store serves and
    has its link, where it has one at all.
    """

    async def missing(self) -> str: ...


class ErrandBook(Protocol):
    """The journal of errands; what a method wrote survives a power cut when it returns.

    `take` adds one unless it is there, and returns whether it was new. `open` returns those that
    are not over, the oldest first.
    """

    async def take(self, order: orders.Errand, at: datetime) -> bool: ...

    async def open(self) -> tuple["OpenErrand", ...]: ...

    async def advance(self, errand: Errand, at: datetime) -> None: ...


@dataclass(frozen=True, slots=True)
class OpenErrand:
    """An errand that is not over, the number of its order, and until when it is good."""

    errand: Errand
    counter: int
    expires: datetime


class CentreUnheardError(Exception):
    """The centre did not answer, or cannot take it now; try again later."""


class BundleRefusedError(Exception):
    """The centre will not take the bundle, or there is no centre; the message says why."""


class BundleMaker(Protocol):
    """Makes a report of how the store is: JSON of a bounded size, nothing personal or secret."""

    async def make(self, at: datetime) -> bytes: ...


class BundleTaker(Protocol):
    """Takes a bundle to the centre under an order's number; again, it replaces the one before.

    Raises CentreUnheardError and BundleRefusedError.
    """

    async def bring(self, counter: int, bundle: bytes) -> None: ...
