"""A market for the replay: real arrivals at twenty stores, and thirty campaigns made for them.

Layout `baskets`. The flight is the last twelve weeks; all before is the past, from which come what
goes with what, and each store's rhythm. A campaign advertises one type of item, drawn among the
two hundred that are bought most; it suits a basket as its type is bought together with what lies
in there. Bids are raised and lowered, from a drawn start, until each campaign would win a share of
the places; a budget is 60 % of what its campaign would then pay without one. All is drawn from
the seed alone.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from central_sync.ports.training import DataUnusableError
from central_sync.trainers.tables import read_table
from endcap.models.media.arrivals import WEEK, hour_of_week
from endcap.models.media.auction import Floats, open_prices

STORES, CAMPAIGNS, FLIGHT_WEEKS, BUDGET_SHARE = 20, 30, 12, 0.6
_POPULAR, _LEAST_BASKETS, _SMOOTHING = 200, 300, 50.0
_MICROS = 1_000_000
_NAMELESS = ("", "None")
_CALIBRATIONS = 12

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Market:
    """Arrivals in order of time, and what a play to each is worth to each campaign, in micros.

    `values` [n, campaigns]; `store` [n] counts from 0; `budgets` [campaigns] in whole micros.
    `past` are the places of each hour of a week that each store had in `past_weeks`, [stores, 168].
    """

    at: tuple[datetime, ...]
    store: Ints
    values: Floats
    budgets: Ints
    past: Floats
    past_weeks: float
    until: datetime


@dataclass(frozen=True, slots=True)
class _Visits:
    """Baskets in order of time: when, in which store and week, and with which types of item."""

    at: tuple[datetime, ...]
    store: Ints
    week: Ints
    types: scipy.sparse.csr_matrix


def read_market(data: Path, seed: int) -> Market:
    """Return the market that `seed` makes of the baskets of a folder.

    Raises:
        DataUnusableError: a file or column is missing, or there are too few weeks or types.
    """
    visits = _read_visits(data)
    begin = int(visits.week.max()) - FLIGHT_WEEKS + 1
    past = visits.week < begin
    if begin <= int(visits.week.min()) or visits.types.shape[1] < CAMPAIGNS:
        raise DataUnusableError(
            f"{data}: a replay needs more than {FLIGHT_WEEKS} weeks and {CAMPAIGNS} types of item "
            f"with {_LEAST_BASKETS} baskets each"
        )
    stores, counts = np.unique(visits.store[past], return_counts=True)
    largest = np.sort(stores[np.argsort(-counts, kind="stable")[:STORES]])
    flown = np.flatnonzero(~past & np.isin(visits.store, largest))
    rng = np.random.default_rng(seed)
    relevance = _relevance(visits.types[past], visits.types[flown], rng)
    values = relevance * _bids(relevance, rng) * _MICROS
    before = np.flatnonzero(past & np.isin(visits.store, largest))
    return Market(
        at=tuple(visits.at[i] for i in flown),
        store=np.searchsorted(largest, visits.store[flown]),
        values=values,
        budgets=(BUDGET_SHARE * unpaced_revenue(values)).astype(np.int64),
        past=_rhythms(visits, before, largest),
        past_weeks=float(begin - int(visits.week.min())),
        until=visits.at[int(flown[-1])] + timedelta(seconds=1),
    )


def unpaced_revenue(values: Floats) -> Floats:
    """Return what each campaign would pay if money were no limit: second prices, [campaigns]."""
    first = values.argmax(axis=1)
    paid = open_prices(values, 0.0)[np.arange(len(values)), first]
    return np.bincount(first, weights=paid, minlength=values.shape[1]).astype(np.float64)


def _read_visits(data: Path) -> _Visits:
    """Return every basket of a folder."""
    lines = read_table(data / "baskets.parquet", ("store_id", "basket_id", "item_id", "week", "at"))
    items = read_table(data / "items.parquet", ("item_id", "type"))
    joined = lines.join(items, "item_id").sort_by([("at", "ascending"), ("basket_id", "ascending")])
    basket = joined["basket_id"].to_numpy()
    first = np.flatnonzero(np.r_[True, basket[1:] != basket[:-1]])
    row = np.repeat(np.arange(len(first)), np.diff(np.r_[first, len(basket)]))
    names, code = np.unique(np.array(joined["type"].to_pylist(), dtype=str), return_inverse=True)
    return _Visits(
        at=tuple(joined["at"].to_numpy()[first].astype("datetime64[us]").tolist()),
        store=joined["store_id"].to_numpy()[first],
        week=joined["week"].to_numpy()[first],
        types=_common_types(row, code, names.tolist()),
    )


def _common_types(row: Ints, code: Ints, names: list[str]) -> scipy.sparse.csr_matrix:
    """Return which types are in which basket, for types in enough of them, by name."""
    known = np.array([name not in _NAMELESS for name in names])
    kept = known[code]
    cells = (np.ones(int(kept.sum())), (row[kept], (np.cumsum(known) - 1)[code[kept]]))
    bought = scipy.sparse.csr_matrix(cells, shape=(int(row[-1]) + 1, int(known.sum())))
    bought.data[:] = 1.0
    enough = np.asarray(bought.sum(axis=0)).ravel() >= _LEAST_BASKETS
    return bought[:, np.flatnonzero(enough)]


def _relevance(
    past: scipy.sparse.csr_matrix, flown: scipy.sparse.csr_matrix, rng: np.random.Generator
) -> Floats:
    """Return how well each campaign suits each basket, (0, 1]: [n, campaigns].

    The largest share, among the basket's types, of past baskets with that type in which the
    campaign's type was too; over its 99.5th percentile.
    """
    bought = np.asarray(past.sum(axis=0)).ravel()
    advertised = rng.choice(np.argsort(-bought, kind="stable")[:_POPULAR], CAMPAIGNS, replace=False)
    base = bought[advertised] / past.shape[0]
    together = np.asarray((past.T @ past[:, advertised]).todense())
    share = together / (bought[:, None] + _SMOOTHING)
    share[advertised, np.arange(CAMPAIGNS)] = 0.0  # who has it in the basket needs no more of it
    found = np.tile(base, (flown.shape[0], 1))
    for i in range(flown.shape[0]):
        inside = flown.indices[flown.indptr[i] : flown.indptr[i + 1]]
        if len(inside):
            found[i] = np.maximum(base, share[inside].max(axis=0))
    relevance: Floats = np.clip(found / np.percentile(found, 99.5, axis=0), 0.02, 1.0)
    return relevance


def _bids(relevance: Floats, rng: np.random.Generator) -> Floats:
    """Return a bid for each campaign, about 1, with which it would win a share of the places."""
    wanted = rng.dirichlet(np.full(relevance.shape[1], 3.0))
    bids = np.exp(rng.normal(0.0, 0.3, relevance.shape[1]))
    for _ in range(_CALIBRATIONS):
        won = np.bincount((relevance * bids).argmax(axis=1), minlength=len(bids)) / len(relevance)
        bids *= np.clip((wanted + 0.002) / (won + 0.002), 0.25, 4.0) ** 0.3
    found: Floats = bids / bids.mean()
    return found


def _rhythms(visits: _Visits, rows: Ints, stores: Ints) -> Floats:
    """Return the past arrivals of each store by the hour of the week."""
    found = np.zeros((len(stores), WEEK))
    hours = np.array([hour_of_week(visits.at[i]) for i in rows])
    np.add.at(found, (np.searchsorted(stores, visits.store[rows]), hours), 1.0)
    return found
