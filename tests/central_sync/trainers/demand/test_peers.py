"""The usual libraries answer for the same cells, and their absence is told."""

import sys
from pathlib import Path

import numpy as np
import pytest

from central_sync.trainers.demand import peers
from central_sync.trainers.demand.comparison import baseline_scores
from central_sync.trainers.demand.layouts import read
from tests.central_sync.trainers.demand import folders


def quiet(line: str) -> None:
    """Take progress and say nothing."""


@pytest.mark.parametrize("layout", ["bakery", "m5"])
def test_each_library_learns_what_repeats(layout: str, tmp_path: Path) -> None:
    data = read(getattr(folders, layout)(tmp_path))
    truth = data.test(data.panel.units)
    found = peers.peer_forecasts(data, quiet)
    assert {"statsforecast_autoets", "mlforecast_lightgbm"} <= set(found)
    for peer in found.values():
        assert peer.expected.shape == truth.shape
        assert np.abs(peer.expected - truth).sum() < 0.5 * truth.sum()


def test_sales_of_the_test_are_not_given(tmp_path: Path) -> None:
    data = read(folders.m5(tmp_path))
    before = peers.peer_forecasts(data, quiet)
    data.panel.units[:, data.first_test :] = 9e9
    for name, peer in peers.peer_forecasts(data, quiet).items():
        np.testing.assert_array_equal(peer.expected, before[name].expected)


def test_a_slow_library_is_given_a_sample(tmp_path: Path) -> None:
    data = read(folders.bakery(tmp_path))
    said: list[str] = []
    scores = baseline_scores(data, data.test(data.panel.units), said.append, data.panel.periods)
    assert any("on 1 of 2 series, drawn with seed 0" in line for line in said)
    assert scores["statsforecast_autoets"]["series"] == 1
    assert scores["mlforecast_lightgbm"]["series"] == 2
    assert scores["this_model_on_the_series_of_statsforecast_autoets"]["wape"] == 0.0
    assert "this_model_on_the_series_of_mlforecast_lightgbm" not in scores


def test_without_the_libraries_it_is_told_how_to_get_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = read(folders.bakery(tmp_path))
    for name in ("statsforecast", "statsforecast.models", "mlforecast"):
        monkeypatch.setitem(sys.modules, name, None)
    said: list[str] = []
    assert peers.peer_forecasts(data, said.append) == {}
    assert sum("pip install 'endcap[peers]'" in line for line in said) == 2
