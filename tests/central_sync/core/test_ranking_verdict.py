import pytest

from central_sync.core.ranking_verdict import decide


def test_the_first_ranker_that_was_asked_anything_serves() -> None:
    first = decide("ndcg_at_10", [1.0, 0.0], None)
    assert (first.promote, first.champion, first.rows) == (True, None, 2)
    assert not decide("ndcg_at_10", [], None).promote


def test_what_is_better_on_many_questions_serves() -> None:
    new = [0.5, 0.6] * 50
    verdict = decide("ndcg_at_10", new, [one - 0.1 for one in new[:-1]] + [0.7])
    assert verdict.promote
    assert "not by chance" in verdict.reason
    assert verdict.candidate > (verdict.champion or 0.0)


@pytest.mark.parametrize(
    ("new", "old", "why"),
    [
        ([1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 0.0], "may be chance"),
        ([0.0, 0.5], [1.0, 1.0], "worse"),
        ([0.5, 0.5], [0.5, 0.5], "no different"),
        ([0.5], [0.5], "no different"),
    ],
)
def test_what_is_not_surely_better_is_kept_out(
    new: list[float], old: list[float], why: str
) -> None:
    verdict = decide("ndcg_at_10", new, old)
    assert not verdict.promote
    assert why in verdict.reason


def test_two_that_answered_other_questions_are_not_compared() -> None:
    with pytest.raises(ValueError, match="zip"):
        decide("ndcg_at_10", [1.0], [1.0, 0.5])
