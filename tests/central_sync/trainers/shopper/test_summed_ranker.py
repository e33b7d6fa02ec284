"""The ranker's kind on what stores tell: fitted, scored and compared on sums."""

import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from central_sync.ports.training import DataUnusableError
from central_sync.trainers.shopper import SHOPPER_RANKER
from central_sync.trainers.shopper.curves import Curves, choice_loss, noise_of_loss
from endcap.models.contracts import breach
from endcap.models.golden import disagreements
from endcap.models.shopper.basis import BASIS, COLUMNS, START, begun, expand
from endcap.models.shopper.feature_sums import (
    GRAM_PART,
    STEPS,
    Moments,
    added,
    contribution,
    moments_of,
    tell,
)
from endcap.models.shopper.private import deviation
from endcap.models.shopper.ranking import FEATURES
from endcap.plumbing.onnx_session import open_session
from endcap.wire.manifest import Golden
from tests.central_sync.trainers.shopper.test_kind import silent

CLIP = 1e4
SHIPPED = Path(__file__).parents[4] / "models_onnx" / "shopper_ranker"


def write_sums(data: Path, periods: int = 3, rho: float = 1e9, basis: str = BASIS) -> Path:
    """Write a folder in the layout: the answer is the candidate bought most often before."""
    data.mkdir(parents=True, exist_ok=True)
    rng, rows = np.random.default_rng(3), []
    for period in range(periods):
        asked = []
        for _ in range(120):
            candidates = rng.exponential(1.0, (8, len(FEATURES))).astype(np.float32)
            best = candidates[:, FEATURES.index("times")].argmax()
            columns = expand(candidates)
            asked.append(moments_of(columns, np.arange(8) == best, begun(columns)))
        summed = contribution(added(asked, len(COLUMNS)), CLIP)
        told = tell(summed, CLIP, rho, rng.random)
        middle = len(told.values) // 2
        for start, values in ((middle, told.values[middle:]), (0, told.values[:middle])):
            rows.append(
                {
                    "store": "store-one",
                    "period": date(2026, 1, 5) + timedelta(weeks=4 * period),
                    "basis": basis,
                    "width": len(COLUMNS),
                    "weight": told.weight,
                    "steps": STEPS,
                    "noise": deviation(CLIP, rho),
                    "start": start,
                    "values": values.tolist(),
                }
            )
    pq.write_table(pa.Table.from_pylist(rows), data / "features.parquet")
    said = {"layout": "feature_sums", "holdout_periods": 1}
    (data / "dataset.json").write_text(json.dumps(said))
    return data


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of sums with hardly any noise."""
    return write_sums(tmp_path_factory.mktemp("sums") / "data")


def test_a_ranker_of_sums_is_whole_and_better_than_nothing(data: Path, tmp_path: Path) -> None:
    manifest = SHOPPER_RANKER.fit(data, tmp_path, seed=1, progress=silent)
    assert breach(manifest) == ""
    session = open_session((tmp_path / "model.onnx").read_bytes())
    golden = Golden.model_validate_json((tmp_path / "golden.json").read_bytes())
    assert not disagreements(golden, session.run)
    found = SHOPPER_RANKER.evaluate(data, tmp_path, baselines=False, progress=silent)
    assert found.metrics["choice_loss"] < -0.2
    assert found.metrics["n"] == pytest.approx(120, abs=2)
    verdict = SHOPPER_RANKER.compare(data, tmp_path, None)
    assert verdict.promote
    assert not SHOPPER_RANKER.compare(data, tmp_path, tmp_path).promote


def test_sums_that_are_all_noise_promote_nobody(data: Path, tmp_path: Path) -> None:
    noisy = write_sums(tmp_path / "noisy", rho=1e-6)
    SHOPPER_RANKER.fit(noisy, tmp_path / "out", seed=1, progress=silent)
    assert not SHOPPER_RANKER.compare(noisy, tmp_path / "out", None).promote
    SHOPPER_RANKER.fit(data, tmp_path / "good", seed=1, progress=silent)
    assert SHOPPER_RANKER.compare(data, tmp_path / "good", tmp_path / "out").promote


def test_a_fleets_first_ranker_is_compared_with_the_one_that_ships(
    data: Path, tmp_path: Path
) -> None:
    SHOPPER_RANKER.fit(data, tmp_path / "good", seed=1, progress=silent)
    assert SHOPPER_RANKER.compare(data, tmp_path / "good", SHIPPED).promote
    assert not SHOPPER_RANKER.compare(data, SHIPPED, tmp_path / "good").promote


def test_one_period_or_other_columns_are_refused_in_a_line(tmp_path: Path) -> None:
    for folder in (
        write_sums(tmp_path / "one", periods=1),
        write_sums(tmp_path / "other", basis="curves-0"),
    ):
        with pytest.raises(DataUnusableError, match="wait for another period"):
            SHOPPER_RANKER.fit(folder, tmp_path / "out", seed=1, progress=silent)


def test_the_noise_of_a_difference_of_losses_is_what_is_drawn() -> None:
    rng = np.random.default_rng(9)
    width = len(COLUMNS)
    one, other = (Curves(START + rng.normal(size=width)) for _ in range(2))
    drawn = []
    for _ in range(4000):
        half = np.triu(rng.normal(0, 2.0 / GRAM_PART, (width, width)))
        sums = Moments(half + np.triu(half, 1).T, rng.normal(0, 2.0, width), 1.0)
        losses = [choice_loss(each, sums) for each in (one, other)]
        drawn.append(losses[0] - losses[1])
    assert noise_of_loss(one, other, 2.0) == pytest.approx(np.std(drawn), rel=0.05)
