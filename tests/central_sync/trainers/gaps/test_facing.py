"""The facing model's graph, material, calibration and figures, without torch."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper

from central_sync.core.detection_metrics import calibration_error
from central_sync.ports.training import DataUnusableError
from central_sync.trainers.gaps.calibration import calibrated
from central_sync.trainers.gaps.facing_graph import facing_graph, weights_of
from central_sync.trainers.gaps.facing_material import Mixture, cut_for_training, facing_batches
from central_sync.trainers.gaps.facing_network import EMBEDDING
from central_sync.trainers.gaps.facing_scoring import (
    FacingScores,
    facing_metrics,
    mirrored,
    score_facings,
    through,
)
from central_sync.trainers.gaps.layout import read_directory
from central_sync.trainers.gaps.network import Weights
from endcap.models.gaps.crops import SIDE
from endcap.models.gaps.states import STATES
from endcap.plumbing.onnx_session import Session, open_session
from tests.central_sync.trainers.gaps.random_facing import random_facing
from tests.central_sync.trainers.gaps.shelves import write_shelves


@pytest.fixture(scope="module")
def session() -> Session:
    return open_session(facing_graph(random_facing()))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_shelves(tmp_path_factory.mktemp("shelves"), pictures=6, compared=True)


def some_crops(count: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (count, SIDE, SIDE, 3), np.uint8)


def run(session: Session, crops: np.ndarray, references: np.ndarray) -> np.ndarray:
    return session.run({"crops": crops, "references": references})["states"]


def test_the_graph_answers_with_chances_and_embeddings(session: Session) -> None:
    for count in (0, 1, 5):
        feed = {
            "crops": some_crops(count),
            "references": np.zeros((count, 2, EMBEDDING), np.float32),
        }
        answer = session.run(feed)
        assert answer["states"].shape == (count, len(STATES))
        assert answer["embedding"].shape == (count, EMBEDDING)
        assert np.allclose(answer["states"].sum(axis=1), 1, atol=1e-5)


def test_each_known_reference_counts_and_an_unknown_one_does_not(session: Session) -> None:
    crops = some_crops(2)
    nothing = np.zeros((2, 2, EMBEDDING), np.float32)
    full, empty = nothing.copy(), nothing.copy()
    full[0, 0] = 0.5
    empty[0, 1] = 0.5
    plain, with_full, with_empty = (run(session, crops, one) for one in (nothing, full, empty))
    assert np.allclose(plain[1], with_full[1], atol=1e-6)
    assert not np.allclose(plain[0], with_full[0], atol=1e-4)
    assert not np.allclose(with_full[0], with_empty[0], atol=1e-4)


def test_training_can_go_on_from_a_model_that_was_written() -> None:
    content = facing_graph(random_facing())
    assert facing_graph(weights_of(content)) == content
    other = helper.make_model(helper.make_graph([], "other", [], []))
    with pytest.raises(DataUnusableError, match="no weights to go on from"):
        weights_of(other.SerializeToString())
    assert onnx.load_from_string(content).opset_import[0].version == 17


def test_batches_hold_every_state_and_references_of_the_right_facings(data: Path) -> None:
    rng = np.random.default_rng(1)
    crops = cut_for_training(read_directory(data), rng)
    assert crops.pixels.shape[1:] == (SIDE, SIDE, 3)
    assert crops.has_full
    assert (crops.known >= 0).all()
    mixture = Mixture(size=40, low=0.1, occluded=0.0, compared=1.0)
    batches = facing_batches([crops, crops], mixture, rng)
    one, other = next(batches), next(batches)
    counts = dict(zip(*np.unique(one.states, return_counts=True), strict=True))
    assert counts == {0: 18, 1: 4, 2: 18}
    assert not np.array_equal(one.pixels, other.pixels)
    assert len(one.references) == len(one.whose) == len(one.which) > 20
    assert set(one.which.tolist()) == {0, 1}
    assert one.whose.max() >= 20


def test_without_reference_pictures_the_same_picture_gives_some(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    crops = cut_for_training(read_directory(write_shelves(tmp_path, pictures=4)), rng)
    assert (crops.known < 0).all()
    batch = next(facing_batches([crops], Mixture(size=32, compared=1.0), rng))
    assert len(batch.references) > 10
    none = next(facing_batches([crops], Mixture(size=32, compared=0.0), rng))
    assert len(none.references) == 0


def test_calibration_makes_too_sure_chances_come_true() -> None:
    rng = np.random.default_rng(4)
    truth = rng.integers(0, 3, 4000)
    logits = rng.normal(0, 1, (4000, 4))
    logits[np.arange(4000), truth] += 1.5
    logits[:, 3] -= 9
    layer = Weights(np.eye(4, dtype=np.float32) * 4, np.array([0, 0, 1, 0], np.float32))

    def said(judge: Weights) -> np.ndarray:
        raw = logits @ judge.filters.T + judge.biases
        powers = np.exp(raw - raw.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))

    before, after = said(layer), said(calibrated(layer, said(layer), truth))
    assert calibration_error(before[:, 2], truth == 2) > 0.05
    assert calibration_error(after[:, 2], truth == 2) < 0.02
    assert np.isfinite(after).all()


def test_figures_are_of_empty_against_full_and_of_each_state() -> None:
    chances = np.array(
        [(0.1, 0.0, 0.9, 0.0), (0.8, 0.1, 0.1, 0.0), (0.3, 0.6, 0.1, 0.0), (0.0, 0.1, 0.6, 0.3)]
    )
    found = facing_metrics(FacingScores(chances, np.array([2, 0, 1, 3]), 1.0), 0.5)
    assert (found["n"], found["auc"], found["recall"], found["fpr"]) == (2, 1.0, 1.0, 0.0)
    assert found["states"]["low"] == {"n": 1, "recognised": 1.0, "said_empty": 0.0}
    assert found["states"]["occluded"] == {"n": 1, "recognised": 0.0, "said_empty": 1.0}


def test_references_reach_the_model_and_mirrors_are_averaged(session: Session, data: Path) -> None:
    judge = through(session)
    pictures = read_directory(data)
    alone, compared = (score_facings(judge, pictures, compared=one) for one in (False, True))
    assert np.array_equal(alone.truth, compared.truth)
    assert not np.allclose(alone.chances, compared.chances, atol=1e-4)
    assert {STATES[one] for one in alone.truth} >= {"full", "low", "empty"}
    crops = some_crops(3)
    turned = np.ascontiguousarray(crops[:, :, ::-1])
    both = mirrored(judge)
    assert np.allclose(both(crops, {}), both(turned, {}), atol=1e-5)
