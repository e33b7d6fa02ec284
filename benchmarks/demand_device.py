"""What forecasting a whole store costs its device: processor time of one thread, and memory.

    python -m benchmarks.demand_device [--items N] [--horizon H] [--model DIR] [--json]

A made-up store of weekly rhythms, promotions, feasts and stock-outs over 420 days. Measured are the
features and the model's answer together, each in a process of its own, beside what the same rows
cost the bare ONNX session, and what mlforecast's `predict` costs for the same items and days (150
trees of 63 leaves, five lags and two means, fitted before the clock starts). Memory is the peak
above what the process held with its imports, the store's panel and the model loaded. Nothing here
judges the figures.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import numpy as np

from endcap.models.demand.features import FEATURES, features_at
from endcap.models.demand.outlook import outlook_of, reading_of
from endcap.models.demand.panel import DAILY, Panel
from endcap.plumbing.onnx_session import Session, open_session
from endcap.plumbing.packaged import reference_models
from endcap.wire.manifest import ModelManifest

DAYS = 420
PARTS = ("store", "features", "session", "mlforecast")
_TREES: dict[str, Any] = {"n_estimators": 150, "num_leaves": 63, "n_jobs": 1, "verbosity": -1}
_RARE = 0.05
_LEARNED_ITEMS = 200  # enough to grow mlforecast's trees on


def store(items: int, horizon: int) -> Panel:
    """Return a store's sales; those of the days to come are unknown."""
    rng = np.random.default_rng(0)
    shape = (items, DAYS + horizon)
    weekday = np.arange(shape[1], dtype=np.int64) % 7
    promotion = (rng.random(shape) < _RARE).astype(np.float64)
    weekend = 1 + 0.3 * np.isin(weekday, (5, 6))
    rate = rng.gamma(1.0, 4.0, (items, 1)) * weekend * (1 + promotion)
    units = rng.poisson(rate).astype(np.float64)
    units[:, DAYS:] = np.nan
    return Panel(
        units=units,
        in_stock=np.where(rng.random(shape) < _RARE, 0.5, 1.0),
        price=np.where(promotion > 0, 1.6, 2.0) * np.ones(shape),
        promotion=promotion,
        holiday=np.tile((np.arange(shape[1]) % 61 == 0).astype(np.float64), (items, 1)),
        special=np.zeros(shape),
        group=np.zeros(items, dtype=np.int64),
        weekday=weekday,
        rhythm=DAILY,
        item=np.arange(items, dtype=np.int64),
        category=np.arange(items, dtype=np.int64) % 40,
        month_day=np.arange(shape[1], dtype=np.int64) % 30 + 1,
        temperature=np.tile(rng.normal(12.0, 6.0, shape[1]), (items, 1)),
        rain=np.tile(rng.gamma(0.3, 4.0, shape[1]), (items, 1)),
    )


def resident() -> float:
    """Return the memory this process holds, in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def timed(work: Callable[[], object]) -> dict[str, float]:
    """Return what `work` costs: processor seconds, and MiB at the peak above what there was."""
    held = resident()
    begun = time.process_time()
    work()
    spent = time.process_time() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"cpu_s": round(spent, 3), "peak_mib": round(max(peak - held, 0.0), 1)}


def loaded(model: Path) -> tuple[Session, ModelManifest]:
    """Return the model in a folder."""
    manifest = ModelManifest.model_validate_json((model / "manifest.json").read_bytes())
    return open_session((model / manifest.model.file).read_bytes()), manifest


def measured(part: str, items: int, horizon: int, model: Path) -> dict[str, float]:
    """Return what a part costs, in this process."""
    if part == "mlforecast":
        return with_mlforecast(items, horizon)
    panel, leads = store(items, horizon), range(1, horizon + 1)
    if part == "features":
        return timed(lambda: features_at(panel, DAYS - 1, leads))
    session, manifest = loaded(model)
    if part == "session":
        rows = np.random.default_rng(0).gamma(2.0, 0.5, (items * horizon, len(FEATURES)))
        feed = {"features": rows.astype(np.float32)}
        del rows
        return timed(lambda: session.run(feed))
    reading = reading_of(manifest.parameters)

    def forecast() -> None:
        prepared = features_at(panel, DAYS - 1, leads)
        found = session.run({"features": prepared.rows.reshape(-1, len(FEATURES))})
        outlook_of(found["quantiles"], found["mean"], prepared.level, reading)

    return timed(forecast)


def with_mlforecast(items: int, horizon: int) -> dict[str, float]:
    """Return what mlforecast's predict costs."""
    import lightgbm as lgb  # noqa: PLC0415 - the extra `peers`, in its own process
    import pandas as pd  # noqa: PLC0415 - likewise
    from mlforecast import MLForecast  # noqa: PLC0415 - likewise
    from mlforecast.lag_transforms import RollingMean  # noqa: PLC0415 - likewise

    units = store(items, horizon).units[:, :DAYS]
    series, day = np.divmod(np.arange(units.size), DAYS)
    table = pd.DataFrame({"unique_id": series, "ds": day, "y": units.ravel()})
    forecaster = MLForecast(
        models={"model": lgb.LGBMRegressor(**_TREES)},
        freq=1,
        lags=[1, 7, 14, 21, 28],
        lag_transforms={1: [RollingMean(7), RollingMean(28)]},
    )
    rows: Any = forecaster.preprocess(table, static_features=[])
    few = rows[rows["unique_id"] < _LEARNED_ITEMS]
    forecaster.fit_models(few.drop(columns=["unique_id", "ds", "y"]), few["y"].to_numpy())
    del rows, few
    return timed(lambda: forecaster.predict(h=horizon))


@click.command(help="What a whole store's forecast costs its device.")
@click.option("--items", default=3000, show_default=True)
@click.option("--horizon", default=28, show_default=True)
@click.option("--model", type=click.Path(path_type=Path), help="Else the reference model.")
@click.option("--part", type=click.Choice(PARTS), hidden=True)
@click.option("--json", "as_json", is_flag=True)
def main(items: int, horizon: int, model: Path | None, part: str | None, *, as_json: bool) -> None:
    """Measure each part in its own process and print the ratios."""
    folder = model or reference_models() / "demand"
    if part:
        click.echo(json.dumps(measured(part, items, horizon, folder)))
        return
    figures = {name: _apart(name, items, horizon, folder) for name in PARTS}
    click.echo(json.dumps(figures) if as_json else "\n".join(_lines(figures, items, horizon)))


def _apart(part: str, items: int, horizon: int, model: Path) -> dict[str, float]:
    """Return what a part costs in a process of its own, on one thread."""
    asked = [*("--items", str(items)), *("--horizon", str(horizon)), *("--model", str(model))]
    told = subprocess.run(
        [sys.executable, "-m", "benchmarks.demand_device", "--part", part, *asked],
        check=False,
        capture_output=True,
        text=True,
        env={"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PATH": "/usr/bin:/bin"},
        cwd=Path(__file__).parents[1],
    )
    if told.returncode:
        reason = (told.stderr.splitlines() or ["no reason given"])[-1]
        raise click.ClickException(f"{part} could not be measured: {reason}")
    found: dict[str, float] = json.loads(told.stdout.splitlines()[-1])
    return found


def _lines(figures: dict[str, dict[str, float]], items: int, horizon: int) -> list[str]:
    """Return the figures for people."""
    ours = figures["store"]
    lines = [f"{items} items x {horizon} days from {DAYS} days of sales, one thread"]
    for name, one in figures.items():
        ratio = ours["cpu_s"] / one["cpu_s"] if one["cpu_s"] else float("nan")
        lines.append(
            f"  {name:<12}{one['cpu_s']:8.2f} s CPU{one['peak_mib']:9.0f} MiB at the peak"
            f"   the store's forecast is {ratio:.2f} x as long"
        )
    return lines


if __name__ == "__main__":
    main()
