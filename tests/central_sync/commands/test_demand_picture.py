"""Held-out forecasts drawn: curves of stores and segments, and what moves them."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from central_sync.commands.evaluate import evaluate
from central_sync.trainers.demand.effort import SMALL
from central_sync.trainers.demand.graph import to_onnx
from central_sync.trainers.demand.layouts import read
from central_sync.trainers.demand.sample import training_rows
from central_sync.trainers.demand.showing import HeldOut, held_out
from central_sync.trainers.demand.trees import fit_trees
from endcap.models.demand.drivers import GROUPS
from endcap.models.demand.features import FEATURES
from tests.central_sync.trainers.demand import folders


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folders.lake(tmp_path_factory.mktemp("lake"), items=12)


@pytest.fixture(scope="module")
def model(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = training_rows(read(data), most=2_000, rng=np.random.default_rng(0))
    file = tmp_path_factory.mktemp("model") / "model.onnx"
    file.write_bytes(to_onnx(fit_trees(rows, SMALL, seed=0), len(FEATURES)))
    return file


@pytest.fixture(scope="module")
def shown(data: Path, model: Path) -> HeldOut:
    return held_out(data, model)


def test_stores_and_segments_add_up_to_what_is_judged(data: Path, shown: HeldOut) -> None:
    curves = {one.name: one for one in shown.curves}
    assert {"all", "store store-0", "store store-1", "segment fast"} <= curves.keys()
    stores = (curves["store store-0"], curves["store store-1"])
    for name in ("actual", "expected"):
        whole = getattr(curves["all"], name)
        assert whole == pytest.approx(sum(getattr(one, name) for one in stores))
    sales = read(data)
    there = sales.test_in_stock() & np.isfinite(sales.test(sales.panel.units))
    assert curves["all"].actual.sum() == sales.test(sales.panel.units)[there].sum()
    assert (curves["all"].spread > 0).all()
    assert 0.0 < curves["all"].wape < 1.0


def test_every_group_of_features_has_its_share_of_what_moves(shown: HeldOut) -> None:
    shares = [share for _, share in shown.moved]
    assert {words for words, _ in shown.moved} == {group.words for group in GROUPS}
    assert shares == sorted(shares, reverse=True)
    assert dict(shown.moved)["weekday and day of the month"] > 0.0
    assert dict(shown.moved)["weather"] == 0.0  # there is none in this data


def run(*arguments: object) -> tuple[int, str, str]:
    done = CliRunner().invoke(evaluate, [str(one) for one in arguments])
    return done.exit_code, done.stdout, done.stderr


def test_the_command_draws_what_it_scored(data: Path, model: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="endcap[plots] is not installed")
    place = tmp_path / "out.png"
    code, out, _ = run("demand", "--data", data, "--model", model, "--plot", place)
    assert code == 0
    assert "metrics.wape_instock" in out
    assert place.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


def test_a_picture_that_cannot_be_drawn_is_said_so(data: Path, model: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="endcap[plots] is not installed")
    place = tmp_path / "out.docx"
    code, _, err = run("demand", "--data", data, "--model", model, "--plot", place)
    assert code == 2
    assert "docx" in err.splitlines()[-1]


def test_other_kinds_have_no_such_picture(data: Path, tmp_path: Path) -> None:
    code, _, err = run("shopper", "--data", data, "--plot", tmp_path / "out.png")
    assert (code, err) == (2, "--plot draws forecasts of demand, not of shopper\n")
