"""What a person plans is checked where it enters, and counted in micros behind."""

from datetime import timedelta
from decimal import Decimal

import pytest
from pydantic import ValidationError

from central_sync.core.media.plan import audience, micros
from tests.fakes.clock import NOON
from tests.fakes.media_world import plan


def test_money_is_exact_and_stores_are_told_no_budget() -> None:
    one = plan(bid=0.07, budget="1000.10")
    assert (one.wire.bid, micros(one.budget)) == (70_000, 1_000_100_000)
    told = one.wire.model_dump()
    assert "budget" not in told
    assert "stores" not in told
    assert micros(Decimal("0.000001")) == 1


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"last": NOON}, "first moment comes before its last"),
        ({"bid": "101"}, "does not pay for one play"),
        ({"bid": "0.0000001"}, "no more than 6 decimal places"),
        ({"bid": "-1"}, "greater than or equal to 0"),
        ({"gtins": []}, "at least 1 item"),
        ({"hours": [24]}, "less than or equal to 23"),
        ({"first": NOON.replace(tzinfo=None)}, "timezone"),
        ({"last": NOON + timedelta(days=1), "colour": "red"}, "not permitted"),
    ],
)
def test_what_cannot_be_meant_is_refused(wrong: dict[str, object], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        plan(**wrong)


def test_stores_and_regions_narrow_who_may_show_it() -> None:
    stores = [("s-0001", "north"), ("s-0002", "south"), ("s-0003", "")]
    assert audience(plan(), stores) == ("s-0001", "s-0002", "s-0003")
    assert audience(plan(regions=["north"]), stores) == ("s-0001",)
    assert audience(plan(stores=["s-0003"], regions=["south"]), stores) == ("s-0002", "s-0003")
