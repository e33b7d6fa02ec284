from datetime import UTC, datetime, timedelta

import pytest

from endcap.models.shopper.history import FADING, decayed_history

AT = datetime(2026, 3, 1, tzinfo=UTC)


def test_a_purchase_fades_by_e_in_its_time() -> None:
    assert decayed_history([("a", AT - FADING)], AT) == pytest.approx({"a": 0.36788}, abs=1e-5)


def test_purchases_add_up_and_the_heaviest_comes_first() -> None:
    past = [("a", AT - timedelta(days=200)), ("b", AT), ("b", AT - timedelta(days=1))]
    assert list(decayed_history(past, AT)) == ["b", "a"]


def test_what_happens_later_is_not_known_yet() -> None:
    assert decayed_history([("a", AT + timedelta(seconds=1))], AT) == {}


def test_only_the_heaviest_are_kept() -> None:
    past = [(str(i), AT - timedelta(days=i)) for i in range(10)]
    assert list(decayed_history(past, AT, most=2)) == ["0", "1"]
