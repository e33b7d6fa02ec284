"""Units that came together, how they are sold off, and what of them is thrown away.

Shoppers are taken to buy what expires first. Says nothing of why so much is there.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Lot:
    """Units that expire together.

    `expires` is the last day on which they may be sold, None when they keep; `comes` the day on
    which they will be here, None when they are.
    """

    units: float
    expires: date | None = None
    comes: date | None = None


@dataclass(frozen=True, slots=True, eq=False)
class SoldOff:
    """How lots and N runs of demand over H days met.

    Attributes:
        short: [N, H] demand of each day that found nothing.
        left: [K, N] units of each lot that were not sold; of an expired lot, thrown away.
    """

    short: Floats
    left: Floats


def in_order(lots: Iterable[Lot]) -> tuple[Lot, ...]:
    """Return lots by the day they expire, those that keep last."""
    return tuple(sorted(lots, key=lambda lot: (lot.expires or date.max, lot.comes or date.min)))


def lots_of(on_hand: float, known: Iterable[Lot], otherwise: date | None) -> tuple[Lot, ...]:
    """Return what `on_hand` units are made of.

    The oldest were sold first, so that the units that are left are those of the `known` lots that
    expire last; what no lot explains expires `otherwise`.
    """
    found: list[Lot] = []
    for lot in reversed(in_order(known)):
        units = min(lot.units, on_hand)
        if units > 0:
            found.append(replace(lot, units=units))
        on_hand -= max(units, 0.0)
    if on_hand > 0:
        found.append(Lot(on_hand, otherwise))
    return in_order(found)


def sell(lots: Sequence[Lot], days: Sequence[date], demand: Floats) -> SoldOff:
    """Sell `lots`, in order of expiry, to `demand` [N, H] on `days`."""
    runs = demand.shape[0]
    units = np.array([lot.units for lot in lots], dtype=np.float64)
    left = np.repeat(units[:, None], runs, axis=1)
    short = demand.copy()
    for column, day in enumerate(days):
        for row, lot in enumerate(lots):
            if (lot.comes or day) <= day <= (lot.expires or day):
                taken = np.minimum(left[row], short[:, column])
                left[row] -= taken
                short[:, column] -= taken
    return SoldOff(short, left)
