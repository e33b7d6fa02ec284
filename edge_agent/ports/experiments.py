"""What runs as an experiment in this store, and the book of what its arms did."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from edge_agent.core.experiment_sums import Tried
from endcap.wire.experiments import Experiment
from endcap.wire.shopper_events import ArmTally


@dataclass(frozen=True, slots=True)
class ExperimentFacts:
    """An experiment's answers from its first day to the end of `day`, and what its units bought."""

    experiment: Experiment
    day: date
    tried: tuple[Tried, ...]
    spend: Mapping[str, float]


class ExperimentReads(Protocol):
    """The experiments that the centre ordered last, over or not; an order that expired is none."""

    async def ordered(self, at: datetime) -> tuple[Experiment, ...]: ...


class ExperimentBook(ExperimentReads, Protocol):
    """Reads what arms did, and tells the centre: in one write with the note that it was told.

    `record` tells nothing that says what was told of that day already.
    """

    async def facts_of(self, one: Experiment, day: date) -> ExperimentFacts: ...

    async def record(
        self, experiment: str, day: date, arms: Sequence[ArmTally], at: datetime
    ) -> bool: ...
