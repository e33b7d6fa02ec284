"""Leases for the replay: each store spends its own, and what is over comes back to be leased anew.

Once every `TERM` each store that is heard is leased its share of what is left, by the places that
its past expects until the end; a store that is not heard keeps its old lease and gets no other,
and all of that lease counts as spent meanwhile.
"""

from datetime import datetime, timedelta

import numpy as np

from central_sync.trainers.media.market import Ints, Market
from central_sync.trainers.media.replay import Purses

TERM = timedelta(days=14)
_OFFLINE = timedelta(days=3)


def leased_purses(market: Market, *, offline: bool = False) -> Purses:
    """Return a purse for each store; `offline` has every store unheard for three days of each term.

    Which three differs by store, so that some miss the day on which leases are made.
    """
    share = market.past.sum(axis=1) / market.past.sum()
    rests = (market.budgets[None] * share[:, None]).astype(np.int64)
    due = market.at[0] + TERM

    def heard(store: int, at: datetime) -> bool:
        offset = (at - market.at[0] + timedelta(days=store)) % TERM
        return not offline or offset >= _OFFLINE

    def refill(at: datetime, rests: Ints) -> None:
        nonlocal due
        if at < due:
            return
        due += TERM
        there = np.array([heard(store, at) for store in range(len(share))])
        pool = rests[there].sum(axis=0)
        part = share[there] / share[there].sum()
        rests[there] = (pool[None] * part[:, None]).astype(np.int64)

    return Purses(rests, refill)
