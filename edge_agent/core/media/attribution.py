"""Which sale came of which play, by a rule that is declared.

A sale of an item belongs to the latest play of that item before it which has none yet: first to
one shown to the same shopper, within the shopper's window; else, within the store's (shorter)
window, to one shown to somebody who may be the buyer: unless both are known and differ. A sale
belongs to one play at most, and a play has one sale. Plays that were held out are treated alike:
what they "sold" is what would have sold anyway.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class PlayOf:
    """A play of an item that has no sale yet; `shopper` is a pseudonym, or None."""

    play: str
    gtin: str
    at: datetime
    shopper: str | None = None


@dataclass(frozen=True, slots=True)
class SaleOf:
    """A line of a sale that belongs to no play yet: units, and the amount in micros."""

    sale: str
    gtin: str
    at: datetime
    units: float
    amount: int
    shopper: str | None = None


@dataclass(frozen=True, slots=True)
class Windows:
    """How long after a play a sale may come of it: of a known shopper, and of anybody."""

    shopper: timedelta
    store: timedelta


def attributed(
    plays: Iterable[PlayOf], sales: Iterable[SaleOf], windows: Windows
) -> tuple[tuple[PlayOf, SaleOf], ...]:
    """Return which sale came of which play, in the order of the sales."""
    free: dict[str, list[PlayOf]] = {}
    for one in sorted(plays, key=lambda one: (one.at, one.play), reverse=True):
        free.setdefault(one.gtin, []).append(one)
    found: list[tuple[PlayOf, SaleOf]] = []
    for sale in sorted(sales, key=lambda one: (one.at, one.sale)):
        here = free.get(sale.gtin, [])
        play = _theirs(here, sale, windows.shopper) or _somebodys(here, sale, windows.store)
        if play is not None:
            here.remove(play)
            found.append((play, sale))
    return tuple(found)


def _theirs(free: Iterable[PlayOf], sale: SaleOf, window: timedelta) -> PlayOf | None:
    """Return the latest play of the item to the shopper who bought it."""
    if sale.shopper is None:
        return None
    mine = (one for one in free if one.shopper == sale.shopper)
    return next((one for one in mine if _may_be(one, sale, window)), None)


def _somebodys(free: Iterable[PlayOf], sale: SaleOf, window: timedelta) -> PlayOf | None:
    """Return the latest play of the item to somebody who may have bought it."""
    others = (one for one in free if one.shopper is None or sale.shopper is None)
    return next((one for one in others if _may_be(one, sale, window)), None)


def _may_be(play: PlayOf, sale: SaleOf, window: timedelta) -> bool:
    return timedelta(0) <= sale.at - play.at <= window
