"""On real sales: better than what a shop could do without a model."""

import pytest

from central_sync.trainers.demand import DEMAND
from central_sync.trainers.demand.baselines import baseline_forecasts
from central_sync.trainers.demand.layouts import read
from central_sync.trainers.demand.scoring import point_scores
from tests.shared_data import shared_data

pytestmark = pytest.mark.shared_data


@pytest.mark.parametrize(
    ("name", "measure", "share"), [("bakery", "wape", 0.9), ("m5", "vw_rmsse", 0.99)]
)
def test_a_fitted_model_beats_every_baseline(name: str, measure: str, share: float) -> None:
    data = shared_data("demand", name)
    scored = DEMAND.evaluate(data, None, baselines=False, progress=lambda _: None)
    sales = read(data)
    plain = min(point_scores(sales, one)[measure] for one in baseline_forecasts(sales).values())
    assert scored.metrics[measure] <= share * plain
