"""How much of a budget is spent when it is leased to stores, beside one who knows everything.

    python -m benchmarks.leases [--stores N] [--days N] [--json]

Stores of very different size have plays to sell by the hour of the day, some on other hours than
the fleet; a share of them cannot be reached for days, and some of those never come back. A store
spends of its leases as people come, and what it tells arrives once it is reached. Printed is the
spend over that of an oracle, who gives every micro to a store that can use it in time; beside it
that of a budget that is divided once. What is leased and spent is checked against the budget at
every step; the seed is fixed.
"""

import json
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta

import click
import numpy as np
import numpy.typing as npt

from central_sync.core.media.accounts import Account, Balance, Told
from central_sync.core.media.leasing import (
    REMEMBERED,
    Flight,
    Outlook,
    Terms,
    grants,
    hours_of_day,
)

STEP = timedelta(minutes=15)
FIRST = datetime(2026, 3, 2, tzinfo=UTC)
PRICE = 20_000  # micros a play
_OPEN = (7, 22)
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Scene:
    """What happens: plays that could be sold and whether a store is reached, by step and store."""

    demand: Ints
    reached: Flags
    usual: npt.NDArray[np.float64]

    @property
    def last(self) -> datetime:
        """When the campaign ends."""
        return FIRST + len(self.demand) * STEP


@dataclass(slots=True)
class Store:
    """A store as it knows itself (`leases`), and as the centre knows it: `known`.

    Leases that are settled leave both but for the centre's last few; `gone` is what they cost.
    """

    leases: dict[str, Account] = field(default_factory=dict)
    known: dict[str, Account] = field(default_factory=dict)
    settled: list[Account] = field(default_factory=list)
    gone: int = 0
    heard: datetime = FIRST
    lag: timedelta = timedelta(0)


def scene(rng: np.random.Generator, stores: int, days: int, away: float, lost: float) -> Scene:
    """Return a scene in which a share of the stores is away for days, and a share for good."""
    steps = days * int(timedelta(days=1) / STEP)
    hours = (np.arange(steps) * (STEP / timedelta(hours=1)) % 24).astype(int)
    rhythm = np.where(
        (hours >= _OPEN[0]) & (hours < _OPEN[1]), 1.0 + np.sin(hours / 24 * 6.28) ** 2, 0
    )
    size = rng.lognormal(0.0, 0.8, stores)
    mood = rng.gamma(6.0, 1 / 6.0, (days, stores)).repeat(steps // days, axis=0)
    demand = rng.poisson(2.0 * rhythm[:, None] * size[None] * mood)
    reached = np.ones((steps, stores), dtype=bool)
    day = steps // days
    for store in range(stores):
        if rng.random() < away:
            begin = int(rng.integers(0, steps))
            reached[begin : begin + int(rng.integers(day, 4 * day)), store] = False
        if rng.random() < lost:
            begin = int(rng.integers(0, steps))
            reached[begin:, store] = False
            demand[begin + day // 2 :, store] = 0  # it is broken, soon after nobody hears it
    return Scene(demand, reached, size * rng.lognormal(0.0, 0.2, stores))


def leased(world: Scene, budget: int, terms: Terms) -> int:
    """Return what stores spend when the centre leases to them; fails above the budget."""
    stores = [Store() for _ in world.usual]
    hours = hours_of_day(dict.fromkeys(range(*_OPEN), 1000))
    flight = Flight("one", FIRST, world.last, PRICE)
    for step in range(len(world.demand)):
        at = FIRST + step * STEP
        for place, store in enumerate(stores):
            if world.reached[step, place]:
                _meet(store, at)
        _lease(stores, world, budget, at, (flight, terms, hours))
        for place, store in enumerate(stores):
            if world.reached[step, place]:
                store.leases = {**store.known, **store.leases}
            _sell(store, int(world.demand[step, place]), at)
        spent, bound = _spent(stores), _bound(stores)
        if not spent <= bound <= budget:
            raise AssertionError(f"{spent} spent and {bound} bound of {budget} at {at}")
    return _spent(stores)


def _spent(stores: list[Store]) -> int:
    """Return what stores have spent, whoever knows it."""
    return sum(s.gone + sum(one.spent for one in s.leases.values()) for s in stores)


def _bound(stores: list[Store]) -> int:
    """Return what the centre counts: settled leases as spent, the others whole."""
    return sum(s.gone + sum(one.charge for one in s.known.values()) for s in stores)


def divided(world: Scene, budget: int) -> int:
    """Return what stores spend when the budget is divided once, by what they usually play."""
    share = (budget * world.usual / world.usual.sum()).astype(np.int64)
    return int(np.minimum(share // PRICE, world.demand.sum(axis=0)).sum() * PRICE)


def _meet(store: Store, at: datetime) -> None:
    """Let the centre hear all that a store did; leases that are over are closed."""
    store.lag = max(at - store.heard, store.lag * 0.999)
    store.heard = at
    for name, one in list(store.leases.items()):
        store.known[name] = one
        if one.until <= at:
            del store.leases[name], store.known[name]
            told = Told(one.plays, one.spent)
            store.settled = [*store.settled, replace(one, told=told, settled=True)][-REMEMBERED:]
            store.gone += one.spent


def _lease(
    stores: list[Store],
    world: Scene,
    budget: int,
    at: datetime,
    how: tuple[Flight, Terms, tuple[float, ...]],
) -> None:
    """Make the leases that are due."""
    flight, terms, hours = how
    accounts = {
        str(place): sorted([*store.settled, *store.known.values()], key=lambda one: one.until)
        for place, store in enumerate(stores)
    }
    outlooks = [
        Outlook(str(place), float(world.usual[place]), store.lag, at - store.heard)
        for place, store in enumerate(stores)
    ]
    for one in grants(
        flight, Balance(budget, _bound(stores)), accounts, outlooks, at, (terms, hours)
    ):
        name = f"{one.store}-{at.timestamp():.0f}"
        made = Account(name, "one", one.store, one.amount, one.first, one.until)
        stores[int(one.store)].known[name] = made


def _sell(store: Store, plays: int, at: datetime) -> None:
    """Let a store sell plays of the leases that it has heard of, those that end first before."""
    open_now = [one for one in store.leases.values() if one.first <= at < one.until]
    for one in sorted(open_now, key=lambda one: one.until):
        some = min(plays, (one.amount - one.spent) // PRICE)
        more = replace(one, plays=one.plays + some, spent=one.spent + some * PRICE)
        store.leases[one.lease] = more
        plays -= some


@dataclass(frozen=True, slots=True)
class Figure:
    """A case, and spend over the oracle's with leases, and with a budget that is divided once."""

    case: str
    budget: float
    leased: float
    divided: float


CASES = (
    ("every store is reached", 0.0, 0.0),
    ("15 % away for days", 0.15, 0.0),
    ("30 % away, 5 % for good", 0.30, 0.05),
)


def figures(stores: int, days: int) -> list[Figure]:
    """Return the figures of each case, with a budget that is scarce and one that is not."""
    found = []
    for case, away, lost in CASES:
        world = scene(np.random.default_rng(7), stores, days, away, lost)
        whole = int(world.demand.sum()) * PRICE
        for share in (0.6, 0.9):
            budget = int(share * whole)
            best = min(budget, whole)
            found.append(
                Figure(
                    case,
                    share,
                    leased(world, budget, Terms()) / best,
                    divided(world, budget) / best,
                )
            )
    return found


@click.command()
@click.option("--stores", default=200, show_default=True, type=click.IntRange(2, 2000))
@click.option("--days", default=7, show_default=True, type=click.IntRange(1, 60))
@click.option("--json", "as_json", is_flag=True, help="JSON instead of lines.")
def main(stores: int, days: int, *, as_json: bool) -> None:
    """Measure how much of a leased budget is spent."""
    found = figures(stores, days)
    if as_json:
        print(json.dumps([asdict(one) for one in found]))
        return
    print(f"spend over an oracle's: {stores} stores, {days} days, never above the budget")
    for one in found:
        print(
            f"  {one.case:26} budget {one.budget:.0%} of demand:"
            f" leased {one.leased:.3f}, divided once {one.divided:.3f}"
        )


if __name__ == "__main__":
    main()
