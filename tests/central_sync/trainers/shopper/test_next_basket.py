from dataclasses import replace
from pathlib import Path

import numpy as np

from central_sync.trainers.shopper.baskets import Baskets, read_baskets
from central_sync.trainers.shopper.neighbours import Fading, Neighbours
from central_sync.trainers.shopper.questions import (
    FiguresByDay,
    next_item_queries,
    query_of,
)
from central_sync.trainers.shopper.scoring import personal_frequency, score_next_basket
from central_sync.trainers.tables import read_settings
from endcap.models.shopper.habits import Past
from tests.central_sync.trainers.shopper.samples import write_baskets


def read(folder: Path) -> Baskets:
    data = write_baskets(folder / "data")
    return read_baskets(data, read_settings(data))


def test_the_first_baskets_of_the_test_weeks_are_asked_for_too(tmp_path: Path) -> None:
    baskets = read(tmp_path)
    first = baskets.first_in_test_weeks()
    assert first.sum() == 20
    assert baskets.week[first].min() == 9
    found = score_next_basket(personal_frequency, baskets)
    assert found["first_basket"]["households"] == 20
    assert 0 < found["first_basket"]["recall_at_10"] <= 1


def test_a_chain_without_test_weeks_has_no_first_baskets(tmp_path: Path) -> None:
    data = write_baskets(tmp_path / "data", test_weeks=None)
    found = score_next_basket(personal_frequency, read_baskets(data, read_settings(data)))
    assert set(found) == {"recall_at_10", "next_basket_ndcg_at_10", "households"}


def test_later_baskets_weigh_more_and_groups_fade() -> None:
    weight = Fading(group=2, within=0.5, between=0.1).weight(np.arange(5))
    assert np.allclose(weight, [1, 0.5, 0.1, 0.05, 0.01])


def test_neighbours_lend_what_a_household_never_bought(tmp_path: Path) -> None:
    baskets = read(tmp_path)
    past = Past(np.array([1]), np.array([0]), np.array([3.0]), np.array([9.0], dtype=np.float32))
    query = query_of(np.empty(0, np.int64), past, float(baskets.day[-1]), 1)
    assert Neighbours(baskets, Fading(own=1.0))(query)[0].tolist() == [1]
    answer = Neighbours(baskets, Fading(neighbours=20, own=0.1))
    items, scores = answer(query)
    assert np.all(np.diff(scores) <= 0)
    assert 2 in items
    assert items[0] not in answer(query.with_basket(items[:1]))[0]


def test_figures_are_of_the_questions_store_and_day(tmp_path: Path) -> None:
    baskets = read(tmp_path)
    figures_at = FiguresByDay(baskets)
    (one, _), *_, (other, _) = next_item_queries(baskets)
    early, late = figures_at(one), figures_at(other)
    assert figures_at(other) is late
    assert not np.array_equal(early.month, late.month)
    elsewhere = figures_at(replace(one, store=2))
    assert np.array_equal(elsewhere.week, early.week)
    assert not np.array_equal(elsewhere.month, early.month)
