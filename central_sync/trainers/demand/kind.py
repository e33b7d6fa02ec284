"""The demand model kind: fits, scores and compares forecasters on a folder of sales.

The last `horizon` periods of a folder are never learned from. What is scored is the graph that
stores run, on features computed as stores compute them.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter

import numpy as np

from central_sync.core.demand_metrics import wape
from central_sync.core.demand_verdict import decide
from central_sync.core.evaluation import Evaluation, Verdict
from central_sync.ports.executor import Executor
from central_sync.ports.training import Progress
from central_sync.trainers.demand.baselines import baseline_forecasts
from central_sync.trainers.demand.comparison import baseline_scores
from central_sync.trainers.demand.contest import contest
from central_sync.trainers.demand.dataset import DataSet
from central_sync.trainers.demand.fleet import fit_fleet, fleet_in, some_of
from central_sync.trainers.demand.forecasting import forecast, load
from central_sync.trainers.demand.layouts import read
from central_sync.trainers.demand.learning import Retell, learn
from central_sync.trainers.demand.package import write_model
from central_sync.trainers.demand.scoring import counted, point_scores, spread_scores
from central_sync.trainers.demand.store_groups import ROWS_A_GROUP
from central_sync.trainers.fingerprint import fingerprint
from central_sync.trainers.in_turn import InTurn
from endcap.models.demand.outlook import Outlook, Reading
from endcap.wire.manifest import ModelManifest, TrainingData


@dataclass(frozen=True, slots=True)
class DemandKind:
    """Forecasts of item sales. Implements the ModelKind protocol.

    `also` makes another data set of the given one, and the fit learns from both. Stores that
    together have more than `rows_a_group` rows of sales are worked in groups, by `executor`.
    """

    also: Retell | None = None
    executor: Executor = field(default_factory=InTurn)
    rows_a_group: int = ROWS_A_GROUP

    @property
    def name(self) -> str:
        """The kind's name in manifests, releases and commands."""
        return "demand"

    def spread(self, executor: Executor) -> "DemandKind":
        """Return the same kind, its fits worked by `executor`."""
        return replace(self, executor=executor)

    def fit(self, data: Path, out: Path, *, seed: int, progress: Progress) -> ModelManifest:
        """Fit on everything before the test periods of `data` and write the model into `out`."""
        fleet = fleet_in(data, self.executor, progress, self.rows_a_group)
        if fleet is None:
            sales = read(data)
            fitted, content = learn(sales, seed=seed, progress=progress, also=self.also)
            found = forecast(sales, fitted)
        else:
            fitted, content, sales, found = fit_fleet(fleet, seed=seed, also=self.also)
        return write_model(
            out,
            content,
            fitted.reading,
            data=sales,
            trained_on=TrainingData(
                name=sales.source,
                licence=sales.licence,
                use=f"{len(sales.stores)} stores, {sales.panel.series} series; fitted without the"
                f" last {sales.horizon} {sales.panel.rhythm.period}s, which the metrics are of",
            ),
            scores=_scores(sales, found, fitted.reading),
        )

    def evaluate(
        self, data: Path, model: Path | None, *, baselines: bool, progress: Progress
    ) -> Evaluation:
        """Score `model` on the test periods; without one, fit on what comes before them first."""
        sales = read(data)
        begun = perf_counter()
        if model is None:
            by, _ = learn(sales, seed=0, progress=progress, also=self.also)
        else:
            by = load(model, sales.panel.rhythm.period)
        fitted = perf_counter()
        found = forecast(sales, by)
        predicted = perf_counter()
        timing = {"fit_s": 0.0 if model else fitted - begun, "predict_s": predicted - fitted}
        scores = _scores(sales, found, by.reading) | _sizes(sales, found)
        return Evaluation(
            task=self.name,
            data_name=data.resolve().name,
            data_sha256=fingerprint(data),
            model_name=model.name if model else f"{self.name} fitted on {sales.layout}",
            model_version=by.version,
            model_sha256=by.sha256,
            metrics=scores | {name: round(value, 3) for name, value in timing.items()},
            baselines=baseline_scores(sales, _known(found).expected, progress) if baselines else {},
        )

    def compare(self, data: Path, candidate: Path, champion: Path | None) -> Verdict:
        """Promote `candidate` if it forecasts better, and no segment pays for it.

        Against no champion, a candidate must not be worse than the plain mean. Of a fleet, as many
        stores are looked at as memory holds, from all over it.
        """
        sales = some_of(data, 2 * self.rows_a_group)
        period = sales.panel.rhythm.period
        new = load(candidate, period)
        if champion is None:
            return _first(sales, forecast(sales, new))
        return decide(contest(sales, new, load(champion, period)))


def _known(found: Outlook) -> Outlook:
    """Return forecasts for scoring: what is not known counts as nothing expected."""
    return Outlook(np.nan_to_num(found.expected), np.nan_to_num(found.quantiles))


def _scores(sales: DataSet, found: Outlook, reading: Reading) -> dict[str, float]:
    """Return the layout's measures of a forecast, rounded."""
    known = _known(found)
    scores = dict(point_scores(sales, known.expected))
    scores |= spread_scores(sales, known.quantiles, reading.levels)
    return {name: round(value, 5) for name, value in scores.items()}


def _sizes(sales: DataSet, found: Outlook) -> dict[str, float]:
    """Return how many cells were scored, and how many series had too little history."""
    unknown = np.isnan(found.expected).any(axis=1)
    return {"rows": int(counted(sales).sum()), "unknown_series": int(unknown.sum())}


def _first(sales: DataSet, found: Outlook) -> Verdict:
    """Judge a candidate without a champion: is it worth more than a plain mean?"""
    truth, mask = sales.test(sales.panel.units), counted(sales)
    plain = list(baseline_forecasts(sales).items())[-1]
    mine = wape(truth, _known(found).expected, mask)
    theirs = wape(truth, plain[1], mask)
    rows = int(mask.sum())
    better = mine <= theirs
    return Verdict(
        promote=bool(better),
        reason=f"no champion yet: WAPE {mine:.3f} against {theirs:.3f} of {plain[0]} on {rows}"
        f" rows in stock: {'no worse' if better else 'worse'} than that",
        metric="wape",
        candidate=mine,
        champion=None,
        rows=rows,
    )
