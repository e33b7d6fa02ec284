"""A small hollow fleet under each sample of faults: the rules hold, and the goals are met."""

from collections.abc import Callable
from pathlib import Path

import pytest

import fleet_simulator
from central_sync.adapters.plan_file import load_plan
from fleet_simulator.faults import load_faults
from fleet_simulator.rehearsal import Asked, Ended, rehearse
from fleet_simulator.report import Shown, Took, as_json, in_words, is_sound, shown
from fleet_simulator.watch import RULES

SAMPLES = Path(fleet_simulator.__file__).parent / "samples"
STORES = 300
DAY = 86_400.0
NONE = Took(0.0, 0.0)


def rehearsed(sample: str, *, stores: int = STORES, seed: int = 1) -> Ended:
    faults, plan = load_faults(SAMPLES / f"{sample}.toml"), load_plan(SAMPLES / "plan.toml")
    return rehearse(Asked(stores, 7, faults, plan, seed, 30 * DAY), lambda _: None)


def everywhere(found: Shown) -> None:
    assert found.outcome == "complete"
    assert found.on_the_candidate + found.refused == STORES
    assert found.unreached == 0


def stopped_in_the_canary(found: Shown) -> None:
    assert found.exposed <= STORES * 0.01
    gone(found)


def gone(found: Shown) -> None:
    assert found.outcome == "reverted"
    assert found.on_the_candidate == 0
    assert found.off_the_candidate == found.exposed
    assert found.unreached == 0


GOALS: dict[str, Callable[[Shown], None]] = {
    "ordinary": everywhere,
    "better_model": everywhere,
    "bad_network": everywhere,
    "worse_model": gone,
    "plainly_worse_model": stopped_in_the_canary,
    "turns_bad": gone,
    "worse_on_one_device": gone,
    "crashes": gone,
}


def test_every_sample_has_its_goal() -> None:
    assert {one.stem for one in SAMPLES.glob("*.toml")} == {"plan", *GOALS}


@pytest.mark.parametrize("sample", GOALS)
def test_the_rules_hold_and_the_goals_are_met(sample: str) -> None:
    ended = rehearsed(sample)
    assert is_sound(ended), ended.watch.broken[:3]
    assert all(ended.watch.checks[rule] > 0 for rule in RULES)
    GOALS[sample](shown(ended))


@pytest.mark.parametrize("seed", range(1, 6))
def test_a_slightly_worse_model_never_leaves_a_canary_of_ten(seed: int) -> None:
    ended = rehearsed("worse_model", stores=2_000, seed=seed)
    assert is_sound(ended)
    found = shown(ended)
    gone(found)
    assert 0 < found.exposed <= 20


def test_the_same_seed_is_the_same_rehearsal() -> None:
    one, other = rehearsed("ordinary", stores=50), rehearsed("ordinary", stores=50)
    assert as_json(one, NONE) == as_json(other, NONE)
    assert as_json(one, NONE) != as_json(rehearsed("ordinary", stores=50, seed=2), NONE)


def test_a_page_for_people_says_it_all() -> None:
    ended = rehearsed("worse_model", stores=50)
    page = in_words(ended, NONE)
    assert "outcome        reverted" in page
    assert "BROKEN" not in page
    ended.watch.check(3600.0, RULES[0], holds=False, where="s-00001")
    assert "BROKEN  no store serves a release that is not published" in in_words(ended, NONE)
    assert not is_sound(ended)
