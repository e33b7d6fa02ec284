"""A count is worth something until it is old, or the till contradicts it."""

from datetime import timedelta

from edge_agent.core.stock.on_hand import Count, NotKnown, OnHand, on_hand
from tests.fakes.clock import NOON

AGE = timedelta(days=14)


def test_a_count_less_what_was_sold() -> None:
    count = Count(20, NOON - timedelta(days=2), sold=6)
    words = "14 on hand: counted 2 days ago, 6 sold since"
    assert on_hand(count, NOON, AGE) == OnHand(14, words)
    fresh = on_hand(Count(20, NOON), NOON, AGE)
    assert fresh == OnHand(20, "20 on hand: counted today")


def test_nothing_is_made_up() -> None:
    assert on_hand(None, NOON, AGE) == NotKnown("never counted")
    old = on_hand(Count(20, NOON - timedelta(days=15)), NOON, AGE)
    assert old == NotKnown("last counted 15 days ago")
    for count in (Count(2, NOON, sold=3), Count(-1, NOON)):
        found = on_hand(count, NOON, AGE)
        assert isinstance(found, NotKnown)
        assert "cannot be right" in found.words
