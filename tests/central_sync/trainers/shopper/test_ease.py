from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from central_sync.trainers.shopper.ease import (
    DENOISING,
    MOST_ITEMS,
    RIDGE,
    Counts,
    ItemModel,
    fit_items,
    propose,
    say,
)
from central_sync.trainers.shopper.graph import to_onnx
from endcap.plumbing.onnx_session import Session, open_session


def random_counts(items: int = 60, baskets: int = 900, seed: int = 0) -> Counts:
    rng = np.random.default_rng(seed)
    bought = (rng.random((baskets, items)) < rng.random(items) * 0.3).astype(np.int64)
    bought[:, 1] |= bought[:, 0]
    gram = bought.T @ bought
    first, second = np.nonzero(np.triu(gram, 1))
    return Counts(
        baskets=baskets,
        items=np.sort(rng.choice(10**13, items, replace=False)),
        item_baskets=np.diag(gram).astype(np.int64),
        first=first,
        second=second,
        pair_baskets=gram[first, second],
    )


COUNTS = random_counts()
MODEL = fit_items(COUNTS, most=40)
SESSION = open_session(to_onnx(MODEL))


def dense(model: ItemModel) -> np.ndarray:
    """The model's weights as a matrix, from place to place."""
    size = len(model.neighbours)
    matrix = np.zeros((size, size))
    np.put_along_axis(matrix, model.neighbours, model.weights.astype(np.float64), axis=1)
    return matrix


def test_the_weights_are_the_closed_form_of_ease() -> None:
    order = np.lexsort((COUNTS.items, -COUNTS.item_baskets))[:40]
    gram = np.zeros((60, 60))
    gram[COUNTS.first, COUNTS.second] = gram[COUNTS.second, COUNTS.first] = COUNTS.pair_baskets
    np.fill_diagonal(gram, COUNTS.item_baskets)
    gram = gram[np.ix_(order, order)]
    inverse = np.linalg.inv(gram + np.diag(RIDGE + DENOISING * gram.diagonal()))
    wanted = -inverse / inverse.diagonal()[None, :]
    np.fill_diagonal(wanted, 0.0)
    assert np.allclose(dense(MODEL), wanted, atol=2e-4)


def test_items_that_go_together_weigh_most() -> None:
    place = {int(item): i for i, item in enumerate(MODEL.items)}
    zero, one = place[int(COUNTS.items[0])], place[int(COUNTS.items[1])]
    assert dense(MODEL)[zero].argmax() == one


def test_counts_that_fit_no_baskets_are_still_solved() -> None:
    impossible = Counts(
        baskets=3,
        items=np.array([1, 2, 3]),
        item_baskets=np.array([1, 1, 1]),
        first=np.array([0, 0, 1]),
        second=np.array([1, 2, 2]),
        pair_baskets=np.array([5000, 5000, 0]),
    )
    assert np.isfinite(fit_items(impossible, most=3).weights).all()


def test_a_withheld_pair_is_taken_for_chance_as_far_as_it_may_have_been_withheld() -> None:
    told = Counts(
        baskets=1000,
        items=np.array([1, 2, 3]),
        item_baskets=np.array([300, 300, 200]),
        first=np.array([0]),
        second=np.array([2]),
        pair_baskets=np.array([150]),
    )
    whole, private, strict = (
        dense(fit_items(replace(told, withheld=most), most=3)) for most in (0, 200, 20)
    )
    assert whole[0, 1] == 0 < strict[0, 1] < private[0, 1] < private[0, 2]


def answer(session: Session, basket: list[int], past: dict[int, float]) -> dict[str, np.ndarray]:
    return session.run(
        {
            "basket": np.array(basket, dtype=np.int64),
            "history": np.array(list(past), dtype=np.int64),
            "history_weight": np.array(list(past.values()), dtype=np.float32),
        }
    )


KNOWN = st.sampled_from([*COUNTS.items.tolist(), 7, 8])
PASTS = st.dictionaries(KNOWN, st.floats(0, 30, width=32), max_size=20)


@settings(deadline=None)
@given(st.lists(KNOWN, unique=True, max_size=12), PASTS)
def test_the_graph_answers_as_numpy_does(basket: list[int], past: dict[int, float]) -> None:
    found = answer(SESSION, basket, past)
    asked = (
        np.array(basket, dtype=np.int64),
        np.array(list(past), dtype=np.int64),
        np.array(list(past.values()), dtype=np.float32),
    )
    by_item = dict(zip(MODEL.items.tolist(), say(MODEL, *asked).total.tolist(), strict=True))
    items = found["items"].tolist()
    assert not set(items) & set(basket)
    sure, perhaps = (sum(s > edge for s in by_item.values()) for edge in (1e-6, -1e-6))
    assert min(MOST_ITEMS, sure) <= len(items) <= min(MOST_ITEMS, perhaps)
    assert np.allclose(found["scores"], [by_item[item] for item in items], rtol=1e-4, atol=1e-6)
    assert found["scores"].tolist() == sorted(found["scores"].tolist(), reverse=True)
    wanted = propose(MODEL, *asked)
    assert np.allclose(found["scores"][: len(wanted.score)], wanted.score[: len(items)], atol=1e-5)
    told = dict(zip(wanted.items.tolist(), wanted.basket_best.tolist(), strict=True))
    for item, best in zip(items, found["basket_best"].tolist(), strict=True):
        assert np.isclose(best, told.get(item, best), atol=1e-5)


def test_of_what_it_does_not_know_it_says_nothing() -> None:
    assert answer(SESSION, [1, 2, 3], {4: 2.0})["items"].tolist() == []
    assert answer(SESSION, [], {})["items"].tolist() == []


def test_an_item_without_neighbours_is_still_a_habit() -> None:
    rare = int(MODEL.items[-1])
    assert answer(SESSION, [], {rare: 3.0})["items"].tolist() == [rare]


def test_without_a_basket_habits_come_first_and_then_what_goes_with_them() -> None:
    past = {int(item): float(i + 5) for i, item in enumerate(MODEL.items[:5])}
    found = answer(SESSION, [], past)["items"].tolist()
    assert set(found[:5]) == set(past)
    assert len(found) > 5


@pytest.mark.parametrize("items", [1, 2])
def test_the_smallest_catalogues_work(items: int) -> None:
    session = open_session(to_onnx(fit_items(random_counts(items=max(items, 2)), most=items)))
    assert answer(session, [], {})["items"].tolist() == []
