"""Pasts are kept for a minute, so many, and of those who did not agree anew."""

from datetime import timedelta

import numpy as np

from edge_agent.adapters.kept_pasts import FRESH, KeptPasts
from edge_agent.ports.shoppers import Remembered
from endcap.models.shopper.habits import Past
from tests.fakes.clock import NOON

ANNA, BERT = (Remembered(name, None, "programme") for name in ("anna", "bert"))


def past(rows: int = 3) -> Past:
    number = np.arange(rows)
    return Past(number, number, number.astype(float), np.zeros(rows, dtype=np.float32))


def test_a_past_is_found_again_for_a_minute() -> None:
    pasts, own = KeptPasts(), past()
    pasts.keep(ANNA, own, NOON)
    assert pasts.find(ANNA, NOON) is own
    assert pasts.find(ANNA, NOON + FRESH - timedelta(seconds=1)) is own
    assert pasts.find(BERT, NOON) is None
    assert pasts.find(ANNA, NOON + FRESH) is None
    assert pasts.find(ANNA, NOON) is None, "what was too old is not kept"


def test_a_clock_that_went_back_finds_nothing() -> None:
    pasts = KeptPasts()
    pasts.keep(ANNA, past(), NOON)
    assert pasts.find(ANNA, NOON - timedelta(seconds=1)) is None


def test_who_agreed_anew_has_another_past() -> None:
    pasts = KeptPasts()
    pasts.keep(ANNA, past(), NOON)
    assert pasts.find(Remembered("anna", NOON, "till"), NOON) is None


def test_the_oldest_make_room_and_all_can_be_forgotten() -> None:
    pasts = KeptPasts(most=5)
    pasts.keep(ANNA, past(), NOON)
    pasts.keep(BERT, past(), NOON)
    assert pasts.find(ANNA, NOON) is None
    assert pasts.find(BERT, NOON) is not None
    pasts.forget()
    assert pasts.find(BERT, NOON) is None
