"""Which order is signed when, and what a store's state says of it."""

from dataclasses import replace
from datetime import timedelta

from central_sync.core.remote_orders import (
    LIFE,
    Answer,
    WantedSettings,
    answer,
    to_sign,
)
from endcap.wire.commands import StoreState
from tests.fakes.store_world import NOON, state


def told_state(config: int = 0, config_refused: int = 0) -> StoreState:
    return state().model_copy(update={"config": config, "config_refused": config_refused})


WANTED = WantedSettings("s-0001", 3, {"log": {"level": "debug"}})
SIGNED = replace(WANTED, expires=NOON + LIFE, envelope=b"signed")


def test_what_was_never_signed_is_signed_under_its_own_number() -> None:
    order = to_sign(WANTED, NOON)
    assert order is not None
    assert (order.counter, order.settings) == (3, WANTED.settings)
    assert (order.issued, order.expires) == (NOON, NOON + LIFE)


def test_what_is_half_over_is_signed_anew_under_the_next_number() -> None:
    assert to_sign(SIGNED, NOON + LIFE / 2) is None
    order = to_sign(SIGNED, NOON + LIFE / 2 + timedelta(seconds=1))
    assert order is not None
    assert order.counter == int(order.issued.timestamp()), "above all that a backup may have lost"


def test_what_a_store_refused_is_not_said_again() -> None:
    refused = replace(SIGNED, state=told_state(config_refused=3))
    assert refused.answer is Answer.REFUSED
    assert to_sign(refused, NOON + LIFE) is None
    assert to_sign(replace(refused, counter=4, envelope=None), NOON) is not None


def test_a_store_answers_with_its_state() -> None:
    assert answer(3, None) is Answer.WAITING
    assert answer(3, told_state(config=2)) is Answer.WAITING
    assert answer(3, told_state(config=3)) is Answer.IN_FORCE
    assert answer(3, told_state(config=2, config_refused=3)) is Answer.REFUSED
