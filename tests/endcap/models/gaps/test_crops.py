"""Crops show a facing with a little of its surroundings, also at the picture's edge."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from endcap.models.gaps.boxes import Box
from endcap.models.gaps.crops import SIDE, coarsest, cut, halvings, large_enough


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


def test_a_picture_decoded_at_half_its_size_gives_much_the_same_crops() -> None:
    waves = np.sin(np.linspace(0, 40, 1200))[:, None] * np.cos(np.linspace(0, 60, 1600))
    picture = np.repeat((128 + 100 * waves).astype(np.uint8)[:, :, None], 3, axis=2)
    half = np.asarray(cv2.resize(picture, (800, 600), interpolation=cv2.INTER_AREA), np.uint8)
    boxes = [Box(0.1, 0.1, 0.3, 0.4), Box(0.33, 0.41, 0.5, 0.66)]
    assert [halvings(picture, box) for box in boxes] == [2, 2]
    assert [halvings(half, box) for box in boxes] == [1, 1]
    apart = cut(picture, boxes).astype(np.int16) - cut(half, boxes)
    assert np.abs(apart).max() <= 2


@pytest.mark.parametrize(("side", "expected"), [(0.02, 1), (0.05, 2), (0.12, 4)])
def test_pictures_may_be_as_coarse_as_the_least_facing_allows(side: float, expected: int) -> None:
    picture = np.zeros((1000, 1000, 3), np.uint8)
    boxes = [Box(0.1, 0.1, 0.1 + side, 0.1 + side), Box(0.5, 0.5, 0.9, 0.9)]
    assert coarsest(picture, boxes) == expected
    assert coarsest(picture[::2, ::2], boxes, 2) == expected
    assert coarsest(picture, []) == 1
