"""What would have sold had the shelf never been empty.

Sales in a period with a stock-out are a lower bound of demand. The estimate is the mean of a
Poisson demand under a Gamma prior: what was sold, plus, for the share of the time the item was not
there, the rate that its sales in the rest of the time and its usual level suggest. Estimates the
total of a period only; it says nothing of the hour.
"""

import numpy as np

from endcap.models.demand.panel import Floats

PRIOR = 0.3
"""The usual level weighs as much as this share of a period of observed selling time."""


def level_of(units: Floats, in_stock: Floats, weights: Floats, least: float) -> Floats:
    """Return the units per fully stocked period: [S] from [S, W].

    Sold units over stocked time, both weighted: the Poisson rate under censoring. NaN where the
    item was in stock for fewer than `least` periods in all: too little to say.
    """
    seen = np.isfinite(units)
    exposure = np.where(seen, in_stock, 0.0)
    time = (exposure * weights).sum(axis=1)
    sold = (np.where(seen, units, 0.0) * weights).sum(axis=1)
    enough = exposure.sum(axis=1) >= least
    return np.where(enough & (time > 0), sold / np.where(time > 0, time, 1.0), np.nan)


def recovered(units: Floats, in_stock: Floats, rate: Floats) -> Floats:
    """Return the demand behind `units`, never below them: [S, W]; `rate` is [S], units a period.

    A period in stock all the time is returned as it was; an unknown rate adds nothing.
    """
    usual = np.nan_to_num(rate)[:, None]
    absent = 1.0 - in_stock
    return units + absent * (units + PRIOR * usual) / (in_stock + PRIOR)
