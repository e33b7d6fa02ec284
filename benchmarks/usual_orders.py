"""Quantile forecasts as shops without a model of their own make them, to order by.

A point forecast (the mean of 28 days, the last week's same day, the mean of the last four) plus the
empirical quantiles of its own residuals in the series' recent past; and, where mlforecast is
installed, LightGBM's quantile objective on lags, as its documentation has it. All look only at what
was known at the cut.
"""

import importlib.util
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from central_sync.trainers.demand.dataset import Cut, DataSet
from endcap.models.demand.panel import IN_STOCK, Floats, Panel, window

LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
"""The levels that every usual method answers."""

_RESIDUALS = 56
Point = Callable[[Floats, int], Floats]
"""From sales [S, T] to the forecast of every column from those `lead` and more before it."""


def usual_quantiles(data: DataSet) -> Mapping[str, Floats]:
    """Return the quantiles of the test periods by method: [S, horizon, len(LEVELS)] each."""
    found = simple_quantiles(data)
    if not data.rolling and importlib.util.find_spec("mlforecast"):
        found["mlforecast LightGBM quantile, recursive"] = _lightgbm(data, direct=False)
        found["mlforecast LightGBM quantile, direct"] = _lightgbm(data, direct=True)
    return found


def simple_quantiles(data: DataSet) -> dict[str, Floats]:
    """Return those of the methods that need no library, each in two ways.

    One has the residuals of all days as they sold, the other of days in stock alone.
    """
    found: dict[str, Floats] = {}
    for name, point in _POINTS.items():
        for kind in ("as sold", "in stock"):
            parts = [_quantiles(data.panel, cut, point, kind) for cut in data.test_cuts()]
            found[f"{name}, residuals {kind}"] = np.concatenate(parts, axis=1)
    return found


def _quantiles(panel: Panel, cut: Cut, point: Point, kind: str) -> Floats:
    """Return point forecast plus residual quantiles at one cut: [S, leads, levels]."""
    seen = panel.units[:, : cut.origin + 1]
    ahead = np.pad(seen, ((0, 0), (0, max(cut.leads))), constant_values=np.nan)
    out = np.empty((len(seen), len(cut.leads), len(LEVELS)))
    for place, lead in enumerate(cut.leads):
        forecast = point(ahead, lead)
        error = seen - forecast[:, : seen.shape[1]]
        if kind == "in stock":
            error = np.where(panel.in_stock[:, : seen.shape[1]] >= IN_STOCK, error, np.nan)
        recent = window(error, seen.shape[1] - _RESIDUALS, seen.shape[1] - 1)
        spread = _spread(recent)
        out[:, place] = forecast[:, cut.origin + lead, None] + spread
    return np.maximum(np.sort(out, axis=2), 0.0)


def _spread(residuals: Floats) -> Floats:
    """Return the residuals' quantiles [S, levels]; nothing is known of a series without any."""
    known = np.asarray(np.isfinite(residuals))
    empty = known.sum(axis=1, keepdims=True) == 0
    spread: Floats = np.nanquantile(np.where(empty, 0.0, residuals), LEVELS, axis=1).T
    return spread


def _mean_28(units: Floats, lead: int) -> Floats:
    """Return the mean of the 28 days that end `lead` days before each column."""
    return _mean_of(_shifted(units, lead + ago) for ago in range(28))


def _last_week(units: Floats, lead: int) -> Floats:
    """Return the latest same weekday that is known `lead` days before each column."""
    return _shifted(units, 7 * -(-lead // 7))


def _four_weeks(units: Floats, lead: int) -> Floats:
    """Return the mean of the latest four same weekdays."""
    first = 7 * -(-lead // 7)
    return _mean_of(_shifted(units, first + 7 * week) for week in range(4))


_POINTS: Mapping[str, Point] = {
    "mean of 28 days": _mean_28,
    "seasonal naive": _last_week,
    "weekday mean of 4 weeks": _four_weeks,
}


def _shifted(units: Floats, by: int) -> Floats:
    """Return each column's value `by` columns before it; NaN where there is none."""
    out = np.full_like(units, np.nan)
    out[:, by:] = units[:, : units.shape[1] - by]
    return out


def _mean_of(arrays: Iterable[Floats]) -> Floats:
    """Return the mean of what is known of several arrays, cell by cell."""
    total, count = np.zeros(1), np.zeros(1)
    for one in arrays:
        total = total + np.nan_to_num(one)
        count = count + np.isfinite(one)
    mean: Floats = np.where(count > 0, total / np.maximum(count, 1.0), np.nan)
    return mean


def _lightgbm(data: DataSet, *, direct: bool) -> Floats:
    """Return mlforecast's LightGBM quantiles: a model a level, or a level and day if `direct`.

    Learns from sales as they were, like any library that does not know of empty shelves.
    """
    import lightgbm as lgb  # noqa: PLC0415 - only where it is asked for
    from mlforecast import MLForecast  # noqa: PLC0415 - likewise
    from mlforecast.lag_transforms import RollingMean  # noqa: PLC0415 - likewise

    table = _long(data)
    past = table[table["ds"] < data.first_test].dropna(subset=["y"])
    models = {
        f"q{level}": lgb.LGBMRegressor(
            objective="quantile",
            alpha=level,
            n_estimators=150,
            num_leaves=31,
            learning_rate=0.08,
            min_child_samples=40,
            n_jobs=1,
            verbosity=-1,
            random_state=0,
        )
        for level in LEVELS
    }
    forecaster = MLForecast(
        models=models,
        freq=1,
        lags=[1, 2, 3, 7, 14, 21, 28],
        lag_transforms={1: [RollingMean(7), RollingMean(28)]},
    )
    days = data.horizon if direct else None
    forecaster.fit(past, static_features=[], dropna=True, max_horizon=days)
    future = table[table["ds"] >= data.first_test].drop(columns=["y"])
    future = future[future["unique_id"].isin(past["unique_id"])]
    told = forecaster.predict(data.horizon, X_df=future)
    out = np.zeros((data.panel.series, data.horizon, len(LEVELS)))
    rows, columns = told["unique_id"].to_numpy(), told["ds"].to_numpy() - data.first_test
    for place, level in enumerate(LEVELS):
        out[rows, columns, place] = told[f"q{level}"].to_numpy()
    return np.maximum(np.sort(out, axis=2), 0.0)


def _long(data: DataSet) -> Any:  # noqa: ANN401 - pandas ships no types here
    """Return the panel as the long table that libraries want: unique_id, ds, y and covariates."""
    import pandas as pd  # noqa: PLC0415 - only where it is asked for

    panel = data.panel
    series, periods = panel.units.shape
    table = {
        "unique_id": np.repeat(np.arange(series), periods),
        "ds": np.tile(np.arange(periods), series),
        "y": panel.units.ravel(),
        "price": np.nan_to_num(panel.price, nan=1.0).ravel(),
        "promotion": panel.promotion.ravel(),
        "holiday": panel.holiday.ravel(),
        "weekday": np.tile(panel.weekday, series),
    }
    return pd.DataFrame(table)
