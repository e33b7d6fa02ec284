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
class Verdict:
    """Candidate against champion on the same held-out rows: who serves, and why."""

    promote: bool
    reason: str
    metric: str
    candidate: float
    champion: float | None
    rows: int
