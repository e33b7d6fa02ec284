"""What counts as frozen, and what does not."""

from datetime import UTC, datetime, timedelta

from edge_agent.core.trust import Freshness, frozen, looked

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def test_a_store_that_never_looked_is_not_frozen() -> None:
    assert frozen(None, AT) == ""


def test_metadata_that_stays_the_same_is_frozen_once_it_is_over_and_a_day_old() -> None:
    fresh = looked(None, 7, AT + DAY, AT)
    for hours in range(24):
        fresh = looked(fresh, 7, AT + DAY, AT + hours * HOUR)
        assert frozen(fresh, AT + hours * HOUR) == ""
    assert "2026-03-03 12:00 UTC" in frozen(fresh, AT + DAY)
    assert frozen(looked(fresh, 8, AT + 2 * DAY, AT + DAY), AT + DAY) == ""


def test_short_signatures_do_not_freeze_between_two_looks() -> None:
    fresh = Freshness(1, AT + timedelta(minutes=1), AT)
    assert frozen(fresh, AT + HOUR) == ""
    assert frozen(fresh, AT + DAY)
