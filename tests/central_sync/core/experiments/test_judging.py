"""What an experiment has shown: better, worse, harmful, skewed, or not known yet."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from central_sync.core.experiments.judging import Verdict, added, judge
from central_sync.core.experiments.life import Event, ExperimentRefusedError, State, after
from central_sync.core.experiments.plan import Plan, check_apart
from central_sync.core.experiments.telling import (
    LIFE,
    LINGER,
    Spoken,
    Standing,
    digest_of,
    news_for,
    to_sign,
)
from central_sync.core.sequential import Sums

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SALT = "8 letters or more"


def plan(**changes: Any) -> Plan:  # noqa: ANN401 - as people write it
    content = {
        "experiment": "denser",
        "arms": [
            {"arm": "control", "weight": 1},
            {"arm": "dense", "weight": 1, "settings": {"shopper": {"department_share": 0.3}}},
        ],
        "first": NOON,
        "last": NOON + timedelta(days=28),
    }
    return Plan.model_validate(content | changes)


def rate(hits: float, units: int) -> Sums:
    return Sums(units, hits, hits)


def figures(control: float, dense: float, units: int = 4000, **more: Sums) -> Any:  # noqa: ANN401 - by arm and metric
    return {
        "control": {"tap_rate": rate(control, units), "empty_rate": rate(0, units)},
        "dense": {"tap_rate": rate(dense, units), "empty_rate": rate(0, units), **more},
    }


@pytest.mark.parametrize(
    ("control", "dense", "verdict"),
    [
        (400, 560, Verdict.BETTER),
        (560, 400, Verdict.WORSE),
        (400, 410, Verdict.UNKNOWN),
    ],
)
def test_an_arm_is_better_worse_or_not_known(
    control: float, dense: float, verdict: Verdict
) -> None:
    found = judge(plan(), figures(control, dense))
    assert [one.verdict for one in found.arms] == [verdict]
    assert found.event is None


def test_less_of_what_is_bad_is_better() -> None:
    one = plan(metric="dismiss_rate", guards={})
    told = {
        "control": {"dismiss_rate": rate(600, 4000)},
        "dense": {"dismiss_rate": rate(300, 4000)},
    }
    assert judge(one, told).arms[0].verdict is Verdict.BETTER


def test_what_is_guarded_stops_it_when_it_is_surely_worse_than_allowed() -> None:
    found = judge(plan(), figures(400, 560, empty_rate=rate(600, 4000)))
    assert found.event is Event.HARM
    assert "empty_rate is worse by 0.15" in found.reason
    assert "0.02 was allowed" in found.reason
    within = judge(plan(), figures(400, 560, empty_rate=rate(70, 4000)))
    assert within.event is None


def test_a_guard_may_be_something_of_which_more_is_better() -> None:
    one = plan(metric="buy_rate", guards={"tap_rate": 0.01})
    told = figures(900, 400)
    assert judge(one, told).event is Event.HARM
    assert judge(one, figures(400, 900)).event is None


def test_arms_without_their_shares_are_not_compared() -> None:
    told = {
        "control": {"tap_rate": rate(400, 4000)},
        "dense": {"tap_rate": rate(300, 3000)},
    }
    found = judge(plan(), told)
    assert found.event is Event.SKEW
    assert "57.1% of 7000 units where 50.0% were to be" in found.reason
    assert judge(plan(unit="store"), told).event is None


def test_nothing_told_yet_is_nothing_known() -> None:
    found = judge(plan(), {})
    assert found.event is None
    assert found.arms[0].above == {}


def test_stores_add_up() -> None:
    told = [("control", "tap_rate", rate(1, 10)), ("control", "tap_rate", rate(2, 20))]
    assert added(told) == {"control": {"tap_rate": rate(3, 30)}}


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"last": NOON}, "up to 60 days"),
        ({"last": NOON + timedelta(days=61)}, "up to 60 days"),
        ({"arms": [{"arm": "a", "weight": 1}, {"arm": "a", "weight": 1}]}, "one name"),
        ({"interleave": True}, "team_wins"),
        ({"metric": "team_wins"}, "interleave = true"),
        ({"metric": "spend"}, "shoppers only"),
        ({"guards": {"tap_rate": 0.1}}, "another figure"),
        (
            {
                "interleave": True,
                "metric": "team_wins",
                "arms": [{"arm": name, "weight": 1} for name in "abc"],
            },
            "two arms",
        ),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        plan(**changes)


def test_two_experiments_do_not_disturb_each_other() -> None:
    other = plan(experiment="other")
    with pytest.raises(ExperimentRefusedError, match=r"denser runs and sets shopper\.department"):
        check_apart(other, [plan()])
    arms = [{"arm": "a", "weight": 1}, {"arm": "b", "weight": 1}]
    shared = plan(interleave=True, metric="team_wins", arms=arms)
    check_apart(shared, [plan()])
    with pytest.raises(ExperimentRefusedError, match="shares lists"):
        check_apart(shared, [shared])


def test_a_life_ends_once() -> None:
    assert after(State.RUNNING, Event.HARM) is State.STOPPED
    with pytest.raises(ExperimentRefusedError, match="stopped takes no stop"):
        after(State.STOPPED, Event.STOP)


def standing(state: State = State.RUNNING, **changes: Any) -> Standing:  # noqa: ANN401 - as people write it
    return Standing(plan(**changes), SALT, state, NOON + timedelta(days=1))


def test_a_store_is_told_what_is_for_it() -> None:
    here = Spoken("s-0001", "north")
    for_all, north = standing(), standing(regions=["north"])
    other, named = standing(regions=["south"]), standing(stores=["s-0001"])
    told = news_for(here, [for_all, north, other, named], NOON)
    assert len(told) == 3


def test_what_was_stopped_is_told_with_its_end_for_some_days() -> None:
    stopped = standing(State.STOPPED)
    (told,) = news_for(Spoken("s-0001"), [stopped], NOON + timedelta(days=2))
    assert told.last == stopped.since
    assert not news_for(Spoken("s-0001"), [stopped], stopped.since + LINGER)


def test_an_order_is_signed_when_there_is_news_and_at_half_its_life() -> None:
    told = (standing().wire,)
    nothing = Spoken("s-0001")
    assert to_sign(nothing, (), NOON) is None
    order = to_sign(nothing, told, NOON)
    assert order is not None
    assert order.experiments == told
    spoken = Spoken("s-0001", "", order.counter, digest_of(told), order.expires, b"signed")
    assert to_sign(spoken, told, NOON) is None
    again = to_sign(spoken, told, NOON + LIFE / 2 + timedelta(seconds=1))
    assert again is not None
    assert again.counter > order.counter
    ended = to_sign(spoken, (), NOON)
    assert ended is not None
    assert ended.experiments == ()
