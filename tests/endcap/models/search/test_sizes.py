import pytest
from hypothesis import given
from hypothesis import strategies as st

from endcap.models.search.sizes import sizes_to_words


@pytest.mark.parametrize(
    ("one", "same"),
    [
        ("1/2 gal", "64 fl. oz"),
        ("half gallon", "1/2 gallon"),
        ("1 lb", "16 oz"),
        ("8 ft.", "96 inches"),
        ("1.5 l", "1500 ml"),
        ("a dozen", "12 ct"),
        ("6-pack", "6 pk"),
        ("1-1/2 in", "1 1/2 inch"),
        ('36"', "36 in."),
        ("quarter pound", "1/4 lb"),
    ],
)
def test_the_same_size_is_the_same_word(one: str, same: str) -> None:
    assert set(sizes_to_words(one).split()) & set(sizes_to_words(same).split())


@pytest.mark.parametrize(
    ("one", "other"),
    [("2% milk", "1% milk"), ("12 oz", "12 fl oz"), ("8 ft", "8 in"), ("2 l", "3 l")],
)
def test_another_size_is_another_word(one: str, other: str) -> None:
    assert sizes_to_words(one).split()[1] != sizes_to_words(other).split()[1]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2x4", "2 x 4"),
        ("1,200 sq. ft.", "1200 1200sqft"),
        ("12/16/2026", "12/16/2026"),
        ("10/2 wire", "10/2 wire"),
        ("par30l", "par30l"),
        ("3000k", "3000k"),
        ("no numbers", "no numbers"),
    ],
)
def test_what_is_no_size_stays(text: str, words: str) -> None:
    assert sizes_to_words(text) == words


@given(st.text(alphabet="0123456789/.-, xgalinoz%\"'", max_size=40))
def test_any_text_is_read_without_an_error(text: str) -> None:
    assert isinstance(sizes_to_words(text), str)


@given(st.text(max_size=40))
def test_any_unicode_is_read_without_an_error(text: str) -> None:
    assert isinstance(sizes_to_words(text), str)
