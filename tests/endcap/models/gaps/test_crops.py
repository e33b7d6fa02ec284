"""Crops show a facing with a little of its surroundings, also at the picture's edge."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from endcap.models.gaps.boxes import Box
from endcap.models.gaps.crops import SIDE, cut, large_enough


def test_a_crop_is_the_widened_box() -> None:
    picture = np.zeros((200, 200, 3), dtype=np.uint8)
    picture[80:120, 90:110] = 255
    (crop,) = cut(picture, [Box(0.45, 0.4, 0.55, 0.6)])
    bright = (crop[:, :, 0] > 128).mean()
    assert crop.shape == (SIDE, SIDE, 3)
    assert bright == pytest.approx(1 / (1.3 * 1.15), abs=0.03)


def test_a_crop_beyond_the_edge_repeats_it() -> None:
    picture = np.full((50, 50, 3), 77, dtype=np.uint8)
    crops = cut(picture, [Box(-0.5, -0.5, 0.2, 0.2), Box(0.9, 0.9, 3.0, 3.0)])
    assert (crops == 77).all()


@given(st.floats(-2, 3), st.floats(-2, 3), st.floats(0.001, 2), st.floats(0.001, 2))
def test_any_box_gives_a_crop(x: float, y: float, width: float, height: float) -> None:
    picture = np.zeros((40, 60, 3), dtype=np.uint8)
    assert cut(picture, [Box.around(x, y, width, height)]).shape == (1, SIDE, SIDE, 3)


def test_facings_of_a_few_pixels_are_too_small() -> None:
    assert large_enough(Box(0, 0, 0.1, 0.1), 100, 100)
    assert not large_enough(Box(0, 0, 0.1, 0.1), 79, 100)
    assert not large_enough(Box(0, 0, 0.1, 0.1), 100, 99)


def test_no_boxes_give_no_crops() -> None:
    assert cut(np.zeros((9, 9, 3), np.uint8), []).shape == (0, SIDE, SIDE, 3)
