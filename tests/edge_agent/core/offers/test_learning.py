from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.core.offers.learning import (
    BOUGHT,
    FADE,
    ITEM,
    REASON,
    TAPPED,
    Lessons,
    Seen,
    Sums,
    learn,
    offers_tallied,
)
from edge_agent.core.offers.today import Weather, days_alike, lifts

DAY = date(2026, 3, 2)
LIKED, PASSED, OTHER = "04006381333931", "04000000000013", "04000000000020"
SHOWN = ((PASSED, "popular-here"), (LIKED, "bought-before"), (OTHER, "popular-here"))


def answers(count: int, *done: tuple[str, str]) -> list[Seen]:
    return [Seen(SHOWN, frozenset(done)) for _ in range(count)]


def test_what_is_acted_on_more_than_its_place_would_say_moves_up() -> None:
    known = learn(Lessons(), DAY, answers(200, (LIKED, BOUGHT)))
    assert known.lift(ITEM, LIKED) > 1.5
    assert known.lift(ITEM, PASSED) < 0.2
    assert known.lift(REASON, "bought-before") > 1 > known.lift(REASON, "popular-here")
    assert known.lift(ITEM, "99999999999999") == 1.0


def test_a_few_looks_say_little() -> None:
    few = learn(Lessons(), DAY, answers(1, (LIKED, BOUGHT)))
    many = learn(Lessons(), DAY, answers(100, (LIKED, BOUGHT)))
    assert abs(few.lift(ITEM, PASSED) - 1) < abs(many.lift(ITEM, PASSED) - 1)


def test_the_same_taps_at_a_later_place_are_worth_more() -> None:
    both = [
        *answers(100, (PASSED, TAPPED)),  # the first place
        *answers(100, (OTHER, TAPPED)),  # the third
    ]
    known = learn(Lessons(), DAY, both)
    assert known.lift(ITEM, OTHER) > known.lift(ITEM, PASSED)


def test_a_purchase_is_worth_more_than_a_tap_and_a_dismissal_nothing() -> None:
    worth = [
        learn(Lessons(), DAY, answers(1, (LIKED, what))).sums[ITEM, LIKED].acts
        for what in (BOUGHT, TAPPED, "dismissed")
    ]
    assert worth == [1.0, 0.5, 0.0]


def test_older_days_fade_and_a_day_teaches_once() -> None:
    first = learn(Lessons(), DAY, answers(10, (LIKED, BOUGHT)))
    assert learn(first, DAY, answers(10)) is first
    later = learn(first, DAY + timedelta(days=2), [])
    assert later.sums[ITEM, LIKED] == Sums(*(v * FADE**2 for v in astuple(first, LIKED)))
    assert learn(first, DAY + timedelta(days=900), []).sums == {}


def astuple(lessons: Lessons, gtin: str) -> tuple[float, float]:
    one = lessons.sums[ITEM, gtin]
    return one.looks, one.acts


def test_nothing_is_learned_where_nobody_acts() -> None:
    known = learn(Lessons(), DAY, answers(50))
    assert known.lift(ITEM, LIKED) == 1.0
    assert Lessons().reasons() == {}
    assert set(known.reasons().values()) == {1.0}
    items = np.array([int(LIKED), 5])
    assert known.lifts(items).tolist() == [1.0, 1.0]
    taught = learn(Lessons(), DAY, answers(50, (LIKED, BOUGHT)))
    assert taught.lifts(items).tolist() == [pytest.approx(taught.lift(ITEM, LIKED)), 1.0]


def test_the_centre_is_told_sums_of_what_enough_people_saw() -> None:
    rare = Seen(((OTHER, "x"), (PASSED, "y")), frozenset({(OTHER, TAPPED)}))
    seen = [Seen(SHOWN[:2], frozenset({(LIKED, TAPPED), (LIKED, BOUGHT)})) for _ in range(6)]
    (told,) = offers_tallied("recommendations", DAY, [*seen, rare], 5)
    assert (told.answers, told.tapped, told.bought, told.suppressed) == (7, 7, 6, 1)
    assert {one.gtin: (one.shown, one.tapped, one.bought) for one in told.items} == {
        PASSED: (7, 0, 0),
        LIKED: (6, 6, 6),
    }


def test_of_a_day_that_few_asked_nothing_is_told() -> None:
    assert offers_tallied("search", DAY, answers(4)) == ()


@given(st.lists(st.sampled_from(["", TAPPED, BOUGHT]), max_size=30))
def test_lifts_are_finite_and_positive(done: list[str]) -> None:
    seen = [Seen(SHOWN, frozenset({(LIKED, what)} if what else ())) for what in done]
    lift = learn(Lessons(), DAY, seen).lift(ITEM, LIKED)
    assert 0 < lift < 10


def test_days_are_alike_by_their_weather() -> None:
    past = {DAY - timedelta(days=n): Weather(20.0 if n % 2 else 5.0, 0.0) for n in range(1, 60)}
    alike = days_alike(DAY, {**past, DAY: Weather(21.0, 0.5)})
    assert {past[day].temperature for day in alike} == {20.0}
    wet = days_alike(DAY, {**past, DAY: Weather(20.0, 5.0)})
    assert wet == days_alike(DAY, {}), "no day was so wet: the season counts"


def test_without_weather_the_season_a_year_ago_counts() -> None:
    alike = days_alike(DAY, {})
    assert len(alike) == 29
    assert all(350 <= (DAY - day).days <= 378 for day in alike)


def test_an_item_that_sells_on_days_alike_is_lifted_and_a_rare_one_hardly() -> None:
    usual = {1: 1000.0, 2: 1000.0, 3: 2.0}
    found = lifts(np.array([1, 2, 3, 4]), {1: 190.0, 2: 10.0, 3: 1.0}, usual)
    assert found[0] > 1.5
    assert found[1] < 0.4
    assert abs(found[2] - 1) < 0.1
    assert found[3] == 1.0
    assert lifts(np.array([1]), {}, usual).tolist() == [1.0]
    assert lifts(np.array([1]), {1: 2.0}, {}).tolist() == [1.0]
