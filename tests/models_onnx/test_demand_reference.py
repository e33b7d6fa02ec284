"""The shipped demand model: whole, small, attributed, and as good as its manifest says."""

from pathlib import Path

import pytest

from central_sync.trainers.demand import DEMAND
from endcap.models.demand.outlook import reading_of
from endcap.models.golden import disagreements
from endcap.plumbing.files import sha256_of
from endcap.plumbing.onnx_session import open_session
from endcap.wire.manifest import Golden, ModelManifest
from tests.shared_data import shared_data

FOLDER = Path(__file__).parents[2] / "models_onnx" / "demand"


@pytest.fixture(scope="module")
def manifest() -> ModelManifest:
    return ModelManifest.model_validate_json((FOLDER / "manifest.json").read_bytes())


def test_the_files_are_those_the_manifest_names(manifest: ModelManifest) -> None:
    for named in (manifest.model, manifest.golden):
        content = (FOLDER / named.file).read_bytes()
        assert (sha256_of(content), len(content)) == (named.sha256, named.length)
    assert manifest.model.length <= 3 * 1024 * 1024


def test_the_model_answers_as_its_maker_saw_it_answer(manifest: ModelManifest) -> None:
    golden = Golden.model_validate_json((FOLDER / manifest.golden.file).read_bytes())
    session = open_session((FOLDER / manifest.model.file).read_bytes())
    assert disagreements(golden, session.run) == ()


def test_this_program_can_read_it(manifest: ModelManifest) -> None:
    reading = reading_of(manifest.parameters)
    assert reading.period == "day"
    assert reading.levels[0] == 0.05
    assert reading.levels[-1] == 0.95


def test_whose_sales_it_learned_from_is_said(manifest: ModelManifest) -> None:
    (sales,) = manifest.training_data
    assert "FreshRetailNet-50K" in sales.name
    assert sales.licence == "CC-BY-4.0"
    card = (FOLDER / "MODEL_CARD.md").read_text()
    assert card.startswith("---\n")
    assert "FreshRetailNet-50K" in card
    assert "CC-BY-4.0" in card


@pytest.mark.shared_data
def test_it_scores_what_its_manifest_says(manifest: ModelManifest) -> None:
    data = shared_data("demand", "freshretailnet")
    scored = DEMAND.evaluate(data, FOLDER, baselines=False, progress=lambda _: None).metrics
    for metric in manifest.metrics:
        assert scored[metric.name] == pytest.approx(metric.value, abs=1e-3)
    assert scored["wape_instock"] <= 0.292
    assert abs(scored["bias_instock"]) <= 0.015
