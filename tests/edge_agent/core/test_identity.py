"""When a certificate is renewed, tried, put in place; and when that is an alarm."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.core.identity import Held, Step, alarm, next_step, rest_until
from tests.fakes.clock import NOON

DAY = timedelta(days=1)
OLD = Held("1", NOON, NOON + 90 * DAY)
NEW = Held("2", NOON + 60 * DAY, NOON + 150 * DAY)


@pytest.mark.parametrize(
    ("candidate", "days", "step"),
    [
        (None, 0, Step.REST),
        (None, 59, Step.REST),
        (None, 60, Step.RENEW),
        (None, 120, Step.RENEW),
        (NEW, 60, Step.TRY),
        (NEW, 149, Step.TRY),
        (NEW, 150, Step.DROP),
        (Held("0", NOON - 60 * DAY, NOON + 30 * DAY), 10, Step.DROP),
    ],
)
def test_what_is_next(candidate: Held | None, days: int, step: Step) -> None:
    assert next_step(OLD, candidate, NOON + days * DAY) is step


@given(st.integers(-400, 400), st.integers(1, 48))
def test_a_rest_is_never_longer_than_a_look(days: int, hours: int) -> None:
    rest = rest_until(OLD, NOON + days * DAY, timedelta(hours=hours))
    assert timedelta(seconds=1) <= rest <= timedelta(hours=hours)


@pytest.mark.parametrize(
    ("days", "problem", "code"),
    [
        (10, "", None),
        (10, "nobody answers", None),
        (60, "", None),
        (60, "nobody answers", "identity-ends-soon"),
        (89, "nobody answers", "identity-ends-soon"),
        (90, "", "identity-ended"),
        (120, "nobody answers", "identity-ended"),
    ],
)
def test_what_is_an_alarm(days: int, problem: str, code: str | None) -> None:
    found = alarm(OLD, NOON + days * DAY, problem)
    assert (found[0] if found else None) == code
    if found:
        assert problem in found[1]


def test_a_short_life_is_no_alarm_from_its_first_day() -> None:
    short = Held("1", NOON, NOON + 3 * DAY)
    assert alarm(short, NOON + DAY, "nobody answers") is None
    assert alarm(short, NOON + 2 * DAY, "nobody answers") is not None
