from collections.abc import Iterable
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from edge_agent.core.media.attribution import PlayOf, SaleOf, Windows, attributed
from tests.edge_agent.core.media.campaigns import MILK, NOON, OATS

WINDOWS = Windows(shopper=timedelta(days=1), store=timedelta(minutes=15))


def play(name: str, minutes: int = 0, shopper: str | None = None, gtin: str = OATS) -> PlayOf:
    return PlayOf(name, gtin, NOON + timedelta(minutes=minutes), shopper)


def sale(name: str, minutes: int, shopper: str | None = None, gtin: str = OATS) -> SaleOf:
    return SaleOf(name, gtin, NOON + timedelta(minutes=minutes), 1.0, 2_000_000, shopper)


def pairs(plays: Iterable[PlayOf], sales: Iterable[SaleOf]) -> list[tuple[str, str]]:
    return [(one.play, other.sale) for one, other in attributed(plays, sales, WINDOWS)]


def test_a_sale_within_the_stores_window_belongs_to_the_latest_play() -> None:
    assert pairs([play("a"), play("b", 5)], [sale("s", 10)]) == [("b", "s")]


def test_what_came_before_or_too_late_or_is_another_item_belongs_to_none() -> None:
    assert pairs([play("a")], [sale("s", -1), sale("t", 16), sale("u", 5, gtin=MILK)]) == []


def test_a_known_shopper_has_longer_and_the_own_play_first() -> None:
    plays = [play("mine", shopper="me"), play("anyones", 200)]
    assert pairs(plays, [sale("s", 205, "me")]) == [("mine", "s")]
    assert pairs(plays[:1], [sale("s", 300, "me")]) == [("mine", "s")]
    assert pairs(plays[:1], [sale("s", 1500, "me")]) == []


def test_another_shopper_did_not_buy_it() -> None:
    assert pairs([play("a", shopper="you")], [sale("s", 5, "me")]) == []
    assert pairs([play("a", shopper="you")], [sale("s", 5)]) == [("a", "s")]
    assert pairs([play("a")], [sale("s", 5, "me")]) == [("a", "s")]


who = st.sampled_from([None, "me", "you"])
times = st.integers(0, 60)


@given(st.lists(st.tuples(times, who), max_size=8), st.lists(st.tuples(times, who), max_size=8))
def test_a_play_has_one_sale_and_a_sale_one_play(
    plays: list[tuple[int, str | None]], sales: list[tuple[int, str | None]]
) -> None:
    found = pairs(
        [play(f"p{i}", *one) for i, one in enumerate(plays)],
        [sale(f"s{i}", *one) for i, one in enumerate(sales)],
    )
    assert len({one for one, _ in found}) == len({other for _, other in found}) == len(found)
