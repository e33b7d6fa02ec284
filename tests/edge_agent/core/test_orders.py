"""Orders: only ours, only newer, only while they are good."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.core.orders import News, Taken, judge
from endcap.wire.orders import Assignment

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
KEYS, OTHER_KEYS = frozenset({"a"}), frozenset({"b"})


def wish(counter: int = 3, *, store: str = "s-0001", release: int = 5, days: int = 7) -> Assignment:
    ends = AT + timedelta(days=days)
    return Assignment(store=store, counter=counter, issued=AT, expires=ends, release=release)


def taken(order: Assignment, keys: frozenset[str] = KEYS) -> Taken:
    return Taken(order.counter, order.model_dump_json(), keys)


def test_the_first_order_and_every_higher_one_is_news() -> None:
    assert judge(wish(3), "s-0001", None, KEYS, AT) is News.NEW
    assert judge(wish(4), "s-0001", taken(wish(3)), KEYS, AT) is News.NEW


def test_the_same_order_again_is_known_also_when_it_is_over() -> None:
    late = AT + timedelta(days=30)
    assert judge(wish(3), "s-0001", taken(wish(3)), KEYS, late) is News.KNOWN


@pytest.mark.parametrize(
    ("order", "said"),
    [
        (wish(4, store="s-0002"), "it is meant for s-0002"),
        (wish(2), "it is number 2, and number 3 was taken"),
        (wish(3, release=9), "another order came with counter 3"),
        (wish(4, days=0), "it was good until 2026-03-02 12:00 UTC"),
    ],
)
def test_what_is_not_obeyed_has_a_reason(order: Assignment, said: str) -> None:
    assert judge(order, "s-0001", taken(wish(3)), KEYS, AT) == said


def test_new_control_keys_begin_to_count_anew() -> None:
    poisoned = taken(wish(2**63 - 1))
    assert isinstance(judge(wish(4), "s-0001", poisoned, KEYS, AT), str)
    assert judge(wish(4), "s-0001", poisoned, OTHER_KEYS, AT) is News.NEW
    assert isinstance(judge(wish(4), "s-0001", poisoned, KEYS | OTHER_KEYS, AT), str)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=20))
def test_whatever_comes_the_counter_only_grows(counters: list[int]) -> None:
    last: Taken | None = None
    obeyed = []
    for counter in counters:
        order = wish(counter)
        if judge(order, "s-0001", last, KEYS, AT) is News.NEW:
            last = taken(order)
            obeyed.append(counter)
    assert obeyed == sorted(set(obeyed))
    assert obeyed[-1] == max(counters)
