from hypothesis import given
from hypothesis import strategies as st

from endcap.models.search.words import fold, is_wordlike, words


def test_case_accents_entities_and_apostrophes_do_not_matter() -> None:
    assert words("Crème Brûlée &amp; WOMEN&#39;S Tea") == words("creme brulee womens tea")


def test_a_query_and_a_name_meet_in_their_size() -> None:
    assert set(words("2% milk half gallon")) <= set(words("Milk 2% Reduced Fat (1/2 gal.)"))


def test_stop_words_are_left_out() -> None:
    assert words("the milk of a cow with cream") == ("milk", "cow", "cream")


def test_a_long_text_is_cut() -> None:
    assert len(fold("a" * 10_000)) == 400


def test_numbers_and_sizes_are_never_corrected() -> None:
    assert [w for w in words("milk 2% 500 ml par30l") if is_wordlike(w)] == ["milk"]


@given(st.text(max_size=60))
def test_words_need_no_quoting_in_an_index_question(text: str) -> None:
    assert all(word and '"' not in word and " " not in word for word in words(text))
