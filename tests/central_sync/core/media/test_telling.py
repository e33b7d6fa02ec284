"""When an order is signed, and what our own orders tell a centre that was restored."""

from dataclasses import replace
from datetime import timedelta

from central_sync.core.media.telling import (
    LIFE,
    News,
    Spoken,
    forgotten,
    lease_of,
    newest,
    room_taken,
    to_sign,
)
from tests.fakes.clock import NOON
from tests.fakes.media_world import lease, media_order, plan
from tests.fakes.store_world import STORE

NEWS = News(campaigns=(plan().wire,), leases=(lease("l-1"),), spent={"tea": 5})
SAID = Spoken(STORE, 7, NEWS.digest, NOON + LIFE, b"signed")


def test_news_is_signed_and_the_same_is_not() -> None:
    first = to_sign(Spoken(STORE), NEWS, NOON)
    assert first is not None
    assert (first.leases, first.spent, first.expires) == (NEWS.leases, {"tea": 5}, NOON + LIFE)
    assert to_sign(SAID, NEWS, NOON) is None
    assert to_sign(SAID, replace(NEWS, spent={"tea": 9}), NOON) is None, "that is for ourselves"
    assert to_sign(SAID, News(), NOON) is not None, "that nothing is left is news"
    assert to_sign(Spoken(STORE), News(), NOON) is None


def test_a_word_is_signed_anew_at_half_its_life_or_when_it_was_lost() -> None:
    late = to_sign(SAID, NEWS, NOON + LIFE / 2 + timedelta(seconds=1))
    assert late is not None
    assert late.counter > SAID.counter
    assert to_sign(replace(SAID, envelope=None), NEWS, NOON) is not None
    assert to_sign(replace(SAID, expires=None), NEWS, NOON) is not None


def test_own_orders_tell_which_leases_were_forgotten() -> None:
    order = media_order(STORE, lease("l-1"), lease("l-2"), counter=9)
    (lost,) = forgotten(order, {"l-1": True})
    assert (lost.lease, lost.store, lost.amount) == ("l-2", STORE, 1_000_000)
    assert lease_of(lost) == lease("l-2")
    assert newest([order, media_order(STORE, counter=3)]) == {STORE: 9}
    assert room_taken([plan().wire]) > 200
