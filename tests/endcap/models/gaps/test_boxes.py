"""Boxes overlap, give way to better ones, and cover area."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from endcap.models.gaps.boxes import Box, as_array, cover, overlap, suppress

sides = st.floats(0.01, 0.5)
boxes = st.builds(Box.around, st.floats(0, 1), st.floats(0, 1), sides, sides)


def test_a_box_is_its_centre_and_size() -> None:
    box = Box.around(0.5, 0.25, 0.2, 0.1)
    assert box.centre == pytest.approx((0.5, 0.25))
    assert (box.width, box.height) == pytest.approx((0.2, 0.1))
    assert box.widened(2, 3).width == pytest.approx(0.4)
    assert box.widened(2, 3).height == pytest.approx(0.3)


def test_overlap_is_shared_area_over_all_area() -> None:
    ones = as_array([Box(0, 0, 0.2, 0.2), Box(0.8, 0.8, 1, 1)])
    others = as_array([Box(0.1, 0, 0.3, 0.2)])
    assert overlap(ones, others) == pytest.approx(np.array([[1 / 3], [0]]))


def test_no_boxes_overlap_nothing() -> None:
    assert overlap(as_array([]), as_array([Box(0, 0, 1, 1)])).shape == (0, 1)
    assert suppress(as_array([]), np.zeros(0), 0.5) == []


@given(boxes, boxes)
def test_overlap_is_symmetric_and_whole_with_itself(one: Box, other: Box) -> None:
    pair = as_array([one, other])
    found = overlap(pair, pair)
    assert found == pytest.approx(found.T)
    assert np.diag(found) == pytest.approx(1.0)


def test_a_better_box_suppresses_those_it_covers() -> None:
    pile = as_array([Box(0, 0, 0.2, 0.2), Box(0.01, 0, 0.21, 0.2), Box(0.5, 0.5, 0.7, 0.7)])
    assert suppress(pile, np.array([0.5, 0.9, 0.1]), 0.4) == [1, 2]
    assert suppress(pile, np.array([0.5, 0.9, 0.1]), 0.99) == [1, 0, 2]


def test_cover_counts_shared_area_once_and_stays_on_the_picture() -> None:
    half = cover(as_array([Box(-1, 0, 0.5, 1), Box(0, 0, 0.5, 2)]))
    assert half.mean() == pytest.approx(0.5)
