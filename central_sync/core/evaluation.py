"""What a model scored, and what a comparison of two found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a model scored on a directory of data. `metrics` are JSON values, keys as documented."""

    task: str
    data_name: str
    data_sha256: str
    model_name: str
    model_version: str
    model_sha256: str
    metrics: Mapping[str, Any]
    baselines: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PartScore:
    """Candidate against champion on a part of the held-out rows.

    Attributes:
        by: what the rows were parted by: segment, store, region or origin.
        name: the part.
        rows: how many rows it has.
        share: its part of all that was sold.
        candidate: the metric of the candidate; `champion` likewise, None without one.
        low: the interval of the relative change, below 0 is better; None where there is none.
        high: its upper end.
    """

    by: str
    name: str
    rows: int
    share: float
    candidate: float
    champion: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Candidate against champion on the same held-out rows: who serves, and why."""

    promote: bool
    reason: str
    metric: str
    candidate: float
    champion: float | None
    rows: int
    parts: tuple[PartScore, ...] = ()
