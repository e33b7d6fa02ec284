"""What an experiment has shown so far: which arm is better, and whether it harms or is skewed.

Bounds hold at every look at once (core/sequential), so looking daily and stopping early is sound.
A figure is that of a unit; where the unit is the store, a store is one unit, whatever its size.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from central_sync.core.experiments.life import Event
from central_sync.core.experiments.plan import LESS_IS_BETTER, Plan
from central_sync.core.sequential import Bounds, Sums, difference, share

SKEW_ERROR = 0.001
"""The chance to call arms skewed that are not, over all looks."""

Figures = Mapping[str, Mapping[str, Sums]]
"""Sums by arm and metric."""


class Verdict(Enum):
    """What is known of an arm beside the control."""

    UNKNOWN = "unknown"
    BETTER = "better"
    WORSE = "worse"


@dataclass(frozen=True, slots=True)
class ArmJudged:
    """An arm beside the control: by how much it is above, in each figure, and what that means."""

    arm: str
    verdict: Verdict
    above: Mapping[str, Bounds] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Judged:
    """An experiment as it stands; `event` is what has to happen to it, with the reason."""

    arms: tuple[ArmJudged, ...]
    event: Event | None = None
    reason: str = ""


def judge(plan: Plan, figures: Figures) -> Judged:
    """Return what is known by now; what harms, or compares unlike things, has to stop."""
    control, *others = (arm.arm for arm in plan.arms)
    error = plan.error / len(others)
    arms = tuple(_beside(plan, figures, (control, arm), error) for arm in others)
    skewed = _skewed(plan, figures)
    if skewed:
        return Judged(arms, Event.SKEW, skewed)
    harmed = next((why for one in arms for why in _harms(plan, one)), "")
    return Judged(arms, Event.HARM if harmed else None, harmed)


def added(told: Iterable[tuple[str, str, Sums]]) -> dict[str, dict[str, Sums]]:
    """Return the sums of all stores together, from (arm, metric, sums of one store)."""
    found: dict[str, dict[str, Sums]] = {}
    for arm, metric, sums in told:
        of_arm = found.setdefault(arm, {})
        of_arm[metric] = of_arm.get(metric, Sums()) + sums
    return found


def _beside(plan: Plan, figures: Figures, pair: tuple[str, str], error: float) -> ArmJudged:
    control, arm = (figures.get(name, {}) for name in pair)
    above: dict[str, Bounds] = {
        metric: difference(arm[metric], control[metric], error)
        for metric in (plan.metric, *plan.guards)
        if metric in arm and metric in control
    }
    found = above.get(plan.metric)
    if found is None or found.low <= 0 <= found.high:
        return ArmJudged(pair[1], Verdict.UNKNOWN, above)
    more, less_is_better = found.low > 0, plan.metric in LESS_IS_BETTER
    return ArmJudged(pair[1], Verdict.BETTER if more != less_is_better else Verdict.WORSE, above)


def _harms(plan: Plan, one: ArmJudged) -> Iterable[str]:
    """Yield why an arm harms: a guarded figure is surely worse by more than is allowed."""
    for metric, allowed in plan.guards.items():
        found = one.above.get(metric)
        if found is None:
            continue
        least = found.low if metric in LESS_IS_BETTER else -found.high
        if least > allowed:
            yield (
                f"{one.arm}: {metric} is worse by {abs(found.value):.4g}"
                f" (at least {least:.4g}); {allowed:.4g} was allowed"
            )


def _skewed(plan: Plan, figures: Figures) -> str:
    """Return why the arms have not the shares they should have, or an empty text.

    Then who came into which arm hangs together with the arm, and no figure means anything.
    """
    if plan.interleave or plan.unit == "store":
        return ""
    units = {arm.arm: _units(figures.get(arm.arm, {})) for arm in plan.arms}
    tries, weight = sum(units.values()), sum(arm.weight for arm in plan.arms)
    for arm in plan.arms:
        wanted = arm.weight / weight
        found = share(units[arm.arm], tries, wanted, SKEW_ERROR / len(plan.arms))
        if found.low > 0 or found.high < 0:
            has = units[arm.arm] / tries
            return (
                f"{arm.arm} has {has:.1%} of {tries} units where {wanted:.1%} were to be:"
                " the arms cannot be compared"
            )
    return ""


def _units(of_arm: Mapping[str, Sums]) -> int:
    return max((one.units for one in of_arm.values()), default=0)
