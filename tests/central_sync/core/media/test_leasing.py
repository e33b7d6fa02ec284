"""Who gets how much, for how long, and never more than is free."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central_sync.core.media.accounts import Account, Balance
from central_sync.core.media.leasing import (
    EVEN,
    Flight,
    Grant,
    Outlook,
    Terms,
    grants,
    hours_of_day,
    lease_length,
    weight,
)
from tests.fakes.clock import NOON

HOUR = timedelta(hours=1)
WEEK = timedelta(days=7)
FLIGHT = Flight("tea", NOON, NOON + WEEK, bid=100)
TERMS = Terms()
Accounts = Mapping[str, Sequence[Account]]


def lease(
    store: str, amount: int, hours: float = 4, at: datetime = NOON, **more: object
) -> Account:
    made = Account("l", "tea", store, amount, at, at + hours * HOUR)
    return replace(made, **more)  # type: ignore[arg-type]  # the test names fields


def granted(
    *stores: Outlook,
    accounts: Accounts | None = None,
    at: datetime = NOON,
    free: int = 10_000_000,
    flight: Flight = FLIGHT,
) -> dict[str, Grant]:
    made = grants(flight, Balance(free), accounts or {}, stores, at)
    return {one.store: one for one in made}


def test_new_stores_share_by_their_plays() -> None:
    found = granted(Outlook("a", plays=299), Outlook("b", plays=99))
    assert found["a"].amount == pytest.approx(3 * found["b"].amount, rel=1e-4)
    assert found["a"].amount + found["b"].amount == pytest.approx(
        10_000_000 * 4 / (7 * 24), rel=1e-4
    )
    assert found["a"].until == NOON + 4 * HOUR


def test_a_store_that_used_all_gets_more_than_one_that_did_not() -> None:
    later = NOON + 5 * HOUR
    used = lease("a", 1_000_000, spent=1_000_000, settled=True)
    idle = lease("b", 1_000_000, spent=200_000, settled=True)
    waiting = lease("c", 1_000_000, spent=0)
    found = granted(
        *(Outlook(name, plays=100) for name in "abcd"),
        accounts={"a": [used], "b": [idle], "c": [waiting]},
        at=later,
    )
    assert found["a"].amount > found["c"].amount > found["b"].amount > 0
    assert found["b"].amount < found["d"].amount < found["a"].amount, "a new one gets the mean"


def test_the_next_lease_begins_where_the_last_ends_and_is_made_near_its_end() -> None:
    running = {"a": [lease("a", 1_000_000)]}
    assert granted(Outlook("a"), accounts=running, at=NOON + 2 * HOUR) == {}
    small = {"a": [lease("a", FLIGHT.bid)]}
    assert granted(Outlook("a"), accounts=small, at=NOON + HOUR) == {}, "small is not used up"
    (one,) = granted(Outlook("a"), accounts=running, at=NOON + 3 * HOUR).values()
    assert one.first == NOON + 4 * HOUR


def test_a_store_that_used_up_its_lease_gets_the_next_at_once_also_of_the_reserve() -> None:
    early = {"a": [lease("a", 1_000_000, spent=900_000)]}
    (one,) = granted(Outlook("a"), accounts=early, at=NOON + HOUR).values()
    assert one.first == NOON + HOUR
    assert granted(Outlook("a"), at=NOON, free=104) == {}, "5 % is kept, and no play is left"
    assert granted(Outlook("a"), accounts=early, at=NOON + HOUR, free=104)["a"].amount == 100
    last = NOON + WEEK - 3 * HOUR
    assert granted(Outlook("a"), at=last, free=104)["a"].amount == 100, "towards the end all goes"


def test_a_store_has_two_leases_at_most_and_none_once_it_is_lost() -> None:
    owing = {"a": [lease("a", 1_000), lease("a", 1_000, at=NOON + 4 * HOUR)]}
    assert granted(Outlook("a"), accounts=owing, at=NOON + 9 * HOUR) == {}
    assert granted(Outlook("a", silence=TERMS.longest + HOUR)) == {}
    assert granted(Outlook("a"), at=FLIGHT.last) == {}
    assert granted(Outlook("a"), free=99) == {}


def test_a_campaign_that_begins_later_is_leased_from_its_beginning() -> None:
    coming = replace(FLIGHT, first=NOON + 2 * HOUR)
    assert granted(Outlook("a"), flight=coming)["a"].first == NOON + 2 * HOUR


@pytest.mark.parametrize(
    ("one", "left", "length"),
    [
        (Outlook("a"), WEEK, 4 * HOUR),
        (Outlook("a", lag=5 * HOUR), WEEK, 10 * HOUR),
        (Outlook("a", silence=60 * HOUR), WEEK, TERMS.longest),
        (Outlook("a"), 8 * HOUR, 2 * HOUR),
        (Outlook("a"), HOUR / 2, HOUR / 4),
        (Outlook("a", lag=5 * HOUR), HOUR, HOUR),
    ],
)
def test_how_long_a_lease_lasts(one: Outlook, left: timedelta, length: timedelta) -> None:
    assert lease_length(one, left, TERMS) == length


def test_hours_weigh_by_the_plays_they_have() -> None:
    assert hours_of_day({}) == pytest.approx(EVEN)
    busy = hours_of_day({12: 10_000, 13: 10_000})
    assert sum(busy) == pytest.approx(24)
    assert busy[12] > 5 * busy[11]
    assert weight(NOON, NOON + HOUR, busy) == pytest.approx(busy[12])
    assert weight(NOON + HOUR / 2, NOON + 3 * HOUR / 2, busy) == pytest.approx(busy[12])
    assert weight(NOON, NOON + timedelta(days=2), busy) == pytest.approx(48)
    assert weight(NOON, NOON, busy) == 0.0


spans = st.integers(1, 200).map(lambda hours: hours * HOUR)


@given(
    free=st.integers(0, 10**12),
    bid=st.integers(0, 10**6),
    plays=st.lists(st.floats(0, 1e6), min_size=1, max_size=6),
    used=st.lists(st.tuples(st.integers(0, 10**9), st.floats(0, 1), st.booleans()), max_size=6),
    left=spans,
)
def test_never_more_than_is_free_and_never_a_lease_that_buys_nothing(
    free: int,
    bid: int,
    plays: list[float],
    used: list[tuple[int, float, bool]],
    left: timedelta,
) -> None:
    stores = [Outlook(f"s-{place}", plays=many) for place, many in enumerate(plays)]
    accounts = {
        f"s-{place}": [
            lease("s", amount, at=NOON - 5 * HOUR, spent=int(amount * share), settled=settled)
        ]
        for place, (amount, share, settled) in enumerate(used)
    }
    flight = Flight("tea", NOON - WEEK, NOON + left, bid)
    made = grants(flight, Balance(free), accounts, stores, NOON)
    assert sum(one.amount for one in made) <= free
    for one in made:
        assert one.amount >= max(1, bid)
        assert NOON <= one.first < one.until <= flight.last
