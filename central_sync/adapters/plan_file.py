"""Reads a rollout's plan from a TOML file, or says what is wrong with it, with line and column.

What a plan means is core/rollouts' to say; this only knows how people write one.
"""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, model_validator

from central_sync.core.rollouts.plan import MAX_APPROVALS, Bar, Gates, Plan, Wave
from endcap.plumbing.config_file import load
from endcap.plumbing.config_values import Duration, LayoutVersion, Settings, between, refusal

Chance = Annotated[float, Field(gt=0.0, lt=1.0)]
Part = Annotated[float, Field(ge=0.0, le=1.0)]
Stratum = Literal["region", "device", "size"]

_PLAN = TypeAdapter(Plan)
_STANDARD = Gates()


class WaveSettings(Settings):
    """A part of the fleet that gets the release together; each wave holds those before it."""

    name: str = Field(default="", max_length=40, description="What people call it.")
    share: Annotated[float, Field(gt=0.0, le=1.0)] | None = Field(
        default=None, description="Which share of the fleet has the release by its end."
    )
    count: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        default=None, description="How many stores have it by its end, instead of a share."
    )
    soak: Annotated[Duration, between("0s", "90d")] = Field(
        default=timedelta(), description="How long to wait once all have answered."
    )
    patience: Annotated[Duration, between("1s", "90d")] = Field(
        default=timedelta(days=1), description="How long those that do not answer are waited for."
    )
    approvals: int = Field(
        default=0, ge=0, le=MAX_APPROVALS, description="How many people must agree before it."
    )

    @model_validator(mode="after")
    def _has_a_size(self) -> "WaveSettings":
        """Refuse a wave with two sizes, or none."""
        if (self.share is None) == (self.count is None):
            raise refusal("a wave says `share = 0.1` or `count = 5`, one of them")
        return self


class BarSettings(Settings):
    """How many stores may do badly at a gate."""

    tolerated: Chance | None = Field(
        default=None, description="The share of bad stores that is no reason to stop at once."
    )
    allowed: Part | None = Field(
        default=None, description="The share of bad stores, at a wave's end, that may go on."
    )
    minimum: Annotated[int, Field(ge=0, le=1_000_000)] | None = Field(
        default=None, description="How many answers are needed to go on."
    )
    error: Chance | None = Field(
        default=None, description="The chance to stop at once for nothing that is accepted."
    )

    def over(self, standard: Bar) -> Bar:
        """Return the bar, with the standard's values where nothing was said."""
        return Bar(
            tolerated=standard.tolerated if self.tolerated is None else self.tolerated,
            allowed=standard.allowed if self.allowed is None else self.allowed,
            minimum=standard.minimum if self.minimum is None else self.minimum,
            error=standard.error if self.error is None else self.error,
        )


class LatencySettings(BarSettings):
    """When a store is slow."""

    ratio: float = Field(
        default=_STANDARD.latency_ratio, ge=1.0, description="Slow is so many times the champion's."
    )
    slack_ms: float = Field(
        default=_STANDARD.latency_slack, ge=0.0, description="And at least so many ms more."
    )
    runs: int = Field(default=_STANDARD.runs, ge=1, description="Fewer runs say nothing.")


class QualitySettings(BarSettings):
    """When a store has larger errors."""

    worse_by: float = Field(
        default=_STANDARD.worse_by, ge=0.0, description="Worse is larger by more than this share."
    )
    truths: int = Field(default=_STANDARD.truths, ge=1, description="Fewer truths say nothing.")
    sure: float = Field(
        default=_STANDARD.sure,
        ge=0.0,
        description="And more often worse than better, by so many standard deviations.",
    )


class AgreementSettings(BarSettings):
    """When a store gets quite other answers."""

    least: Part = Field(
        default=_STANDARD.least_agreement, description="Less alike is bad; 0 asks nothing."
    )


class GateSettings(Settings):
    """What is asked of the stores that got the release."""

    installs: BarSettings = Field(default=BarSettings(), description="Whether it was committed.")
    latency: LatencySettings = Field(default=LatencySettings(), description="Whether it is slow.")
    quality: QualitySettings = Field(default=QualitySettings(), description="Whether it errs more.")
    agreement: AgreementSettings = Field(
        default=AgreementSettings(), description="Whether it answers alike."
    )

    def gates(self) -> Gates:
        """Return the gates as the core reads them."""
        return Gates(
            installs=self.installs.over(_STANDARD.installs),
            latency=self.latency.over(_STANDARD.latency),
            quality=self.quality.over(_STANDARD.quality),
            agreement=self.agreement.over(_STANDARD.agreement),
            latency_ratio=self.latency.ratio,
            latency_slack=self.latency.slack_ms,
            worse_by=self.quality.worse_by,
            sure=self.quality.sure,
            least_agreement=self.agreement.least,
            runs=self.latency.runs,
            truths=self.quality.truths,
        )


class PlanSettings(Settings):
    """A plan, whole."""

    version: LayoutVersion = Field(default=1, description="The version of this file's layout.")
    strata: tuple[Stratum, ...] = Field(
        default=("region", "device", "size"), description="What the first stores are spread over."
    )
    waves: tuple[WaveSettings, ...] = Field(
        min_length=1, max_length=20, description="The waves; the first is the canary."
    )
    gates: GateSettings = Field(default=GateSettings(), description="What stops it.")

    @model_validator(mode="after")
    def _ends_with_everybody(self) -> "PlanSettings":
        """Refuse a plan that leaves stores behind."""
        if self.waves[-1].share != 1:
            last = len(self.waves) - 1
            raise refusal("the last wave goes to everybody: share = 1.0", at=("waves", last))
        return self


def load_plan(path: Path) -> Plan:
    """Return the plan in `path`.

    Raises:
        ConfigError: anything is wrong; it tells all of it, a line each.
    """
    read = load(path, PlanSettings)
    waves = tuple(Wave(**wave.model_dump()) for wave in read.waves)
    return Plan(waves=waves, gates=read.gates.gates(), strata=tuple(read.strata))


def plan_as_json(plan: Plan) -> str:
    """Return a plan as the database keeps it."""
    return _PLAN.dump_json(plan).decode()


def plan_from_json(text: str) -> Plan:
    """Return a plan that the database kept."""
    return _PLAN.validate_json(text)
