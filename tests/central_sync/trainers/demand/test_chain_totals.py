"""The chain's signals are the same however the stores are grouped, and tell of nobody's own."""

from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from central_sync.core.chain_news import ChainNews
from central_sync.ports.training import DataUnusableError
from central_sync.trainers.demand.chain_totals import chain_news
from central_sync.trainers.demand.layouts.endcap_sales import read_endcap_sales
from central_sync.trainers.in_turn import InTurn
from endcap.models.demand.chain import LEAST_STORES, chain_of
from tests.central_sync.trainers.demand import folders

LAST = folders.FIRST + timedelta(days=69)


def fruit(data: Path) -> Path:
    """Say of each item that it is fruit."""
    path = data / "sales.parquet"
    table = pq.read_table(path)
    pq.write_table(table.append_column("category", pa.array(["fruit"] * len(table))), path)
    return data


def without(data: Path, kept: pc.Expression) -> Path:
    """Take away the rows that are not to be kept."""
    path = data / "sales.parquet"
    pq.write_table(pq.read_table(path).filter(kept), path)
    return data


def news(data: Path, rows_a_group: int = 10**9) -> ChainNews:
    found = chain_news(data, InTurn(), rows_a_group)
    assert found is not None
    return found


def test_the_chain_is_told_as_training_knows_it(tmp_path: Path) -> None:
    data = fruit(folders.lake(tmp_path, stores=LEAST_STORES, items=4))
    sales = read_endcap_sales(data, 1)
    chain, told = chain_of(sales.panel, sales.panel.periods - 1), news(data)
    assert told.origin == LAST
    items = [told.items[gtin] for gtin in sorted(told.items)]
    assert [one.trend_3 for one in items] == chain.item_3.tolist()
    assert [one.lift for one in items] == chain.item_lift.tolist()
    assert all(one.level > 0 for one in items)
    [category] = told.categories
    assert (category.category, category.season) == ("fruit", tuple(chain.season[0].tolist()))
    assert told.sold["store-1"] == sorted(told.items)


def test_groups_of_stores_add_up_to_the_same(tmp_path: Path) -> None:
    data = fruit(folders.lake(tmp_path, stores=LEAST_STORES + 1, items=4))
    assert news(data, rows_a_group=1) == news(data)


def test_what_too_few_stores_sell_is_not_told(tmp_path: Path) -> None:
    data = folders.lake(tmp_path, stores=LEAST_STORES, items=2)
    rare, store = folders.gtin(1), pc.field("store")
    assert rare in news(data).items
    without(data, (pc.field("gtin") != rare) | (store != "store-0"))
    told = news(data)
    assert rare not in told.items
    assert rare in told.sold["store-1"]


def test_the_last_day_that_most_stores_told_of_is_the_origin(tmp_path: Path) -> None:
    data = folders.lake(tmp_path, stores=LEAST_STORES, items=4)
    day, late = pc.field("day"), LAST - timedelta(days=2)
    without(data, (day <= late) | (pc.field("store") == "store-0"))
    assert news(data).origin == late


def test_nothing_is_told_while_most_stores_are_silent(tmp_path: Path) -> None:
    data = folders.lake(tmp_path, stores=LEAST_STORES, items=4)
    day, long_ago = pc.field("day"), LAST - timedelta(days=9)
    without(data, (day <= long_ago) | (pc.field("store") == "store-0"))
    assert chain_news(data, InTurn()) is None


def test_too_short_a_time_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataUnusableError, match="at least 21"):
        chain_news(folders.lake(tmp_path, days=14, items=2), InTurn())
