"""The ranker of a fleet: fitted, scored and compared on what stores tell, without one question.

A ranker is judged by how likely it makes the choices in sums that were held out: a lower loss is
better, 0 is where learning begins. Only sums of curves can be judged so.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from central_sync.core.evaluation import Evaluation, Verdict
from central_sync.ports.training import DataUnusableError, Progress
from central_sync.trainers.fingerprint import fingerprint
from central_sync.trainers.shopper.curves import Curves, choice_loss, fit_curves, noise_of_loss
from central_sync.trainers.shopper.feature_tables import LAYOUT, FeatureTables, read_feature_sums
from central_sync.trainers.shopper.opening import open_model
from central_sync.trainers.shopper.ranker_package import write_ranker
from central_sync.trainers.shopper.two_stages import ranking
from central_sync.trainers.tables import read_settings
from endcap.models.shopper.basis import COLUMNS, CURVES, START, expand
from endcap.models.shopper.ranking import FEATURES
from endcap.wire.manifest import ModelManifest, TrainingData

METRIC = "choice_loss"
_BEYOND_CHANCE = 1.645
_SAME = 1e-3


def told_in_sums(data: Path) -> FeatureTables | None:
    """Return the sums of a folder, None where it is in another layout."""
    settings = read_settings(data)
    return read_feature_sums(data, settings) if settings["layout"] == LAYOUT else None


def fit_summed(
    told: FeatureTables, data: Path, out: Path, *, seed: int, progress: Progress
) -> ModelManifest:
    """Fit on the training part and write the ranker's folder to `out`."""
    progress(f"solving for curves on the sums of {told.training.number} periods of stores")
    curves = fit_curves(told.training.moments, told.training.noise)
    rng = np.random.default_rng(seed)
    return write_ranker(
        out,
        curves,
        rng.exponential(2.0, (64, len(FEATURES))).astype(np.float32),
        trained_on=TrainingData(name=data.name, licence="as the data's owner allows"),
        newest=told.newest,
        parameters={"periods": told.training.number},
    )


def evaluate_summed(told: FeatureTables, data: Path, model: Path) -> Evaluation:
    """Score `model` on the held-out sums."""
    opened = open_model(model)
    loss = choice_loss(_curves_in(model), told.held_out.moments)
    return Evaluation(
        task="shopper_ranker",
        data_name=data.name,
        data_sha256=fingerprint(data),
        model_name=opened.name,
        model_version=opened.version,
        model_sha256=opened.sha256,
        metrics={METRIC: loss, "n": round(told.held_out.moments.weight)},
        baselines={},
    )


def compare_summed(told: FeatureTables, candidate: Path, champion: Path | None) -> Verdict:
    """Promote the candidate when its loss on held-out sums is lower than noise could make it.

    Without a champion it has to be better than where learning begins.
    """
    held = told.held_out
    new = _curves_in(candidate)
    old = _curves_in(champion) if champion else Curves(START)
    here, there = (choice_loss(one, held.moments) for one in (new, old))
    sure = _BEYOND_CHANCE * noise_of_loss(new, old, held.noise) / max(held.moments.weight, 1e-9)
    promote = here < there - sure
    word = "promoted" if promote else "kept out, not better beyond noise"
    against = f"champion {there:.4f}" if champion else "no champion yet"
    return Verdict(
        promote=promote,
        reason=f"{word}: candidate {METRIC} {here:.4f}, {against}, noise {sure:.4f}",
        metric=METRIC,
        candidate=here,
        champion=there if champion else None,
        rows=max(round(held.moments.weight), 0),
    )


def _curves_in(model: Path) -> Curves:
    """Return the curves of a ranker, by asking it for the knots of one feature at a time.

    Raises:
        DataUnusableError: it is no sum of curves.
    """
    rank = ranking(open_model(model).session)
    probes, unknown = _probes()
    base = float(rank(unknown)[0])
    apart = (expand(probes) - expand(unknown)).astype(np.float64)
    weights = np.linalg.lstsq(apart, rank(probes).astype(np.float64) - base, rcond=None)[0]
    curves = Curves(weights.astype(np.float64))
    tried = np.random.default_rng(0).exponential(3.0, (50, len(FEATURES))).astype(np.float32)
    away = np.abs(curves.rank(tried) - curves.rank(unknown) + base - rank(tried))
    if away.max() > _SAME * (1 + np.abs(curves.weights).max()):
        raise DataUnusableError(f"{model} is no sum of curves; compare it on baskets instead")
    return curves


def _probes() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return a row for each knot (one feature at it, the rest unknown), and one of nothing."""
    nothing = np.full((1, len(FEATURES)), np.nan, dtype=np.float32)
    rows = []
    for name in COLUMNS:
        for knot in CURVES[name].knots:
            row = nothing[0].copy()
            row[FEATURES.index(name)] = knot
            rows.append(row)
    return np.stack(rows), nothing
