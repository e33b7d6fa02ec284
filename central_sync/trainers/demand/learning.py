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
RETOLD = 4
"""This many rows that happened for each that is retold."""


def learn(
    sales: DataSet, *, seed: int, progress: Progress, also: Retell | None = None
) -> tuple[Forecaster, bytes]:
    """Fit on the history of `sales`, and on what `also` makes of it; return the ONNX file too.

    Raises:
        DataUnusableError: there is too little to learn from.
    """
    effort = effort_for(sales.panel.series * sales.panel.periods, sales.panel.series)
    progress(f"demand: computing features of {sales.panel.series} series")
    rng = np.random.default_rng(seed)
    rows = training_rows(sales, most=effort.rows, rng=rng)
    check_rows(rows, sales.layout)
    retold = also and training_rows(also(sales, rng), most=effort.rows // RETOLD, rng=rng)
    rows = completed(rows, retold, rng)
    return fitted_on(rows, effort, sales.panel.rhythm.period, seed=seed, progress=progress)


def check_rows(rows: Rows, layout: str) -> None:
    """Raise DataUnusableError where there is too little to learn from."""
    if len(rows) < _LEAST_ROWS:
        raise DataUnusableError(
            f"{layout}: only {len(rows)} usable rows before the test, {_LEAST_ROWS} are"
            " needed: export a longer history or more items"
        )


def completed(rows: Rows, retold: Rows | None, rng: np.random.Generator) -> Rows:
    """Return rows as they are learned from.

    Those that were retold judge nothing; what a store may lack is forgotten in a share of all.
    """
    if retold is not None:
        rows = join([rows, replace(retold, real=np.zeros(len(retold), dtype=np.bool_))])
    return forgetful(rows, rng)


def fitted_on(
    rows: Rows, effort: Effort, period: str, *, seed: int, progress: Progress
) -> tuple[Forecaster, bytes]:
    """Fit on `rows` of such periods; return the forecaster and its ONNX file."""
    from central_sync.trainers.demand.graph import to_onnx  # noqa: PLC0415 - see the first lines
    from central_sync.trainers.demand.trees import fit_trees  # noqa: PLC0415 - see the first lines

    progress(f"demand: fitting up to {effort.trees} trees on {len(rows)} rows")
    trees = fit_trees(rows, effort, seed=seed)
    content = to_onnx(trees, len(FEATURES))
    reading = Reading(FEATURES, LEVELS, trees.median_share, period)
    progress(f"demand: {trees.centre.count} trees kept, {len(content) // 1024} KiB of ONNX")
    return Forecaster(open_session(content), reading, VERSION, sha256_of(content)), content
