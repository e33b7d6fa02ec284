from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from edge_agent.core.shopper import (
    BOUGHT_BEFORE,
    GOES_WITH_BASKET,
    INSTEAD,
    POPULAR_HERE,
    SUITS_YOU,
    Moment,
    Product,
    recommend,
    substitutes,
)

CATALOGUE = {
    "whole": Product("Whole Milk", "Dairy", 2.8),
    "skim": Product("Skim Milk", "Dairy", 2.6),
    "oat": Product("Barista Oat Milk", "Dairy", 9.9),
    "butter": Product("Butter", "Dairy", 4.0),
    "eggs": Product("Eggs", "Dairy", 3.0),
    "bread": Product("Bread", "Bakery", 2.0),
    "jam": Product("Jam", "Pantry"),
    "tea": Product("!!", "Pantry", 0.0),
}
QUIET = Moment(CATALOGUE, model={}, personal={}, popular={}, basket=(), unavailable=())


def gtins(moment: Moment, limit: int = 10) -> list[str]:
    return [one.gtin for one in recommend(moment, limit)]


def test_the_model_comes_first_then_habits_then_what_sells_here() -> None:
    moment = replace(
        QUIET,
        basket=("bread",),
        model={"butter": 0.2, "jam": 0.4},
        personal={"tea": 2.0},
        popular={"eggs": 90.0},
    )
    found = recommend(moment, 10)
    assert [(one.gtin, one.reason) for one in found] == [
        ("jam", GOES_WITH_BASKET),
        ("butter", GOES_WITH_BASKET),
        ("tea", BOUGHT_BEFORE),
        ("eggs", POPULAR_HERE),
    ]
    assert found[0].text == "goes with what is in the basket"


def test_a_habit_is_called_a_habit_whoever_names_it() -> None:
    moment = replace(QUIET, basket=("bread",), model={"jam": 0.4}, personal={"jam": 3.0})
    assert [one.reason for one in recommend(moment, 5)] == [BOUGHT_BEFORE]


def test_without_a_basket_the_model_speaks_of_the_shopper() -> None:
    assert recommend(replace(QUIET, model={"jam": 1.0}), 5)[0].reason == SUITS_YOU


def test_what_the_shelf_lacks_is_replaced_by_its_like() -> None:
    moment = replace(QUIET, model={"whole": 1.0, "bread": 0.5}, unavailable={"whole"})
    first = recommend(moment, 5)[0]
    assert (first.gtin, first.reason, first.instead_of) == ("skim", INSTEAD, "whole")
    assert first.text == "instead of Whole Milk, which is off the shelf now"


def test_what_nothing_is_like_is_left_out() -> None:
    assert gtins(replace(QUIET, model={"jam": 1.0}, unavailable={"jam"})) == []


def test_what_the_store_does_not_sell_is_left_out() -> None:
    assert gtins(replace(QUIET, model={"elsewhere": 1.0, "jam": 0.1})) == ["jam"]


def test_what_nobody_wants_is_not_offered() -> None:
    assert gtins(replace(QUIET, popular={"jam": 0.0})) == []


def test_no_department_takes_all_places() -> None:
    dairy = {"whole": 5.0, "skim": 4.0, "butter": 3.0, "eggs": 2.0}
    moment = replace(QUIET, model={**dairy, "jam": 1.0, "bread": 0.5})
    assert gtins(moment, 4) == ["whole", "skim", "jam", "bread"]


def test_a_department_fills_the_places_nobody_else_wants() -> None:
    moment = replace(QUIET, popular={"whole": 5.0, "skim": 4.0, "butter": 3.0, "eggs": 2.0})
    assert gtins(moment, 4) == ["whole", "skim", "butter", "eggs"]


def test_a_substitute_shares_words_and_a_like_price() -> None:
    assert substitutes("whole", CATALOGUE, (), 5) == ("skim",)
    assert substitutes("whole", {**CATALOGUE, "skim": Product("Skim Milk", "Dairy")}, (), 1) == (
        "skim",
    )
    assert substitutes("whole", CATALOGUE, {"skim"}, 5) == ()
    assert substitutes("nothing", CATALOGUE, (), 5) == ()
    assert substitutes("tea", CATALOGUE, (), 5) == ()


ITEMS = st.sampled_from([*CATALOGUE, "elsewhere"])
SCORES = st.dictionaries(ITEMS, st.floats(-1, 9))


@given(SCORES, SCORES, SCORES, st.sets(ITEMS), st.sets(ITEMS), st.integers(1, 6))
def test_never_what_is_in_the_basket_or_off_the_shelf(
    model: dict[str, float],
    personal: dict[str, float],
    popular: dict[str, float],
    basket: set[str],
    unavailable: set[str],
    limit: int,
) -> None:
    found = recommend(Moment(CATALOGUE, model, personal, popular, basket, unavailable), limit)
    offered = [one.gtin for one in found]
    assert len(offered) == len(set(offered)) <= limit
    assert not set(offered) & (basket | unavailable)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
