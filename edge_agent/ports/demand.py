"""What the store expects to sell, what it then sold, and the books of both."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from edge_agent.core.scoring import Expected, Sold
from endcap.wire.events import ForecastScored


@dataclass(frozen=True, slots=True)
class ScoreFacts:
    """A day's forecast, made before it began, and its tally; `changes` as in DayFacts."""

    day: date
    expected: tuple[Expected, ...]
    sold: Mapping[str, Sold]
    changes: int


class ScoreBook(Protocol):
    """The tallied days whose forecast is not scored, or not as the day is known now.

    `record` keeps a score with its event if it is new; None when there was nothing to score.
    """

    async def unscored_days(self) -> tuple[date, ...]: ...

    async def facts_of(self, day: date) -> ScoreFacts: ...

    async def record(
        self, facts: ScoreFacts, scored: ForecastScored | None, at: datetime
    ) -> None: ...
