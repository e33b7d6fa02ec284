"""The shipped gap models are whole, and good on real shelves they were not trained on."""

import hashlib
from pathlib import Path

import pytest

from central_sync.trainers.gaps.evaluation import detector_metrics
from central_sync.trainers.gaps.facing_scoring import facing_metrics, score_facings, through
from central_sync.trainers.gaps.layout import read_directory
from central_sync.trainers.gaps.package import IMAGENET, open_model
from central_sync.trainers.gaps.scoring import score_detector
from endcap.models.golden import disagreements
from endcap.wire.manifest import Golden, ModelManifest
from tests.shared_data import shared_data

ROOT = Path(__file__).parents[2] / "models_onnx"


@pytest.mark.parametrize("kind", ["gaps", "gap_detector"])
def test_a_shipped_model_is_what_its_manifest_says(kind: str) -> None:
    folder = ROOT / kind
    manifest = ModelManifest.model_validate_json((folder / "manifest.json").read_bytes())
    for said in (manifest.model, manifest.golden):
        content = (folder / said.file).read_bytes()
        assert said.sha256 == hashlib.sha256(content).hexdigest()
        assert said.length == len(content)
    golden = Golden.model_validate_json((folder / manifest.golden.file).read_bytes())
    assert disagreements(golden, open_model(folder).session.run) == ()
    assert manifest.kind == kind
    assert set(manifest.thresholds) <= {"empty", "gap", "gap_confirmed"}
    assert next(iter(manifest.thresholds)) in {"empty", "gap"}
    assert (folder / "MODEL_CARD.md").read_text().startswith("---\nlicense: apache-2.0\n")


def test_no_shipped_model_has_seen_a_picture_that_may_not_be_used() -> None:
    for kind in ("gaps", "gap_detector"):
        manifest = ModelManifest.model_validate_json((ROOT / kind / "manifest.json").read_bytes())
        for data in manifest.training_data:
            assert (data.licence == "MIT" and "rendered" in data.name) or data == IMAGENET


@pytest.mark.shared_data
def test_the_facing_model_tells_gaps_in_stores_it_has_never_seen() -> None:
    pictures = read_directory(shared_data("shelf", "val_sku"))[::2]
    opened = open_model(ROOT / "gaps")
    metrics = facing_metrics(score_facings(through(opened.session), pictures), opened.threshold)
    assert metrics["auc"] > 0.98
    assert metrics["recall"] > 0.7
    assert metrics["fpr"] < 0.02


@pytest.mark.shared_data
def test_the_detector_finds_gaps_in_stores_it_has_never_seen() -> None:
    pictures = read_directory(shared_data("shelf", "val_sku"))[::4]
    opened = open_model(ROOT / "gap_detector")
    metrics = detector_metrics(score_detector(opened.session, pictures), opened.threshold)
    assert metrics["ap30"] > 0.2


def test_weights_that_saw_real_shelves_say_so_and_are_not_packaged() -> None:
    folder = ROOT / "research" / "gaps"
    manifest = ModelManifest.model_validate_json((folder / "manifest.json").read_bytes())
    assert manifest.licence == "research, non-commercial"
    assert manifest.licence in {data.licence for data in manifest.training_data}
    assert "**Research, non-commercial.**" in (folder / "MODEL_CARD.md").read_text()
    assert "models_onnx/research" not in (ROOT.parent / "pyproject.toml").read_text()
    golden = Golden.model_validate_json((folder / manifest.golden.file).read_bytes())
    assert disagreements(golden, open_model(folder).session.run) == ()
