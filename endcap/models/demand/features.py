"""The demand model's input: what is known at the end of one period about the ones to come.

One definition for training and serving. Looks at no unit sold after the origin; prices,
promotions and the calendar of the periods to come are known in advance. Every figure is a multiple
of the series' own level, so that one model serves any item; -1 means "not known".
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from endcap.models.demand.chain import Chain, no_chain
from endcap.models.demand.panel import Floats, Ints, Panel, window
from endcap.models.demand.recent import (
    UNKNOWN,
    Recent,
    by_code,
    count_of,
    mean_of,
    ratio,
    recent_of,
)
from endcap.models.demand.surroundings import chained, sold_beside, weather

Features = NDArray[np.float32]

_MOST = 20.0  # a multiple of the level beyond this says no more than this does
_GRID = 1024.0  # features stand on multiples of 1/1024: see features_at
_BY_LEAD = 2  # the dimensions of a column that differs by lead
_LIKENESS = 0.08  # price difference, relative, at which a past day counts half as similar

FEATURES = (
    "lead", "weekday", "log_level", "age",
    "mean_1", "mean_2", "mean_3", "mean_4", "mean_5", "last",
    "spread", "zero_share", "stock_recent", "stock_long", "stock_last",
    "season_last", "season_4", "season_8", "group_season", "group_trend",
    "promotion", "promotion_recent", "price_recent", "price_highest", "alike", "alike_season",
    "holiday", "holiday_before", "holiday_after", "special", "special_recent",
    "year_known", "year_ago", "year_smooth", "year_growth", "group_year", "holiday_year_ago",
    "category_3", "category_7", "category_season", "category_price", "category_out",
    "temperature", "temperature_change", "rain", "rain_recent",
    "chain_item_3", "chain_item_7", "chain_category_3", "chain_category_7", "chain_season",
)  # fmt: skip
"""The names of the columns, in order; a model's manifest repeats them."""


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """Features of every series and lead at one origin.

    Attributes:
        rows: [S, H, F] float32, columns as in FEATURES.
        level: [S] units per period that the features and the model's output are multiples of;
            NaN where too little is known to say.
        rate: [S] the level again, not weighted by age: what recovery of censored sales leans on.
    """

    rows: Features
    level: Floats
    rate: Floats


def features_at(
    panel: Panel, origin: int, leads: Sequence[int], chain: Chain | None = None
) -> Prepared:
    """Return the features of every series for the periods `origin + lead`.

    They stand on a grid of 1/1024, so that a threshold between two of them is the same in the
    trainer's double precision and in the model's single one, and so that a processor whose
    logarithm differs in the last bit gives the same rows.

    Args:
        panel: what is known; units after `origin` are not looked at.
        origin: the column of the last period whose sales are known.
        leads: how many periods ahead, each at least 1; prices, promotions and the calendar must
            reach as far as the panel does, and count as unknown beyond it.
        chain: what all stores sold up to `origin`, by the panel's codes; None where nobody told.
    """
    cut = recent_of(panel, origin)
    ahead = np.asarray(leads, dtype=np.int64)
    columns = (
        _moment(panel, origin, ahead)
        | _history(cut, panel.rhythm.means)
        | _season(panel, cut, ahead)
        | _covariates(panel, cut, origin, ahead)
        | _year_ago(panel, cut, origin, ahead)
        | sold_beside(panel, cut, origin, ahead)
        | weather(panel, origin, ahead)
        | chained(panel, chain or no_chain(panel), origin, ahead)
    )
    rows = np.empty((panel.series, len(ahead), len(FEATURES)), dtype=np.float32)
    for place, name in enumerate(FEATURES):
        column = columns[name]
        wide = column if column.ndim == _BY_LEAD else column[:, None]
        rows[:, :, place] = np.rint(wide * _GRID) / _GRID
    return Prepared(rows, cut.level, cut.rate)


def _moment(panel: Panel, origin: int, ahead: Ints) -> dict[str, Floats]:
    """Return what depends on the target period alone: its lead and its weekday."""
    shape = (panel.series, len(ahead))
    weekday = (int(panel.weekday[origin]) + ahead) % 7 if panel.rhythm.season > 1 else ahead * 0
    return {
        "lead": np.broadcast_to(ahead.astype(np.float64), shape),
        "weekday": np.broadcast_to(weekday.astype(np.float64), shape),
    }


def _history(cut: Recent, means: tuple[int, ...]) -> dict[str, Floats]:
    """Return how the item sold lately, and how much of the time it was there."""
    level, demand = cut.level, cut.demand
    long = demand[:, -means[3] :]
    middle = mean_of(long)
    found = {
        f"mean_{place}": ratio(mean_of(demand[:, -length:]), level)
        for place, length in enumerate(means, start=1)
    }
    return found | {
        "log_level": np.where(level > 0, np.log(np.where(level > 0, level, 1.0)), -9.0),
        "age": np.isfinite(demand).sum(axis=1).astype(np.float64),
        "last": ratio(demand[:, -1], level),
        "spread": ratio(mean_of(np.abs(long - middle[:, None])), level),
        "zero_share": np.nan_to_num(
            mean_of(np.where(np.isfinite(long), long == 0, np.nan)), nan=UNKNOWN
        ),
        "stock_recent": mean_of(cut.in_stock[:, -means[1] :]),
        "stock_long": mean_of(cut.in_stock[:, -means[3] :]),
        "stock_last": cut.in_stock[:, -1],
    }


def _season(panel: Panel, cut: Recent, ahead: Ints) -> dict[str, Floats]:
    """Return the same weekday in the weeks before, of the item and of its group."""
    season, recent = panel.rhythm.season, panel.rhythm.recent
    back = -(-ahead // season) * season  # whole seasons back to the latest that is known
    places = (recent - 1 + ahead - back)[:, None] - season * np.arange(8)  # [H, 8], latest first
    alike = cut.demand[:, places]  # [S, H, 8]
    level = cut.level[:, None]
    total = by_code(cut.demand, panel.group, count_of(panel.group))
    month = total[:, -4 * max(season, 2) :].mean(axis=1)
    group_season = ratio(total[:, places[:, :4]].mean(axis=2), month[:, None])
    group_trend = ratio(total[:, -panel.rhythm.means[1] :].mean(axis=1), month)
    return {
        "season_last": ratio(alike[:, :, 0], level),
        "season_4": ratio(mean_of(alike[:, :, :4]), level),
        "season_8": ratio(mean_of(alike), level),
        "group_season": group_season[panel.group],
        "group_trend": group_trend[panel.group],
    }


def _covariates(panel: Panel, cut: Recent, origin: int, ahead: Ints) -> dict[str, Floats]:
    """Return what is known of the target period: price, promotion, holidays; and what they did."""
    reach, recent = int(ahead.max()), panel.rhythm.recent
    first, last = origin - recent + 1, origin + reach + 1
    price = window(panel.price, first, last)
    price = np.where(price > 0, price, np.nan)
    promotion, holiday, special = (
        window(values, first, last, 0.0)
        for values in (panel.promotion, panel.holiday, panel.special)
    )
    there = recent - 1 + ahead
    now, usual = price[:, there], mean_of(price[:, :recent])
    highest = np.nan_to_num(price[:, :recent], nan=-np.inf).max(axis=1)
    alike, alike_season = _alike(panel, cut, ahead, price=price, promotion=promotion)
    return {
        "promotion": promotion[:, there],
        "promotion_recent": promotion[:, recent - panel.rhythm.means[3] : recent].mean(axis=1),
        "price_recent": ratio(now, usual[:, None]),
        "price_highest": ratio(now, highest[:, None]),
        "alike": alike,
        "alike_season": alike_season,
        "holiday": holiday[:, there],
        "holiday_before": holiday[:, there - 1],
        "holiday_after": holiday[:, there + 1],
        "special": special[:, there],
        "special_recent": special[:, recent - panel.rhythm.means[3] : recent].mean(axis=1),
    }


def _alike(
    panel: Panel, cut: Recent, ahead: Ints, *, price: Floats, promotion: Floats
) -> tuple[Floats, Floats]:
    """Return the mean demand on past days priced and promoted like the target, over the level.

    A kernel mean, drawn to the level by half a day's weight; the second one counts days of the
    target's weekday five times. [S, H] each.
    """
    recent = panel.rhythm.recent
    seen = np.isfinite(cut.demand)
    share = np.where(seen, cut.demand, 0.0) / np.where(cut.level > 0, cut.level, np.nan)[:, None]
    share = np.nan_to_num(np.minimum(share, _MOST))
    usual = mean_of(price[:, :recent])[:, None]
    priced = np.nan_to_num(price / usual, nan=1.0)
    found = np.empty((2, panel.series, len(ahead)))
    for place, lead in enumerate(ahead):
        there = recent - 1 + lead
        apart = (priced[:, :recent] - priced[:, there, None]) / _LIKENESS
        like = seen / (1.0 + apart * apart)
        like *= np.where(promotion[:, :recent] == promotion[:, there, None], 1.0, 0.1)
        found[0, :, place] = _drawn(like, share)
        same = (there - np.arange(recent)) % panel.rhythm.season == 0
        found[1, :, place] = _drawn(like * np.where(same, 5.0, 1.0), share)
    return found[0], found[1]


def _drawn(weights: Floats, values: Floats) -> Floats:
    """Return the weighted mean along the last axis, drawn to 1 by a weight of one half."""
    drawn: Floats = ((weights * values).sum(axis=1) + 0.5) / (weights.sum(axis=1) + 0.5)
    return drawn


def _year_ago(panel: Panel, cut: Recent, origin: int, ahead: Ints) -> dict[str, Floats]:
    """Return how the same time of the last year compared with the weeks before it."""
    rhythm, reach = panel.rhythm, int(ahead.max())
    side = max(1, rhythm.season // 2)
    then = origin - rhythm.year
    units = window(panel.units, then - rhythm.base + 1, min(then + reach + side, origin))
    short = reach + side - (units.shape[1] - rhythm.base)
    units = np.pad(units, ((0, 0), (0, max(short, 0))), constant_values=np.nan)
    base = mean_of(units[:, : rhythm.base])
    there = rhythm.base - 1 + ahead
    around = units[:, there[:, None] + np.arange(-side, side + 1)]  # [S, H, 2 * side + 1]
    smooth = mean_of(around)
    groups = count_of(panel.group)
    total, before = (by_code(one, panel.group, groups) for one in (smooth, base[:, None]))
    holiday = window(panel.holiday, then + 1, then + reach, 0.0)
    return {
        "year_known": np.isfinite(base).astype(np.float64),
        "year_ago": ratio(units[:, there], base[:, None]),
        "year_smooth": ratio(smooth, base[:, None]),
        "year_growth": ratio(cut.level, base),
        "group_year": ratio(total, before)[panel.group],
        "holiday_year_ago": holiday[:, ahead - 1],
    }
