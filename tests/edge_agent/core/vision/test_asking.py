"""What a person is asked: what teaches most, within a day's budget, and a little by chance."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from edge_agent.core.vision.asking import Ask, Asking, Budget, Facts
from endcap.models.gaps.states import Chances

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SURE, LIKELY, DOUBT = Chances.of_empty(0.01), Chances.of_empty(0.99), Chances.of_empty(0.52)
CHOSEN_ONLY = Budget(drawn=0.0, alerts=0.0)
T = 0.5
A1 = frozenset({"a1"})


def looked(asking: Asking, at: datetime = NOON, **chances: Chances) -> tuple[Asking, list[Ask]]:
    asking, asked = asking.looked(chances, T, Facts(), at)
    return asking, list(asked)


def test_what_lies_about_the_threshold_is_asked_once_a_day() -> None:
    asking = Asking("cam", CHOSEN_ONLY)
    asking, asked = looked(asking, a1=SURE, a2=DOUBT, a3=Chances.of_empty(0.6))
    assert asked == [Ask("a2", "uncertain", alert=False)]
    asking, asked = looked(asking, NOON + timedelta(minutes=1), a1=SURE, a2=DOUBT)
    assert asked == []
    _, asked = looked(asking, NOON + timedelta(days=1), a1=SURE, a2=DOUBT)
    assert [one.facing for one in asked] == ["a2"]


def test_what_is_sure_or_hidden_is_not_asked() -> None:
    hidden = Chances(0.1, 0.0, 0.3, 0.6)
    assert looked(Asking("cam", CHOSEN_ONLY), a1=SURE, a2=LIKELY, a3=hidden)[1] == []
    assert looked(Asking("cam"))[1] == []


@pytest.mark.parametrize(
    ("facts", "chances", "reason"),
    [
        (Facts(open=A1, sold=A1), LIKELY, "sold"),
        (Facts(disputed=A1), SURE, "disputed"),
        (Facts(unsold=A1), SURE, "unsold"),
        (Facts(open=A1, sold=A1, disputed=A1), LIKELY, "sold"),
        (Facts(sold=A1), LIKELY, None),
        (Facts(unsold=A1), LIKELY, None),
    ],
)
def test_what_contradicts_what_was_seen_is_worth_more(
    facts: Facts, chances: Chances, reason: str | None
) -> None:
    shown = {"a1": chances, "a2": SURE}
    _, asked = Asking("cam", CHOSEN_ONLY).looked(shown, T, facts, NOON)
    assert [one.reason for one in asked] == ([reason] if reason else [])
    assert all(one.alert == (one.facing in facts.open) for one in asked)


def test_a_facing_that_flips_is_asked_about() -> None:
    asking, reasons = Asking("cam", CHOSEN_ONLY), list[str]()
    for minute, chances in enumerate((SURE, LIKELY, SURE, LIKELY)):
        asking, asked = looked(asking, NOON + timedelta(minutes=minute), a1=chances)
        reasons += [one.reason for one in asked]
    assert reasons == ["flips"]


def test_what_flips_slowly_is_a_shelf_at_work() -> None:
    asking, reasons = Asking("cam", CHOSEN_ONLY), list[str]()
    for hour, chances in enumerate((SURE, LIKELY, SURE, LIKELY, SURE)):
        asking, asked = looked(asking, NOON + timedelta(hours=hour), a1=chances)
        reasons += [one.reason for one in asked]
    assert reasons == []


def test_a_gap_that_closed_within_moments_is_asked_about() -> None:
    closed = {"a1": timedelta(seconds=20), "a2": timedelta(hours=1)}
    asking, asked = Asking("cam", CHOSEN_ONLY).changed((), closed, NOON)
    assert asked == (Ask("a1", "brief", alert=False),)
    assert asking.changed((), closed, NOON + timedelta(minutes=9))[1] == ()


def a_day(budget: Budget, facings: Mapping[str, Chances]) -> list[Ask]:
    asking, asked = Asking("cam", budget), list[Ask]()
    midnight = NOON.replace(hour=0)
    for minute in range(0, 24 * 60, 10):
        asking, more = looked(asking, midnight + timedelta(minutes=minute), **facings)
        asked += more
    return asked


def test_the_chosen_are_spread_over_the_day() -> None:
    doubtful = {f"a{number}": DOUBT for number in range(200)}
    asked = a_day(Budget(chosen=24, drawn=0.0), doubtful)
    assert len(asked) == 24
    assert len({one.facing for one in asked}) == 24
    assert a_day(Budget(chosen=0, drawn=0.0), doubtful) == []


def test_the_drawn_say_with_which_probability_and_are_as_many_as_that() -> None:
    facings = {f"a{number}": SURE for number in range(50)}
    asked = a_day(Budget(chosen=0, drawn=24.0), facings)
    assert {one.sampled for one in asked} == {1 / 50}
    assert {one.reason for one in asked} == {"random"}
    assert 10 <= len(asked) <= 40
    assert a_day(Budget(chosen=0, drawn=24.0), facings) == asked


def test_facings_with_a_gap_are_drawn_when_the_gap_opens_and_not_again() -> None:
    always = Budget(chosen=0, drawn=500.0)
    facts = Facts(open=A1)
    _, asked = Asking("cam", always).looked({"a1": LIKELY, "a2": SURE}, T, facts, NOON)
    assert [(one.facing, one.alert) for one in asked] == [("a2", False)]
    assert Asking("cam", always).looked({"a1": LIKELY}, T, facts, NOON)[1] == ()


def test_with_few_facings_every_one_is_drawn() -> None:
    asked = a_day(Budget(chosen=0, drawn=500.0), {"a1": SURE})
    assert {one.sampled for one in asked} == {1.0}
    assert len(asked) == 24


def test_a_flood_of_alerts_is_drawn_from_ever_more_thinly() -> None:
    opened = [f"a{number}" for number in range(2000)]
    asking, asked = Asking("cam", Budget(alerts=0.5)).changed(opened, {}, NOON)
    assert all(one.alert and one.reason == "random" for one in asked)
    assert asked[0].sampled == 0.5
    assert asked[-1].sampled < 0.02
    assert asking.alerts == len(asked) < 60
    estimate = sum(1 / one.sampled for one in asked)
    assert 600 < estimate < 6000, "weighed by its probability the sample stands for all"
