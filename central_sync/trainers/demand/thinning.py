"""Fast sellers retold as slow ones: a model learned from the fast learns what slow looks like.

A Poisson count of a fraction of an item's sales has its weekdays, promotions and stock-outs, and
the zeros and whole units of a slow item. Invents no item and no effect; it only counts coarser.
"""

from dataclasses import replace

import numpy as np

from central_sync.trainers.demand.dataset import DataSet

_SLOWEST, _FASTEST = 0.05, 2.0  # mean units a period of the retold items


def thinned(data: DataSet, rng: np.random.Generator) -> DataSet:
    """Return `data` with every item retold at a mean between 0.05 and 2 units a period."""
    units = data.panel.units
    seen = np.isfinite(units)
    total = np.where(seen, units, 0.0).sum(axis=1, keepdims=True)
    mean = total / np.maximum(seen.sum(axis=1, keepdims=True), 1)
    wanted = np.exp(rng.uniform(np.log(_SLOWEST), np.log(_FASTEST), mean.shape))
    rate = np.where(mean > 0, wanted / np.where(mean > 0, mean, 1.0), 0.0)
    counts = rng.poisson(np.where(seen, np.maximum(units, 0.0), 0.0) * rate).astype(np.float64)
    return replace(data, panel=replace(data.panel, units=np.where(seen, counts, np.nan)))
