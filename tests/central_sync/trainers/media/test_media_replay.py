"""The replay: real rules, a ledger that adds up, and no plan above the best in hindsight."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from central_sync.commands.kinds import kind_named
from central_sync.ports.training import DataUnusableError
from central_sync.trainers.media import market as making
from central_sync.trainers.media.leasing import leased_purses
from central_sync.trainers.media.market import Market, read_market, unpaced_revenue
from central_sync.trainers.media.optimum import hindsight_optimum
from central_sync.trainers.media.players import AsStoresDo, DualPaced, Throttled, Unpaced
from central_sync.trainers.media.replay import Paid, Player, Purses, figures, replay
from tests.fakes.clock import NOON

PLACES, CAMPAIGNS, STORES = 900, 6, 3


@pytest.fixture(scope="module")
def market() -> Market:
    rng = np.random.default_rng(4)
    values = rng.gamma(2.0, 300_000.0, (PLACES, CAMPAIGNS))
    at = tuple(NOON + n * timedelta(hours=1) for n in range(PLACES))
    return Market(
        at=at,
        store=rng.integers(0, STORES, PLACES),
        values=values,
        budgets=(0.6 * unpaced_revenue(values)).astype(np.int64),
        past=np.full((STORES, 168), 10.0 / STORES),
        past_weeks=10.0,
        until=at[-1] + timedelta(seconds=1),
    )


def one_purse(market: Market) -> Purses:
    return Purses(market.budgets[None].copy())


def as_stores_do(market: Market, *, rhythm: float = 1.0) -> AsStoresDo:
    week = np.full((1, 168), rhythm)
    return AsStoresDo(week, CAMPAIGNS, market.until, timedelta(hours=24), market.at[0])


PLAYERS: dict[str, Callable[[Market], Player]] = {
    "unpaced": lambda _: Unpaced(),
    "throttled": lambda market: Throttled(market, np.random.default_rng(1)),
    "dual": lambda market: DualPaced(market, 0.01),
    "stores": as_stores_do,
}


@pytest.mark.parametrize("name", PLAYERS)
def test_no_way_of_playing_beats_the_best_plan_or_spends_more_than_there_is(
    name: str, market: Market
) -> None:
    best = hindsight_optimum(market.values, market.budgets.astype(float))
    played = replay(market, one_purse(market), PLAYERS[name](market))
    found = figures(played, market, best.welfare)
    assert found["welfare"] <= 1.0 + 1e-6
    assert found["spent"] <= 1.0
    assert found["plays_above_lease"] == 0
    assert sum(one.price for one in played.ledger) == played.spent.sum()


def test_stores_come_close_to_the_best_plan_also_with_a_wrong_forecast(market: Market) -> None:
    best = hindsight_optimum(market.values, market.budgets.astype(float))
    for rhythm in (0.5, 1.0, 2.0):
        played = replay(market, one_purse(market), as_stores_do(market, rhythm=rhythm))
        found = figures(played, market, best.welfare)
        assert found["welfare"] > 0.95
        assert found["spent"] > 0.97
        assert found["dry_early"] == 0.0


@pytest.mark.parametrize("offline", [False, True])
def test_leases_never_add_up_to_more_than_the_budget(market: Market, *, offline: bool) -> None:
    purses = leased_purses(market, offline=offline)
    assert (purses.rests.sum(axis=0) <= market.budgets).all()
    player = AsStoresDo(
        market.past / 10, CAMPAIGNS, market.until, timedelta(hours=24), market.at[0]
    )
    played = replay(market, purses, player)
    assert (played.spent + purses.rests.sum(axis=0) <= market.budgets).all()
    assert figures(played, market, 1.0)["plays_above_lease"] == 0


def test_a_ledger_that_does_not_add_up_is_no_figure(market: Market) -> None:
    played = replay(market, one_purse(market), Unpaced())
    wrong = type(played)(
        played.welfare, (*played.ledger, Paid(0, 0, 0, 1)), played.spent, played.dry, 0
    )
    with pytest.raises(AssertionError, match="does not add up"):
        figures(wrong, market, 1.0)


def write_baskets(folder: Path, *, weeks: int = 16) -> Path:
    """Write a folder in the layout `baskets`: forty types, bought in groups that go together."""
    rng = np.random.default_rng(5)
    rows = []
    for basket in range(2500):
        week = 1 + basket * weeks // 2500
        at = NOON.replace(tzinfo=None) + basket * timedelta(weeks=weeks) / 2500
        group = int(rng.integers(8))
        bought = rng.choice(40, 6, replace=False, p=_shares(group))
        rows += [(int(rng.integers(25)), basket, int(item), week, at) for item in bought]
    columns = ("store_id", "basket_id", "item_id", "week", "at")
    table = {name: [row[i] for row in rows] for i, name in enumerate(columns)}
    pq.write_table(pa.table(table), folder / "baskets.parquet")
    types = {"item_id": list(range(40)), "type": [f"type {n}" for n in range(40)]}
    pq.write_table(pa.table(types), folder / "items.parquet")
    return folder


def _shares(group: int) -> np.ndarray:
    weight = np.where(np.arange(40) % 8 == group, 6.0, 1.0)
    share: np.ndarray = weight / weight.sum()
    return share


def test_a_market_is_made_of_baskets_the_same_each_time(tmp_path: Path) -> None:
    data = write_baskets(tmp_path)
    one, again, other = (read_market(data, seed) for seed in (0, 0, 1))
    assert np.array_equal(one.values, again.values)
    assert not np.array_equal(one.values, other.values)
    assert one.values.shape[1] == making.CAMPAIGNS
    assert len(np.unique(one.store)) == making.STORES
    assert list(one.at) == sorted(one.at)
    assert one.past.sum() > len(one.at) / 4
    assert 0.55 < one.budgets.sum() / unpaced_revenue(one.values).sum() <= 0.6


def test_too_few_weeks_or_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataUnusableError, match=r"baskets\.parquet is missing"):
        read_market(tmp_path, 0)
    with pytest.raises(DataUnusableError, match="more than 12 weeks"):
        read_market(write_baskets(tmp_path, weeks=4), 0)


def test_there_is_no_model_to_fit_compare_or_score(tmp_path: Path) -> None:
    kind = kind_named("media")
    for refused in (
        lambda: kind.fit(tmp_path, tmp_path, seed=0, progress=print),
        lambda: kind.compare(tmp_path, tmp_path, None),
        lambda: kind.evaluate(tmp_path, tmp_path, baselines=False, progress=print),
    ):
        with pytest.raises(DataUnusableError, match="no model to fit"):
            refused()
