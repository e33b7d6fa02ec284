"""Arms: in proportion, the same each time, and only where the visit is a unit."""

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.core.experiment_sums import Tried, tallies
from edge_agent.core.experiments import Visit, arm_of, arms_of, interleaved, setting_in
from endcap.wire.experiments import Arm, Experiment
from endcap.wire.shopper_events import MetricSums
from tests.fakes.clock import NOON

DENSER = Experiment(
    experiment="denser",
    unit="session",
    salt="8 letters or more",
    arms=(
        Arm(arm="control", weight=3.0),
        Arm(arm="dense", weight=1.0, settings={"shopper": {"department_share": 0.3}}),
    ),
    first=NOON,
    last=NOON + timedelta(days=7),
)


@given(st.text(max_size=40))
def test_a_unit_stays_in_its_arm(unit: str) -> None:
    assert arm_of(DENSER, unit) == arm_of(DENSER, unit)
    assert arm_of(DENSER, unit) in DENSER.arms


def test_arms_get_their_shares_and_another_salt_shuffles() -> None:
    units = [f"visit {number}" for number in range(4000)]
    one = [arm_of(DENSER, unit).arm for unit in units]
    other = [arm_of(DENSER.model_copy(update={"salt": "another one"}), unit).arm for unit in units]
    assert Counter(one)["dense"] == pytest.approx(1000, abs=120)
    both = sum(a == b == "dense" for a, b in zip(one, other, strict=True))
    assert both == pytest.approx(250, abs=70), "arms of two salts must be independent"


@pytest.mark.parametrize(
    ("unit", "visit", "inside"),
    [
        ("session", Visit("s-0001", session="a"), True),
        ("session", Visit("s-0001"), False),
        ("shopper", Visit("s-0001", session="a"), False),
        ("shopper", Visit("s-0001", shopper="p"), True),
        ("store", Visit("s-0001"), True),
    ],
)
def test_only_a_unit_is_in_an_experiment(unit: str, visit: Visit, inside: bool) -> None:  # noqa: FBT001 - a case
    one = DENSER.model_copy(update={"unit": unit})
    assert bool(arms_of([one], visit, NOON)) is inside


def test_an_experiment_has_a_first_and_a_last_moment() -> None:
    visit = Visit("s-0001", session="a")
    assert not arms_of([DENSER], visit, NOON - timedelta(seconds=1))
    assert arms_of([DENSER], visit, NOON)
    assert not arms_of([DENSER], visit, DENSER.last)


def test_an_arm_sets_what_it_names_and_nothing_else() -> None:
    arms = {"denser": DENSER.arms[1], "other": Arm(arm="a", weight=1.0)}
    assert setting_in(arms, "shopper", "department_share") == 0.3
    assert setting_in(arms, "shopper", "another") is None
    assert setting_in({}, "shopper", "department_share") is None


def test_results_are_interleaved_for_one_experiment_at_a_time() -> None:
    both = [
        DENSER.model_copy(update={"experiment": name, "interleave": True}) for name in ("b", "a")
    ]
    found = interleaved([*both, DENSER], NOON)
    assert found is not None
    assert found.experiment == "a"
    assert interleaved(both, DENSER.last) is None
    assert not arms_of(both, Visit("s-0001", session="x"), NOON)


def test_a_unit_counts_once_however_often_it_comes() -> None:
    tried = [
        Tried("ann", "control", shown=5, tapped=2),
        Tried("ann", "control", shown=5),
        Tried("bob", "control", shown=0, dismissed=1),
        Tried("cyd", "dense", shown=4, bought=1),
    ]
    control, dense = tallies(tried, {}, ["control", "dense"])
    assert control.metrics["tap_rate"] == MetricSums(units=2, total=0.5, squares=0.25)
    assert control.metrics["empty_rate"] == MetricSums(units=2, total=1.0, squares=1.0)
    assert control.metrics["dismiss_rate"].total == 1.0
    assert dense.metrics["buy_rate"] == MetricSums(units=1, total=1.0, squares=1.0)
    assert "spend" not in dense.metrics


def test_who_spent_nothing_spent_nothing() -> None:
    tried = [Tried("ann", "control", shown=1), Tried("bob", "control", shown=1)]
    (control,) = tallies(tried, {"ann": 12.5}, ["control", "dense"])
    assert control.metrics["spend"] == MetricSums(units=2, total=12.5, squares=156.25)


def test_a_list_of_both_arms_is_won_by_the_one_that_was_tapped_most() -> None:
    lists = [
        Tried("a", "interleaved", shown=9, tapped=2, teams={"dense": 2}),
        Tried("b", "interleaved", shown=9, tapped=2, teams={"dense": 1, "control": 1}),
        Tried("c", "interleaved", shown=9),
    ]
    found = {one.arm: one for one in tallies(lists, {}, ["control", "dense"])}
    assert found["control"].metrics["team_wins"] == MetricSums(units=2, total=0.5, squares=0.25)
    assert found["dense"].metrics["team_wins"].total == 1.5
    assert found["interleaved"].metrics["tap_rate"].units == 3
