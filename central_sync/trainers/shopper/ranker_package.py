"""A fitted ranker as the folder that travels: model.onnx, golden.json, manifest.json.

`created` is the moment of the newest data: the same data gives the same bytes.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from central_sync.trainers.model_folder import GOLDEN, MODEL, file_ref, write_folder
from central_sync.trainers.shopper.curves import Curves
from central_sync.trainers.shopper.curves import to_onnx as curves_to_onnx
from central_sync.trainers.shopper.ranker import Ranker, to_onnx
from endcap.models.golden import case
from endcap.models.shopper.ranking import FEATURE_INPUT, FEATURES, SCORE_OUTPUT
from endcap.plumbing.onnx_session import open_session
from endcap.wire.manifest import Golden, ModelManifest, Tensor, TrainingData

VERSION = "1.0.0"
_AGENT = "0.1.0"

_INPUTS = (
    Tensor(
        name=FEATURE_INPUT,
        dtype="float32",
        shape=("n", len(FEATURES)),
        unit="see endcap.models.shopper.ranking.FEATURES",
        description="A row for each candidate of one question; NaN is what is not known.",
    ),
)
_OUTPUTS = (
    Tensor(
        name=SCORE_OUTPUT,
        dtype="float32",
        shape=("n",),
        unit="1",
        description="Higher is better; comparable within one question.",
    ),
)


def write_ranker(
    out: Path,
    ranker: Ranker | Curves,
    samples: NDArray[np.float32],
    *,
    trained_on: TrainingData,
    newest: datetime,
    parameters: Mapping[str, int],
) -> ModelManifest:
    """Write the three files of `ranker` into `out`; `samples` are rows for the golden cases."""
    content = curves_to_onnx(ranker) if isinstance(ranker, Curves) else to_onnx(ranker)
    run = open_session(content).run
    golden = Golden(cases=tuple(case({FEATURE_INPUT: one}, run) for one in _cases(samples)))
    golden_content = golden.model_dump_json().encode()
    manifest = ModelManifest(
        kind="shopper_ranker",
        version=VERSION,
        model=file_ref(MODEL, content),
        golden=file_ref(GOLDEN, golden_content),
        inputs=_INPUTS,
        outputs=_OUTPUTS,
        parameters={**_size(ranker), **parameters},
        training_data=(trained_on,),
        licence="Apache-2.0",
        minimum_agent=_AGENT,
        created=newest.astimezone(UTC),
    )
    write_folder(out, content, golden_content, manifest)
    return manifest


def _size(ranker: Ranker | Curves) -> Mapping[str, int]:
    """Return how large a ranker is."""
    if isinstance(ranker, Curves):
        return {"columns": len(ranker.weights)}
    return {"trees": ranker.booster.num_trees()}


def _cases(samples: NDArray[np.float32]) -> tuple[NDArray[np.float32], ...]:
    """Return a few rows, and one of which nothing is known.

    Rows are rounded to 1/1024, so that no value stands at a threshold by a last bit.
    """
    rounded = (np.rint(samples[:8] * 1024) / 1024).astype(np.float32)
    return rounded, np.full((1, len(FEATURES)), np.nan, dtype=np.float32)
