"""A chain of stores whose demand is known: what sells, what it costs, when the shelf was empty.

Each item's demand is a level that wanders, times its weekday, its price, the weather and the
season, counted with more spread than a Poisson; an empty shelf hides a part of it. From a day on
the world is another one: half of the categories lose or gain customers, weekends count for more,
and people look twice at prices. A model that was fitted before that day has not seen it.
"""

from dataclasses import dataclass

import numpy as np

from central_sync.trainers.demand.dataset import DataSet
from endcap.models.demand.ledger import month_days, weekdays
from endcap.models.demand.panel import DAILY, Floats, Ints, Panel

FIRST_DAY = 19_358  # days since 1970: 2023-01-01
_CATEGORIES = 10


@dataclass(frozen=True, slots=True)
class World:
    """How large the chain is, for how long it is watched, and what changes.

    `turn` is the first day of the other world; it is there in full `over` days later. `moved` is
    how far categories move (0.3: to 0.7 or 1.3 of what they were), `weekend` by how much Saturday
    and Sunday grow, `dearer` by what the elasticity is multiplied.
    """

    stores: int = 8
    items: int = 120
    days: int = 455
    turn: int = 385
    over: int = 28
    moved: float = 0.35
    weekend: float = 0.4
    dearer: float = 1.8
    out: float = 0.07


@dataclass(frozen=True, slots=True, eq=False)
class Simulated:
    """The chain's panel, and the demand behind its sales: [S, T] mean units a day."""

    panel: Panel
    demand: Floats

    def until(self, day: int, horizon: int) -> DataSet:
        """Return all that is known at the end of `day`, the last `horizon` days as the test."""
        panel = self.panel.between(0, day)
        stores = tuple(str(one) for one in range(int(panel.group.max()) + 1))
        return DataSet(
            layout="simulated",
            panel=panel,
            horizon=horizon,
            leads=tuple(range(1, horizon + 1)),
            rolling=False,
            stores=stores,
            store=panel.group,
            items=tuple(str(one) for one in panel.item.tolist()),
            source="a simulated chain",
            last_day=str(np.datetime64(FIRST_DAY + day, "D")),
            licence="Apache-2.0",
        )


def simulated(world: World, rng: np.random.Generator) -> Simulated:
    """Return the chain, the same for the same generator."""
    series = world.stores * world.items
    store = np.repeat(np.arange(world.stores), world.items)
    item = np.tile(np.arange(world.items), world.stores)
    category = item % _CATEGORIES
    days = np.arange(world.days)
    weekday = weekdays(FIRST_DAY, world.days)
    other = np.clip((days - world.turn) / world.over, 0.0, 1.0)  # how much of the other world
    price, promotion = _prices(world, item, rng)
    temperature = _temperature(world, rng)
    log_demand = (
        _levels(world, store, item, rng)
        + _weeks(world, store, category, weekday, other, rng)
        + _price_effect(world, category, price, other, rng)
        + rng.normal(0, 0.012, _CATEGORIES)[category][:, None] * (temperature - 12.0)[None]
        + _moves(world, rng)[category][:, None] * other[None]
    )
    demand = np.exp(log_demand)
    wanted = rng.poisson(demand * rng.gamma(20.0, 1 / 20.0, demand.shape)).astype(np.float64)
    in_stock = np.where(
        rng.random(demand.shape) < world.out, rng.uniform(0.2, 0.9, demand.shape), 1.0
    )
    units = rng.binomial(wanted.astype(np.int64), in_stock).astype(np.float64)
    panel = Panel(
        units=units,
        in_stock=in_stock,
        price=price,
        promotion=promotion,
        holiday=np.zeros(units.shape),
        special=np.zeros(units.shape),
        group=store.astype(np.int64),
        weekday=weekday,
        month_day=month_days(FIRST_DAY, world.days),
        rhythm=DAILY,
        item=item.astype(np.int64),
        category=category.astype(np.int64),
        temperature=np.tile(temperature, (series, 1)),
        rain=np.zeros(units.shape),
    )
    return Simulated(panel, demand)


def _levels(world: World, store: Ints, item: Ints, rng: np.random.Generator) -> Floats:
    """Return the logarithm of each series' level: the item's, the store's, and its wandering."""
    usual = rng.normal(1.9, 0.8, world.items)[item] + rng.normal(0, 0.4, world.stores)[store]
    own = rng.normal(0, 0.3, len(item))
    steps = rng.normal(0, 0.012, (len(item), world.days))
    year = 0.1 * np.sin(2 * np.pi * (np.arange(world.days) - 90) / 365.25)
    levels: Floats = (usual + own)[:, None] + np.cumsum(steps, axis=1) + year[None]
    return levels


def _weeks(
    world: World,
    store: Ints,
    category: Ints,
    weekday: Ints,
    other: Floats,
    rng: np.random.Generator,
) -> Floats:
    """Return the logarithm of the weekday's effect; weekends grow in the other world."""
    usual = rng.normal(0, 0.15, (_CATEGORIES, 7)) + np.array([-0.1, -0.1, -0.05, 0, 0.15, 0.3, 0.1])
    of_store = rng.normal(0, 0.05, (world.stores, 7))
    late = (weekday >= 5).astype(np.float64)  # noqa: PLR2004 - Saturday and Sunday
    more = late * np.log1p(world.weekend) + (1 - late) * np.log1p(-0.25 * world.weekend)
    weeks: Floats = usual[category][:, weekday] + of_store[store][:, weekday] + more * other
    return weeks


def _prices(world: World, item: Ints, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return each series' price and whether it is promoted: the chain's, alike in all stores."""
    regular = np.exp(rng.normal(1.0, 0.5, world.items))[:, None]
    steps = rng.random((world.items, world.days)) < 1.5 / 365
    regular = regular * np.exp(np.cumsum(steps * rng.normal(0.03, 0.08, steps.shape), axis=1))
    weeks = -(-world.days // 7)
    promoted = rng.random((world.items, weeks)) < 0.12  # noqa: PLR2004 - six weeks of a year
    off = np.where(promoted, rng.choice([0.1, 0.2, 0.3, 0.4], promoted.shape), 0.0)
    off = np.repeat(off, 7, axis=1)[:, : world.days]
    price = np.round(regular * (1 - off), 2)
    return price[item], (off > 0).astype(np.float64)[item]


def _price_effect(
    world: World, category: Ints, price: Floats, other: Floats, rng: np.random.Generator
) -> Floats:
    """Return the logarithm of what the price does, which grows in the other world."""
    elasticity = rng.uniform(0.8, 2.2, _CATEGORIES)[category][:, None]
    grown = 1.0 + (world.dearer - 1.0) * other[None]
    usual = np.median(price[:, : world.turn], axis=1, keepdims=True)
    effect: Floats = -elasticity * grown * np.log(price / usual)
    return effect


def _moves(world: World, rng: np.random.Generator) -> Floats:
    """Return the logarithm by which each category moves: half of them stay."""
    sign = rng.permutation(np.repeat([0.0, 1.0, -1.0], [_CATEGORIES - 6, 3, 3]))
    moves: Floats = np.log1p(sign * world.moved)
    return moves


def _temperature(world: World, rng: np.random.Generator) -> Floats:
    """Return each day's temperature."""
    days = np.arange(world.days)
    noise = rng.normal(0, 2.0, world.days)
    smooth = np.convolve(noise, np.ones(3) / 3, mode="same")
    temperature: Floats = 12.0 - 9.0 * np.cos(2 * np.pi * (days - 20) / 365.25) + 2 * smooth
    return temperature
