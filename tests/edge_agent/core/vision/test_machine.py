"""The machine of a facing: its table is whole, and what it tells is enough to know what it is."""

from datetime import timedelta
from itertools import product

import pytest

from edge_agent.core.vision.machine import (
    NEVER_SEEN,
    OPEN,
    OUT_OF_SIGHT,
    SAID,
    TRANSITIONS,
    Finding,
    NoSuchTransitionError,
    Place,
    Proof,
    Standing,
    State,
    after,
    told,
)
from endcap.wire.events import FacingSeen, FacingUnknown, GapClosed, GapOpened
from tests.fakes.clock import NOON

HOUR = timedelta(hours=1)
PLACE = Place("cam", "f1", "04006381333931")
SEEN = Proof(NOON + HOUR, 0.9, 4, "a" * 64)
STANDINGS = {
    State.UNKNOWN: Standing(State.UNKNOWN, NOON, "hidden"),
    State.FULL: Standing(State.FULL, NOON),
    State.LOW: Standing(State.LOW, NOON),
    State.GAP: Standing(State.GAP, NOON, "", NOON),
    State.GAP_UNSEEN: Standing(State.GAP_UNSEEN, NOON, "hidden", NOON - HOUR),
}


def test_whatever_a_person_says_or_a_camera_fails_every_state_expects() -> None:
    always = {*SAID, Finding.HIDDEN, Finding.BLINDED, Finding.REPLANNED}
    assert {(state, one) for state, one in product(State, always)} <= TRANSITIONS.keys()


def test_a_finding_without_a_row_is_a_bug() -> None:
    with pytest.raises(NoSuchTransitionError, match="STOCKED is not expected in state FULL"):
        after(STANDINGS[State.FULL], Finding.STOCKED, SEEN)


@pytest.mark.parametrize(("state", "finding"), TRANSITIONS)
def test_every_row_leads_where_it_says_and_tells_what_changed(
    state: State, finding: Finding
) -> None:
    was = STANDINGS[state]
    now, events = told(PLACE, was, finding, SEEN)
    assert now.state is TRANSITIONS[state, finding]
    assert (now.opened is not None) is (now.state in OPEN)
    assert (now.reason == "") or now.state in OUT_OF_SIGHT
    kinds = [type(event) for event in events]
    assert (GapOpened in kinds) is (now.state in OPEN and state not in OPEN)
    assert (GapClosed in kinds) is (state in OPEN and now.state not in OPEN)
    assert len(kinds) <= 2


def test_a_gap_tells_what_it_was_found_by() -> None:
    _, (opened,) = told(PLACE, STANDINGS[State.FULL], Finding.EMPTY, SEEN)
    assert opened == GapOpened(
        camera="cam",
        facing="f1",
        gtin=PLACE.gtin,
        since=SEEN.since,
        probability=0.9,
        frames=4,
        picture="a" * 64,
    )


@pytest.mark.parametrize(
    ("finding", "restocked", "by", "also"),
    [
        (Finding.STOCKED, True, "camera", []),
        (Finding.LOW, True, "camera", ["low"]),
        (Finding.SAID_FULL, False, "person", []),
        (Finding.SAID_LOW, False, "person", ["low"]),
        (Finding.REPLANNED, False, "planogram", []),
    ],
)
def test_the_end_of_a_gap_says_whether_it_was_filled(
    finding: Finding, restocked: object, by: str, also: list[str]
) -> None:
    _, (closed, *seen) = told(PLACE, STANDINGS[State.GAP_UNSEEN], finding, SEEN)
    assert isinstance(closed, GapClosed)
    assert (closed.opened, closed.restocked, closed.by) == (NOON - HOUR, restocked, by)
    assert [event.state for event in seen if isinstance(event, FacingSeen)] == also


def test_a_gap_does_not_end_before_it_began() -> None:
    early = Proof(NOON - 5 * HOUR)
    now, (closed,) = told(PLACE, STANDINGS[State.GAP], Finding.STOCKED, early)
    assert isinstance(closed, GapClosed)
    assert closed.since == now.since == NOON


def test_out_of_sight_is_told_with_its_reason_and_again_with_another() -> None:
    full = STANDINGS[State.FULL]
    hidden, (first,) = told(PLACE, full, Finding.HIDDEN, SEEN)
    same, nothing = told(PLACE, hidden, Finding.HIDDEN, Proof(NOON + 2 * HOUR))
    blind, (second,) = told(PLACE, hidden, Finding.BLINDED, Proof(NOON + 2 * HOUR))
    assert (same, nothing) == (hidden, ())
    assert [(e.since, e.reason) for e in (first, second) if isinstance(e, FacingUnknown)] == [
        (NOON + HOUR, "hidden"),
        (NOON + HOUR, "camera"),
    ]
    assert blind.since == NOON + HOUR


def test_what_was_never_seen_is_unknown_from_its_first_reason_on() -> None:
    now, (event,) = told(PLACE, NEVER_SEEN, Finding.BLINDED, SEEN)
    assert now == Standing(State.UNKNOWN, SEEN.since, "camera")
    assert isinstance(event, FacingUnknown)


def test_what_a_person_confirms_is_remembered_and_changes_nothing() -> None:
    proof = Proof(NOON + HOUR, at=NOON + HOUR)
    now, events = told(PLACE, STANDINGS[State.GAP], Finding.SAID_EMPTY, proof)
    assert events == ()
    assert now == Standing(State.GAP, NOON, "", NOON, said_at=NOON + HOUR)


def test_a_gap_out_of_sight_that_still_stands_is_seen_again() -> None:
    now, (event,) = told(PLACE, STANDINGS[State.GAP_UNSEEN], Finding.EMPTY, SEEN)
    assert now.opened == NOON - HOUR
    assert isinstance(event, FacingSeen)
    assert (event.state, event.since) == ("gap", SEEN.since)
