"""Forecasts of a data set's test periods by a model, the way a store would make them.

The graph that stores run is what is run here. Scores nothing and fits nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from central_sync.ports.training import DataUnusableError
from central_sync.trainers.demand.dataset import Cut, DataSet
from central_sync.trainers.demand.levels import LEVELS
from endcap.models.demand.chain import Chain, chain_of
from endcap.models.demand.features import FEATURES, features_at
from endcap.models.demand.outlook import Outlook, Reading, outlook_of, reading_of
from endcap.plumbing.files import sha256_of
from endcap.plumbing.onnx_session import ModelUnusableError, Session, open_session
from endcap.wire.manifest import ModelManifest


@dataclass(frozen=True, slots=True, eq=False)
class Forecaster:
    """A loaded model and how to read it."""

    session: Session
    reading: Reading
    version: str
    sha256: str


def load(model: Path, period: str) -> Forecaster:
    """Return the forecaster in `model`: a folder with its manifest, or a bare .onnx file.

    A bare file is read as one that this version of the trainer would write for `period`.

    Raises:
        DataUnusableError: a file is missing or damaged, or the model is not for such data.
    """
    try:
        content, reading, version = _whole(model) if model.is_dir() else _bare(model, period)
        session = open_session(content)
    except ValidationError as error:
        raise DataUnusableError(
            f"{model}/manifest.json: {error.error_count()} fields are wrong, the first is"
            f" {error.errors()[0]['loc']}"
        ) from error
    except (OSError, ValueError, ModelUnusableError) as error:
        raise DataUnusableError(f"{model}: cannot be used as a demand model: {error}") from error
    if reading.period != period:
        raise DataUnusableError(
            f"{model}: forecasts by the {reading.period}, and the data is by the {period}:"
            " fit a model on such data first"
        )
    return Forecaster(session, reading, version, sha256_of(content))


_Parts = tuple[bytes, Reading, str]


def _whole(folder: Path) -> _Parts:
    """Return the model in a folder, proven to be the one its manifest names."""
    manifest = ModelManifest.model_validate_json((folder / "manifest.json").read_bytes())
    content = (folder / manifest.model.file).read_bytes()
    if sha256_of(content) != manifest.model.sha256:
        raise ValueError(f"{manifest.model.file} is not the file that the manifest names")
    return content, reading_of(manifest.parameters), manifest.version


def _bare(file: Path, period: str) -> _Parts:
    """Return a model without a manifest."""
    return file.read_bytes(), Reading(FEATURES, LEVELS, 0.0, period), "0.0.0"


def forecast(
    data: DataSet, by: Forecaster, cuts: Sequence[Cut] = (), chain: Chain | None = None
) -> Outlook:
    """Return the forecasts of the test periods, or of other `cuts`, one behind the other.

    NaN for series with too little history. Without a `chain` it is that of the data's own stores.

    Raises:
        DataUnusableError: the model does not take these features, or fails.
    """
    parts = []
    for cut in cuts or data.test_cuts():
        told = chain_of(data.panel, cut.origin) if chain is None else chain
        prepared = features_at(data.panel, cut.origin, cut.leads, told)
        rows = prepared.rows.reshape(-1, len(FEATURES))
        try:
            found = by.session.run({"features": rows})
            parts.append(outlook_of(found["quantiles"], found["mean"], prepared.level, by.reading))
        except (ModelUnusableError, KeyError) as error:
            raise DataUnusableError(f"the demand model cannot be run: {error}") from error
    return Outlook(
        expected=np.concatenate([part.expected for part in parts], axis=1),
        quantiles=np.concatenate([part.quantiles for part in parts], axis=1),
    )
