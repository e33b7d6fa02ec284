from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.core.offers.choose import Offer, Shares
from edge_agent.core.offers.reasons import (
    BOUGHT_BEFORE,
    DUE_AGAIN,
    GOES_WITH_BASKET,
    INSTEAD,
    NEW_HERE,
    ON_PROMOTION,
    POPULAR_HERE,
    RISING,
    SUITS_TODAY,
    SUITS_YOU,
    Standing,
    reasons_of,
    said,
)
from edge_agent.core.offers.sources import gather, strengths
from edge_agent.core.offers.store import aligned
from edge_agent.core.offers.two_stages import Arrays, Run, Wanted, finds, model_feed, recommend
from endcap.models.shopper.ranking import FEATURE_INPUT, FEATURES, SCORE_OUTPUT, Question
from endcap.models.shopper.tensors import ITEMS, SCORES
from tests.edge_agent.core.offers.village_store import (
    KEYS,
    bought,
    items,
    no_goods,
    proposed,
    question,
    row,
    stocked,
    store,
)

QUIET = Wanted(question(), 5, items(), items())


def likes(*keys: str, ranker: tuple[str, ...] = (), **more: float) -> Run:
    """Return models of which the first likes `keys`, and the ranker `ranker`."""

    def run(kind: str, feed: Arrays) -> Arrays | None:
        if kind == "shopper":
            model = proposed(*keys)
            extra = {name: np.full(len(keys), value) for name, value in more.items()}
            return {ITEMS: model.items, SCORES: model.score, **extra} if keys else None
        known = ~np.isnan(feed[FEATURE_INPUT][:, FEATURES.index("score")])
        scores = np.where(known, np.arange(len(known)), -1).astype(np.float32)
        return {SCORE_OUTPUT: scores} if ranker else None

    return run


def wanted(*basket: str, of: Question | None = None, **changes: object) -> Wanted:
    return replace(QUIET, question=of or question(*basket), **changes)  # type: ignore[arg-type]


def keys(offers: tuple[Offer, ...]) -> list[str]:
    return [KEYS[one.row] for one in offers]


def reasons(offers: tuple[Offer, ...], key: str) -> tuple[str, ...]:
    return next(one.reasons for one in offers if KEYS[one.row] == key)


def test_the_model_comes_first_then_habits_then_company_then_what_sells() -> None:
    asked = wanted("whole", of=question("whole", past=bought("tea")), limit=4)
    found = recommend(store(), asked, likes("soap"))
    assert keys(found)[:3] == ["soap", "tea", "flakes"]
    assert reasons(found, "flakes")[0] == GOES_WITH_BASKET
    assert reasons(found, "soap")[0] == GOES_WITH_BASKET, "the model says so"


def test_a_ranker_orders_what_the_model_proposed() -> None:
    names = ("whole", "tea", "soap")
    assert keys(recommend(store(), wanted(limit=3), likes(*names)))[0] == "whole"
    found = recommend(store(), wanted(limit=3), likes(*names, ranker=("yes",)))
    assert keys(found) == ["soap", "tea", "whole"], "it likes the highest rows"


def test_a_ranker_also_orders_what_sells_most_as_it_learned_to() -> None:
    asked, here = question("whole"), store()
    sources = strengths(here, asked)
    pool = gather(here, asked, proposed("soap"), sources)
    best = set(sources.selling.best.tolist()) - {row("whole")}
    assert set(pool.rows[pool.rankable].tolist()) == best | {row("soap")}
    assert pool.rows[pool.known].tolist() == [row("soap")]
    assert pool.said.items[pool.said.score > 0].tolist() == items("soap").tolist()
    assert np.count_nonzero(np.isnan(pool.said.score)) == len(best - {row("soap")}) > 0
    assert not gather(here, asked, None, sources).rankable.any()


def test_a_model_of_other_goods_leaves_habits_to_the_ranker() -> None:
    asked, here = question("whole", past=bought("tea")), store()
    sources = strengths(here, asked)
    few = replace(sources, selling=replace(sources.selling, best=np.array([row("bread")])))
    strange, knows = (gather(here, asked, proposed(*said), few) for said in ((), ("soap",)))
    assert {KEYS[one] for one in strange.rows[strange.rankable]} == {"bread", "tea"}
    assert {KEYS[one] for one in knows.rows[knows.rankable]} == {"bread", "soap"}


def test_a_ranker_that_answers_nonsense_is_not_heard() -> None:
    def run(kind: str, feed: Arrays) -> Arrays | None:
        _ = feed
        wrong = {SCORE_OUTPUT: np.zeros(1, dtype=np.float32)}
        return likes("tea", "soap")(kind, feed) if kind == "shopper" else wrong

    assert keys(recommend(store(), wanted(limit=2), run)) == ["tea", "soap"]


def test_equal_facts_give_equal_answers() -> None:
    asked = wanted("whole", limit=8)
    assert recommend(store(), asked, likes("tea")) == recommend(store(), asked, likes("tea"))


def test_what_is_gone_is_stood_in_for_by_its_like() -> None:
    found = recommend(store(), wanted(gone=items("whole"), limit=1), likes("whole"))
    assert keys(found) == ["skim"]
    assert found[0].instead_of == row("whole")
    assert found[0].reasons[0] == INSTEAD


def test_what_nothing_is_like_is_left_out() -> None:
    every = wanted(gone=items(*KEYS), limit=5)
    assert recommend(store(), every, likes("whole")) == ()


def test_a_diet_leaves_out_what_is_not_known_to_suit_it() -> None:
    found = recommend(store(), wanted(diets=("vegan",), limit=12), likes("whole", "oat"))
    assert keys(found)[0] == "oat"
    assert set(keys(found)) <= {"oat", "flakes", "muesli", "bread", "tea"}
    gone = wanted(diets=("vegan",), gone=items("flakes"), limit=1)
    assert keys(recommend(store(), gone, likes("flakes"))) == ["muesli"]
    assert recommend(store(), wanted(diets=("moonlight",)), likes("whole")) == ()


def test_what_was_dismissed_is_not_offered_again() -> None:
    found = recommend(store(), wanted(dismissed=items("tea")), likes("tea", "soap"))
    assert "tea" not in keys(found)
    assert "soap" in keys(found)


def test_what_not_everybody_may_buy_is_offered_to_who_bought_it_before() -> None:
    assert "wine" not in keys(recommend(store(), wanted(limit=12), likes("wine")))
    known = wanted(of=question(past=bought("wine")), limit=12)
    assert "wine" in keys(recommend(store(), known, likes("wine")))


def test_no_department_takes_all_places_unless_nobody_else_wants_them() -> None:
    dairy = ("whole", "skim", "oat", "barista")
    found = keys(recommend(store(), wanted(limit=4), likes(*dairy)))
    assert found[:2] == ["whole", "skim"]
    assert len(set(found) & set(dairy)) == 2
    gone = items(*(key for key in KEYS if key not in dairy))
    assert set(keys(recommend(store(), wanted(gone=gone, limit=4), likes(*dairy)))) == set(dairy)


def test_some_places_are_for_what_no_model_can_know() -> None:
    wide = wanted(limit=4, shares=Shares(department=1.0, discovery=0.25))
    model = likes("whole", "skim", "tea", "bread", "butter")
    found = recommend(store({"muesli": 0.3}), wide, model)
    assert set(keys(found)) - {"whole", "skim", "tea"} <= {"soap", "muesli", "new"}
    assert len(found) == 4
    narrow = replace(wide, shares=Shares(department=1.0, discovery=0.0))
    assert keys(recommend(store(), narrow, model)) == ["whole", "skim", "tea", "bread"]


def test_reasons_say_what_holds() -> None:
    past = bought("tea", "bread", ages=(10.0, 20.0))
    recent = bought("butter", ages=(1.0, 20.0))
    both = replace(
        past,
        items=np.concatenate((past.items, recent.items)),
        visits=np.concatenate((past.visits, recent.visits + 9)),
        ages=np.concatenate((past.ages, recent.ages)),
        hours=np.concatenate((past.hours, recent.hours)),
    )
    lifted = np.ones(len(KEYS), dtype=np.float32)
    lifted[row("muesli")] = 1.2
    hot = store({"soap": 0.25, "new": 0.1}, today=lifted)
    model = likes("muesli", "soap", "new", "butter", history_says=0.5)
    found = recommend(hot, wanted(of=question(past=both), limit=12), model)
    assert reasons(found, "tea")[0] == DUE_AGAIN
    assert reasons(found, "butter")[0] == BOUGHT_BEFORE
    assert reasons(found, "soap") == (SUITS_YOU, ON_PROMOTION, RISING)
    assert reasons(found, "muesli")[:2] == (SUITS_YOU, SUITS_TODAY)
    assert NEW_HERE in reasons(found, "new")


def test_a_category_that_the_shopper_is_out_of_is_offered() -> None:
    asked = wanted(of=question(past=bought("muesli", ages=(30.0, 40.0))), limit=12)
    assert "flakes" in keys(recommend(store(), asked, likes()))


def test_words_and_codes_of_reasons() -> None:
    assert reasons_of(Standing()) == (POPULAR_HERE,)
    assert said(INSTEAD, name="Milk") == "instead of Milk, which is off the shelf now"
    assert said(ON_PROMOTION, discount=0.25) == "reduced by 25% today"


def test_what_was_learned_moves_an_item_within_bounds() -> None:
    learned = np.ones(len(KEYS), dtype=np.float32)
    learned[row("tea")] = 100.0
    names = ("whole", "tea", "soap")
    assert keys(recommend(store(), wanted(limit=1), likes(*names))) == ["whole"]
    moved = recommend(store(learned=learned), wanted(limit=1), likes(*names))
    assert keys(moved) == ["whole"], "the first is worth more than any second one"
    learned[row("whole")] = 0.5
    assert keys(recommend(store(learned=learned), wanted(limit=1), likes(*names))) == ["tea"]


def test_a_reason_that_people_act_on_moves_its_items_within_bounds() -> None:
    past = question(past=bought("soap"))
    asked = wanted(of=past, limit=1)
    assert keys(recommend(store(), asked, likes("whole", "soap"))) == ["whole"]
    habits = store(reasons={BOUGHT_BEFORE: 3.0, SUITS_YOU: 0.2})
    assert keys(recommend(habits, asked, likes("whole", "soap"))) == ["soap"]


def test_a_new_item_is_taken_to_sell_as_half_of_its_like_and_the_chain_says_more() -> None:
    popular = store().at(12.0, 3).popular
    assert 0 < popular[row("new")] < popular[row("tea")]
    chain = np.zeros(len(KEYS), dtype=np.float32)
    chain[row("muesli")] = 50.0
    assert store(chain=chain).at(12.0, 5).popular[row("muesli")] > popular[row("muesli")]


def test_the_model_is_asked_with_the_heaviest_habits_first() -> None:
    past = bought("tea", "bread")
    feed = model_feed(
        question("whole", past=replace(past, ages=past.ages * np.array([1, 3, 1, 3])))
    )
    assert feed["basket"].tolist() == items("whole").tolist()
    assert feed["history"].tolist() == items("tea", "bread").tolist()


def test_what_the_models_find_among_their_first() -> None:
    names, ranking = ("whole", "tea", "soap"), likes("whole", "tea", "soap", ranker=("yes",))
    assert finds(VILLAGE, question(), int(items("whole")[0]), likes(*names), 1)
    assert finds(VILLAGE, question(), int(items("soap")[0]), ranking, 1)
    assert not finds(VILLAGE, question(), int(items("bread")[0]), ranking, 3), "not proposed"


def test_an_empty_store_has_nothing_to_offer() -> None:
    none = no_goods()
    empty = stocked(none, aligned(store().figures, none.kinds))
    assert recommend(empty, wanted(), likes()) == ()


VILLAGE = store()
ITEMS_HERE = st.sets(st.sampled_from(KEYS))


@given(ITEMS_HERE, ITEMS_HERE, ITEMS_HERE, ITEMS_HERE, st.integers(1, 8))
def test_never_what_is_in_the_basket_gone_or_dismissed(
    model: set[str], basket: set[str], gone: set[str], dismissed: set[str], limit: int
) -> None:
    asked = wanted(*sorted(basket), gone=items(*gone), dismissed=items(*dismissed), limit=limit)
    found = recommend(VILLAGE, asked, likes(*sorted(model)))
    offered = keys(found)
    assert len(offered) == len(set(offered)) <= limit
    assert not set(offered) & (basket | gone | dismissed)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
