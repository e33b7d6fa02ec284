"""What a kind of event does is learned from its past days, drawn to what people typed."""

import numpy as np
import pytest

from edge_agent.core.calibration.local_events import (
    DayEffect,
    EffectSum,
    Event,
    effect_of,
    learned,
)
from tests.edge_agent.core.calibration.days import draft, lesson

MATCH = Event("match")


def test_a_day_without_events_is_as_it_is() -> None:
    assert effect_of([], {}) == DayEffect(1.0, ())


def test_what_was_typed_counts_until_days_have_taught() -> None:
    found = effect_of([Event("match", 0.5)], {})
    assert found.factor == pytest.approx(1.5)
    assert found.reasons == ("match: +50% (typed +50%, no past day known)",)
    assert effect_of([MATCH], {}).factor == 1.0


def test_past_days_of_the_name_teach() -> None:
    known: dict[str, EffectSum] = {}
    for day in range(8):
        known = learned(known, [MATCH], lesson(draft(day=day), np.full(40, 8.0)))
    found = effect_of([MATCH], known)
    assert 1.6 < found.factor < 2.0
    assert "learned from 8 past days" in found.reasons[0]
    assert 1.5 < effect_of([Event("match", -0.5)], known).factor < found.factor


def test_events_of_one_day_share_its_effect_and_multiply() -> None:
    pair = [MATCH, Event("road closed")]
    known = learned({}, pair, lesson(draft(), np.full(40, 16.0)))
    assert known["match"] == known["road closed"]
    assert known["match"].sum_log == pytest.approx(np.log(4.0) / 2)
    both, one = effect_of(pair, known).factor, effect_of([MATCH], known).factor
    assert both == pytest.approx(one * one)


def test_nothing_is_learned_where_nothing_was_expected_or_went_on() -> None:
    assert learned({}, [], lesson(draft(), np.full(40, 8.0))) == {}
    assert learned({}, [MATCH], lesson(draft(mean=0.0), np.full(40, 8.0))) == {}


def test_effects_are_bounded() -> None:
    assert effect_of([Event("flood", -1.0)], {}).factor == pytest.approx(0.05)
    assert effect_of([Event("a", 9.0), Event("b", 9.0)], {}).factor == 5.0
