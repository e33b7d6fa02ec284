"""What a person plans: an experiment, what it is judged by, and what it must not harm."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from central_sync.core.experiments.life import ExperimentRefusedError
from endcap.wire.experiments import Arm, Experiment
from endcap.wire.identifiers import Name, StoreId
from endcap.wire.values import Instant

Metric = Literal["tap_rate", "buy_rate", "dismiss_rate", "empty_rate", "spend", "team_wins"]
GUARDS: Mapping[Metric, float] = {"empty_rate": 0.02, "dismiss_rate": 0.05}
"""What is guarded where the plan does not say."""
LESS_IS_BETTER = frozenset({"dismiss_rate", "empty_rate"})
LONGEST = timedelta(days=60)
"""Stores remember answers for longer than this."""
MAX_STORES = 10_000
_PAIR = 2


class Plan(BaseModel):
    """An experiment as a person writes it.

    `metric` decides. `guards` are how much worse another figure may become, in its own unit (0.02:
    two of a hundred answers more are empty); more than that stops it. `error` is the chance of
    calling a difference that is not there, over all looks and all arms. `stores` and `regions`
    narrow where it runs; both empty is everywhere. The first arm is the control.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    experiment: Name
    unit: Literal["shopper", "session", "store"] = "session"
    metric: Metric = "tap_rate"
    arms: tuple[Arm, ...] = Field(min_length=2, max_length=8)
    first: Instant
    last: Instant
    interleave: bool = False
    guards: Mapping[Metric, Annotated[float, Field(ge=0.0)]] = Field(
        default_factory=lambda: dict(GUARDS)
    )
    error: Annotated[float, Field(gt=0.0, le=0.5)] = 0.05
    stores: tuple[StoreId, ...] = Field(default=(), max_length=MAX_STORES)
    regions: tuple[Annotated[str, Field(max_length=100)], ...] = Field(default=(), max_length=200)

    @model_validator(mode="after")
    def _hangs_together(self) -> "Plan":
        if not timedelta() < self.last - self.first <= LONGEST:
            raise ValueError(f"an experiment lasts up to {LONGEST.days} days, and more than none")
        names = [arm.arm for arm in self.arms]
        if len(set(names)) < len(names):
            raise ValueError("two arms have one name")
        if self.interleave and len(self.arms) != _PAIR:
            raise ValueError("a list is shared by two arms")
        if self.interleave != (self.metric == "team_wins"):
            raise ValueError("interleave = true goes with metric = 'team_wins', and only with it")
        if "spend" in (self.metric, *self.guards) and self.unit != "shopper":
            raise ValueError("what somebody spends is known of shoppers only: unit = 'shopper'")
        if self.metric in self.guards or "team_wins" in self.guards:
            raise ValueError("a guard is another figure than the one that decides")
        return self

    @property
    def settings(self) -> frozenset[tuple[str, str]]:
        """Return what any of its arms sets, by part and name."""
        return frozenset(
            (part, name) for arm in self.arms for part, own in arm.settings.items() for name in own
        )

    def is_for(self, store: str, region: str) -> bool:
        """Tell whether it runs in a store of a region."""
        everywhere = not self.stores and not self.regions
        return everywhere or store in self.stores or (bool(region) and region in self.regions)

    def wire(self, salt: str) -> Experiment:
        """Return what stores are told of it."""
        own = {"metric", "guards", "error", "stores", "regions"}
        return Experiment.model_validate({**self.model_dump(exclude=own), "salt": salt})


def check_apart(new: Plan, running: Iterable[Plan]) -> None:
    """Refuse an experiment that another one would disturb.

    Raises:
        ExperimentRefusedError: both set the same thing, or both share lists of results.
    """
    for one in running:
        both = new.settings & one.settings
        if both:
            part, name = min(both)
            raise ExperimentRefusedError(
                f"{one.experiment} runs and sets {part}.{name} too; stop it first"
            )
        if new.interleave and one.interleave:
            raise ExperimentRefusedError(
                f"{one.experiment} runs and shares lists of results too; stop it first"
            )
