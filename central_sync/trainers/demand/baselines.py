"""What any shop could do without a model: the forecasts a model must beat.

Uses what was known at each cut and nothing else. Fits nothing.
"""

from collections.abc import Callable, Mapping

import numpy as np

from central_sync.trainers.demand.dataset import Cut, DataSet
from endcap.models.demand.panel import Floats, Panel, window

Baseline = Callable[[Panel, Cut], Floats]


def baseline_forecasts(data: DataSet) -> Mapping[str, Floats]:
    """Return the baselines' forecasts of the test periods by name: [S, horizon] each."""
    return {
        name: np.concatenate([forecast(data.panel, cut) for cut in data.test_cuts()], axis=1)
        for name, forecast in _baselines(data.panel).items()
    }


def _baselines(panel: Panel) -> Mapping[str, Baseline]:
    """Return the baselines that suit the panel's rhythm."""
    if panel.rhythm.period == "week":
        return {
            "seasonal_naive_52": lambda panel, cut: _season(panel, cut, 52, 1),
            "mean_8": lambda panel, cut: _mean(panel, cut, 8),
        }
    return {
        "seasonal_naive_7": lambda panel, cut: _season(panel, cut, 7, 1),
        "weekday_mean_4": lambda panel, cut: _season(panel, cut, 7, 4),
        "mean_28": lambda panel, cut: _mean(panel, cut, 28),
    }


def _known_mean(values: Floats) -> Floats:
    """Return the mean of what is known along the last axis; 0 where nothing is."""
    seen = np.isfinite(values)
    total = np.where(seen, values, 0.0).sum(axis=-1)
    mean: Floats = total / np.maximum(seen.sum(axis=-1), 1)
    return mean


def _mean(panel: Panel, cut: Cut, length: int) -> Floats:
    """Return the mean of the last `length` periods for every lead: [S, H]."""
    recent = _known_mean(window(panel.units, cut.origin - length + 1, cut.origin))
    return np.repeat(recent[:, None], len(cut.leads), axis=1)


def _season(panel: Panel, cut: Cut, season: int, seasons: int) -> Floats:
    """Return the mean of the same place in the last `seasons` seasons; the mean where unknown."""
    lead = np.asarray(cut.leads)
    latest = season * seasons - 1 + lead - season * -(-lead // season)
    past = window(panel.units, cut.origin - season * seasons + 1, cut.origin)
    columns = latest[:, None] - season * np.arange(seasons)
    alike = past[:, np.clip(columns, 0, None)]
    known = np.isfinite(alike).any(axis=-1)
    return np.where(known, _known_mean(alike), _mean(panel, cut, 8))
