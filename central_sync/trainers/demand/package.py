"""A fitted demand model as the folder that travels: model.onnx, golden.json, manifest.json.

`created` is the day of the newest data the model has seen, so that the same data gives the same
bytes.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from central_sync.trainers.demand.dataset import DataSet
from central_sync.trainers.model_folder import GOLDEN, MODEL, file_ref, write_folder
from endcap.models.demand.features import FEATURES, Features
from endcap.models.demand.outlook import Reading
from endcap.models.golden import case
from endcap.plumbing.onnx_session import open_session
from endcap.wire.manifest import Golden, Metric, ModelManifest, Tensor, TrainingData

VERSION = "1.0.0"
_AGENT = "0.1.0"
_GOLDEN_ROWS = 16
_MEASURE = "central-sync evaluate demand --data DIR --model MODEL --json"


def write_model(
    out: Path,
    content: bytes,
    reading: Reading,
    *,
    data: DataSet,
    trained_on: TrainingData,
    scores: Mapping[str, float],
) -> ModelManifest:
    """Write the three files of a model into `out` and return the manifest."""
    session = open_session(content)
    rows = golden_rows(np.random.default_rng(0))
    golden = Golden(cases=(case({"features": rows}, session.run),)).model_dump_json().encode()
    held = f"last {data.horizon} {reading.period}s to {data.last_day}"
    last_known = datetime.fromisoformat(data.last_day).replace(tzinfo=UTC)
    manifest = ModelManifest(
        kind="demand",
        version=VERSION,
        model=file_ref(MODEL, content),
        golden=file_ref(GOLDEN, golden),
        inputs=(_features(),),
        outputs=_outputs(reading),
        parameters={
            "quantiles": list(reading.levels),
            "features": list(reading.features),
            "median_share": reading.median_share,
            "period": reading.period,
            "horizon": max(data.taught),
        },
        metrics=tuple(
            Metric(
                name=name,
                value=round(value, 4),
                data=f"{trained_on.name}, {held}",
                command=_MEASURE,
            )
            for name, value in scores.items()
            if np.isfinite(value)
        ),
        training_data=(trained_on,),
        licence="Apache-2.0",
        minimum_agent=_AGENT,
        created=last_known,
    )
    write_folder(out, content, golden, manifest)
    return manifest


def golden_rows(rng: np.random.Generator) -> Features:
    """Return rows all over the places where features lie, on their grid: [16, F]."""
    rows = rng.gamma(2.0, 0.5, (_GOLDEN_ROWS, len(FEATURES)))
    rows[:, FEATURES.index("lead")] = np.arange(_GOLDEN_ROWS) % 7 + 1
    rows[:, FEATURES.index("weekday")] = np.arange(_GOLDEN_ROWS) % 7
    rows[rng.random(rows.shape) < 0.1] = -1.0  # noqa: PLR2004 - a tenth is unknown
    grid: Features = (np.rint(rows * 1024) / 1024).astype(np.float32)
    return grid


def _features() -> Tensor:
    """Return the description of the input."""
    return Tensor(
        name="features",
        dtype="float32",
        shape=("n", len(FEATURES)),
        unit="multiples of the level, shares, or counts",
        description="One row per series and period to come; columns as in parameters.features.",
    )


def _outputs(reading: Reading) -> tuple[Tensor, ...]:
    """Return the descriptions of the outputs."""
    unit = "multiple of the series' level"
    return (
        Tensor(
            name="quantiles",
            dtype="float32",
            shape=("n", len(reading.levels)),
            unit=unit,
            description="Rising; levels as in parameters.quantiles.",
        ),
        Tensor(name="mean", dtype="float32", shape=("n",), unit=unit),
    )
