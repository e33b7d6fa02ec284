"""How much to order: the last unit ordered must still pay for itself.

The newsvendor's rule for stock that lives longer than one delivery. An order is worth a unit more
while what it saves if it is missed before the next delivery outweighs what it costs if it is left
over, or thrown away:

    short * P(missed before the next delivery) > waste * P(expires unsold) + keep * P(left over)

For an item of one day this is the critical ratio, for one that keeps the service level. What was
on hand and on its way is sold first, in each run of demand, so that stock which will have expired
by then is not counted on. Chooses no day (supply) and knows no price list.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, floor
from typing import Literal

import numpy as np

from edge_agent.core.stock.lots import Floats, Lot, in_order, sell
from edge_agent.core.stock.scenarios import DemandDay, demand_runs
from edge_agent.core.stock.supply import Coverage, Supply

Policy = Literal["service", "margin"]
_JUST = 1e-9  # of a case: less than this is a rounding error, not a need


@dataclass(frozen=True, slots=True)
class Worth:
    """What a unit costs, in any one currency, when it is missed, thrown away, or left over.

    `generous` orders the whole case of which only a part is wanted; otherwise the nearer number
    of cases is ordered.
    """

    short: float
    waste: float
    keep: float
    generous: bool = False


def by_service(level: float) -> Worth:
    """Return the worth of units when the shelf is to last until the next delivery at `level`."""
    return Worth(short=level, waste=0.0, keep=1.0 - level, generous=True)


def by_margin(price: float, cost: float, keep: float, goodwill: float = 0.0) -> Worth:
    """Return the worth of units in money.

    Args:
        price: what a unit sells for.
        cost: what it costs, lost when it is thrown away.
        keep: what keeping a unit until the next delivery costs, as a share of `cost`.
        goodwill: what a missed sale costs beyond its margin, as a share of `price`.
    """
    return Worth(max(price - cost, 0.0) + goodwill * price, cost * (1.0 - keep), keep * cost)


@dataclass(frozen=True, slots=True)
class Ordered:
    """What to order.

    Attributes:
        units: whole cases; 0 when nothing is worth it.
        wanted: units that would pay for themselves, before cases.
        missed: units expected to be missed until the next delivery if nothing is ordered.
        left: units expected on the shelf when the order arrives.
        thrown: units expected to expire unsold before then.
        likely: units expected to sell from the arrival to the next one, and the .05 and .95.
    """

    units: float
    wanted: float
    missed: float
    left: float
    thrown: float
    likely: tuple[float, float, float]


def order(
    supply: Supply,
    covered: Coverage,
    lots: Sequence[Lot],
    days: Sequence[DemandDay],
    ranks: Floats,
    worth: Worth,
) -> Ordered | None:
    """Return what to order, or None when the forecast does not reach the next delivery.

    Args:
        supply: how the item is bought in.
        covered: when the order comes and until when it must last.
        lots: what is there and what is on its way.
        days: what sells from today on; closed days have no entry, and today only its rest.
        ranks: [runs, days] from `even_ranks`.
        worth: what units are worth.
    """
    if not days or days[-1].day + timedelta(days=1) < covered.until:
        return None
    last = supply.last_day(covered.arrives)
    days = [one for one in days if one.day < covered.until or (last and one.day <= last)]
    runs = demand_runs(days, ranks)
    dates = [one.day for one in days]
    before = [n for n, day in enumerate(dates) if day < covered.arrives]
    held = in_order(lots)
    early = sell(held, [dates[n] for n in before], runs[:, before])
    there = _still_good(held, early.left, covered.arrives)
    short = sell(held, dates, runs).short
    during = [n for n, day in enumerate(dates) if covered.arrives <= day < covered.until]
    missed = short[:, during].sum(axis=1)
    sold = _until_it_expires(short, dates, covered, last)
    wanted = _worthwhile(np.minimum(missed, sold), sold, worth)
    demand = np.sort(runs[:, during].sum(axis=1))
    return Ordered(
        units=_in_cases(wanted, supply, generous=worth.generous),
        wanted=wanted,
        missed=float(missed.mean()),
        left=float(there.mean()),
        thrown=_thrown(held, early.left, covered.arrives),
        likely=(
            float(demand.mean()),
            float(demand[len(demand) // 20]),
            float(demand[-1 - len(demand) // 20]),
        ),
    )


def _still_good(lots: Sequence[Lot], left: Floats, day: date) -> Floats:
    """Return the units, in each run, that are there at the beginning of `day` and may be sold."""
    good = [
        row
        for row, lot in enumerate(lots)
        if (lot.expires or day) >= day and (lot.comes or date.min) < day
    ]
    there: Floats = left[good].sum(axis=0)
    return there


def _thrown(lots: Sequence[Lot], left: Floats, day: date) -> float:
    """Return the units expected to have expired unsold before `day`."""
    gone = [row for row, lot in enumerate(lots) if lot.expires is not None and lot.expires < day]
    return float(left[gone].mean(axis=1).sum()) if gone else 0.0


def _until_it_expires(
    short: Floats, dates: Sequence[date], covered: Coverage, last: date | None
) -> Floats:
    """Return, for each run, how many of the order's units could sell before they expire.

    Beyond the days that are forecast, sales go on at their mean. For an item that keeps it is
    what the whole time could take, which nothing is thrown away against.
    """
    alive = [
        n for n, day in enumerate(dates) if covered.arrives <= day and (last is None or day <= last)
    ]
    sold: Floats = short[:, alive].sum(axis=1)
    if last is None:
        return np.full_like(sold, np.inf)
    unforecast = max((last - dates[-1]).days, 0)
    return sold + unforecast * sold / max(len(alive), 1)


def _worthwhile(missed: Floats, sold: Floats, worth: Worth) -> float:
    """Return the largest order whose last unit still pays for itself, in units.

    Both probabilities are those of the runs, so that the gain of a unit falls in steps, at the
    runs' own figures; the first at which it is no longer above 0 is the answer.
    """
    missed, sold = np.sort(missed), np.sort(sold)
    steps = np.unique(np.concatenate([[0.0], missed, sold[np.isfinite(sold)]]))
    runs = len(missed)
    met = np.searchsorted(missed, steps, side="right") / runs
    unsold = np.searchsorted(sold, steps, side="right") / runs
    gain = worth.short * (1.0 - met) - worth.waste * unsold - worth.keep * met
    return float(steps[int(np.argmax(gain <= _JUST))])


def _in_cases(wanted: float, supply: Supply, *, generous: bool) -> float:
    """Return whole cases for `wanted` units, and at least the minimum once half of it is wanted."""
    cases = wanted / supply.case_pack
    least = ceil(supply.minimum_units / supply.case_pack - _JUST)
    whole = ceil(cases - _JUST) if generous else floor(cases + 0.5)
    if whole < least:
        whole = least if 2 * cases >= least else 0
    return whole * supply.case_pack


def without(days: Sequence[DemandDay], closed: Collection[date]) -> tuple[DemandDay, ...]:
    """Return the days on which the store sells."""
    return tuple(one for one in days if one.day not in closed)
