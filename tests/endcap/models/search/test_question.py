import pytest

from endcap.models.search.question import completion, rescue, understand
from endcap.models.search.speller import Speller

SPELLER = Speller.of(
    {"outdoor": 4, "door": 9, "milk": 20, "chocolate": 6, "slide": 3, "rack": 3, "shelf": 2}
)


def test_a_known_word_is_taken_as_it_is() -> None:
    asked = understand("Milk", SPELLER)
    assert (asked.words, asked.corrected, asked.any_word) == (("milk",), (), '"milk"')


def test_a_slip_is_corrected_and_told() -> None:
    assert understand("chocolat mlik", SPELLER).corrected == (
        ("chocolat", "chocolate"),
        ("mlik", "milk"),
    )


def test_neighbours_are_also_looked_for_as_one_word() -> None:
    assert '"outdoor"' in understand("out door", SPELLER).any_word


def test_one_word_that_is_two_is_split() -> None:
    assert understand("sliderack", SPELLER).words == ("slide", "rack")


def test_an_unfinished_word_is_completed() -> None:
    assert understand("choco", SPELLER).words == ("chocolate",)


def test_numbers_are_never_fuzzed() -> None:
    assert understand("2% milk", SPELLER).words == ("2", "2pct", "milk")


def test_a_word_nobody_knows_stays_until_the_rescue() -> None:
    assert understand("chclte", SPELLER).words == ("chclte",)
    assert rescue("chclteocola", SPELLER).words != ("chclteocola",)


@pytest.mark.parametrize("nothing", ["", "  ", "!!", "the of"])
def test_a_question_without_words_asks_nothing(nothing: str) -> None:
    assert understand(nothing, SPELLER).any_word == ""
    assert completion(nothing, SPELLER) == ""


def test_what_is_being_typed_may_end_in_many_ways() -> None:
    assert completion("milk choc", SPELLER) == '("milk") AND ("choc" OR "chocolate")'
    assert completion("mlik ", SPELLER) == '("milk")'
    assert completion("chocolste", SPELLER) == '("chocolste" OR "chocolate")'
