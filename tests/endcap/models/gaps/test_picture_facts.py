"""A few numbers tell a dark, a covered and a blurred picture from a sound one."""

import cv2
import numpy as np

from endcap.models.gaps.optics import Moment
from endcap.models.gaps.picture_facts import change, moving, small, statistics
from endcap.models.gaps.rendering import render_shelf
from endcap.models.gaps.shelves import Style, build_shelf

SHELF = build_shelf(2, Style(480, 360, 3, 9))
PICTURE = render_shelf(SHELF, {}, Moment()).picture


def test_a_shelf_is_bright_full_of_contrast_and_sharp() -> None:
    sound = statistics(small(PICTURE))
    dark = statistics(small((PICTURE * 0.02).astype(np.uint8)))
    covered = statistics(small(np.full_like(PICTURE, 90)))
    blurred = statistics(small(np.asarray(cv2.GaussianBlur(PICTURE, (0, 0), 8), np.uint8)))
    assert sound.brightness > 12 > dark.brightness
    assert sound.contrast > 9 > covered.contrast
    assert blurred.sharpness < 0.12 * sound.sharpness


def test_the_same_picture_does_not_change() -> None:
    grey = small(PICTURE)
    again = small(render_shelf(SHELF, {}, Moment(seed=1)).picture)
    assert change(grey, grey) == 0
    assert change(grey, again) > 0.02, "a living sensor is never still"
    assert not any(any(row) for row in moving(grey, again))


def test_a_clock_in_the_corner_brings_no_frozen_picture_to_life() -> None:
    grey = small(PICTURE)
    ticked = grey.copy()
    ticked[:20, :100] = 255 - ticked[:20, :100]
    assert change(ticked, grey) == 0


def test_a_half_covered_lens_shows_nothing_there() -> None:
    half = PICTURE.copy()
    half[:, :240] = 120
    assert statistics(small(PICTURE)).plain < 0.2
    assert statistics(small(half)).plain > 0.45


def test_something_moves_where_someone_stands() -> None:
    before = small(PICTURE)
    picture = PICTURE.copy()
    picture[:, :160] = 255 - picture[:, :160]
    grid = moving(small(picture), before)
    assert len(grid) == 12
    assert len(grid[0]) == 16
    assert sum(row[1] for row in grid) > 6
    assert not any(row[12] for row in grid)
