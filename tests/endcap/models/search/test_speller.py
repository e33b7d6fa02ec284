import pytest
from hypothesis import given
from hypothesis import strategies as st

from endcap.models.search.speller import Speller, distance

COUNTS = {"vanilla": 8, "yogurt": 12, "milk": 30, "silk": 2, "strawberry": 9, "oat": 3, "2pct": 5}
SPELLER = Speller.of(COUNTS)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("vanila", "vanilla"), ("yoghurt", "yogurt"), ("mlik", "milk"), ("strawbery", "strawberry")],
)
def test_a_slip_finds_its_word(typed: str, meant: str) -> None:
    assert SPELLER.guesses(typed)[0].word == meant


@pytest.mark.parametrize("typed", ["2pct", "1pct", "500", "oa", "zzzzzzz"])
def test_numbers_short_and_strange_words_are_left_alone(typed: str) -> None:
    assert SPELLER.guesses(typed) == ()


def test_of_two_neighbours_the_commoner_is_meant() -> None:
    assert [guess.word for guess in SPELLER.guesses("xilk")] == ["milk", "silk"]


def test_a_known_word_has_its_neighbours_too_but_not_itself() -> None:
    assert [guess.word for guess in SPELLER.guesses("milk")] == ["silk"]


def test_two_words_typed_as_one_are_the_commonest_pair() -> None:
    speller = Speller.of({"oat": 3, "milk": 9, "oatm": 1, "ilk": 1})
    assert speller.halves("oatmilk") == ("oat", "milk")
    assert (speller.halves("oats"), speller.halves("12")) == ((), ())


def test_the_first_letter_is_seldom_wrong() -> None:
    assert Speller.of({"milk": 3, "silk": 2}).guesses("sulk")[0].word == "silk"


def test_swapped_letters_are_likelier_than_a_lost_one_and_that_than_another() -> None:
    speller = Speller.of({"toter": 5, "otter": 5, "hotter": 5, "utter": 5})
    assert [guess.word for guess in speller.guesses("otter")] == ["toter", "hotter", "utter"]


def test_completions_are_the_commonest_first() -> None:
    assert Speller.of({"cheddar": 2, "cheese": 9, "chia": 1}).completions("che", 5) == (
        "cheese",
        "cheddar",
    )


def test_what_shares_letters_is_the_last_hope() -> None:
    assert SPELLER.resembling("strwbry", 1) == ("strawberry",)
    assert SPELLER.resembling("2000", 3) == ()


def test_a_catalogue_without_words_guesses_nothing() -> None:
    empty = Speller.of({})
    assert (empty.guesses("milk"), empty.completions("m", 3), empty.resembling("milk", 2)) == (
        (),
        (),
        (),
    )


LETTERS = st.text(alphabet="abcd", min_size=4, max_size=9)


@given(LETTERS, st.integers(0, 20))
def test_a_word_with_one_letter_lost_is_always_found(word: str, at: int) -> None:
    typed = word[: at % len(word)] + word[at % len(word) + 1 :]
    speller = Speller.of({word: 1})
    assert len(typed) < 4 or typed == word or speller.guesses(typed)[0].word == word


@given(LETTERS, LETTERS)
def test_distance_is_the_same_both_ways_and_zero_only_for_the_same(one: str, other: str) -> None:
    assert distance(one, other, 9) == distance(other, one, 9)
    assert (distance(one, other, 9) == 0) == (one == other)
