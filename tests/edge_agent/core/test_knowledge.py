"""How old the knowledge is, and what is said of it."""

from datetime import UTC, date, datetime, timedelta

from edge_agent.core.knowledge import Heard, knowledge

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
TODAY = AT.date()


def test_nothing_heard_is_said() -> None:
    found = knowledge(Heard(), AT, TODAY)
    assert (found.model_days, found.feed_days, found.chain_days) == (None, None, None)
    assert not found.chain_used
    assert len(found.notes) == 2


def test_fresh_knowledge_needs_no_note() -> None:
    day = timedelta(days=1)
    found = knowledge(Heard(AT - 30 * day, AT - day, TODAY - day), AT, TODAY)
    assert (found.model_days, found.feed_days, found.chain_days) == (30, 1, 1)
    assert found.chain_used
    assert found.notes == ()


def test_a_month_without_the_centre_is_said() -> None:
    month = timedelta(days=30)
    found = knowledge(Heard(AT - month, AT - month, TODAY - month), AT, TODAY)
    assert not found.chain_used
    assert found.notes == (
        "the last word on prices, weather and events is 30 days old",
        "the chain's trends are 30 days old and left out",
    )


def test_a_clock_behind_makes_no_negative_age() -> None:
    ahead = AT + timedelta(days=3)
    assert knowledge(Heard(ahead, ahead, date(2026, 3, 9)), AT, TODAY).model_days == 0
