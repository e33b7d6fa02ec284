"""What the store will sell: from its own sales rows to the model's input, and from its output back.

Decides which items the model can forecast, which are forecast from their like, and which stay
unknown, never forecast as zero; and brings together what the store learned of the model's levels,
its intervals and its own local events. Runs no model, reads no database, and scores nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain, repeat
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edge_agent.core.calibration.intervals import Shifts, moved, shifts_for, sizes_of
from edge_agent.core.calibration.lessons import TEACHING, Draft, bucket_of
from edge_agent.core.calibration.levels import LevelSums, corrections
from edge_agent.core.calibration.local_events import DayEffect
from edge_agent.core.chain import coded
from edge_agent.core.cold_start import Guess, Known, Newcomer, guesses
from edge_agent.core.slow_sellers import (
    SLOW,
    chance_of_any,
    wavering,
    whole_quantiles,
    whole_sellers,
)
from edge_agent.core.store_panel import Ahead, SaleRow, StorePanel, store_panel
from endcap.models.demand.features import FEATURES, Features, features_at
from endcap.models.demand.outlook import Outlook, Reading, outlook_of
from endcap.models.demand.panel import DAILY, Floats

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """The model's input for every item that it can forecast, and what is known of the others.

    Attributes:
        gtins: the items, in the order of the rows.
        days: the days to come.
        rows: [items * days, F] float32, item by item.
        level: [items] units a day; the model's answers are multiples of it.
        category: of each item, "" where not known.
        price: [items] the latest, NaN where not known.
        chain: [items] what a store of the chain sells of it a day, NaN where not told.
        whole: [items] whether it sells in whole units.
        waver: how much slow items' rates waver from day to day.
        newcomers: items in the store with too little history for the model.
        seasons: by category, [days] each day over a mean one, as the chain has it.
        closed: the days on which the store is.
    """

    gtins: tuple[str, ...]
    days: tuple[date, ...]
    rows: Features
    level: Floats
    category: tuple[str, ...]
    price: Floats
    chain: Floats
    whole: Bools
    waver: float
    newcomers: tuple[Newcomer, ...]
    seasons: Mapping[str, Floats]
    closed: frozenset[date]

    @property
    def unknown(self) -> tuple[str, ...]:
        """Items in the store, but with too little history for the model."""
        return tuple(one.gtin for one in self.newcomers)


class Forecast(NamedTuple):
    """What an item is expected to sell on a day, in units; quantiles rise with their levels.

    `basis` is "history", or "alike" or "chain" for an item too new to have one; `at_least_one` is
    the probability that it sells at all, None where it is sold by weight; `reasons` say what
    moved the whole day. A plain tuple, for there are tens of thousands each night.
    """

    gtin: str
    day: date
    expected: float
    quantiles: tuple[float, ...]
    basis: str = "history"
    at_least_one: float | None = None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Learned:
    """What the store learned of its model, and what its local events do to each day to come."""

    levels: LevelSums = field(default_factory=lambda: LevelSums(0))
    shifts: Shifts = field(default_factory=lambda: Shifts(0))
    effects: Mapping[date, DayEffect] = field(default_factory=dict)


def plan(sales: Iterable[SaleRow], ahead: Ahead) -> Plan:
    """Return the model's input for the days after `ahead.last_closed`.

    Rows of later days, and ones older than MEMORY, are left out of account. An item that sold
    nothing on a day on which the store sold anything needs no row.
    """
    store = store_panel(sales, ahead)
    panel = store.panel
    origin = panel.periods - ahead.horizon - 1
    trends = None if ahead.chain is None else coded(ahead.chain, store.gtins, store.categories)
    prepared = features_at(panel, origin, range(1, ahead.horizon + 1), trends)
    known = np.isfinite(prepared.level)
    recent = panel.units[:, max(0, origin + 1 - DAILY.recent) : origin + 1]
    whole = whole_sellers(recent)
    level = prepared.level[known]
    price = np.array([ahead.price.get(gtin, np.nan) for gtin in store.gtins])
    price = np.where(np.isfinite(panel.price[:, origin]), panel.price[:, origin], price)
    gtins = tuple(gtin for gtin, fine in zip(store.gtins, known, strict=True) if fine)
    told = (None if ahead.chain is None else ahead.chain.level(gtin) for gtin in gtins)
    return Plan(
        gtins=gtins,
        days=ahead.days,
        rows=prepared.rows[known].reshape(-1, len(FEATURES)),
        level=level,
        category=tuple(ahead.category.get(gtin, "") for gtin in gtins),
        price=price[known],
        chain=np.array([np.nan if one is None else one for one in told]),
        whole=whole[known],
        waver=wavering(recent[known], whole[known] & (level < SLOW)),
        newcomers=_newcomers(store, ahead, known, price),
        seasons=_seasons(ahead),
        closed=ahead.calendar.closed,
    )


def _newcomers(
    store: StorePanel, ahead: Ahead, known: Bools, price: Floats
) -> tuple[Newcomer, ...]:
    """Return the items in the store that the model cannot forecast, by GTIN."""
    last = store.panel.periods - ahead.horizon
    units = store.panel.units[:, last - DAILY.recent : last]
    there = store.panel.in_stock[:, last - DAILY.recent : last] * np.isfinite(units)
    told = ahead.chain

    def newcomer(gtin: str, cost: float | None, sold: float, days: float) -> Newcomer:
        level = None if told is None else told.level(gtin)
        return Newcomer(gtin, ahead.category.get(gtin, ""), cost, sold, days, level)

    found = {
        store.gtins[at]: newcomer(
            store.gtins[at],
            float(price[at]) if np.isfinite(price[at]) else None,
            float(np.nansum(units[at])),
            float(there[at].sum()),
        )
        for at in np.flatnonzero(~known).tolist()
    }
    for one in ahead.carried:
        if one.gtin not in found and one.gtin not in store.gtins:
            waited = min(DAILY.recent, max(0, (ahead.last_closed - one.since).days))
            found[one.gtin] = newcomer(one.gtin, ahead.price.get(one.gtin), 0.0, float(waited))
    return tuple(found[gtin] for gtin in sorted(found))


def _seasons(ahead: Ahead) -> dict[str, Floats]:
    """Return how the days to come compare with a mean one, by category, as far as is known."""
    seasons = {"": np.ones(ahead.horizon)}
    if ahead.chain is not None:
        weekdays = [day.weekday() for day in ahead.days]
        for name, told in ahead.chain.categories.items():
            season = np.asarray(told.season)
            if (season > 0).all():
                seasons[name] = season[weekdays]
    return seasons


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What was said of N items and H days, before the store corrected it, and by what it does.

    Attributes:
        gtins: the items; those too new for the model stand at the end.
        days: the days.
        levels: the levels of the quantiles.
        basis: of each item, what its forecast leans on.
        mean: [N, H] units.
        quantiles: [N, H, Q] units.
        factor: [N, H] what the store multiplies both by.
        effects: of each day.
        whole: [N] whether an item sells in whole units.
        waver: as in Plan.
        closed: [H] whether the store is closed.
    """

    gtins: tuple[str, ...]
    days: tuple[date, ...]
    levels: tuple[float, ...]
    basis: tuple[str, ...]
    mean: Floats
    quantiles: Floats
    factor: Floats
    effects: tuple[DayEffect, ...]
    whole: Bools
    waver: float
    closed: Bools

    @property
    def fresh(self) -> Bools:
        """Which items are too new for the model."""
        return np.array([one != "history" for one in self.basis], dtype=np.bool_)


def said(
    planned: Plan,
    quantiles: NDArray[np.float32],
    mean: NDArray[np.float32],
    reading: Reading,
    learned: Learned,
) -> Said:
    """Return what the model says of `planned`, and what is guessed of the newcomers.

    Args:
        planned: what the model was asked.
        quantiles: [items * days, Q], multiples of the level.
        mean: [items * days], likewise.
        reading: how the model's manifest says to read it.
        learned: what the store learned of this release.
    """
    outlook = _modelled(planned, quantiles, mean, reading)
    guessed = _guessed(planned, outlook, reading)
    category = {one.gtin: one.category for one in planned.newcomers}
    gtins = (*planned.gtins, *(one.gtin for one in guessed))
    kinds = (*planned.category, *(category[one.gtin] for one in guessed))
    days = planned.days
    return Said(
        gtins=gtins,
        days=days,
        levels=reading.levels,
        basis=(*("history" for _ in planned.gtins), *(one.basis for one in guessed)),
        mean=np.concatenate([outlook.expected, *(one.expected[None] for one in guessed)]),
        quantiles=np.concatenate([outlook.quantiles, *(one.quantiles[None] for one in guessed)]),
        factor=corrections(learned.levels, gtins, kinds, range(1, len(days) + 1)),
        effects=tuple(learned.effects.get(day, DayEffect()) for day in days),
        whole=np.concatenate([planned.whole, np.ones(len(guessed), dtype=np.bool_)]),
        waver=planned.waver,
        closed=np.array([day in planned.closed for day in days], dtype=np.bool_),
    )


def _modelled(
    planned: Plan, quantiles: NDArray[np.float32], mean: NDArray[np.float32], reading: Reading
) -> Outlook:
    """Return what the model says, in units; of slow items the mean: their median is zero."""
    days = len(planned.days)
    if not planned.gtins:
        return Outlook(np.empty((0, days)), np.empty((0, days, len(reading.levels))))
    outlook = outlook_of(quantiles, mean, planned.level, reading)
    rate = mean.astype(np.float64).reshape(-1, days) * planned.level[:, None]
    slow = planned.whole[:, None] & (rate < SLOW)
    return Outlook(np.where(slow, rate, outlook.expected), outlook.quantiles)


def _guessed(planned: Plan, outlook: Outlook, reading: Reading) -> tuple[Guess, ...]:
    """Return what can be said of the newcomers."""
    known = Known(
        category=planned.category,
        price=planned.price,
        level=planned.level,
        chain=planned.chain,
        expected=outlook.expected,
        quantiles=outlook.quantiles,
    )
    return guesses(planned.newcomers, known, reading.levels, planned.seasons)


def served(spoken: Said, learned: Learned) -> tuple[Forecast, ...]:
    """Return the forecasts as the store tells them, item by item, day by day."""
    event = np.array([one.factor for one in spoken.effects])
    open_days = ~spoken.closed
    expected = spoken.mean * spoken.factor * event * open_days
    quantiles = _edges(spoken, expected, event, learned) * open_days[:, None]
    chance = chance_of_any(expected, spoken.waver).round(4).tolist()
    units, edges = expected.round(3).tolist(), quantiles.round(3).tolist()
    whole = spoken.whole.tolist()
    reasons = [
        ("the store is closed",) if shut else one.reasons
        for shut, one in zip(spoken.closed.tolist(), spoken.effects, strict=True)
    ]
    rows = (
        zip(
            *(repeat(gtin), spoken.days, units[item], map(tuple, edges[item])),
            *(repeat(spoken.basis[item]), chance[item] if whole[item] else repeat(None), reasons),
            strict=False,  # what repeats has no end
        )
        for item, gtin in enumerate(spoken.gtins)
    )
    return tuple(map(Forecast._make, chain.from_iterable(rows)))


def _edges(spoken: Said, expected: Floats, event: Floats, learned: Learned) -> Floats:
    """Return the quantiles as they are told: [N, H, Q]."""
    edges = np.empty_like(spoken.quantiles)
    fresh = spoken.fresh
    for ahead, times in enumerate(event.tolist()):
        sizes = sizes_of(expected[:, ahead], fresh)
        shifts = shifts_for(learned.shifts, sizes, bucket_of(ahead + 1), spoken.levels)
        corrected = spoken.quantiles[:, ahead] * (spoken.factor[:, ahead] * times)[:, None]
        edges[:, ahead] = moved(corrected, expected[:, ahead], shifts, spoken.whole)
    slow = (spoken.whole & ~fresh)[:, None] & (spoken.mean < SLOW)
    edges[slow] = whole_quantiles(expected[slow], spoken.waver, spoken.levels)
    return edges


def drafts(spoken: Said, release: int) -> tuple[Draft, ...]:
    """Return what is kept, to learn from it once the day is over: of a few days ahead each."""
    return tuple(
        Draft(
            day=spoken.days[lead - 1],
            lead=lead,
            release=release,
            levels=spoken.levels,
            gtins=spoken.gtins,
            mean=spoken.mean[:, lead - 1],
            quantiles=spoken.quantiles[:, lead - 1],
            factor=spoken.factor[:, lead - 1],
            event=spoken.effects[lead - 1].factor,
            fresh=spoken.fresh,
            whole=spoken.whole,
        )
        for lead in TEACHING
        if lead <= len(spoken.days) and not spoken.closed[lead - 1]
    )


def forecasts(
    planned: Plan,
    quantiles: NDArray[np.float32],
    mean: NDArray[np.float32],
    reading: Reading,
) -> tuple[Forecast, ...]:
    """Return the forecasts of the model alone, as if the store had learned nothing yet."""
    nothing = Learned()
    return served(said(replace(planned, newcomers=()), quantiles, mean, reading, nothing), nothing)
