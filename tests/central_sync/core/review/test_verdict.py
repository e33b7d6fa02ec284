"""A candidate serves when it is better over all stores and clearly worse in none."""

import numpy as np
import pytest

from central_sync.core.review.verdict import Held, Judged, held_out, verdict

RNG = np.random.default_rng(5)
ROWS = 120
TRUTH = RNG.random(ROWS) < 0.4
STORES = tuple("s-0001" if row % 2 else "s-0002" for row in range(ROWS))
HELD = Held(STORES, TRUTH)


def judged(right: float, *, where: str = "", otherwise: float = 0.5) -> Judged:
    """Return a model that gives the truth `right`, in the other stores `otherwise`."""
    sure = np.asarray([right if not where or one == where else otherwise for one in STORES])
    sure = np.clip(sure + RNG.normal(0, 0.02, ROWS), 0.001, 0.999)
    return Judged(np.where(TRUTH, sure, 1 - sure), 0.5)


def test_a_better_candidate_serves_and_every_store_is_told() -> None:
    found = verdict(HELD, judged(0.95), judged(0.7))
    assert found.promote
    assert "better" in found.reason
    assert {(one.by, one.name, one.rows) for one in found.parts} == {
        ("store", "s-0001", 60),
        ("store", "s-0002", 60),
    }
    assert all(one.high is not None and one.high < 0 for one in found.parts)


def test_one_that_is_better_on_average_and_clearly_worse_in_one_store_does_not() -> None:
    candidate = judged(0.99, where="s-0001", otherwise=0.6)
    champion = judged(0.7)
    found = verdict(HELD, candidate, champion)
    assert found.candidate < (found.champion or 0)
    assert not found.promote
    assert "clearly worse in s-0002" in found.reason


def test_a_store_with_few_answers_is_no_reason() -> None:
    stores = tuple("s-0002" if row < 5 else "s-0001" for row in range(ROWS))
    better = np.where(TRUTH, 0.9, 0.1)
    better[:5] = np.where(TRUTH[:5], 0.6, 0.4)
    found = verdict(
        Held(stores, TRUTH), Judged(better, 0.5), Judged(np.where(TRUTH, 0.75, 0.25), 0.5)
    )
    assert found.promote


def test_more_mistakes_or_no_clear_gain_keep_the_champion() -> None:
    same = judged(0.8)
    assert "not clearly better" in verdict(HELD, same, same).reason
    moved = Judged(judged(0.9).empty, 0.99)
    found = verdict(HELD, moved, judged(0.8))
    assert not found.promote
    assert "wrongly" in found.reason


def test_without_a_champion_the_first_one_serves() -> None:
    found = verdict(HELD, judged(0.8), None)
    assert found.promote
    assert found.champion is None


def test_one_row_of_a_store_has_no_interval() -> None:
    stores = ("s-0002", *["s-0001"] * (ROWS - 1))
    found = verdict(Held(stores, TRUTH), judged(0.95), judged(0.7))
    (one,) = (part for part in found.parts if part.name == "s-0002")
    assert (one.rows, one.low, one.high) == (1, None, None)


@pytest.mark.parametrize("number", [1, 2, 3, 10, 200])
def test_some_stores_judge_and_where_there_are_two_some_teach(number: int) -> None:
    stores = [f"s-{one:04}" for one in range(number)]
    judge = held_out([*stores, *stores])
    assert judge
    assert judge == held_out(list(reversed(stores)))
    if number > 1:
        assert len(judge) < number


def test_a_store_that_judges_in_a_fleet_judges_in_a_larger_one() -> None:
    few = held_out([f"s-{one:04}" for one in range(50)])
    many = held_out([f"s-{one:04}" for one in range(500)])
    assert few <= many
    assert 80 < len(many) < 180
