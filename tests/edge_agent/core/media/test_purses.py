from datetime import datetime, timedelta

import pytest

from edge_agent.core.media.purses import Purse, open_at, payers, rates
from tests.edge_agent.core.media.campaigns import DAY, NOON, purse


def test_a_purse_never_holds_less_than_nothing() -> None:
    with pytest.raises(ValueError, match="spent 11 of 10"):
        purse(amount=10, spent=11)


def test_a_lease_is_spent_within_its_time_alone() -> None:
    assert open_at([purse()], NOON - 2 * DAY) == ()
    assert open_at([purse()], NOON + DAY) == ()
    assert open_at([purse(amount=5, spent=5)], NOON) == ()
    assert open_at([purse()], NOON - DAY) == (purse(),)


def test_the_lease_that_ends_first_pays_while_it_holds_the_least_price() -> None:
    soon = purse(lease="soon", amount=100)
    later = purse(lease="later", until=NOON + 3 * DAY)
    assert payers([later, soon], NOON, 100)["oats"].lease == "soon"
    assert payers([later, soon], NOON, 101)["oats"].lease == "later"
    assert payers([soon], NOON, 101) == {}


def test_what_may_be_spent_a_place_adds_up_over_leases() -> None:
    def places(until: datetime) -> float:
        return (until - NOON) / timedelta(hours=1)

    two: list[Purse] = [
        purse(amount=2400),
        purse(lease="b", amount=4800, until=NOON + 2 * DAY),
        purse("milk", amount=240, until=NOON + timedelta(minutes=1)),
    ]
    assert rates(two, NOON, places) == {"oats": 200.0, "milk": 480.0}
