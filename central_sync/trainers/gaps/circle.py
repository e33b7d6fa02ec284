"""Makes a candidate of a facing model from what people said of its facings, and compares the two.

A quarter of the stores, told by their names, never teaches: there candidate and champion are
compared. The threshold stays the champion's; its licence too, for what a model was made from it
keeps. What the head is, is refit.py's; who serves, core/review/verdict's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from central_sync.core.evaluation import Verdict
from central_sync.core.review.layout import LICENCE
from central_sync.core.review.verdict import Held, Judged, held_out
from central_sync.core.review.verdict import verdict as verdict_of
from central_sync.ports.training import DataUnusableError, Progress
from central_sync.trainers.gaps.package import (
    FACING_RECIPE,
    Fitted,
    Origin,
    about_data,
    write_model,
)
from central_sync.trainers.gaps.refit import (
    Lessons,
    ask,
    fit_head,
    width_of,
    with_head,
    without_head,
)
from central_sync.trainers.gaps.reviewed import Reviewed, cut_reviewed, read_reviewed
from endcap.models.gaps.crops import SIDE
from endcap.models.gaps.states import STATES
from endcap.plumbing.onnx_session import ModelUnusableError, open_session
from endcap.wire.manifest import ModelManifest

LEAST = 20
_HEAVIEST = 10.0
_EMPTY = STATES.index("empty")


@dataclass(frozen=True, slots=True)
class _Split:
    """The facings of the stores that teach, and of those that judge."""

    teach: tuple[Reviewed, ...]
    judge: tuple[Reviewed, ...]


def _split(data: Path) -> _Split:
    facings = read_reviewed(data)
    judging = held_out([one.store for one in facings]) if facings else frozenset()
    teach = tuple(one for one in facings if one.store not in judging)
    judge = tuple(one for one in facings if one.store in judging)
    return _Split(teach, judge)


def refit(data: Path, champion: Path, out: Path, progress: Progress) -> ModelManifest:
    """Fit the champion's last word anew to what people said, and write the model's folder.

    Raises:
        DataUnusableError: too few facings, of too few stores, or the champion cannot be read.
    """
    split = _split(data)
    if len(split.teach) < LEAST:
        judges = sorted({one.store for one in split.judge})
        raise DataUnusableError(
            f"{data}: {len(split.teach)} answered facings to learn from, wanted {LEAST}; "
            f"those of {', '.join(judges) or 'no store'} only judge"
        )
    progress(f"{len(split.teach)} answered facings teach; only the last layer is fitted anew")
    content, before = _champion(champion)
    base = without_head(content)
    said = ask(open_session(base), cut_reviewed(data, split.teach, SIDE), width_of(base))
    graph = with_head(base, fit_head(said, _lessons(split.teach)))
    origin = Origin(
        (about_data(data, LICENCE), *before.training_data),
        max(one.taken_at for one in split.teach),
        before.licence,
    )
    threshold = before.thresholds[FACING_RECIPE.threshold]
    figures = {"facing.reviewed": float(len(split.teach))}
    return write_model(out, FACING_RECIPE, Fitted(graph, threshold, figures), origin)


def compare_reviewed(data: Path, candidate: Path, champion: Path | None) -> Verdict:
    """Compare two models on what people said of facings of stores that taught neither."""
    judge = _split(data).judge
    if not judge:
        raise DataUnusableError(f"{data}: no answered facings to compare on")
    crops = cut_reviewed(data, judge, SIDE)

    def judged(folder: Path) -> Judged:
        content, manifest = _champion(folder)
        said = ask(open_session(content), crops, width_of(content))
        return Judged(said.chances[:, _EMPTY], manifest.thresholds[FACING_RECIPE.threshold])

    held = Held(
        tuple(one.store for one in judge), np.asarray([one.state == "empty" for one in judge])
    )
    return verdict_of(held, judged(candidate), judged(champion) if champion else None)


def _champion(folder: Path) -> tuple[bytes, ModelManifest]:
    """Return a facing model's graph and manifest."""
    try:
        manifest = ModelManifest.model_validate_json((folder / "manifest.json").read_bytes())
        content = (folder / manifest.model.file).read_bytes()
        open_session(content)
    except (OSError, ValidationError, ModelUnusableError) as error:
        reason = str(error).splitlines()[0]
        raise DataUnusableError(f"{folder}: no facing model to go on from: {reason}") from error
    if manifest.kind != FACING_RECIPE.kind or FACING_RECIPE.threshold not in manifest.thresholds:
        raise DataUnusableError(f"{folder}: a model of {manifest.kind}, not of facings")
    return content, manifest


def _lessons(facings: Sequence[Reviewed]) -> Lessons:
    """Return what people say; what was drawn thinly stands for more, within a bound."""
    weights = np.asarray([min(1 / one.sampled, _HEAVIEST) for one in facings])
    states = np.asarray([STATES.index(one.state) for one in facings], np.int64)
    return Lessons(states, weights / weights.mean())
