"""What the usual libraries forecast on the same data: statsforecast and mlforecast, as intended.

Each fits on what comes before the test, sees the same covariates, and answers for the same cells.
They are the extra `peers` and are imported only here, on demand. Decides what each is given and
how much of the data a slow one gets; scores nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from time import process_time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from central_sync.ports.training import Progress
from central_sync.trainers.demand.dataset import DataSet
from endcap.models.demand.panel import Floats, Ints, Panel

MOST_POINTS = 1_200_000
"""A statistical method is given no more than this many periods of series: minutes of one core."""

INSTALL = "pip install 'endcap[peers]'"

_SEED = 0
_LEAST_POINTS = {"day": 15, "week": 8}
_COVARIATES = ("price", "promotion", "holiday", "special", "temperature", "rain")
_TREES: dict[str, Any] = {
    "n_estimators": 300,
    "num_leaves": 63,
    "learning_rate": 0.05,
    "min_child_samples": 20,
    "subsample": 0.8,
    "subsample_freq": 1,
    "colsample_bytree": 0.8,
    "random_state": _SEED,
    "n_jobs": 1,
    "verbosity": -1,
}


@dataclass(frozen=True, slots=True, eq=False)
class Peer:
    """What a library forecast.

    Attributes:
        series: which series it was given: all of them, or a sample.
        data: these series.
        expected: [S, horizon] for these series.
        cpu_s: processor time of fitting and forecasting.
    """

    series: Ints
    data: DataSet
    expected: Floats
    cpu_s: float


def peer_forecasts(
    data: DataSet, progress: Progress, most_points: int = MOST_POINTS
) -> Mapping[str, Peer]:
    """Return the libraries' forecasts by name; without a library, say how to get it."""
    peers: dict[str, tuple[str, Callable[[DataSet], Floats]]] = {
        "statsforecast_autoets": ("statsforecast", _autoets),
        "mlforecast_lightgbm": ("mlforecast", _lightgbm),
    }
    if data.panel.rhythm.period == "week":
        peers["statsforecast_stl_ets"] = ("statsforecast", _stl_ets)
    found = {}
    for name, (library, forecast) in peers.items():
        series = _sample(data, most_points) if library == "statsforecast" else _everything(data)
        drawn = f", drawn with seed {_SEED}" if len(series) < data.panel.series else ""
        progress(f"demand: {name} on {len(series)} of {data.panel.series} series{drawn}")
        chosen = only(data, series)
        begun = process_time()
        try:
            expected = forecast(chosen)
        except ImportError as error:
            progress(f"demand: {name} is left out: {error}; {INSTALL}")
            continue
        found[name] = Peer(series, chosen, np.nan_to_num(expected), process_time() - begun)
    return found


def _everything(data: DataSet) -> Ints:
    """Return all series."""
    return np.arange(data.panel.series)


def _sample(data: DataSet, most_points: int) -> Ints:
    """Return as many series as have so many periods together, drawn by a fixed seed."""
    most = max(1, most_points // data.panel.periods)
    series = _everything(data)
    if len(series) <= most:
        return series
    return np.sort(np.random.default_rng(_SEED).permutation(series)[:most])


def only(data: DataSet, chosen: Ints) -> DataSet:
    """Return the data set of the chosen series."""
    items = tuple(data.items[series] for series in chosen)
    return replace(data, panel=data.panel.only(chosen), store=data.store[chosen], items=items)


def _autoets(data: DataSet) -> Floats:
    """Forecast with exponential smoothing, its form and weights chosen for each series."""
    from statsforecast.models import AutoETS  # noqa: PLC0415 - the extra `peers`

    rhythm = data.panel.rhythm
    return _statistical(data, AutoETS(season_length=rhythm.season if rhythm.season > 1 else 52))


def _stl_ets(data: DataSet) -> Floats:
    """Forecast with a seasonal-trend decomposition by loess, and exponential smoothing of it."""
    from statsforecast.models import MSTL, AutoETS  # noqa: PLC0415 - the extra `peers`

    year = data.panel.rhythm.year
    return _statistical(data, MSTL(season_length=year, trend_forecaster=AutoETS(model="ZZN")))


def _statistical(data: DataSet, model: Any) -> Floats:  # noqa: ANN401 - from a library without types
    """Forecast every series by itself; one too short for the model by its last value."""
    import pandas as pd  # noqa: PLC0415 - the extra `peers`
    from statsforecast import StatsForecast  # noqa: PLC0415 - the extra `peers`
    from statsforecast.models import Naive  # noqa: PLC0415 - the extra `peers`

    known = data.panel.periods if data.rolling else data.first_test
    units = _filled(data.panel.units[:, :known])
    least = _LEAST_POINTS[data.panel.rhythm.period]
    long = np.isfinite(units[:, : data.first_test]).sum(axis=1) >= least
    out = np.full((len(units), data.horizon), np.nan)
    if not long.any():
        return out
    series, period = np.nonzero(np.isfinite(units) & long[:, None])
    table = pd.DataFrame({"unique_id": series, "ds": period, "y": units[series, period]})
    library: Any = StatsForecast(models=[model], freq=1, n_jobs=1, fallback_model=Naive())
    if not data.rolling:
        found = library.forecast(df=table, h=data.horizon)
        out[long] = found.iloc[:, -1].to_numpy().reshape(-1, data.horizon)
        return out
    # fitted once before the test, then told each day's sales without fitting anew
    lead = data.leads[0]
    found = library.cross_validation(
        df=table, h=lead, n_windows=data.horizon, step_size=1, refit=False
    )
    last = found[found["ds"] - found["cutoff"] == lead].sort_values(["unique_id", "ds"])
    out[long] = last[last.columns[-1]].to_numpy().reshape(-1, data.horizon)
    return out


def _filled(units: Floats) -> Floats:
    """Return sales with gaps inside a series' life drawn straight; NaN before its first period."""
    out = units.copy()
    for row in out:
        seen = np.flatnonzero(np.isfinite(row))
        if len(seen):
            inside = np.arange(seen[0], len(row))
            row[inside] = np.interp(inside, seen, row[seen])
    return out


def _lightgbm(data: DataSet) -> Floats:
    """Forecast with one LightGBM for all series, on the usual lags, means and covariates."""
    import lightgbm as lgb  # noqa: PLC0415 - loads for a second
    import pandas as pd  # noqa: PLC0415 - the extra `peers`
    from mlforecast import MLForecast  # noqa: PLC0415 - the extra `peers`
    from mlforecast.lag_transforms import RollingMean  # noqa: PLC0415 - the extra `peers`

    rhythm = data.panel.rhythm
    first = data.leads[0] if data.rolling else 1  # the latest period whose sales are known
    lags, means = ((7, 14, 21, 28), (7, 28)) if rhythm.period == "day" else ((1, 2, 4, 52), (4, 13))
    # money may be taken back, and demand known a week ahead is steady: neither is a Tweedie count
    steady = data.rolling or rhythm.period == "week"
    model = lgb.LGBMRegressor(objective="regression_l1" if steady else "tweedie", **_TREES)
    forecaster = MLForecast(
        models={"model": model},
        freq=1,
        lags=sorted({first, *(lag for lag in lags if lag >= first)}),
        lag_transforms={first: [RollingMean(length, min_samples=1) for length in means]},
    )
    units = _filled(data.panel.units[:, : data.panel.periods if data.rolling else data.first_test])
    table = _table(pd, data.panel, units)
    out = np.full((data.panel.series, data.horizon), np.nan)
    if data.rolling:
        rows: Any = forecaster.preprocess(table, static_features=["group"], dropna=False)
        inputs = [name for name in rows.columns if name not in ("unique_id", "ds", "y")]
        past = rows["ds"] < data.first_test
        model.fit(rows.loc[past, inputs], rows.loc[past, "y"])
        ahead = rows[~past]
        place = (ahead["unique_id"].to_numpy(), ahead["ds"].to_numpy() - data.first_test)
        out[place] = model.predict(ahead[inputs])
        return out
    forecaster.fit(table, static_features=["group"], dropna=False)
    future = _table(pd, data.panel, _ahead(data, np.unique(table["unique_id"])))
    found: Any = forecaster.predict(h=data.horizon, X_df=future.drop(columns=["y", "group"]))
    out[found["unique_id"], found["ds"] - data.first_test] = found["model"]
    return out


def _ahead(data: DataSet, series: NDArray[Any]) -> Floats:
    """Return a mark on each test cell of these series: [S, T]."""
    marks = np.full(data.panel.units.shape, np.nan)
    marks[series, data.first_test :] = 0.0
    return marks


def _table(pd: Any, panel: Panel, units: Floats) -> Any:  # noqa: ANN401 - pandas is optional
    """Return the known cells as a long table with what is known of their periods in advance."""
    series, period = np.nonzero(np.isfinite(units))
    columns = {name: getattr(panel, name)[series, period] for name in _COVARIATES}
    told = {name: column for name, column in columns.items() if np.isfinite(column).any()}
    year = panel.rhythm.year
    return pd.DataFrame(
        {"unique_id": series, "ds": period, "y": units[series, period]}
        | told
        | {
            "weekday": panel.weekday[period],
            "year_day": period % year,
            "group": panel.group[series],
        }
    )
