"""From sales to a forecaster: rows, trees, graph. Scores nothing and writes no file.

LightGBM and the converters are imported when a fit begins: they load for seconds, and scoring and
comparing models need none of them.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from central_sync.ports.training import DataUnusableError, Progress
from central_sync.trainers.demand.dataset import DataSet
from central_sync.trainers.demand.effort import Effort, effort_for
from central_sync.trainers.demand.forecasting import Forecaster
from central_sync.trainers.demand.forgetting import forgetful
from central_sync.trainers.demand.levels import LEVELS
from central_sync.trainers.demand.package import VERSION
from central_sync.trainers.demand.sample import Rows, join, training_rows
from endcap.models.demand.features import FEATURES
from endcap.models.demand.outlook import Reading
from endcap.plumbing.files import sha256_of
from endcap.plumbing.onnx_session import open_session

Retell = Callable[[DataSet, np.random.Generator], DataSet]
"""Makes of a data set another one to learn from as well."""

_LEAST_ROWS = 200
_RETOLD = 4  # this many rows that happened for each that is retold


def learn(
    sales: DataSet, *, seed: int, progress: Progress, also: Retell | None = None
) -> tuple[Forecaster, bytes]:
    """Fit on the history of `sales`, and on what `also` makes of it; return the ONNX file too.

    Raises:
        DataUnusableError: there is too little to learn from.
    """
    from central_sync.trainers.demand.graph import to_onnx  # noqa: PLC0415 - see the first lines
    from central_sync.trainers.demand.trees import fit_trees  # noqa: PLC0415 - see the first lines

    effort = effort_for(sales.panel.series * sales.panel.periods)
    progress(f"demand: computing features of {sales.panel.series} series")
    rows = _rows(sales, also, effort, np.random.default_rng(seed))
    progress(f"demand: fitting up to {effort.trees} trees on {len(rows)} rows")
    trees = fit_trees(rows, effort, seed=seed)
    content = to_onnx(trees, len(FEATURES))
    reading = Reading(FEATURES, LEVELS, trees.median_share, sales.panel.rhythm.period)
    progress(f"demand: {trees.centre.count} trees kept, {len(content) // 1024} KiB of ONNX")
    return Forecaster(open_session(content), reading, VERSION, sha256_of(content)), content


def _rows(sales: DataSet, also: Retell | None, effort: Effort, rng: np.random.Generator) -> Rows:
    """Return the rows to learn from."""
    rows = training_rows(sales, most=effort.rows, rng=rng)
    if len(rows) < _LEAST_ROWS:
        raise DataUnusableError(
            f"{sales.layout}: only {len(rows)} usable rows before the test, {_LEAST_ROWS} are"
            " needed: export a longer history or more items"
        )
    if also is None:
        return forgetful(rows, rng)
    retold = training_rows(also(sales, rng), most=effort.rows // _RETOLD, rng=rng)
    both = join([rows, replace(retold, real=np.zeros(len(retold), dtype=np.bool_))])
    return forgetful(both, rng)
