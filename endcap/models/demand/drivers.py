"""What moves a forecast: how much of it each group of features makes, in units a day.

Shapley values (L. S. Shapley, "A value for n-person games", 1953), the one way to share a result
among players that adds up and treats equals alike; as an explanation of a model's answer in S. M.
Lundberg and S.-I. Lee, "A Unified Approach to Interpreting Model Predictions", 2017. Here they are
exact: the groups are so few that every coalition is asked, through the model that serves.

A group that is absent from a coalition has its columns set to those of the item's typical day: as
many sold of late as its level says, always in stock, the usual price and no promotion, no holiday,
the weather of late, the chain and the last year as ever, and the mean of the coming week's
weekdays. What is not known moves nothing. Says how much, not why; `reasons` finds the words.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import factorial

import numpy as np
from numpy.typing import NDArray

from endcap.models.demand.features import FEATURES, Features
from endcap.models.demand.panel import Floats
from endcap.models.demand.recent import UNKNOWN
from endcap.models.demand.surroundings import WARM

Run = Callable[[Features], NDArray[np.floating]]
"""The model that serves: rows [n, F] to point forecasts [n], multiples of the level."""

WEEK = 7
_GRID = 1024.0  # as of the features
_PLACE = {name: place for place, name in enumerate(FEATURES)}


@dataclass(frozen=True, slots=True)
class Group:
    """Features that are one reason to a person.

    Attributes:
        name: for programs; stable.
        words: for people.
        prefixes: a feature belongs to the group of the longest prefix that its name begins with.
    """

    name: str
    words: str
    prefixes: tuple[str, ...]


GROUPS = (
    Group(
        "recent",
        "recent sales",
        (
            *("lead", "log_level", "age", "mean_", "last", "spread", "zero_share"),
            *("level_fast", "median_", "peak", "share_"),
        ),
    ),
    Group(
        "season",
        "weekday and day of the month",
        (
            "weekday",
            "month_day",
            "season_",
            "group_season",
            "category_season",
            "chain_season",
            "alike_season",
        ),
    ),
    Group(
        "price",
        "price and promotion",
        (
            *("price_", "promotion", "alike", "category_price"),
            *("own_lift", "category_lift", "chain_item_lift", "chain_category_lift"),
        ),
    ),
    Group(
        "calendar",
        "calendar and events",
        ("holiday", "special", "alike_holiday", "group_holiday", "occasion"),
    ),
    Group("weather", "weather", ("temperature", "rain")),
    Group("stock", "stock-outs of late", ("stock_", "category_out")),
    Group("beside", "the store and the category", ("group_trend", "group_pace", "category_")),
    Group("chain", "all stores of the chain", ("chain_",)),
    Group("year", "the same time last year", ("year_", "group_year", "holiday_year_ago")),
)
"""Every group, in the order in which they are shown when they weigh the same."""

_OWN = (
    "lead", "log_level", "age", "spread", "zero_share", "median_2", "median_4", "peak",
    "year_known", "rain_recent",
)  # fmt: skip
"""What says which item it is, or how far ahead, rather than what its day is like."""

_NONE = (
    "promotion", "promotion_recent", "holiday", "holiday_before", "holiday_after", "special",
    "special_recent", "holiday_year_ago", "category_out",
)  # fmt: skip
"""What a typical day has none of; every other figure relates to a usual one and is 1."""


@dataclass(frozen=True, slots=True)
class Driver:
    """What a group adds to a forecast, in units a day; less than nothing when it takes away."""

    group: str
    units: float


@dataclass(frozen=True, slots=True)
class Explained:
    """A forecast in parts: `typical` and the units of all `drivers` add up to `expected`.

    Attributes:
        typical: what the model expects of the item's typical day, in units.
        drivers: every group, whether it moves anything or not, in the order of GROUPS.
        expected: what the model expects of the day.
    """

    typical: float
    drivers: tuple[Driver, ...]
    expected: float


def group_of(feature: str) -> str:
    """Return the name of a feature's group.

    Raises:
        KeyError: it is in none; GROUPS must be told of it.
    """
    found = [
        (len(prefix), group.name)
        for group in GROUPS
        for prefix in group.prefixes
        if feature.startswith(prefix)
    ]
    if not found:
        raise KeyError(f"no group of drivers holds the feature {feature}")
    return max(found)[1]


def drivers_of(run: Run, rows: Features, day: int, level: float) -> Explained:
    """Return what moves the forecast of one day of one item.

    Args:
        run: the model; it is asked at most 2 ** len(GROUPS) * 7 rows at once.
        rows: [H, F] the item's days to come, in order; the first seven stand for its week.
        day: which of them to explain.
        level: units that the model's answers are multiples of.
    """
    own, usual = _parted(rows[day]), _usual(rows, day)
    columns = {group.name: _columns(group.name) for group in GROUPS}
    moving = [name for name, place in columns.items() if (usual[:, place] != own[place]).any()]
    present = _coalitions(len(moving))
    asked = np.repeat(usual[None], len(present), axis=0)  # [2 ** k, week, F]
    for player, name in enumerate(moving):
        there = present[:, player]
        asked[np.ix_(there, np.arange(len(usual)), columns[name])] = own[columns[name]]
    answer = run(_joined(asked).reshape(-1, len(FEATURES)))
    worth = np.asarray(answer, dtype=np.float64).reshape(len(present), -1).mean(axis=1) * level
    shares = dict(zip(moving, shapley(worth).tolist(), strict=True))
    drivers = tuple(Driver(group.name, shares.get(group.name, 0.0)) for group in GROUPS)
    return Explained(float(worth[0]), drivers, float(worth[-1]))


def shapley(worth: Floats) -> Floats:
    """Return each of k players' share of what they are worth together: [k].

    Args:
        worth: [2 ** k] what each coalition is worth; bit p of its place says that player p is in.
    """
    players = len(worth).bit_length() - 1
    place = np.arange(len(worth))
    size = _coalitions(players).sum(axis=1)
    weight = np.array(
        [factorial(s) * factorial(players - s - 1) for s in range(players)], dtype=np.float64
    )
    shares = np.empty(players)
    for player in range(players):
        without = place[place >> player & 1 == 0]
        gain = worth[without | 1 << player] - worth[without]
        shares[player] = (weight[size[without]] * gain).sum() / factorial(players)
    return shares


def _coalitions(players: int) -> NDArray[np.bool_]:
    """Return who is in each coalition: [2 ** players, players]."""
    places = np.arange(1 << players)[:, None]
    there: NDArray[np.bool_] = (places >> np.arange(players) & 1).astype(np.bool_)
    return there


def _columns(group: str) -> NDArray[np.int64]:
    """Return the places of a group's columns."""
    mine = [place for place, name in enumerate(FEATURES) if group_of(name) == group]
    return np.array(mine, dtype=np.int64)


def _usual(rows: Features, day: int) -> Floats:
    """Return the item's typical day, once with each weekday of its coming week: [<= 7, F]."""
    own, week = _parted(rows[day]), _parted(rows[:WEEK])
    usual = np.repeat(_typical(own)[None], len(week), axis=0)
    season = _columns("season")
    usual[:, season] = week[:, season]
    return usual


def _typical(own: Floats) -> Floats:
    """Return the item's typical day, but for the seasonal columns: [F] from its parted row."""
    usual = np.ones_like(own)
    for name in _NONE:
        usual[_PLACE[name]] = 0.0
    for name in _OWN:
        usual[_PLACE[name]] = own[_PLACE[name]]
    warmth, change, rain, lately = (
        own[_PLACE[name]] for name in ("temperature", "temperature_change", "rain", "rain_recent")
    )
    usual[_PLACE["temperature"]] = warmth if change == UNKNOWN else warmth - change + WARM
    usual[_PLACE["temperature_change"]] = WARM
    price = own[_PLACE["price_recent"]]
    for name in ("price_highest", "price_lowest"):  # what the usual price is of those
        usual[_PLACE[name]] = own[_PLACE[name]] / price if price > 0 else own[_PLACE[name]]
    usual[_PLACE["rain"]] = rain if lately == UNKNOWN else lately
    return np.where(own == UNKNOWN, own, usual)


def _parted(rows: Features) -> Floats:
    """Return rows whose `alike_season` holds only what the weekday adds to `alike`.

    That one column tells of two groups, the price and the weekday; in parts each can be absent.
    """
    parted = rows.astype(np.float64)
    parted[..., _PLACE["alike_season"]] /= np.maximum(parted[..., _PLACE["alike"]], 1.0 / _GRID)
    return parted


def _joined(parted: Floats) -> Features:
    """Return rows as the model knows them: whole, and on the features' grid."""
    whole = parted.copy()
    whole[..., _PLACE["alike_season"]] *= np.maximum(whole[..., _PLACE["alike"]], 1.0 / _GRID)
    rows: Features = (np.rint(whole * _GRID) / _GRID).astype(np.float32)
    return rows
