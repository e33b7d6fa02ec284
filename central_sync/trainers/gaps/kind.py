"""The facing model's kind: fit and compare on a directory of labelled pictures.

Which pictures teach is splits.py's; scoring a whole directory is evaluation.py's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from central_sync.core.detection_metrics import threshold_for
from central_sync.core.evaluation import Evaluation, Verdict
from central_sync.ports.training import DataUnusableError, Progress
from central_sync.trainers.gaps.calibration import calibrated
from central_sync.trainers.gaps.circle import compare_reviewed, refit
from central_sync.trainers.gaps.detector_training import Schooling
from central_sync.trainers.gaps.evaluation import evaluate
from central_sync.trainers.gaps.facing_graph import facing_graph, weights_of
from central_sync.trainers.gaps.facing_material import (
    Mixture,
    cut_for_training,
    facing_batches,
)
from central_sync.trainers.gaps.facing_network import FacingWeights
from central_sync.trainers.gaps.facing_scoring import (
    FacingScores,
    facing_metrics,
    score_facings,
    through,
)
from central_sync.trainers.gaps.facing_training import FacingStart, fit_facing
from central_sync.trainers.gaps.layout import Labelled
from central_sync.trainers.gaps.package import (
    FACING_RECIPE,
    LICENCE,
    Fitted,
    open_model,
    write_model,
)
from central_sync.trainers.gaps.reviewed import is_reviewed
from central_sync.trainers.gaps.splits import better, origin, split_for_fitting, split_of
from central_sync.trainers.gaps.training import require_torch
from endcap.plumbing.onnx_session import open_session
from endcap.plumbing.packaged import reference_models
from endcap.wire.manifest import ModelManifest

_FACING_SCHOOLING = Schooling(steps=2000, told_every=100)
_MIXTURE = Mixture()


@dataclass(frozen=True, slots=True)
class FacingKind:
    """Judges one facing's crop: full, low, empty or hidden.

    The threshold is set so that `false_alarms` of the held-out full facings look empty. `beside`
    are directories whose pictures teach too, as many crops of each; training goes on from the
    weights in the folder `start`, or begins with ImageNet's.
    """

    schooling: Schooling = _FACING_SCHOOLING
    mixture: Mixture = _MIXTURE
    false_alarms: float = 0.004
    beside: tuple[Path, ...] = ()
    start: Path | None = None
    champion: Path | None = None
    licence: str = LICENCE
    name: str = "gaps"

    def going_on(self, champion: Path) -> "FacingKind":
        """Return the kind that learns from people's answers what `champion` does not know."""
        return replace(self, champion=champion)

    def fit(self, data: Path, out: Path, *, seed: int, progress: Progress) -> ModelManifest:
        """Fit on what teaches in `data` and write the model's folder to `out`.

        From facings that people judged the champion's last layer is fitted anew, without torch;
        all else needs labelled pictures, and torch.
        """
        if is_reviewed(data):
            return refit(data, self.champion or reference_models() / self.name, out, progress)
        require_torch()
        splits = [split_for_fitting(one) for one in (data, *self.beside)]
        rng = np.random.default_rng(seed)
        sources = [cut_for_training(one.teach, rng) for one in splits]
        if any(not one.has_full for one in sources):
            raise DataUnusableError(f"{data}/products: no full facings; wanted class 2 boxes there")
        counts = " and ".join(str(len(one.states)) for one in sources)
        progress(f"{counts} crops of {sum(len(one.teach) for one in splits)} pictures")
        batches = facing_batches(sources, self.mixture, rng)
        weights = fit_facing(self._begin(seed), batches, self.schooling, progress)
        judging = [picture for one in splits for picture in one.judge]
        fitted = finish(weights, judging, self.false_alarms)
        made_of = origin((data, *self.beside), splits, self.licence)
        return write_model(out, FACING_RECIPE, fitted, made_of)

    def _begin(self, seed: int) -> FacingStart:
        if self.start is None:
            return FacingStart(seed=seed)
        return FacingStart(weights_of((self.start / "model.onnx").read_bytes()), seed)

    def evaluate(
        self, data: Path, model: Path | None, *, baselines: bool, progress: Progress
    ) -> Evaluation:
        """Score `model`, or the shipped one, on every picture of `data`."""
        return evaluate(data, model, baselines=baselines, progress=progress)

    def compare(self, data: Path, candidate: Path, champion: Path | None) -> Verdict:
        """Decide by average precision on the facings of the held-out pictures.

        Of facings that people judged, by those of held-out stores, store by store.
        """
        if is_reviewed(data):
            return compare_reviewed(data, candidate, champion)
        judge = split_of(data).judge

        def score(model: Path) -> tuple[float, int]:
            scored = score_facings(through(open_model(model).session), judge)
            return facing_metrics(scored, 0.5)["ap"], scored.empty.size

        return better("facing.ap", score(candidate), score(champion) if champion else None)


def finish(weights: FacingWeights, judging: Sequence[Labelled], false_alarms: float) -> Fitted:
    """Return the model with its chances calibrated, its threshold and figures, by `judging`.

    It is calibrated with references and without, as both will be asked of it.
    """
    scored = _scored(weights, judging, compared=False)
    known = _scored(weights, judging, compared=True)
    chances = np.concatenate([scored.chances, known.chances])
    judge = calibrated(weights.judge, chances, np.concatenate([scored.truth, known.truth]))
    weights = replace(weights, judge=judge)
    scored = _scored(weights, judging, compared=False)
    threshold = threshold_for(scored.probability, scored.empty, false_alarms)
    metrics = facing_metrics(scored, threshold)
    figures = {f"facing.{name}": metrics[name] for name in _FIGURES}
    return Fitted(facing_graph(weights), threshold, figures)


def _scored(weights: FacingWeights, judging: Sequence[Labelled], *, compared: bool) -> FacingScores:
    judge = through(open_session(facing_graph(weights)))
    return score_facings(judge, judging, compared=compared)


_FIGURES = ("auc", "ap", "precision", "recall", "fpr", "prevalence", "calibration_error")
