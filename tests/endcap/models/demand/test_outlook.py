"""From the model's answer to units."""

from typing import Any

import numpy as np
import pytest

from endcap.models.demand.features import FEATURES
from endcap.models.demand.outlook import Reading, outlook_of, reading_of

PARAMETERS: dict[str, Any] = {
    "features": list(FEATURES),
    "quantiles": [0.1, 0.5, 0.9],
    "median_share": 0.0,
    "period": "day",
}
QUANTILES = np.array([[0, 1, 2], [0, 2, 4], [1, 1, 1], [0, 0, 3]], dtype=np.float32)
MEAN = np.array([1.5, 2.5, 1.0, 0.5], dtype=np.float32)
LEVEL = np.array([10.0, np.nan])


def test_multiples_become_units_and_the_unknown_stays_unknown() -> None:
    found = outlook_of(QUANTILES, MEAN, LEVEL, reading_of(PARAMETERS))
    np.testing.assert_allclose(found.expected[0], [15.0, 25.0])
    np.testing.assert_allclose(found.quantiles[0], [[0, 10, 20], [0, 20, 40]])
    assert np.isnan(found.expected[1]).all()


def test_the_point_may_lie_between_mean_and_median() -> None:
    reading = reading_of(PARAMETERS | {"median_share": 0.5})
    assert isinstance(reading, Reading)
    found = outlook_of(QUANTILES, MEAN, LEVEL, reading)
    np.testing.assert_allclose(found.expected[0], [12.5, 22.5])


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"features": ["lead"]}, "other features"),
        ({"features": list(reversed(FEATURES))}, "ordered"),
        ({"median_share": 1.5}, "1.5"),
        ({"quantiles": []}, "levels"),
        ({"quantiles": None}, "do not describe"),
    ],
)
def test_parameters_that_do_not_fit_are_named(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        reading_of(PARAMETERS | wrong)
