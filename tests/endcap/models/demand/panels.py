"""Panels for tests: rounded random sales, so that a failure can be read."""

import numpy as np

from endcap.models.demand.panel import DAILY, Panel


def shop(
    *, series: int = 6, periods: int = 100, stores: int = 2, seed: int = 1, sold: int | None = None
) -> Panel:
    """Return daily sales of `series` items; those after `sold` periods are not known."""
    rng = np.random.default_rng(seed)
    shape = (series, periods)
    units = rng.poisson(rng.uniform(1, 9, (series, 1)), shape).astype(np.float64)
    in_stock = np.where(rng.random(shape) < 0.1, rng.random(shape), 1.0)
    if sold is not None:
        units[:, sold:] = np.nan
    return Panel(
        units=units,
        in_stock=in_stock,
        price=np.where(rng.random(shape) < 0.2, 2.0, 2.5),
        promotion=(rng.random(shape) < 0.2).astype(np.float64),
        holiday=np.tile((rng.random(periods) < 0.05).astype(np.float64), (series, 1)),
        special=np.zeros(shape),
        group=np.arange(series, dtype=np.int64) % stores,
        weekday=np.arange(periods, dtype=np.int64) % 7,
        rhythm=DAILY,
        item=np.arange(series, dtype=np.int64) // stores,
        category=np.arange(series, dtype=np.int64) // stores % 3 - 1,  # a third is not known
        temperature=np.round(rng.normal(15.0, 5.0, shape), 1),
        month_day=np.arange(periods, dtype=np.int64) % 30 + 1,
        rain=np.where(rng.random(shape) < 0.1, np.nan, rng.gamma(0.3, 5.0, shape)),
    )
