"""When a kind of model is tried again, and what becomes of the result."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central_sync.core.evaluation import Verdict
from central_sync.core.training import Past, Rule, judge, next_version, why_due

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
RULE = Rule(minimum_new_events=10, not_more_often_than=timedelta(hours=20))
BETTER = Verdict(True, "less error", "wape", 0.297, 0.300, 500)  # noqa: FBT003 - its first field


@pytest.mark.parametrize(
    ("past", "events", "due"),
    [
        (Past(), 9, False),
        (Past(), 10, True),
        (Past(running=True), 100, False),
        (Past(last_started=NOON - timedelta(hours=21), events=95), 104, False),
        (Past(last_started=NOON - timedelta(hours=21), events=95), 105, True),
        (Past(last_started=NOON - timedelta(hours=19)), 100, False),
        (Past(last_started=NOON - timedelta(hours=20)), 100, True),
        (Past(last_started=NOON + timedelta(days=400)), 100, True),
        (Past(last_started=NOON - timedelta(minutes=1), interrupted=1), 100, True),
        (Past(last_started=NOON - timedelta(minutes=1), interrupted=1), 9, False),
        (Past(last_started=NOON - timedelta(minutes=1), interrupted=3), 100, False),
    ],
)
def test_a_kind_is_tried_when_there_is_news_and_time(past: Past, events: int, due: bool) -> None:  # noqa: FBT001 - a table
    assert (why_due(RULE, past, events, NOON) is not None) is due


@pytest.mark.parametrize(
    ("drifting", "hours", "news", "due"),
    [(1, 6, 1, True), (1, 4, 1, False), (1, 6, 0, False), (0, 6, 1, False)],
)
def test_drift_is_a_reason_to_try_sooner(drifting: int, hours: int, news: int, due: bool) -> None:  # noqa: FBT001 - a table
    past = Past(last_started=NOON - timedelta(hours=hours), events=50, drifting=drifting, stores=10)
    why = why_due(RULE, past, 50 + news, NOON)
    assert why == ("the forecasts of 1 of 10 stores drift" if due else None)


def test_few_drifting_stores_of_many_are_no_reason() -> None:
    past = Past(last_started=NOON - timedelta(hours=6), events=50, drifting=9, stores=100)
    assert why_due(RULE, past, 51, NOON) is None


def test_a_kind_that_is_switched_off_is_never_tried() -> None:
    assert why_due(replace(RULE, enabled=False), Past(), 10**6, NOON) is None


def test_a_better_candidate_is_promoted() -> None:
    outcome = judge(BETTER, margin=0.01)
    assert (outcome.ending, outcome.reason, outcome.verdict) == ("promoted", "less error", BETTER)


def test_a_margin_is_asked_for() -> None:
    outcome = judge(BETTER, margin=0.02)
    assert outcome.ending == "rejected"
    assert outcome.reason == "less error; but better by 1.00% only, and 2.00% is asked for"


@pytest.mark.parametrize("champion", [None, 0.0])
def test_a_first_champion_needs_no_margin(champion: float | None) -> None:
    assert judge(replace(BETTER, champion=champion), margin=0.5).ending == "promoted"


def test_a_worse_candidate_is_rejected_for_its_kind_s_reason() -> None:
    worse = Verdict(False, "more error", "wape", 0.4, 0.3, 500)  # noqa: FBT003 - its first field
    assert judge(worse, margin=0.0).reason == "more error"
    assert judge(worse, margin=0.0).ending == "rejected"


def test_versions_count_up() -> None:
    assert next_version([]) == "1.0.0"
    assert next_version(["1.0.0", "1.10.0", "1.9.3", "not one"]) == "1.11.0"


@given(st.lists(st.tuples(*[st.integers(0, 999)] * 3), min_size=1))
def test_the_next_version_is_new_and_the_highest(taken: list[tuple[int, ...]]) -> None:
    texts = [".".join(map(str, one)) for one in taken]
    found = tuple(map(int, next_version(texts).split(".")))
    assert found > max(taken)
