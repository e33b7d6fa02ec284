import numpy as np

from edge_agent.core.offers.company import LARGEST, company_of, no_company
from edge_agent.core.offers.likes import complements, substitutes
from edge_agent.core.offers.store import Store, aligned
from endcap.models.shopper.figures import Kinds, Receipts, figures_of, no_kinds
from tests.edge_agent.core.offers.village_store import KEYS, TODAY, goods, row, rows, stocked, store


def named(found: tuple[int, ...]) -> list[str]:
    return [KEYS[one] for one in found]


def without_sales() -> Store:
    known, nothing = goods(), np.empty(0, dtype=np.int64)
    days, prices = np.empty(0, dtype=np.float64), np.empty(0, dtype=np.float32)
    sold = Receipts(nothing, nothing, days, nothing, prices)
    return stocked(known, figures_of(sold, known.kinds, TODAY))


def test_a_substitute_is_bought_with_the_same_things_and_seldom_together() -> None:
    found = named(substitutes(store(), row("whole"), 5))
    assert found[0] == "skim", "both go with flakes"
    assert "flakes" not in found
    assert "butter" not in found, "of another category"


def test_without_baskets_words_and_prices_tell_who_is_like_whom() -> None:
    assert named(substitutes(without_sales(), row("whole"), 5)) == ["skim", "barista", "oat"]
    assert substitutes(without_sales(), row("soap"), 5) == ()


def test_of_a_large_category_those_that_sell_are_looked_at() -> None:
    size = 500
    kinds = Kinds(
        np.arange(size),
        np.zeros(size, np.int32),
        np.zeros(size, np.int32),
        np.zeros(size, np.int32),
    )
    known = goods()
    big = stocked(
        type(known)(
            kinds,
            tuple("Milk" for _ in range(size)),
            np.ones(size, np.float32),
            np.zeros(size, np.float32),
            np.zeros(size, np.int32),
            np.zeros(size, np.int16),
        ),
        aligned(store().figures, kinds),
    )
    assert len(substitutes(big, 0, 1000)) == 400


def test_without_a_category_the_department_is_looked_at() -> None:
    kinds = goods().kinds
    bare = Kinds(kinds.items, kinds.department, np.full(len(KEYS), -1, np.int32), kinds.brand)
    known = without_sales()
    plain = type(known.goods)(
        bare,
        known.goods.names,
        known.goods.price,
        known.goods.discount,
        known.goods.suits,
        known.goods.age,
    )
    assert named(substitutes(stocked(plain, known.figures), row("whole"), 1)) == ["skim"]


def test_a_complement_is_of_another_kind_and_in_the_same_baskets() -> None:
    assert named(complements(store(), rows("whole"), 5)) == ["flakes"]
    assert set(named(complements(store(), rows("bread", "whole"), 5))) == {
        "flakes",
        "butter",
        "wine",
    }
    assert complements(without_sales(), rows("whole"), 5) == ()


def test_company_takes_two_baskets_and_forgets_the_largest() -> None:
    assert company_of(np.array([1, 1]), np.array([0, 1]), 2).of(0)[0].tolist() == []
    nothing = no_company()
    assert nothing.of(3)[0].tolist() == []
    assert nothing.alike(0, np.array([1]), 2).tolist() == [0.0]
    many = LARGEST + 5
    visit = np.repeat(np.arange(2), many)
    wide = company_of(visit, np.tile(np.arange(many), 2), many)
    assert len(wide.of(0)[0]) == 0, "what is always together says nothing"


def test_figures_follow_the_catalogue() -> None:
    figures = store().figures
    fewer = aligned(figures, no_kinds(np.array([101, 999])))
    assert fewer.share[0] == figures.share[1]
    assert np.isnan(fewer.share[1])
    assert fewer.dayparts.shape == (2, 4)
