"""How dear a campaign's money is while the rest must last: its shadow price.

The best plan in hindsight is a linear program: give each place to at most one campaign, for the
most value, within every budget. Its dual has one price for each budget, and whoever knows those
plays the plan by taking the largest value - shadow * price at each place. They are found here by
solving the same program over places as they came of late, for the money that is left and the
places still expected; solved again and again, what was misjudged is put right by what is left
(Agrawal, Wang and Ye 2014; Li and Ye 2022). How many places are expected is
endcap.models.media.arrivals' to say.
"""

import numpy as np

from endcap.models.media.auction import Floats, gains

MOST = 50.0
"""A shadow price beyond which a campaign is as good as out."""
ROUNDS = 200
_STEP, _DAMPING = 0.3, 0.1


def shadow_prices(
    values: Floats, prices: Floats, rates: Floats, start: Floats, *, rounds: int = ROUNDS
) -> Floats:
    """Return the shadow price of each campaign's money, [m], from 0 (there is plenty) upward.

    Minimises the dual function by projected subgradients, the mean of the later half of the steps.

    Args:
        values: what places like those to come are worth to each campaign, [n, m], in micros; 0
            where it does not fit or cannot pay.
        prices: what each place would cost each campaign, [n, m], in micros.
        rates: the money each campaign has for each place to come, [m], in micros.
        start: where to begin: the last answer, or zeros, [m].
        rounds: how many steps.
    """
    if not values.size:
        return np.zeros_like(start)
    rows = np.arange(len(values))
    shadow, later = np.clip(start, 0.0, MOST), np.zeros_like(start)
    scale = rates + _DAMPING * max(float(rates.mean()), 1e-9)
    for step in range(rounds):
        gain = gains(values, prices, shadow)
        best = gain.argmax(axis=1)
        paid = np.where(gain[rows, best] > 0, prices[rows, best], 0.0)
        spent = np.bincount(best, weights=paid, minlength=len(rates)) / len(rows)
        pull = np.clip((spent - rates) / scale, -1.0, 10.0)
        shadow = np.clip(shadow + _STEP / np.sqrt(step + 5.0) * pull, 0.0, MOST)
        if step >= rounds // 2:
            later += shadow
    found: Floats = later / (rounds - rounds // 2)
    return found


def deal_chance(rate: float, floor: float) -> float:
    """Return how often a deal is to be played so that its money lasts: (0, 1].

    A deal takes the places it fits before any auction, at their floor; unpaced it would take all
    of them until its money is gone.
    """
    return 1.0 if floor <= 0 or rate >= floor else max(rate / floor, 1e-6)
