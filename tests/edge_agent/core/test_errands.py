"""Errands are done once, whenever the power goes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.core.errands import (
    PATIENCE,
    TRANSITIONS,
    Errand,
    Event,
    Kind,
    NoSuchTransitionError,
    State,
)

KINDS: tuple[Kind, ...] = ("restart", "upload-bundle")


def test_a_restart_is_done_once_the_program_starts_again() -> None:
    begun = Errand(1, "restart").after(Event.BEGUN)
    assert begun.state is State.UNDER_WAY
    assert not begun.is_over
    assert begun.after(Event.STARTED).state is State.DONE


def test_a_bundle_that_nobody_took_is_brought_again_but_not_for_ever() -> None:
    errand = Errand(1, "upload-bundle")
    for _ in range(59):
        errand = errand.after(Event.BEGUN).after(Event.UNHEARD, "no answer")
        assert (errand.state, errand.note) == (State.WAITING, "no answer")
    errand = errand.after(Event.BEGUN).after(Event.UNHEARD, "no answer")
    assert (errand.state, errand.note) == (State.FAILED, "no answer (60 times)")


def test_a_bundle_with_which_the_program_ends_is_given_up() -> None:
    errand = Errand(1, "upload-bundle")
    for _ in range(3):
        errand = errand.after(Event.BEGUN).after(Event.STARTED)
    assert (errand.state, errand.note) == (State.FAILED, "the program ended in it (3 times)")
    assert errand.is_over


def test_an_event_without_a_row_is_a_bug() -> None:
    assert set(PATIENCE) <= set(TRANSITIONS)
    with pytest.raises(NoSuchTransitionError, match="DONE is not expected in state WAITING"):
        Errand(1, "restart").after(Event.DONE)


@given(st.sampled_from(KINDS), st.lists(st.sampled_from(Event), max_size=30))
def test_what_is_over_stays_over(kind: Kind, events: list[Event]) -> None:
    errand = Errand(1, kind)
    for event in events:
        if (kind, errand.state, event) in TRANSITIONS:
            assert not errand.is_over
            errand = errand.after(event)
