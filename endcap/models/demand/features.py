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
from endcap.models.demand.likeness import alike, group_holiday
from endcap.models.demand.occasions import occasions
from endcap.models.demand.pace import pace
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
from endcap.models.demand.yearly import yearly

Features = NDArray[np.float32]

_GRID = 1024.0  # features stand on multiples of 1/1024: see features_at
_BY_LEAD = 2  # the dimensions of a column that differs by lead
_WEEKS = 4  # seasons that "the same weekday lately" looks back on

FEATURES = (
    "lead", "weekday", "log_level", "age",
    "mean_1", "mean_2", "mean_3", "mean_4", "mean_5", "last",
    "spread", "zero_share", "stock_recent", "stock_long", "stock_last",
    "season_last", "season_4", "season_8", "group_season", "group_trend",
    "promotion", "promotion_recent", "price_recent", "price_highest", "alike", "alike_season",
    "holiday", "holiday_before", "holiday_after", "special", "special_recent",
    "year_known", "year_ago", "year_smooth", "year_growth", "group_year", "holiday_year_ago",
    "price_last", "price_before", "price_lowest", "price_season",
    "alike_late", "alike_holiday", "group_holiday", "stock_season",
    "level_fast", "median_2", "median_4", "peak",
    "share_last", "share_3", "share_7", "group_pace_last", "group_pace",
    "category_3", "category_7", "category_season", "category_price", "category_out",
    "own_lift", "category_lift",
    "temperature", "temperature_change", "rain", "rain_recent",
    "chain_item_3", "chain_item_7", "chain_category_3", "chain_category_7", "chain_season",
    "chain_item_lift", "chain_category_lift",
    "year_own", "year_mixed", "occasion", "occasion_group", "month_day", "season_plain",
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
        | _season(panel, cut, origin, ahead)
        | pace(panel, cut, origin)
        | alike(panel, cut, origin, ahead)
        | {"group_holiday": group_holiday(panel, cut, origin, ahead)}
        | _covariates(panel, origin, ahead)
        | _year_ago(panel, cut, origin, ahead)
        | yearly(panel, cut, origin, ahead)
        | occasions(panel, cut, origin, ahead)
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
    """Return what depends on the target period alone: its lead, its weekday, its day of the month.

    Wages are paid, and spent, on some days of the month.
    """
    shape = (panel.series, len(ahead))
    weekday = (int(panel.weekday[origin]) + ahead) % 7 if panel.rhythm.season > 1 else ahead * 0
    return {
        "lead": np.broadcast_to(ahead.astype(np.float64), shape),
        "weekday": np.broadcast_to(weekday.astype(np.float64), shape),
        "month_day": np.broadcast_to(_month_day(panel, origin + ahead), shape),
    }


def _month_day(panel: Panel, there: Ints) -> Floats:
    """Return the day of the month of each period; UNKNOWN where the panel does not know it."""
    day = np.zeros(len(there), dtype=np.int64)
    inside = there < panel.periods
    day[inside] = panel.month_day[there[inside]]
    return np.where(day > 0, day, UNKNOWN).astype(np.float64)


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


def _season(panel: Panel, cut: Recent, origin: int, ahead: Ints) -> dict[str, Floats]:
    """Return the same weekday in the weeks before, of the item and of its group.

    Plain is one that was no holiday, where there was such a one.
    """
    season = panel.rhythm.season
    places = _season_places(panel, ahead)
    same = cut.demand[:, places]  # [S, H, 8]
    feast = window(panel.holiday, origin - panel.rhythm.recent + 1, origin, 0.0)[:, places] > 0
    plain, any_day = mean_of(np.where(feast, np.nan, same)), mean_of(same)
    level = cut.level[:, None]
    total = by_code(cut.demand, panel.group, count_of(panel.group))
    month = total[:, -4 * max(season, 2) :].mean(axis=1)
    group_season = ratio(total[:, places[:, :_WEEKS]].mean(axis=2), month[:, None])
    group_trend = ratio(total[:, -panel.rhythm.means[1] :].mean(axis=1), month)
    return {
        "season_last": ratio(same[:, :, 0], level),
        "season_4": ratio(mean_of(same[:, :, :_WEEKS]), level),
        "season_8": ratio(any_day, level),
        "season_plain": ratio(np.where(np.isfinite(plain), plain, any_day), level),
        "group_season": group_season[panel.group],
        "group_trend": group_trend[panel.group],
        "stock_season": cut.in_stock[:, places[:, :_WEEKS]].mean(axis=2),
    }


def _season_places(panel: Panel, ahead: Ints) -> Ints:
    """Return the columns of the recent window of the target's weekday: [H, 8], latest first."""
    season = panel.rhythm.season
    back = -(-ahead // season) * season  # whole seasons back to the latest that is known
    places: Ints = (panel.rhythm.recent - 1 + ahead - back)[:, None] - season * np.arange(8)
    return places


def _covariates(panel: Panel, origin: int, ahead: Ints) -> dict[str, Floats]:
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
    season = _season_places(panel, ahead)
    late = price[:, recent - panel.rhythm.means[2] : recent]
    return {
        "promotion": promotion[:, there],
        "promotion_recent": promotion[:, recent - panel.rhythm.means[3] : recent].mean(axis=1),
        "price_recent": ratio(now, usual[:, None]),
        "price_highest": ratio(now, highest[:, None]),
        "price_last": ratio(now, price[:, recent - 1, None]),
        "price_before": ratio(now, price[:, there - 1]),
        "price_lowest": ratio(now, np.nan_to_num(late, nan=np.inf).min(axis=1)[:, None]),
        "price_season": ratio(now, mean_of(price[:, season[:, :_WEEKS]])),
        "holiday": holiday[:, there],
        "holiday_before": holiday[:, there - 1],
        "holiday_after": holiday[:, there + 1],
        "special": special[:, there],
        "special_recent": special[:, recent - panel.rhythm.means[3] : recent].mean(axis=1),
    }


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
