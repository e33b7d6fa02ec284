"""Rows of daily sales laid out as a panel: the same in the centre's lake and in a store.

Decides what a day without a row means; reads no file and keeps no clock.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from endcap.models.demand.panel import DAILY, Floats, Ints, Panel

_THURSDAY = 3  # 1970-01-01, with Monday as 0


@dataclass(frozen=True, slots=True, eq=False)
class SalesRows:
    """N rows, at most one per series and day.

    Attributes:
        series: [N] the series, 0 to S - 1.
        day: [N] days since the panel's first day.
        units: [N] units sold, returns taken off.
        price: [N] the shelf price of a unit; NaN where not known.
        promotion: [N] 0 to 1.
        in_stock: [N] share of the opening time in which the item could be bought, 0 to 1.
    """

    series: Ints
    day: Ints
    units: Floats
    price: Floats
    promotion: Floats
    in_stock: Floats


def assemble(rows: SalesRows, *, group: Ints, first_day: int, known: int, ahead: int) -> Panel:
    """Return the panel of `rows`.

    A series begins with its first row. From then on a day without a row sold nothing, unless its
    whole group has no row that day: then the store was closed, or never told, and nothing is
    known. Price and promotion of a day without a row are those of the nearest row of the series,
    so that they do not give away whether the item sold.

    Args:
        rows: what was sold.
        group: [S] the store of each series.
        first_day: the panel's first day, in days since 1970.
        known: how many days are over; later ones have no units.
        ahead: how many days to come the panel has room for.
    """
    shape = (len(group), known + ahead)
    at = (rows.series, rows.day)
    there = np.zeros(shape, dtype=np.bool_)
    there[at] = True
    units = np.where(_told(there, group) & _begun(there), 0.0, np.nan)
    units[at] = np.maximum(rows.units, 0.0)
    units[:, known:] = np.nan
    nearest = _nearest(there)
    return Panel(
        units=units,
        in_stock=np.clip(_laid(rows.in_stock, at, shape, 1.0), 0.0, 1.0),
        price=np.take_along_axis(_laid(rows.price, at, shape, np.nan), nearest, axis=1),
        promotion=np.take_along_axis(_laid(rows.promotion, at, shape, 0.0), nearest, axis=1),
        holiday=np.zeros(shape),
        special=np.zeros(shape),
        group=group,
        weekday=weekdays(first_day, shape[1]),
        rhythm=DAILY,
        month_day=month_days(first_day, shape[1]),
    )


def weekdays(first_day: int, days: int) -> Ints:
    """Return 0 (Monday) to 6 for consecutive days from `first_day`, in days since 1970."""
    return (np.arange(first_day, first_day + days, dtype=np.int64) + _THURSDAY) % 7


def month_days(first_day: int, periods: int, length: int = 1) -> Ints:
    """Return 1 to 31 for the middle day of consecutive periods of `length` days, likewise."""
    middle = first_day + length // 2 + length * np.arange(periods, dtype=np.int64)
    day = middle.astype("datetime64[D]")
    begun = day.astype("datetime64[M]").astype("datetime64[D]")
    passed: Ints = (day - begun).astype(np.int64)
    return passed + 1


def _laid(values: Floats, at: tuple[Ints, Ints], shape: tuple[int, int], empty: float) -> Floats:
    """Return `values` laid out as [S, T], `empty` where there is none."""
    out = np.full(shape, empty)
    out[at] = values
    return out


def _told(there: NDArray[np.bool_], group: Ints) -> NDArray[np.bool_]:
    """Return the days on which any series of a series' group has a row: [S, T]."""
    told = np.zeros((int(group.max(initial=-1)) + 1, there.shape[1]), dtype=np.bool_)
    np.logical_or.at(told, group, there)
    return told[group]


def _begun(there: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the days from each series' first row on: [S, T]."""
    return np.logical_or.accumulate(there, axis=1)


def _nearest(there: NDArray[np.bool_]) -> Ints:
    """Return for each cell the column of the nearest row of its series; the earlier of two."""
    columns = np.arange(there.shape[1])
    never = 4 * there.shape[1]
    before = np.maximum.accumulate(np.where(there, columns, -never), axis=1)
    after = np.minimum.accumulate(np.where(there, columns, never)[:, ::-1], axis=1)[:, ::-1]
    found = np.where(columns - before <= after - columns, before, after)
    return np.where((found >= 0) & (found < len(columns)), found, 0)
