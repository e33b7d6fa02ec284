"""Whose purchases may be remembered, and by which name."""

from datetime import UTC, datetime, timedelta

from edge_agent.core.consent import Agreed, agreed, mark, pseudonym, pseudonyms, renamed

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
FIRST, SECOND = b"a" * 32, b"b" * 32


def test_a_card_has_one_name_in_a_store_and_another_elsewhere() -> None:
    assert pseudonym("card-1", FIRST) == pseudonym("card-1", FIRST)
    assert pseudonym("card-1", FIRST) != pseudonym("card-2", FIRST)
    assert pseudonym("card-1", FIRST) != pseudonym("card-1", SECOND)
    assert len(bytes.fromhex(pseudonym("card-1", FIRST))) == 8


def test_a_name_goes_on_when_the_key_is_changed() -> None:
    before, after = pseudonyms("card-1", FIRST + SECOND)
    assert before == pseudonym("card-1", FIRST)
    assert after == renamed(before, SECOND)


def test_a_mark_knows_a_name_again_and_does_not_tell_it() -> None:
    assert mark("name", FIRST) == mark("name", FIRST)
    assert mark("name", FIRST) != mark("name", SECOND)
    assert "name" not in mark("name", FIRST)


def test_who_was_asked_and_agreed_is_remembered_from_then_on() -> None:
    found = agreed("x", NOON, programme=False, erased=None)
    assert found == Agreed("x", NOON)
    assert found.covers(NOON)
    assert not found.covers(NOON - HOUR)


def test_who_was_not_asked_is_remembered_only_where_joining_is_to_agree() -> None:
    assert agreed("x", None, programme=False, erased=None) is None
    found = agreed("x", None, programme=True, erased=None)
    assert found == Agreed("x")
    assert found.covers(NOON)


def test_who_was_erased_must_agree_anew() -> None:
    assert agreed("x", None, programme=True, erased=NOON) is None
    assert agreed("x", NOON - HOUR, programme=True, erased=NOON) is None
    assert agreed("x", NOON + HOUR, programme=False, erased=NOON) == Agreed("x", NOON + HOUR)
