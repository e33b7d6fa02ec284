"""What a rehearsed fleet is like and what goes wrong in it: the faults file.

Says which settings there are and what they mean. A file that says nothing is a fleet where all goes
well. Drawing the stores is fleet.py's, letting things go wrong the others'.
"""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from endcap.plumbing.config_file import load
from endcap.plumbing.config_values import Duration, Settings, between, closest, refusal
from endcap.wire.identifiers import Name

Portion = Annotated[float, Field(ge=0.0, le=1.0)]
Factor = Annotated[float, Field(gt=0.0, le=100.0)]
CrashState = Literal["fetching", "rehearsing", "shadow", "probation", "rolling_back", "committed"]


def _weights(weights: dict[str, float]) -> dict[str, float]:
    """Refuse weights of which none counts."""
    if any(weight < 0 for weight in weights.values()) or not sum(weights.values()) > 0:
        raise refusal("a weight of 0 or more for each, one of them above 0")
    return weights


Weights = Annotated[dict[Name, float], Field(min_length=1, max_length=50), AfterValidator(_weights)]
"""How often each value comes, relative to the others."""


class FleetSettings(Settings):
    """What kinds of store there are."""

    regions: Weights = Field(
        default={"north": 4.0, "south": 3.5, "islands": 2.5}, description="By share."
    )
    devices: Weights = Field(
        default={"raspberry-pi5": 5.0, "jetson-orin": 2.0, "x86-mini": 3.0},
        description="By share.",
    )
    sizes: Weights = Field(
        default={"small": 5.0, "middle": 4.0, "large": 1.0}, description="By share."
    )


class NetworkSettings(Settings):
    """What becomes of messages between the stores and the centre."""

    latency: Annotated[Duration, between("1ms", "1m")] = Field(
        default=timedelta(milliseconds=150), description="The mean; half of them take less."
    )
    duplicated: Portion = Field(default=0.0, description="Messages that come twice.")
    reordered: Portion = Field(
        default=0.0, description="Messages that come up to a minute late, behind younger ones."
    )
    lost: Portion = Field(default=0.0, description="Messages that never come.")


class OfflineSettings(Settings):
    """Stores that are not always there."""

    nightly: Portion = Field(default=0.0, description="Stores that are there only from 22 to 6.")
    away: Portion = Field(default=0.0, description="Stores that are away when it begins.")
    away_for: Annotated[Duration, between("1m", "60d")] = Field(
        default=timedelta(days=3), description="For how long at most; each for a part of it."
    )


class SpeedSettings(Settings):
    """How fast stores download."""

    kilobytes_per_second: float = Field(default=1000.0, gt=0, description="Most stores.")
    slow: Portion = Field(default=0.0, description="Stores with a slow line.")
    slow_kilobytes_per_second: float = Field(default=20.0, gt=0, description="A slow line.")


class ClockSettings(Settings):
    """Clocks that are wrong."""

    wrong: Portion = Field(default=0.0, description="Stores whose clock is wrong.")
    by: Annotated[Duration, between("1s", "30d")] = Field(
        default=timedelta(minutes=10), description="By how much at most, in either direction."
    )


class InstallSettings(Settings):
    """Installs that do not go well."""

    failing: Portion = Field(
        default=0.0, description="Stores whose rehearsal refuses the release, for their own reason."
    )
    damaged: Portion = Field(default=0.0, description="Stores whose first download comes damaged.")
    always_damaged: Portion = Field(
        default=0.0, description="Stores where no download ever comes whole."
    )


class CrashSettings(Settings):
    """Power cuts."""

    share: Portion = Field(default=0.0, description="Stores whose power fails in an update.")
    states: tuple[CrashState, ...] = Field(
        default=("fetching", "rehearsing", "shadow", "probation", "rolling_back", "committed"),
        min_length=1,
        description="In which of its states; each store in one of them.",
    )
    times: int = Field(default=1, ge=1, le=10, description="How many times in a row.")
    down: Annotated[Duration, between("1s", "7d")] = Field(
        default=timedelta(minutes=2), description="How long the store is off each time."
    )


class Effect(Settings):
    """How the release fares, compared with what it replaces, in some stores or in all."""

    kind: Name = Field(description="Which of its models.")
    regions: tuple[Name, ...] = Field(default=(), description="Where; everywhere when absent.")
    devices: tuple[Name, ...] = Field(default=(), description="On which; on all when absent.")
    sizes: tuple[Name, ...] = Field(default=(), description="In which; in all when absent.")
    errors: Portion = Field(default=0.0, description="Share of its runs that fail.")
    latency: Factor = Field(default=1.0, description="Times the old one's.")
    error: Factor = Field(default=1.0, description="Times the old one's; below 1 it is better.")
    agreement: Portion = Field(default=0.97, description="How like the old one's its answers are.")
    from_stage: Literal["shadow", "probation"] = Field(
        default="shadow", description="From when on it shows."
    )


class Outage(Settings):
    """A time in which something is not there."""

    what: Literal["broker", "centre"] = Field(description="The broker, or the centre's program.")
    begins: Annotated[Duration, between("0s", "60d")] = Field(description="After the begin.")
    lasts: Annotated[Duration, between("1s", "30d")] = Field(description="For how long.")


class Faults(Settings):
    """A fleet and its troubles, whole."""

    fleet: FleetSettings = Field(default=FleetSettings(), description="The kinds of store.")
    network: NetworkSettings = Field(default=NetworkSettings(), description="Messages.")
    offline: OfflineSettings = Field(default=OfflineSettings(), description="Absent stores.")
    speed: SpeedSettings = Field(default=SpeedSettings(), description="Downloads.")
    clocks: ClockSettings = Field(default=ClockSettings(), description="Wrong clocks.")
    installs: InstallSettings = Field(default=InstallSettings(), description="Bad installs.")
    crashes: CrashSettings = Field(default=CrashSettings(), description="Power cuts.")
    effects: tuple[Effect, ...] = Field(
        default=(), max_length=50, description="What the release does to its stores."
    )
    outages: tuple[Outage, ...] = Field(default=(), max_length=50, description="Outages.")

    @model_validator(mode="after")
    def _effects_meet_stores(self) -> "Faults":
        """Refuse an effect on a kind of store that the fleet does not have."""
        for at, one in enumerate(self.effects):
            for name in ("regions", "devices", "sizes"):
                known = list(getattr(self.fleet, name))
                for place, word in enumerate(getattr(one, name)):
                    if word not in known:
                        near = closest(word, known)
                        allowed = f"one of fleet.{name}: {', '.join(known)}"
                        raise refusal(allowed, near, at=("effects", at, name, place))
        return self


def load_faults(path: Path | None) -> Faults:
    """Return the faults in `path`; without one, all goes well.

    Raises:
        ConfigError: anything is wrong with it; it tells all of it, a line each.
    """
    return Faults() if path is None else load(path, Faults)
