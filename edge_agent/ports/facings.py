"""What is known of single facings: the gaps and what they cost, the past, and what people say.

Each method raises StoreUnreadableError when the store's disk does not answer, `said`
StoreUnwritableError when it takes no more, and then nothing was kept.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from edge_agent.ports.kiosk import Facing

Said = Literal["empty", "low", "full", "unsure"]
"""What a person who stands before a facing says of it."""


@dataclass(frozen=True, slots=True)
class OpenGap:
    """A facing that stands empty; `certain` is False while it is out of sight.

    `by` says who found it. `lost_units` is what it has probably cost since it opened.
    """

    camera: str
    facing: str
    gtin: str | None
    name: str | None
    since: datetime
    probability: float
    certain: bool
    by: str
    expected_today: float | None
    lost_units: float | None


@dataclass(frozen=True, slots=True)
class KnownGaps:
    """The gaps that stand open, the oldest first, and what all gaps of today cost today."""

    open: tuple[OpenGap, ...]
    lost_today: float | None


@dataclass(frozen=True, slots=True)
class Turn:
    """A facing became `state`, since `since`; written down at `at`.

    `seer` is camera or person; `probability`, `frames` and `picture` (SHA-256) are what a gap was
    found by.
    """

    at: datetime
    state: str
    since: datetime
    reason: str
    seer: str
    probability: float | None
    frames: int | None
    picture: str | None


@dataclass(frozen=True, slots=True)
class FacingHistory:
    """What a facing is, and its past, the newest first."""

    facing: Facing
    turns: tuple[Turn, ...]


class FacingBook(Protocol):
    """What the store knows of facings, and takes in from people.

    `said` keeps what a person says, with its event, and returns what the facing is then; the same
    answer again changes nothing. `history` and `said` return None for a facing that is not planned.
    """

    async def gaps(self, at: datetime) -> KnownGaps: ...

    async def history(self, camera: str, facing: str, limit: int) -> FacingHistory | None: ...

    async def said(self, camera: str, facing: str, answer: Said, at: datetime) -> Facing | None: ...
