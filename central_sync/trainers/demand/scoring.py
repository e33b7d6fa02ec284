"""Scores of a forecast of the test periods, as each layout defines them.

Chooses among the measures of `core.demand_metrics`; makes no forecast.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from central_sync.core import demand_metrics as measures
from central_sync.trainers.demand.dataset import DataSet
from central_sync.trainers.demand.levels import JUDGED
from endcap.models.demand.panel import Floats

_RATIOS = (0.75, 0.9)  # critical ratios at which a bakery's orders are costed


def counted(data: DataSet) -> NDArray[np.bool_]:
    """Return the test cells that a forecast is judged on: those in stock, with a truth."""
    return data.test_in_stock() & np.isfinite(data.test(data.panel.units))


def point_scores(data: DataSet, forecast: Floats) -> Mapping[str, float]:
    """Return the layout's measures of a point forecast [S, horizon]."""
    truth = data.test(data.panel.units)
    known = measures.everywhere(truth)
    if data.layout in ("freshretailnet", "endcap_sales"):
        scores: dict[str, float] = {}
        for name, mask in (("instock", counted(data)), ("all", known)):
            scores[f"wape_{name}"] = measures.by_period(measures.wape, truth, forecast, mask)
            scores[f"bias_{name}"] = measures.by_period(measures.bias, truth, forecast, mask)
        return scores
    scores = {
        "wape": measures.wape(truth, forecast, known),
        "bias": measures.bias(truth, forecast, known),
    }
    if data.layout == "m5":
        history = data.panel.units[:, : data.first_test]
        scores["vw_rmsse"] = measures.vw_rmsse(history, truth, forecast)
    if data.layout == "walmart_weekly":
        holiday = data.test(data.panel.holiday) > 0
        scores["wmae"] = measures.wmae(truth, forecast, holiday)
    return scores


def spread_scores(
    data: DataSet, quantiles: Floats, levels: tuple[float, ...]
) -> Mapping[str, float]:
    """Return the measures of quantiles [S, horizon, Q] on the cells in stock."""
    truth, mask = data.test(data.panel.units), counted(data)
    scores = {
        "pinball": measures.pinball(
            truth, measures.at_levels(quantiles, levels, JUDGED), JUDGED, mask
        ),
        "coverage_90": measures.coverage(truth, quantiles[..., 0], quantiles[..., -1], mask),
    }
    ninth = measures.at_levels(quantiles, levels, (0.9,))
    scores["wql_90"] = 2.0 * measures.pinball(truth, ninth, (0.9,), mask)
    nothing = np.full(truth.shape, -np.inf)
    scores["below_90"] = measures.coverage(truth, nothing, ninth[..., 0], mask)
    if data.layout == "bakery":
        for ratio in _RATIOS:
            order = measures.at_levels(quantiles, levels, (ratio,))[..., 0]
            name = f"newsvendor_{round(ratio * 100)}"
            scores[name] = measures.newsvendor_cost(truth, order, ratio, mask)
    return scores
