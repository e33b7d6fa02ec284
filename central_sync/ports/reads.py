"""What the dashboard reads."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from central_sync.core.evaluation import PartScore
from central_sync.core.experiments.showing import Kept
from central_sync.core.fleet import StoreRecord
from central_sync.core.forecast_scores import Alarm, DayScore, GroupScore, StoreScore
from central_sync.core.overview import (
    Moment,
    OpenGap,
    Release,
    Training,
    UnknownFacing,
    Version,
    Wish,
)
from central_sync.core.rollouts.facts import Store
from central_sync.core.rollouts.progress import Progress
from central_sync.ports.rollouts import KeptRollout


class CentreUnreadableError(Exception):
    """The centre's database did not answer; the message says why, in one line."""


class FleetReads(Protocol):
    """What is known of the stores, by name; `fleet` starts after a name.

    This and LearningReads raise CentreUnreadableError when the disk does not answer.
    """

    async def fleet(self, after: str, limit: int) -> tuple[StoreRecord, ...]: ...

    async def store(self, name: str) -> StoreRecord | None: ...

    async def last_seen(self) -> tuple[datetime, ...]: ...


class ShelfReads(Protocol):
    """Facings that stand empty, or unknown ones, the oldest first: of one store, or of all."""

    async def open_gaps(self, store: str | None, limit: int) -> tuple[OpenGap, ...]: ...

    async def unknown_facings(self, store: str | None, limit: int) -> tuple[UnknownFacing, ...]: ...


class LearningReads(Protocol):
    """What was trained and released, newest first, and what each store should want."""

    async def models(self) -> tuple[Version, ...]: ...

    async def trainings(self, limit: int) -> tuple[Training, ...]: ...

    async def releases(self, limit: int) -> tuple[Release, ...]: ...

    async def wishes(self, stores: Sequence[str]) -> Mapping[str, Wish]: ...


class ExperimentReads(Protocol):
    """Every experiment, the newest first, or the one named."""

    async def experiments(self, name: str | None = None) -> Sequence[Kept]: ...


class DemandReads(Protocol):
    """How forecasts fared since a day, in a store or (None) in the fleet, and which of them drift.

    A group without a name is all items. `alarms` are the open ones, newest first, and behind them
    those that closed since a day. `contests` are the last trainings that came to a verdict, and
    `training_parts` how candidate and champion compared on each part of the held-out rows.
    """

    async def score_days(
        self, store: str | None, group: str, since: date
    ) -> tuple[DayScore, ...]: ...

    async def score_groups(
        self, store: str | None, since: date, limit: int
    ) -> tuple[GroupScore, ...]: ...

    async def worst_stores(self, since: date, limit: int) -> tuple[StoreScore, ...]: ...

    async def alarms(self, limit: int, closed_since: date | None = None) -> tuple[Alarm, ...]: ...

    async def open_alarms(self) -> Mapping[str, int]: ...

    async def contests(self, limit: int) -> tuple[Training, ...]: ...

    async def training_parts(self, training: int) -> tuple[PartScore, ...]: ...


class RolloutReads(Protocol):
    """How releases go to the stores. `rollouts` come newest first, without a look at the stores.

    `rollout` looks at every store; `exposed` are those that got the release, by name, from after a
    name; `timeline` is what one store was given in a rollout, and what it told of it, in order.
    """

    async def rollouts(self, limit: int) -> tuple[KeptRollout, ...]: ...

    async def rollout(self, number: int, at: datetime) -> Progress | None: ...

    async def exposed(
        self, number: int, after: str, limit: int, at: datetime
    ) -> tuple[Store, ...]: ...

    async def timeline(self, number: int, store: str) -> tuple[Moment, ...]: ...
