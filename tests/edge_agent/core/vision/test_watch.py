"""A gap opens and closes when most of the last looks agree, and not before."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from edge_agent.core.vision.watch import GapWatch, Patience
from endcap.wire.events import GapClosed, GapOpened
from tests.fakes.clock import NOON

STEP = timedelta(seconds=10)
ITEMS = {"f1": "04006381333931", "f2": None}


def play(
    watch: GapWatch, *probabilities: float, first: int = 0
) -> tuple[GapWatch, list[GapOpened | GapClosed]]:
    events: list[GapOpened | GapClosed] = []
    for number, probability in enumerate(probabilities, start=first):
        watch, seen = watch.saw({"f1": probability}, ITEMS, NOON + number * STEP)
        events += seen
    return watch, events


def test_a_gap_opens_with_the_fourth_look_that_agrees_and_dates_from_the_first() -> None:
    watch, events = play(GapWatch("cam", 0.5), 0.75, 0.75, 0.1, 0.75, 0.75)
    assert events == [
        GapOpened(
            camera="cam",
            facing="f1",
            gtin="04006381333931",
            since=NOON,
            probability=0.75,
            frames=4,
        )
    ]
    assert watch.open_since == {"f1": NOON}
    assert watch.of_interest == {"f1"}


def test_a_gap_closes_likewise_and_names_when_it_opened() -> None:
    watch, _ = play(GapWatch("cam", 0.5), *[0.9] * 4)
    watch, events = play(watch, *[0.1] * 4, first=4)
    assert events == [
        GapClosed(
            camera="cam",
            facing="f1",
            gtin="04006381333931",
            opened=NOON,
            since=NOON + 4 * STEP,
        )
    ]
    assert not watch.open_since


def test_a_shopper_who_passes_opens_nothing() -> None:
    assert play(GapWatch("cam", 0.5), *[0.1, 0.9, 0.9, 0.1] * 5)[1] == []


def test_patience_in_time_is_kept_too() -> None:
    patience = Patience(agreeing=2, window=4, lasting=2 * STEP)
    assert play(GapWatch("cam", 0.5, patience), 0.9, 0.9)[1] == []
    assert len(play(GapWatch("cam", 0.5, patience), 0.9, 0.9, 0.9)[1]) == 1


def test_after_blindness_evidence_is_gathered_anew_and_open_gaps_stay() -> None:
    watch, _ = play(GapWatch("cam", 0.5), *[0.9] * 4)
    watch, events = play(watch.blinded(), *[0.1] * 3, first=9)
    assert events == []
    assert watch.open_since == {"f1": NOON}


def test_a_facing_that_left_the_planogram_is_forgotten() -> None:
    watch, _ = play(GapWatch("cam", 0.5), *[0.9] * 4)
    kept = watch.only({"f2": None})
    assert (kept.open_since, kept.looks) == ({}, {})
    assert watch.only({"f1": None}) == watch


def test_another_model_has_another_threshold() -> None:
    watch = GapWatch("cam", 0.5)
    assert watch.with_threshold(0.5) is watch
    assert play(watch.with_threshold(0.95), *[0.9] * 6)[1] == []


@given(st.lists(st.floats(0, 1), max_size=60))
def test_openings_and_closings_alternate(probabilities: list[float]) -> None:
    watch, events = play(GapWatch("cam", 0.5), *probabilities)
    assert [type(e) for e in events] == [GapOpened, GapClosed] * (len(events) // 2) + (
        [GapOpened] if len(events) % 2 else []
    )
    assert bool(watch.open_since) == bool(len(events) % 2)
    assert all(len(looks) <= 5 for looks in watch.looks.values())
