"""A decision is taken once, told as often as anyone likes, and refused when it is too late."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.core.stock.decisions import (
    AFTER,
    Answer,
    Refusal,
    Standing,
    decide,
    lapsed,
    renewed,
    told,
)
from edge_agent.core.stock.proposals import KINDS, Proposal
from tests.edge_agent.core.stock.shop import MILK, TODAY
from tests.fakes.clock import NOON

HOUR = timedelta(hours=1)


def proposal(what: str = "order", amount: float | None = 12.0, **figures: float) -> Proposal:
    return Proposal(
        what=what,  # type: ignore[arg-type]  # one of the kinds
        gtin=MILK,
        day=TODAY,
        amount=amount,
        rank=1.0,
        until=NOON + HOUR,
        reasons=("because",),
        figures=figures or {"case_pack": 6.0},
    )


ORDER = Standing(proposal())
MARKDOWN = Standing(proposal("markdown", 1.5, price=2.0))


@pytest.mark.parametrize("decision", ["accept", "change", "reject"])
def test_a_decision_told_twice_is_one(decision: str) -> None:
    answer = Answer(decision, 18.0)  # type: ignore[arg-type]  # one of the three
    once = decide(ORDER, answer, NOON)
    assert isinstance(once, Standing)
    assert once.state == AFTER[answer.decision]
    assert once.decided == {"accept": 12.0, "change": 18.0, "reject": None}[decision]
    assert decide(once, answer, NOON + timedelta(days=3)) is once
    other = decide(once, Answer("change", 24.0), NOON)
    assert isinstance(other, Refusal)
    assert other.over


def test_a_decision_that_comes_too_late_is_refused() -> None:
    for standing, at in ((ORDER, NOON + HOUR), (lapsed(ORDER), NOON)):
        found = decide(standing, Answer("accept"), at)
        assert isinstance(found, Refusal)
        assert found.over
        assert found.reason


@pytest.mark.parametrize("what", ["count", "stockout"])
def test_a_task_has_nothing_to_agree_to(what: str) -> None:
    found = decide(Standing(proposal(what, None)), Answer("accept"), NOON)
    assert isinstance(found, Refusal)
    assert not found.over


@pytest.mark.parametrize(
    ("standing", "amount"),
    [(ORDER, 18.0), (ORDER, 0.0), (MARKDOWN, 2.0), (Standing(proposal("refill", 4.0)), 7.5)],
)
def test_an_own_amount_is_taken(standing: Standing, amount: float) -> None:
    found = decide(standing, Answer("change", amount), NOON)
    assert isinstance(found, Standing)
    assert found.decided == amount


@pytest.mark.parametrize(
    ("standing", "amount"),
    [(ORDER, 13.0), (ORDER, -6.0), (ORDER, None), (MARKDOWN, 2.01), (MARKDOWN, 0.0)],
)
def test_but_held_to_cases_and_prices(standing: Standing, amount: float | None) -> None:
    found = decide(standing, Answer("change", amount), NOON)
    assert isinstance(found, Refusal)
    assert not found.over


def test_what_is_proposed_again_stays_decided() -> None:
    again = replace(ORDER.proposal, amount=30.0)
    assert renewed(None, again) == Standing(again)
    assert renewed(ORDER, again) == Standing(again)
    assert renewed(lapsed(ORDER), again) == Standing(again)
    decided = decide(ORDER, Answer("accept"), NOON)
    assert isinstance(decided, Standing)
    assert renewed(decided, again) is decided
    assert lapsed(decided) is decided


def test_a_shelf_that_is_empty_again_wants_another_refill() -> None:
    first = replace(proposal("refill"), since=NOON - HOUR)
    done = decide(Standing(first), Answer("accept"), NOON)
    assert isinstance(done, Standing)
    assert renewed(done, first) is done
    again = replace(first, since=NOON + HOUR)
    assert renewed(done, again) == Standing(again)


def test_the_event_says_what_was_proposed_and_what_was_decided() -> None:
    decided = decide(ORDER, Answer("change", 18.0), NOON)
    assert isinstance(decided, Standing)
    event = told(decided, "the fair")
    assert (event.proposal, event.proposed, event.decided) == (f"order:{MILK}:{TODAY}", 12, 18)
    assert event.reason == "the fair"
    assert set(KINDS) > {event.what}


@given(st.lists(st.sampled_from(["accept", "change", "reject"]), min_size=1, max_size=6))
def test_only_the_first_of_many_decisions_counts(decisions: list[str]) -> None:
    standing = ORDER
    for decision in decisions:
        found = decide(standing, Answer(decision, 18.0), NOON)  # type: ignore[arg-type]  # one of three
        standing = found if isinstance(found, Standing) else standing
    assert standing.state == AFTER[decisions[0]]  # type: ignore[index]  # one of three
