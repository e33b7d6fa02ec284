import random
from collections.abc import Collection, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.core.media.placing import Award, Candidate, awards
from tests.edge_agent.core.media.campaigns import OATS, campaign, purse

FLOOR = 100_000


def candidate(
    name: str = "oats",
    *,
    bid: int = 1_000_000,
    relevance: float = 1.0,
    rest: int = 10_000_000,
    **changes: Any,  # noqa: ANN401 - any field of a campaign
) -> Candidate:
    shape = {key: changes.pop(key) for key in ("shadow", "deal_chance") if key in changes}
    money = purse(name, rest) if rest else None
    return Candidate(campaign(name, bid=bid, **changes), OATS, relevance, money, **shape)


def only(found: tuple[Award, ...]) -> Award:
    assert len(found) == 1
    return found[0]


def given_to(
    candidates: Sequence[Candidate],
    *,
    explore: float = 0.0,
    held: Collection[str] = (),
    seed: int = 1,
    floor: int = FLOOR,
) -> tuple[Award, ...]:
    return awards(candidates, floor, explore, held, random.Random(seed).random)


def test_the_winner_pays_what_the_place_is_worth_to_the_next() -> None:
    won = only(given_to([candidate(), candidate("milk", bid=600_000, relevance=0.5)]))
    assert won.candidate
    assert won.candidate.campaign.campaign == "oats"
    assert (won.policy, won.price, won.propensity) == ("auction", 300_000, 1.0)


def test_alone_a_campaign_pays_the_floor() -> None:
    assert only(given_to([candidate()])).price == FLOOR


def test_a_rival_without_money_cannot_win_but_makes_the_place_no_cheaper() -> None:
    won = only(given_to([candidate(bid=500_000), candidate("milk", rest=0)]))
    assert won.candidate
    assert won.candidate.campaign.campaign == "oats"
    assert won.price == 500_000


def test_the_last_play_takes_what_is_left_and_no_more() -> None:
    won = only(given_to([candidate(rest=150_000), candidate("milk", bid=400_000)]))
    assert won.price == 150_000


def test_below_the_floor_the_place_is_the_houses() -> None:
    won = only(given_to([candidate(bid=FLOOR - 1)]))
    assert won == Award(None, "house", 1.0)
    assert only(given_to([])) == Award(None, "house", 1.0)


def test_dear_money_is_saved() -> None:
    assert only(given_to([candidate(shadow=20.0)])).policy == "house"


def test_whoever_is_explored_has_a_known_chance() -> None:
    rivals = [candidate(), candidate("milk", bid=400_000)]
    seen = [only(given_to(rivals, explore=0.5, seed=seed)) for seed in range(400)]
    assert {(one.policy, one.propensity) for one in seen} == {("auction", 0.75), ("explore", 0.25)}
    assert 60 < sum(one.policy == "explore" for one in seen) < 140


def test_deals_go_before_the_auction_at_the_floor_and_the_highest_first() -> None:
    rivals = [
        candidate("rich", bid=9_000_000),
        candidate("deal", bid=200_000, priority=1),
        candidate("best", bid=200_000, priority=2),
    ]
    won = only(given_to(rivals))
    assert won.candidate
    assert won.candidate.campaign.campaign == "best"
    assert (won.policy, won.price, won.propensity) == ("deal", FLOOR, 1.0)


@pytest.mark.parametrize("changes", [{"rest": 0}, {"bid": FLOOR - 1}])
def test_a_deal_that_cannot_pay_the_floor_is_none(changes: dict[str, Any]) -> None:
    assert only(given_to([candidate("deal", priority=1, **changes)])).policy == "house"


def test_a_paced_deal_leaves_places_to_the_auction_with_the_rest_of_the_chance() -> None:
    rivals = [candidate(), candidate("deal", priority=1, deal_chance=0.25)]
    seen = {
        (one.policy, one.propensity)
        for one in (only(given_to(rivals, seed=seed)) for seed in range(50))
    }
    assert seen == {("deal", 0.25), ("auction", 0.75)}


def test_who_is_held_out_pays_nothing_and_the_place_goes_on_as_if_they_were_not_there() -> None:
    rivals = [candidate(), candidate("milk", bid=400_000), candidate("rice", bid=300_000)]
    ghost, won = given_to(rivals, held={"oats"})
    assert (ghost.policy, ghost.price) == ("holdout", 0)
    assert won.candidate
    assert won.candidate.campaign.campaign == "milk"
    assert won.price == 300_000


rivals_of_any_kind = st.lists(
    st.builds(
        candidate,
        st.sampled_from("abcdef"),
        bid=st.integers(0, 10**7),
        relevance=st.floats(0.01, 1),
        rest=st.sampled_from([0, FLOOR, 10**6, 10**8]),
        priority=st.sampled_from([0, 0, 0, 2]),
        shadow=st.floats(0, 3),
        deal_chance=st.floats(0.01, 1),
    ),
    max_size=6,
    unique_by=lambda one: one.campaign.campaign,
)


@given(rivals_of_any_kind, st.integers(0, 10**6), st.floats(0, 1), st.integers(0, 99))
def test_nobody_ever_pays_more_than_bid_value_or_rest(
    rivals: list[Candidate], floor: int, explore: float, seed: int
) -> None:
    held = {one.campaign.campaign for one in rivals[::3]}
    *ghosts, last = given_to(rivals, explore=explore, held=held, seed=seed, floor=floor)
    assert all(one.price == 0 and one.policy == "holdout" for one in ghosts)
    assert 0 < last.propensity <= 1
    if last.candidate is None:
        assert last.price == 0
        return
    one = last.candidate
    assert one.campaign.campaign not in held
    assert one.purse is not None
    assert last.price <= min(one.campaign.bid, one.purse.rest)
    assert last.policy == "deal" or last.price <= one.value
    assert last.price >= min(floor, one.purse.rest)


def test_propensities_are_what_is_played() -> None:
    rivals = [
        candidate(),
        candidate("milk", bid=700_000),
        candidate("deal", priority=1, deal_chance=0.3),
    ]
    seen: dict[str, list[float]] = {}
    for seed in range(3000):
        won = only(given_to(rivals, explore=0.2, seed=seed))
        name = won.candidate.campaign.campaign if won.candidate else "house"
        seen.setdefault(name, []).append(won.propensity)
    assert sum(chances[0] for chances in seen.values()) == pytest.approx(1.0)
    for chances in seen.values():
        assert len(chances) / 3000 == pytest.approx(chances[0], abs=0.04)
        assert len(set(chances)) == 1
