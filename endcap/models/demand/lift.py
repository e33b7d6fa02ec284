"""How much more sells when the price is cut: of an item, of its category, and in the whole chain.

A slope through the origin, by weighted least squares drawn to nothing: extra demand, as a multiple
of the level, over the share by which a price lies below the item's usual one. A forecast's lift is
one plus the slope times the cut of the day. Knows no cause: a cut that follows slow sales counts
like any other.
"""

from dataclasses import dataclass

import numpy as np

from endcap.models.demand.panel import Floats, Ints, Panel, window
from endcap.models.demand.recent import MOST, UNKNOWN, Recent, by_code, count_of, mean_of

_TOGETHER = 0.02  # the prior's weight where many items or stores are summed up
_ALONE = 0.1  # and for one item in one store
_MOST_EXTRA = 7.0  # one period's extra demand, in levels


@dataclass(frozen=True, slots=True, eq=False)
class Response:
    """How much more sold below the usual price: sums of each series, all [S].

    Attributes:
        moved: of cut times extra demand.
        cuts: of squared cuts.
        weight: units per period; nothing where no level is known.
    """

    moved: Floats
    cuts: Floats
    weight: Floats


def response_of(panel: Panel, cut: Recent, origin: int) -> Response:
    """Return how each series responded to its prices in the recent window."""
    below = cuts_at(panel, origin, np.zeros(0, dtype=np.int64))
    known = np.isfinite(cut.demand) & (cut.level > 0)[:, None]
    level = np.where(cut.level > 0, cut.level, 1.0)[:, None]
    extra = np.where(known, np.minimum(cut.demand / level - 1.0, _MOST_EXTRA), 0.0)
    weight = np.where(cut.level > 0, cut.level, 0.0)
    told = below * known * cut.in_stock
    return Response(
        moved=(told * extra).sum(axis=1) * weight,
        cuts=(told * below).sum(axis=1) * weight,
        weight=weight,
    )


def cuts_at(panel: Panel, origin: int, ahead: Ints) -> Floats:
    """Return by what share prices lie below the usual one: on `ahead`, or in the recent window."""
    recent, reach = panel.rhythm.recent, int(ahead.max(initial=0))
    price = window(panel.price, origin - recent + 1, origin + reach)
    price = np.where(price > 0, price, np.nan)
    below = np.nan_to_num(1.0 - price / mean_of(price[:, :recent])[:, None])
    there: Floats = below[:, recent - 1 + ahead] if len(ahead) else below
    return there


def own_slope(response: Response) -> Floats:
    """Return the slope of each series by itself: [S]."""
    return _slope(response.moved, response.cuts, response.weight, _ALONE)


def slope_by(response: Response, code: Ints) -> Floats:
    """Return the slope of all series of a code together: [codes]."""
    return slope_of(responses_by(response, code, count_of(code)))


def responses_by(response: Response, code: Ints, count: int) -> Floats:
    """Return the sums of all series of each code, which add up over stores: [count, 3]."""
    parts = np.stack([response.moved, response.cuts, response.weight], axis=1)
    return by_code(parts, code, count)


def slope_of(responses: Floats) -> Floats:
    """Return the slope of responses that were summed up [codes, 3]: [codes]."""
    return _slope(responses[:, 0], responses[:, 1], responses[:, 2], _TOGETHER)


def lifted(slope: Floats, below: Floats) -> Floats:
    """Return the lift [S, H] of slopes [S] on days of such cuts [S, H]; UNKNOWN without a slope."""
    lift = np.clip(1.0 + slope[:, None] * below, 0.0, MOST)
    return np.where(slope[:, None] == UNKNOWN, UNKNOWN, lift)


def _slope(moved: Floats, cuts: Floats, weight: Floats, prior: float) -> Floats:
    """Return the slope, never below nothing: nothing sells less for being cheaper."""
    whole = cuts + prior * weight
    slope: Floats = np.maximum(moved, 0.0) / np.where(whole > 0, whole, 1.0)
    return slope
