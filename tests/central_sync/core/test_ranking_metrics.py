import pytest
from hypothesis import given
from hypothesis import strategies as st

from central_sync.core.ranking_metrics import (
    hit_rate,
    ndcg,
    ndcg_of_places,
    percentile,
    place_of,
    recall,
)


def test_a_place_counts_from_one_and_ties_rank_against() -> None:
    assert place_of(7, [5, 7, 9], [0.9, 0.5, 0.5]) == 3
    assert place_of(5, [5, 7], [0.9, 0.5]) == 1
    assert place_of(8, [5, 7], [0.9, 0.5]) is None


def test_hits_and_gains_of_places() -> None:
    places = [1, 3, 11, None]
    assert hit_rate(places, 10) == 0.5
    assert ndcg_of_places(places, 10) == pytest.approx((1 + 0.5) / 4)


def test_nothing_asked_is_nothing_found() -> None:
    assert (hit_rate([], 10), ndcg_of_places([], 10), recall([1], []), percentile([], 0.5)) == (
        0.0,
        0.0,
        0.0,
        0.0,
    )
    assert ndcg(["a"], {"a": 0.0}, 10) == 0.0


def test_recall_is_a_share_of_what_was_wanted() -> None:
    assert recall([1, 2, 3], [3, 4]) == 0.5


def test_ndcg_of_a_graded_list() -> None:
    gains = {"a": 1.0, "b": 0.5}
    assert ndcg(["b", "x", "a"], gains, 10) == pytest.approx(
        (0.5 + 0.5) / (1 + 0.5 / 1.58496), abs=1e-4
    )


def test_a_percentile_is_one_of_the_values() -> None:
    assert [percentile([3.0, 1.0, 2.0], share) for share in (0.0, 0.5, 0.99, 1.0)] == [1, 2, 3, 3]


@given(
    st.lists(st.sampled_from("abcdef"), unique=True),
    st.dictionaries(st.sampled_from("abcdef"), st.floats(0, 1)),
)
def test_ndcg_never_leaves_its_range_and_the_best_order_has_it_all(
    found: list[str], gains: dict[str, float]
) -> None:
    best = sorted(gains, key=lambda one: -gains[one])
    assert 0.0 <= ndcg(found, gains, 3) <= 1.0 + 1e-9
    assert ndcg(best, gains, 3) == pytest.approx(1.0 if any(gains.values()) else 0.0)
