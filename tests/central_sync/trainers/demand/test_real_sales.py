"""On real sales: better than what a shop could do without a model."""

import pytest

from central_sync.trainers.demand import DEMAND
from tests.shared_data import shared_data

pytestmark = pytest.mark.shared_data


@pytest.mark.parametrize(
    ("name", "measure", "share"), [("bakery", "wape", 0.9), ("m5", "vw_rmsse", 0.99)]
)
def test_a_fitted_model_beats_every_baseline(name: str, measure: str, share: float) -> None:
    data = shared_data("demand", name)
    scored = DEMAND.evaluate(data, None, baselines=True, progress=lambda _: None)
    plain = min(one[measure] for one in scored.baselines.values())
    assert scored.metrics[measure] <= share * plain
