import numpy as np
import pytest

from endcap.models.search.matching import carrying_all, match
from endcap.models.search.postings import Postings
from endcap.models.search.ranking import USUAL, Weights

NAMES = ("ice bucket cream", "vanilla ice cream", "cream ice maker", "rice", "tea", "tea")
HEADS = ("bucket", "cream", "maker", "rice", "tea", "tea")
WORDS = [name.split() for name in NAMES]
SHOP = Postings.of([[words] for words in WORDS], (1.0,), HEADS, WORDS)
PLAIN = Weights(neighbours=0.0, nearly=0.0, head=0.0)


def rows(*parts: str, weights: Weights = USUAL) -> list[int]:
    asked = [tuple((term, 1.0) for term in part.split("|")) for part in parts]
    return [int(row) for row in match(asked, SHOP, 10, weights).rows]


def test_rare_words_say_more_and_every_match_is_counted() -> None:
    found = match([(("ice", 1.0),), (("rice", 1.0),)], SHOP, 1)
    assert (found.rows.tolist(), found.total) == ([3], 4)


def test_neighbours_kept_come_first_then_those_with_a_word_between() -> None:
    assert rows("ice", "cream", weights=Weights(head=0.0)) == [1, 0, 2]
    assert rows("ice", "cream", weights=PLAIN) == [0, 1, 2]


def test_the_kind_of_thing_that_was_asked_for_comes_first() -> None:
    assert rows("cream", weights=Weights(neighbours=0.0, nearly=0.0))[0] == 1


def test_of_what_a_word_may_stand_for_the_best_counts() -> None:
    one = match([(("tea", 1.0), ("rice", 0.5))], SHOP, 10, PLAIN)
    both = dict(zip(one.rows.tolist(), one.scores, strict=True))
    alone = match([(("rice", 1.0),)], SHOP, 10, PLAIN).scores[0]
    assert both[3] == pytest.approx(alone / 2, rel=0.01)


def test_a_word_as_it_was_said_comes_before_another_form_of_it() -> None:
    names = (["light"], ["lighting"], ["lights"])
    shop = Postings.of([[["light"]]] * 3, (1.0,), ["light"] * 3, names)
    assert match([(("light", 1.0),)], shop, 10, said=("lighting",)).rows.tolist() == [1, 0, 2]
    assert match([(("light", 1.0),)], shop, 10, said=("lit",)).rows.tolist() == [0, 1, 2]


def test_two_common_words_say_more_than_a_rare_one() -> None:
    names = [["oak", "door"], ["walnut"], *([["oak"], ["door"]] * 7), *([["tea"]] * 14)]
    shop = Postings.of([[words] for words in names], (1.0,), ["" for _ in names], names)
    asked = [((word, 1.0),) for word in ("walnut", "oak", "door")]
    assert match(asked, shop, 1, PLAIN).rows.tolist() == [0]


def test_equals_stand_in_the_catalogues_order() -> None:
    assert rows("tea") == [4, 5]


def test_nothing_asked_and_nothing_there_find_nothing() -> None:
    empty = Postings.of([], (1.0,), [], [])
    assert match([], SHOP, 5).rows.size == 0
    assert match([(("tea", 1.0),)], empty, 5).rows.size == 0
    assert carrying_all((), SHOP).size == 0


def test_only_what_carries_every_part_is_about_to_be_typed() -> None:
    assert carrying_all([(("ice", 1.0),), (("cream", 1.0), ("tea", 1.0))], SHOP).tolist() == [
        0,
        1,
        2,
    ]
    assert np.array_equal(carrying_all([(("none", 1.0),)], SHOP), [])
