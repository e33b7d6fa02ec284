"""What goes on around an item: in its category in the store, in the weather, and in the chain.

Part of `features`, which names the columns; what is not known here is UNKNOWN there.
"""

import numpy as np

from endcap.models.demand.chain import WEEK, Chain
from endcap.models.demand.lift import cuts_at, lifted, own_slope, response_of, slope_by
from endcap.models.demand.panel import Floats, Ints, Panel, window
from endcap.models.demand.recent import UNKNOWN, Recent, by_code, count_of, mean_of, ratio

_MONTH = 28
_LATELY = 7
WARM = 100.0
"""Added to temperatures and their differences, so that a frost of one degree is not UNKNOWN."""


def sold_beside(panel: Panel, cut: Recent, origin: int, ahead: Ints) -> dict[str, Floats]:
    """Return how the item's category in its store sells, is priced and is out of stock lately."""
    code = _beside(panel)
    count = count_of(code)
    total = by_code(cut.demand, code, count)
    month = total[:, -_MONTH:].mean(axis=1)
    response, below = response_of(panel, cut, origin), cuts_at(panel, origin, ahead)
    season = total[:, _alike(panel, cut.demand.shape[1], ahead)].mean(axis=2)
    return {
        "category_3": _told(ratio(total[:, -3:].mean(axis=1), month), code),
        "category_7": _told(ratio(total[:, -_LATELY:].mean(axis=1), month), code),
        "category_season": _told(ratio(season, month[:, None]), code),
        "category_price": _told(_priced(panel, code, count, origin, ahead), code),
        "category_lift": lifted(_told(slope_by(response, code), code), below),
        "own_lift": lifted(own_slope(response), below),
        "category_out": _told(_out(cut, code, count), code),
    }


def _beside(panel: Panel) -> Ints:
    """Return a code for a category in a store; unknown where the category is."""
    wide = panel.group * max(count_of(panel.category), 1) + panel.category
    return np.where(panel.category >= 0, wide, -1)


def _alike(panel: Panel, recent: int, ahead: Ints) -> Ints:
    """Return the places in the recent window of the target's weekday, four weeks back: [H, 4]."""
    season = panel.rhythm.season
    back = -(-ahead // season) * season
    places: Ints = (recent - 1 + ahead - back)[:, None] - season * np.arange(4)
    return places


def _priced(panel: Panel, code: Ints, count: int, origin: int, ahead: Ints) -> Floats:
    """Return the mean price relation of a category on the target day to lately: [count, H]."""
    price = window(panel.price, origin - _MONTH + 1, origin + int(ahead.max()))
    price = np.where(price > 0, price, np.nan)
    relative = ratio(price[:, _MONTH - 1 + ahead], mean_of(price[:, :_MONTH])[:, None])
    known = relative != UNKNOWN
    total = by_code(np.where(known, relative, 0.0), code, count)
    return ratio(total, by_code(known.astype(np.float64), code, count))


def _out(cut: Recent, code: Ints, count: int) -> Floats:
    """Return the share of the last days' selling time that a category was out of stock: [count]."""
    seen = np.isfinite(cut.demand[:, -_LATELY:]).astype(np.float64)
    gone = by_code((1.0 - cut.in_stock[:, -_LATELY:]) * seen, code, count).sum(axis=1)
    return ratio(gone, by_code(seen, code, count).sum(axis=1))


def _told(values: Floats, code: Ints) -> Floats:
    """Return the figure of each series from that of its code; UNKNOWN without a code."""
    if not len(values):
        return np.full((len(code), *values.shape[1:]), UNKNOWN)
    known = (code >= 0).reshape(-1, *[1] * (values.ndim - 1))
    return np.where(known, values[code], UNKNOWN)


def weather(panel: Panel, origin: int, ahead: Ints) -> dict[str, Floats]:
    """Return the forecast weather of the target day, and how it differs from lately's."""
    reach = int(ahead.max())
    warm = window(panel.temperature, origin - _LATELY + 1, origin + reach)
    rain = window(panel.rain, origin - _LATELY + 1, origin + reach)
    there = _LATELY - 1 + ahead
    change = warm[:, there] - mean_of(warm[:, :_LATELY])[:, None]
    return {
        "temperature": np.nan_to_num(warm[:, there] + WARM, nan=UNKNOWN),
        "temperature_change": np.nan_to_num(change + WARM, nan=UNKNOWN),
        "rain": np.nan_to_num(rain[:, there], nan=UNKNOWN),
        "rain_recent": np.nan_to_num(mean_of(rain[:, :_LATELY]), nan=UNKNOWN),
    }


def chained(panel: Panel, chain: Chain, origin: int, ahead: Ints) -> dict[str, Floats]:
    """Return how the item and its category sell in all stores together."""
    weekday = (int(panel.weekday[origin]) + ahead) % WEEK if panel.rhythm.season > 1 else ahead * 0
    below = cuts_at(panel, origin, ahead)
    return {
        "chain_item_3": _told(chain.item_3, panel.item),
        "chain_item_7": _told(chain.item_7, panel.item),
        "chain_category_3": _told(chain.category_3, panel.category),
        "chain_category_7": _told(chain.category_7, panel.category),
        "chain_season": _told(chain.season[:, weekday], panel.category),
        "chain_item_lift": lifted(_told(chain.item_lift, panel.item), below),
        "chain_category_lift": lifted(_told(chain.category_lift, panel.category), below),
    }
