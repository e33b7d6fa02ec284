"""Another policy is judged rightly from logged plays: on simulations where the truth is known."""

import numpy as np
import pytest

from central_sync.core.media.policies import Evaluation, Plays, evaluate, other_share

BEST, OTHERS = 0.10, 0.02
"""How often what is best for a place is tapped, and what is not."""


def logged(seed: int, plays: int, explore: float) -> tuple[Plays, np.ndarray, np.ndarray]:
    """Return plays of an epsilon-greedy policy, with how many campaigns fitted each, and rates.

    Places differ: in the second slot everything is tapped half as often.
    """
    rng = np.random.default_rng(seed)
    campaigns = rng.integers(2, 7, plays)
    slot = rng.integers(0, 2, plays)
    explored = (rng.random(plays) < explore) & (rng.random(plays) >= 1.0 / campaigns)
    rate = np.where(explored, OTHERS, BEST) / (1 + slot)
    each = explore / campaigns
    propensity = np.where(explored, each, 1.0 - explore + each)
    reward = (rng.random(plays) < rate).astype(float)
    return Plays(propensity, explored, reward, slot), campaigns, slot


def truth(campaigns: np.ndarray, slot: np.ndarray, explore: float) -> float:
    best = 1.0 - explore + explore / campaigns
    return float(np.mean((best * BEST + (1.0 - best) * OTHERS) / (1 + slot)))


@pytest.mark.parametrize("be", [0.0, 0.05, 0.2, 0.6])
def test_every_estimator_finds_the_truth(be: float) -> None:
    plays, campaigns, slot = logged(1, 60_000, 0.2)
    found = evaluate(other_share(plays, 0.2, be))
    assert found is not None
    for one in (found.ips, found.snips, found.dr):
        assert abs(one.value - truth(campaigns, slot, be)) < 0.006
        assert one.low < one.value < one.high


def test_intervals_hold_the_truth_as_often_as_they_say_and_dr_is_the_surest() -> None:
    held = {"ips": 0, "snips": 0, "dr": 0}
    widths = dict.fromkeys(held, 0.0)
    runs = 200
    for seed in range(runs):
        plays, campaigns, slot = logged(seed, 2_000, 0.2)
        found = evaluate(other_share(plays, 0.2, 0.5))
        assert found is not None
        for name in held:
            one = getattr(found, name)
            held[name] += one.low <= truth(campaigns, slot, 0.5) <= one.high
            widths[name] += one.high - one.low
    assert all(0.89 * runs <= count <= runs for count in held.values()), held
    assert widths["dr"] <= widths["ips"]


def test_the_policy_that_logged_is_judged_by_what_it_brought() -> None:
    plays, _, _ = logged(2, 3_000, 0.2)
    found = evaluate(other_share(plays, 0.2, 0.2))
    assert found is not None
    assert found.ips.value == pytest.approx(found.logged.value)
    assert found.snips.value == pytest.approx(found.logged.value)
    assert found.effective == pytest.approx(3_000)
    assert found.warning == ""


def test_far_from_what_was_logged_few_plays_speak() -> None:
    plays, _, _ = logged(3, 2_000, 0.01)
    found = evaluate(other_share(plays, 0.01, 1.0))
    assert isinstance(found, Evaluation)
    assert found.effective < 100
    assert "of 2000 plays speak for this policy" in found.warning


def test_nothing_logged_says_nothing_and_a_wrong_share_is_refused() -> None:
    plays, _, _ = logged(4, 100, 0.2)
    nothing = Plays(plays.propensity[:0], plays.explored[:0], plays.reward[:0], plays.group[:0])
    assert evaluate(other_share(nothing, 0.2, 0.1)) is None
    with pytest.raises(ValueError, match="not made exploring"):
        other_share(plays, 0.05, 0.1)
    with pytest.raises(ValueError, match="above 0 and below 1"):
        other_share(plays, 0.0, 0.1)


def test_a_policy_that_never_does_what_was_done_has_no_estimate_to_trust() -> None:
    plays, _, _ = logged(5, 400, 0.2)
    only = plays.explored
    few = Plays(plays.propensity[only], only[only], plays.reward[only], plays.group[only])
    found = evaluate(other_share(few, 0.2, 0.0))
    assert found is not None
    assert (found.effective, found.snips.value) == (0.0, 0.0)
    alone = Plays(np.array([0.9]), np.array([False]), np.array([1.0]), np.array([0]))
    one = evaluate(other_share(alone, 0.2, 0.1))
    assert one is not None
    assert one.ips.low == one.ips.high
