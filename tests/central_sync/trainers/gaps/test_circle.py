"""What people say makes a better facing model: fitted without torch, judged on other stores."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from central_sync.core.review.verdict import held_out
from central_sync.ports.training import Continuing, DataUnusableError
from central_sync.trainers.gaps import GAPS
from central_sync.trainers.gaps.refit import (
    Lessons,
    ask,
    fit_head,
    width_of,
    with_head,
    without_head,
)
from central_sync.trainers.gaps.reviewed import cut_reviewed, is_reviewed, read_reviewed
from endcap.models.gaps.crops import SIDE
from endcap.models.gaps.states import STATES
from endcap.models.golden import disagreements
from endcap.plumbing.onnx_session import open_session
from endcap.plumbing.packaged import reference_models
from endcap.wire.manifest import Golden, ModelManifest
from tests.central_sync.trainers.gaps.reviews import write_reviews

SHIPPED = reference_models() / "gaps"
STORES = (1, 2, 3, 4, 5, 6)


def say(line: str) -> None:
    assert line


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_reviews(tmp_path_factory.mktemp("reviews") / "data", STORES)


@pytest.fixture(scope="module")
def refitted(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("refitted")
    GAPS.fit(data, out, seed=1, progress=say)
    return out


def test_what_people_say_makes_a_better_model_for_stores_it_never_saw(
    data: Path, refitted: Path
) -> None:
    verdict = GAPS.compare(data, refitted, SHIPPED)
    assert verdict.promote, verdict.reason
    assert verdict.champion is not None
    assert verdict.candidate < 0.7 * verdict.champion
    judging = held_out([f"s-{one:04}" for one in STORES])
    assert {one.name for one in verdict.parts} == judging
    assert not GAPS.compare(data, SHIPPED, SHIPPED).promote


def test_the_refitted_model_is_whole_and_says_what_it_was_made_from(
    data: Path, refitted: Path
) -> None:
    manifest = ModelManifest.model_validate_json((refitted / "manifest.json").read_bytes())
    before = ModelManifest.model_validate_json((SHIPPED / "manifest.json").read_bytes())
    assert manifest.thresholds == before.thresholds
    assert manifest.licence == before.licence
    assert [one.name for one in manifest.training_data] == [
        "rendered stores",
        *(one.name for one in before.training_data),
    ]
    golden = Golden.model_validate_json((refitted / "golden.json").read_bytes())
    session = open_session((refitted / "model.onnx").read_bytes())
    assert disagreements(golden, session.run) == ()
    assert is_reviewed(data)


def test_a_second_fit_takes_the_first_one_s_place(
    data: Path, refitted: Path, tmp_path: Path
) -> None:
    assert isinstance(GAPS, Continuing)
    GAPS.going_on(refitted).fit(data, tmp_path, seed=1, progress=say)
    again, first = (one / "model.onnx" for one in (tmp_path, refitted))
    assert again.read_bytes() == first.read_bytes()
    shipped = (SHIPPED / "model.onnx").read_bytes()
    assert without_head(again.read_bytes()) == without_head(shipped)


def test_where_people_agree_with_the_model_its_decisions_stay() -> None:
    model = (SHIPPED / "model.onnx").read_bytes()
    crops = np.random.default_rng(1).integers(0, 255, (6, SIDE, SIDE, 3), dtype=np.uint8)
    said = ask(open_session(model), crops, width_of(model))
    decided = said.chances.argmax(axis=1)
    head = fit_head(said, Lessons(decided, np.ones(len(crops))))
    assert (head.chances(said).argmax(axis=1) == decided).all()


def test_the_graph_says_what_the_head_says(data: Path) -> None:
    facings = read_reviewed(data)[:40]
    model = (SHIPPED / "model.onnx").read_bytes()
    crops, width = cut_reviewed(data, facings, SIDE), width_of(model)
    said = ask(open_session(model), crops, width)
    state = np.asarray([STATES.index(one.state) for one in facings], np.int64)
    head = fit_head(said, Lessons(state, np.ones(len(state))))
    drawn = with_head(model, head)
    found = ask(open_session(drawn), crops, width)
    np.testing.assert_allclose(found.chances, head.chances(said), atol=1e-5)
    np.testing.assert_array_equal(found.embedding, said.embedding)
    assert with_head(drawn, head) == drawn


def test_too_few_answers_or_one_store_alone_are_told(tmp_path: Path) -> None:
    alone = write_reviews(tmp_path / "alone", (1,), shelves=1)
    with pytest.raises(DataUnusableError, match=r"0 answered facings .* s-0001 only judge"):
        GAPS.fit(alone, tmp_path / "out", seed=1, progress=say)
    (alone / "facings.csv").write_text("picture\n")
    with pytest.raises(DataUnusableError, match="of no store"):
        GAPS.fit(alone, tmp_path / "out", seed=1, progress=say)
    with pytest.raises(DataUnusableError, match="no answered facings"):
        GAPS.compare(alone, SHIPPED, None)


def test_what_is_no_facing_model_is_told(data: Path, tmp_path: Path) -> None:
    with pytest.raises(DataUnusableError, match="no facing model to go on from"):
        GAPS.compare(data, tmp_path, None)
    detector = reference_models() / "gap_detector"
    with pytest.raises(DataUnusableError, match="of gap_detector, not of facings"):
        GAPS.compare(data, detector, None)


@pytest.mark.parametrize(
    ("column", "value"),
    [("state", "gone"), ("x1", "7"), ("x1", "?"), ("taken_at", "noon"), ("sampled", "0")],
)
def test_a_row_that_cannot_be_read_is_told_with_its_line(
    data: Path, tmp_path: Path, column: str, value: str
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(data, copy)
    head, first, *_ = (copy / "facings.csv").read_text().splitlines()
    cells = dict(zip(head.split(","), first.split(","), strict=True)) | {column: value}
    (copy / "facings.csv").write_text(f"{head}\n{','.join(cells.values())}\n")
    with pytest.raises(DataUnusableError, match=r"facings\.csv:2: no reviewed facing"):
        read_reviewed(copy)


def test_a_picture_that_is_missing_is_told(data: Path, tmp_path: Path) -> None:
    facings = read_reviewed(data)[:1]
    with pytest.raises(DataUnusableError, match="no picture of a facing"):
        cut_reviewed(tmp_path, facings, SIDE)
    with pytest.raises(DataUnusableError, match="review export"):
        read_reviewed(tmp_path)


@pytest.mark.parametrize("said", ["", "[]", json.dumps({"layout": "endcap_sales"})])
def test_other_data_is_no_review(tmp_path: Path, said: str) -> None:
    assert not is_reviewed(tmp_path)
    (tmp_path / "dataset.json").write_text(said)
    assert not is_reviewed(tmp_path)
