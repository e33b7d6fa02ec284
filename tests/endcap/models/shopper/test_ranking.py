from dataclasses import replace

import numpy as np

from endcap.models.shopper.figures import Figures, Kinds, Receipts, figures_of
from endcap.models.shopper.habits import Past, no_past
from endcap.models.shopper.ranking import FEATURES, Candidates, Question, features

NOW = 20_000.5  # a Tuesday, at noon
ITEMS = np.array([10, 20, 30, 40], dtype=np.int64)
KINDS = Kinds(
    items=ITEMS,
    department=np.array([1, 1, 2, -1], dtype=np.int32),
    category=np.array([5, 5, 6, -1], dtype=np.int32),
    brand=np.array([7, 8, 7, -1], dtype=np.int32),
)


def store() -> Figures:
    """Item 10 is bought by shopper 1 each week; 20 and 30 together now and then."""
    rows = [(week, 10, NOW - 7 * week - 1, 1, 2.0) for week in range(10)]
    rows += [(100 + n, item, NOW - n - 2, 2 + n, 4.0) for n in range(20) for item in (20, 30)]
    visit, item, day, shopper, price = zip(*rows, strict=True)
    return figures_of(
        Receipts(
            np.array(visit),
            np.array(item),
            np.array(day),
            np.array(shopper),
            np.array(price, dtype=np.float32),
        ),
        KINDS,
        NOW,
    )


def past(*visits: tuple[float, tuple[int, ...]]) -> Past:
    rows = [(item, number, age) for number, (age, items) in enumerate(visits) for item in items]
    item, visit, age = zip(*rows, strict=True)
    hours = np.full(len(rows), 12.0, dtype=np.float32)
    return Past(np.array(item), np.array(visit), np.array(age, dtype=np.float64), hours)


def proposed(items: list[int]) -> Candidates:
    scores = np.linspace(1.0, 0.5, len(items)).astype(np.float32)
    return Candidates(np.array(items, dtype=np.int64), scores, scores, scores, scores)


def told(items: list[int], basket: list[int], what: Past) -> dict[str, np.ndarray]:
    question = Question(np.array(basket, dtype=np.int64), what, hour=12.0, weekday=1)
    found = features(proposed(items), question, store())
    assert found.shape == (len(items), len(FEATURES))
    assert found.dtype == np.float32
    return dict(zip(FEATURES, found.T, strict=True))


def test_a_habit_is_told_with_its_rhythm() -> None:
    found = told([10, 20], [], past((1.0, (10, 30)), (8.0, (10,)), (15.0, (10,))))
    assert found["times"].tolist() == [3, 0]
    assert np.allclose([found["own_gap"][0], found["items_gap"][0]], 7)
    assert np.isclose(found["due_by_own_gap"][0], 1 / 7)
    assert np.isnan(found["days_since"][1])
    assert found["visits"].tolist() == [3, 3]
    assert found["visits_since"][0] == 0
    assert found["habit_rank"][0] == 0


def test_visits_like_this_basket_say_what_belongs_to_it() -> None:
    found = told([10, 20], [30], past((1.0, (10,)), (9.0, (20, 30)), (15.0, (10,))))
    assert found["with_this_basket"].tolist() == [0.0, 1.0]
    assert found["basket_size"].tolist() == [1.0, 1.0]


def test_a_need_that_another_brand_met_is_told_by_category() -> None:
    found = told([10, 30], [20], past((2.0, (20,)), (9.0, (10,))))
    assert found["category_in_basket"].tolist() == [1, 0]
    assert found["department_in_basket"].tolist() == [1, 0]
    assert np.isclose(found["category_days_since"][0], 2.0)
    assert 0 < found["category_choice"][0] < 0.5
    assert np.isclose(found["brand_choice"][0], found["category_choice"][0])


def test_the_stores_figures_are_those_before_the_moment() -> None:
    figures = store()
    assert np.isclose(figures.share[0], 10 / 30)
    assert np.isclose(figures.price[1], 4.0)
    assert np.isnan(figures.price[3])
    assert np.isclose(figures.again[0], 0.9)
    assert figures.rows(np.array([20, 21])).tolist() == [1, -1]


def test_someone_unknown_with_nothing_in_the_basket_is_a_question_too() -> None:
    found = told([20, 99], [], no_past())
    assert found["times"].tolist() == [0, 0]
    assert np.isnan(found["share"][1])
    assert found["share"][0] > 0


def test_a_store_without_words_for_its_items_has_no_likes() -> None:
    nothing = np.full(4, -1, dtype=np.int32)
    bare = replace(store(), kinds=Kinds(ITEMS, nothing, nothing, nothing))
    question = Question(np.array([20]), past((2.0, (20,))), 12.0, 1)
    found = dict(zip(FEATURES, features(proposed([10, 30]), question, bare).T, strict=True))
    for name in ("category_times", "category_in_basket", "department_in_basket", "brand_choice"):
        assert np.isnan(found[name]).all()


def test_no_candidates_and_an_empty_store_have_no_rows_to_tell_of() -> None:
    assert features(proposed([]), Question(ITEMS[:1], no_past(), 1.0, 6), store()).shape[0] == 0
    empty = np.empty(0, dtype=np.int64)
    codes = np.empty(0, dtype=np.int32)
    none = Receipts(empty, empty, np.empty(0), empty, np.empty(0, dtype=np.float32))
    new = figures_of(none, Kinds(empty, codes, codes, codes), NOW)
    found = features(proposed([1]), Question(ITEMS[:1], past((1.0, (1,))), 1.0, 6), new)
    assert found.shape == (1, len(FEATURES))
    assert np.isnan(found[0, FEATURES.index("share")])
