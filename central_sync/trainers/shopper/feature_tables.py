"""Layout `feature_sums`: what stores tell for the ranker, by store and period, in parts.

features.parquet (store, period, basis, width, weight, steps, noise, start, values);
`holdout_periods` in dataset.json says how many of the last periods are kept for scoring. Sums over
other columns than this program's are left out: they do not add up with them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from central_sync.ports.training import DataUnusableError
from central_sync.trainers.tables import read_table
from endcap.models.shopper.basis import BASIS, COLUMNS
from endcap.models.shopper.feature_sums import FeatureSums, Moments, added, read

LAYOUT = "feature_sums"
_COLUMNS = (
    "store", "period", "basis", "width", "weight", "steps", "noise", "start", "values",
)  # fmt: skip
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """Moments of some stores and periods, and the noise of the target's figures (its deviation)."""

    moments: Moments
    noise: float
    number: int


@dataclass(frozen=True, slots=True, eq=False)
class FeatureTables:
    """The sums before the last periods, those of the last, and when the former's newest began."""

    training: Told
    held_out: Told
    newest: datetime


def read_feature_sums(data: Path, settings: dict[str, Any]) -> FeatureTables:
    """Return the sums of a folder in this layout.

    Raises:
        DataUnusableError: a file or column is missing or unreadable, or there are not more
            periods than `holdout_periods`.
    """
    table = read_table(data / "features.parquet", _COLUMNS)
    rows = [row for row in table.to_pylist() if _ours(row)]
    periods: list[date] = sorted({row["period"] for row in rows})
    held_out = settings.get("holdout_periods", 1)
    if len(periods) <= held_out:
        raise DataUnusableError(
            f"{data / 'features.parquet'} has {len(periods)} periods of {BASIS} and {held_out} are "
            f"held out; at least {held_out + 1} are needed, so wait for another period"
        )
    edge = periods[len(periods) - held_out] if held_out else date.max
    return FeatureTables(
        training=_together([row for row in rows if row["period"] < edge]),
        held_out=_together([row for row in rows if row["period"] >= edge]),
        newest=datetime.combine(
            max(one for one in periods if one < edge), datetime.min.time(), tzinfo=UTC
        ),
    )


def _ours(row: dict[str, Any]) -> bool:
    """Tell whether a part is of the columns that this program knows."""
    return bool(row["basis"] == BASIS and row["width"] == len(COLUMNS))


def _together(rows: list[dict[str, Any]]) -> Told:
    """Return the sum of all stores and periods: the larger the store, the more weight."""
    parts: dict[tuple[str, date], list[dict[str, Any]]] = {}
    for row in rows:
        parts.setdefault((row["store"], row["period"]), []).append(row)
    return together([(store, _whole(some)) for (store, _), some in parts.items()])


def together(told: Sequence[tuple[str, Told]]) -> Told:
    """Return the sum of what stores told, by store and period.

    The noise is the same for all, so a larger store has more to say. How large it is says the
    weight of all its periods, for that of one is mostly noise.
    """
    asked: dict[str, float] = {}
    for store, one in told:
        asked[store] = asked.get(store, 0.0) + one.moments.weight
    size = np.array([max(asked[store], 0.0) for store, _ in told])
    total = float((size**2).sum())
    weight = size * size.sum() / total if total > 0 else np.ones(len(told))
    moments = added(
        (
            Moments(by * one.moments.gram, by * one.moments.target, by * one.moments.weight)
            for by, (_, one) in zip(weight.tolist(), told, strict=True)
        ),
        len(COLUMNS),
    )
    noise = np.array([one.noise for _, one in told])
    return Told(moments, float(np.sqrt(((weight * noise) ** 2).sum())), len(told))


def _whole(parts: list[dict[str, Any]]) -> Told:
    """Return what one store told of one period."""
    ordered = sorted(parts, key=lambda row: int(row["start"]))
    values = np.concatenate([np.array(row["values"], dtype=np.int64) for row in ordered])
    first = ordered[0]
    try:
        moments = read(FeatureSums(values, int(first["weight"])), int(first["steps"]))
    except ValueError as error:
        raise DataUnusableError(f"features of {first['store']}: {error}") from error
    return Told(moments, float(first["noise"]), 1)
