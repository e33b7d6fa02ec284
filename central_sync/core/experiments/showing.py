"""An experiment as people and programs see it: where it stands, its figures, its journal."""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from central_sync.core.experiments.judging import Figures, judge
from central_sync.core.experiments.telling import Standing
from central_sync.core.sequential import Bounds


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of an experiment's journal."""

    event: str
    at: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Kept:
    """An experiment as it stands; `stores` is how many told of it."""

    standing: Standing
    figures: Figures
    stores: int
    journal: tuple[Entry, ...]


def plainly(one: Kept) -> dict[str, Any]:
    """Return an experiment as JSON can say it; a bound that is not known is null."""
    plan, judged = one.standing.plan, judge(one.standing.plan, one.figures)
    return {
        "experiment": plan.experiment,
        "state": one.standing.state.value,
        "since": one.standing.since.isoformat(),
        "unit": plan.unit,
        "metric": plan.metric,
        "stores": one.stores,
        "plan": plan.model_dump(mode="json"),
        "figures": {
            arm: {name: {"units": sums.units, "mean": sums.mean} for name, sums in of_arm.items()}
            for arm, of_arm in one.figures.items()
        },
        "arms": [
            {
                "arm": arm.arm,
                "verdict": arm.verdict.value,
                "above_control": {metric: _bounds(found) for metric, found in arm.above.items()},
            }
            for arm in judged.arms
        ],
        "problem": judged.reason,
        "journal": [
            {
                "event": entry.event,
                "at": entry.at.isoformat(),
                "by": entry.by,
                "reason": entry.reason,
            }
            for entry in one.journal
        ],
    }


def _bounds(found: Bounds) -> dict[str, float | None]:
    known = {"value": found.value, "low": found.low, "high": found.high}
    return {name: one if math.isfinite(one) else None for name, one in known.items()}
