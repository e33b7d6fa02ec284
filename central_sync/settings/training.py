"""When which kind of model is trained at the centre, and who works on it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from central_sync.core.training import Rule
from endcap.plumbing.config_values import Duration, Settings, between


class KindTraining(Settings):
    """When one kind of model is trained again, and when the new one wins."""

    enabled: bool = Field(default=True, description="Whether this kind is trained here.")
    minimum_new_events: int = Field(
        default=50, ge=1, le=1_000_000_000, description="News since the last time that make a try."
    )
    not_more_often_than: Annotated[Duration, between("1s", "365d")] = Field(
        default=timedelta(hours=20), description="The least time between two tries."
    )
    margin: float = Field(
        default=0.0,
        ge=0.0,
        le=1.0,
        description="By which share the new one must be better than the champion.",
    )
    time_limit: Annotated[Duration, between("1s", "7d")] = Field(
        default=timedelta(hours=2), description="A try that takes longer is ended."
    )
    drifting_share: float = Field(
        default=0.1,
        ge=0.0,
        le=1.0,
        description="The share of stores whose drifting forecasts make a try before its time.",
    )


def _rule(kind: KindTraining) -> Rule:
    """Return one kind's settings as the core reads them."""
    return Rule(
        minimum_new_events=kind.minimum_new_events,
        not_more_often_than=kind.not_more_often_than,
        margin=kind.margin,
        time_limit=kind.time_limit,
        enabled=kind.enabled,
        drifting_share=kind.drifting_share,
    )


class ExecutorSettings(Settings):
    """Who works on the groups of stores of a training."""

    kind: Literal["processes", "dask"] = Field(
        default="processes",
        description="Processes of this machine, or a Dask cluster (needs `endcap[cluster]`).",
    )
    workers: int = Field(
        default=1, ge=1, le=1024, description="How many groups are worked at the same time here."
    )
    scheduler: str | None = Field(
        default=None,
        pattern=r"^(tcp|tls)://[^\s/:]+:\d{1,5}$",
        description="The address of the cluster's scheduler; without it a cluster on this machine.",
    )

    @property
    def words(self) -> tuple[str, ...]:
        """What `central-sync train` is told of it."""
        words = ("--executor", self.kind, "--workers", str(self.workers))
        return (*words, "--scheduler", self.scheduler) if self.scheduler else words


class TrainingSettings(Settings):
    """Learning from what the stores send."""

    enabled: bool = Field(default=True, description="Whether the centre trains by itself.")
    check_every: Annotated[Duration, between("1s", "7d")] = Field(
        default=timedelta(minutes=5), description="How often to see whether there is enough news."
    )

    @property
    def rules(self) -> Mapping[str, Rule]:
        """When each kind is tried again."""
        kinds = {"demand": self.demand, "shopper": self.shopper}
        kinds |= {"shopper_ranker": self.shopper_ranker, "gaps": self.gaps}
        return {kind: _rule(one) for kind, one in kinds.items()}

    executor: ExecutorSettings = Field(
        default=ExecutorSettings(), description="Who works on a training."
    )
    demand: KindTraining = Field(default=KindTraining(), description="The demand forecast.")
    shopper: KindTraining = Field(default=KindTraining(), description="The recommendations.")
    shopper_ranker: KindTraining = Field(
        default=KindTraining(), description="The order of the recommendations."
    )
    gaps: KindTraining = Field(
        default=KindTraining(minimum_new_events=100),
        description="What facings look like, from what people say of them.",
    )
