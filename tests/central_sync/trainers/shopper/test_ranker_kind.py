import hashlib
from pathlib import Path

import numpy as np
import pytest

from central_sync.ports.training import DataUnusableError
from central_sync.trainers.shopper import SHOPPER, SHOPPER_RANKER
from central_sync.trainers.shopper.baskets import read_baskets
from central_sync.trainers.shopper.fitting import fit_pair
from central_sync.trainers.shopper.lessons import Lessons
from central_sync.trainers.shopper.ranker import Choice, to_onnx
from central_sync.trainers.tables import read_settings
from endcap.models.contracts import breach
from endcap.models.golden import disagreements
from endcap.models.shopper.ranking import FEATURES
from endcap.plumbing.onnx_session import open_session
from endcap.wire.manifest import Golden
from tests.central_sync.trainers.shopper.samples import write_baskets, write_counts


def silent(_: str) -> None:
    """Say nothing."""


def test_a_rankers_folder_is_whole_and_of_its_contract(tmp_path: Path) -> None:
    manifest = SHOPPER_RANKER.fit(
        write_baskets(tmp_path / "data"), tmp_path / "out", seed=1, progress=silent
    )
    content = (tmp_path / "out" / manifest.model.file).read_bytes()
    assert manifest.model.sha256 == hashlib.sha256(content).hexdigest()
    golden = Golden.model_validate_json((tmp_path / "out" / manifest.golden.file).read_bytes())
    assert disagreements(golden, open_session(content).run) == ()
    assert breach(manifest) == ""
    again = SHOPPER_RANKER.fit(tmp_path / "data", tmp_path / "again", seed=1, progress=silent)
    assert again == manifest


def test_the_graph_scores_as_the_trees_do(tmp_path: Path) -> None:
    data = write_baskets(tmp_path / "data")
    ranker = fit_pair(read_baskets(data, read_settings(data)), seed=1, progress=silent).ranker
    rng = np.random.default_rng(0)
    rows = rng.normal(0, 3, (200, len(FEATURES))).astype(np.float32)
    rows[rng.random(rows.shape) < 0.2] = np.nan
    found = open_session(to_onnx(ranker)).run({"features": rows})["scores"]
    assert found.shape == (200,)
    assert np.allclose(found, ranker.rank(rows), atol=1e-4)


def test_both_stages_are_scored_and_the_graphs_agree_with_their_reference(tmp_path: Path) -> None:
    found = SHOPPER.evaluate(
        write_baskets(tmp_path / "data"), None, baselines=True, progress=silent
    )
    assert found.metrics["parity"]["same_top_10"] >= 0.99
    assert found.metrics["parity"]["n"] > 0
    assert found.metrics["next_item_without_history"]["n"] == found.metrics["n"]
    assert found.metrics["empty_basket"]["hr_at_10"] > 0
    assert found.metrics["ndcg_at_10"] > found.baselines["popularity"]["ndcg_at_10"]
    assert "ease_and_personal" in found.baselines


def test_a_ranker_is_scored_against_the_order_it_was_given(tmp_path: Path) -> None:
    data = write_baskets(tmp_path / "data")
    found = SHOPPER_RANKER.evaluate(data, None, baselines=True, progress=silent)
    assert found.metrics["hr_at_10"] > 0.5
    assert set(found.baselines) == {"unranked"}


def test_a_ranker_that_is_no_better_is_kept_out(tmp_path: Path) -> None:
    data = write_baskets(tmp_path / "data")
    SHOPPER_RANKER.fit(data, tmp_path / "one", seed=1, progress=silent)
    assert SHOPPER_RANKER.compare(data, tmp_path / "one", None).promote
    same = SHOPPER_RANKER.compare(data, tmp_path / "one", tmp_path / "one")
    assert (same.promote, same.metric) == (False, "ndcg_at_10")
    assert "no different" in same.reason


def test_a_chain_without_test_weeks_is_asked_for_last_baskets(tmp_path: Path) -> None:
    data = write_baskets(tmp_path / "data", task="next_basket", fit_weeks=None, test_weeks=None)
    SHOPPER_RANKER.fit(data, tmp_path / "one", seed=1, progress=silent)
    assert SHOPPER_RANKER.compare(data, tmp_path / "one", None).rows == 20


def test_what_a_ranker_cannot_learn_from_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataUnusableError, match="not known to shopper_ranker"):
        SHOPPER_RANKER.fit(write_counts(tmp_path / "sums"), tmp_path, seed=1, progress=silent)
    few = write_baskets(tmp_path / "few", number=4, households=4)
    with pytest.raises(DataUnusableError, match="more baskets"):
        SHOPPER_RANKER.fit(few, tmp_path, seed=1, progress=silent)


def test_the_slope_of_a_choice_is_that_of_its_loss() -> None:
    rng = np.random.default_rng(2)
    right = np.array([True, False, False, False, True, True, False])
    stands_for = np.array([1.0, 1.0, 5.0, 1.0, 1.0, 1.0, 2.0])
    lessons = Lessons(np.zeros((7, 1), np.float32), right, np.array([3, 4]), stands_for)
    scores = rng.normal(size=7)

    def loss(at: np.ndarray) -> float:
        total = 0.0
        for part in (slice(0, 3), slice(3, 7)):
            power = stands_for[part] * np.exp(at[part])
            share = np.exp(at[part]) / power.sum()
            total -= np.log(share[right[part]]).mean()
        return total

    slope, curvature = Choice(lessons).slope(scores, None)
    for place in range(7):
        step = np.zeros(7)
        step[place] = 1e-6
        wanted = (loss(scores + step) - loss(scores - step)) / 2e-6
        assert np.isclose(slope[place], wanted, atol=1e-5)
    assert (curvature > 0).all()
