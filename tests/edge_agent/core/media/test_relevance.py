import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.core.media.relevance import LEAST, UNKNOWN, Tally, context_of, learned


def test_before_any_play_a_better_fit_is_more_relevant() -> None:
    before = learned([])
    rates = [before.of("oats", context) for context in range(4)]
    assert rates == sorted(rates)
    assert rates[-1] == 1.0
    assert rates[0] < before.of("oats", UNKNOWN) < 1.0


def test_the_context_is_how_an_item_compares_with_the_best() -> None:
    assert [context_of(score, 2.0) for score in (2.0, 1.2, 0.0, -1.0)] == [3, 2, 0, 0]
    assert context_of(0.0, 0.0) == UNKNOWN


def test_answered_plays_raise_relevance_and_ignored_ones_lower_it() -> None:
    found = learned([Tally("loved", 3, 1000, 60), Tally("ignored", 3, 1000, 2)])
    assert found.of("ignored", 3) < found.of("new", 3) <= found.of("loved", 3) == 1.0
    assert found.of("ignored", 0) < found.of("new", 0) < found.of("loved", 0)


def test_a_few_plays_prove_little() -> None:
    usual = Tally("usual", 3, 50_000, 2000)
    found = learned([usual, Tally("few", 3, 5, 0), Tally("many", 3, 5000, 0)])
    assert found.of("few", 3) > 0.7
    assert found.of("many", 3) < 0.1


def test_rates_that_differ_by_context_are_found() -> None:
    found = learned([Tally("snack", 0, 4000, 200), Tally("snack", 3, 4000, 20)])
    assert found.of("snack", 0) > 3 * found.of("snack", 3)


counts = st.integers(0, 10_000)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 4), counts, counts), max_size=9))
def test_relevance_is_always_a_share(rows: list[tuple[str, int, int, int]]) -> None:
    unique = {(name, context): (max(a, b), min(a, b)) for name, context, a, b in rows}
    found = learned(Tally(*key, *value) for key, value in unique.items())
    for name in "abcd":
        assert all(LEAST <= found.of(name, context) <= 1.0 for context in range(5))


def test_relevance_is_relative_to_the_stores_best_context() -> None:
    assert learned([Tally("a", 3, 100, 10)]).by_context[3] == pytest.approx(1.0)
