"""Places keep their names, and what moves before them is seen."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from edge_agent.core.feed.shelf import Facing
from edge_agent.core.vision.places import MOST, Places, box_of, hidden_facings, same_place
from endcap.models.gaps.boxes import Box, Detection

LEFT, RIGHT = Box(0.1, 0.1, 0.2, 0.3), Box(0.7, 0.1, 0.8, 0.3)


def test_a_facing_of_the_planogram_is_a_box() -> None:
    assert box_of(Facing("cam", "f", None, 0.25, 0.5, 0.25, 0.125)) == Box(0.25, 0.5, 0.5, 0.625)


def test_a_place_keeps_its_name_when_the_box_moves_a_little() -> None:
    places, seen = Places().saw([Detection(LEFT, 0.9), Detection(RIGHT, 0.8)])
    assert seen == {"at-15-20": 0.9, "at-75-20": 0.8}
    moved = Box(0.11, 0.1, 0.21, 0.31)
    again, seen = places.saw([Detection(moved, 0.7), Detection(LEFT, 0.6)])
    assert again == places
    assert seen == {"at-15-20": 0.7, "at-75-20": 0.0}


def test_places_of_one_middle_have_different_names() -> None:
    small, large = Box(0.4, 0.4, 0.6, 0.6), Box(0.1, 0.1, 0.9, 0.9)
    _, seen = Places().saw([Detection(small, 0.9), Detection(large, 0.8)])
    assert sorted(seen) == ["at-50-50", "at-50-50x"]


def test_places_of_no_interest_are_forgotten() -> None:
    places, _ = Places().saw([Detection(LEFT, 0.9), Detection(RIGHT, 0.8)])
    assert list(places.keeping({"at-75-20"}).known) == ["at-75-20"]


def test_a_picture_of_noise_does_not_fill_the_memory() -> None:
    cells = [Box(x / 40, y / 40, (x + 1) / 40, (y + 1) / 40) for x in range(40) for y in range(40)]
    places, seen = Places().saw([Detection(cell, 0.5) for cell in cells])
    assert len(places.known) == len(seen) == MOST


def test_a_facing_is_hidden_where_something_moves_before_it() -> None:
    grid = [[column < 4 for column in range(16)] for _ in range(12)]
    assert hidden_facings({"left": LEFT, "right": RIGHT}, grid) == {"left"}


def test_when_everything_changes_the_light_did() -> None:
    assert hidden_facings({"left": LEFT}, [[True] * 16] * 12) == frozenset()
    assert hidden_facings({"left": LEFT}, ()) == frozenset()


@given(st.floats(-0.5, 1.5), st.floats(-0.5, 1.5))
def test_a_facing_anywhere_can_be_asked_for(x: float, y: float) -> None:
    grid = [[row == 0 for _ in range(16)] for row in range(12)]
    assert hidden_facings({"f": Box(x, y, x + 0.1, y + 0.1)}, grid) <= {"f"}


def test_a_facing_that_was_nudged_is_where_it_was_and_one_that_was_moved_is_not() -> None:
    was = Facing("cam", "f1", None, 0.1, 0.1, 0.2, 0.4)
    assert same_place(was, replace(was, x=0.12))
    assert not same_place(was, replace(was, x=0.25))
    assert not same_place(was, replace(was, gtin="04006381333931"))
    assert not same_place(was, None)
    assert not same_place(None, was)
