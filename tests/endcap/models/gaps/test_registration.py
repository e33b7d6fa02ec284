"""A camera finds its reference again after a push, in other light, with people before the shelf."""

from dataclasses import replace
from functools import cache

import cv2
import numpy as np
import pytest

from endcap.models.gaps.alignment import IN_PLACE, Alignment, as_drawn, in_sight
from endcap.models.gaps.boxes import Box, Detection
from endcap.models.gaps.crops import Picture
from endcap.models.gaps.optics import Moment
from endcap.models.gaps.registration import (
    WIDE,
    align,
    grey_of,
    middle_of,
    read_back,
    reference_of,
    renewed,
    written,
)
from endcap.models.gaps.rendering import render_shelf
from endcap.models.gaps.shelves import Style, build_shelf

STYLE = Style(width=640, height=480, rows=4, facings=9)
SHELF = build_shelf(5, STYLE)
CALM = Moment(uneven=0.2, blur=0.05, noise=0.05)
LATER = Moment(seed=8, light=0.7, warmth=0.3, uneven=0.3, noise=0.15, quality=75, people=1)
FOUND, LOST = 0.5, 0.35


@cache
def picture(moment: Moment = CALM, empty: int = 0, seed: int = 5) -> Picture:
    shelf = SHELF if seed == SHELF.seed else build_shelf(seed, STYLE)
    names = [facing.name for facing in shelf.facings[:empty]]
    return render_shelf(shelf, dict.fromkeys(names, "empty"), moment).picture


def looking_aside(
    whole: Picture, pan: float, tilt: float, roll: float
) -> tuple[Picture, np.ndarray]:
    """Return what a camera sees that was turned by these degrees, and the turn in shares."""
    high, wide = whole.shape[:2]
    lens = np.array([[0.9 * wide, 0, wide / 2], [0, 0.9 * wide, high / 2], [0, 0, 1]])
    aside, _ = cv2.Rodrigues(np.radians([tilt, pan, 0.0]))
    rolled, _ = cv2.Rodrigues(np.radians([0.0, 0.0, roll]))
    turn = lens @ rolled @ aside @ np.linalg.inv(lens)
    seen = cv2.warpPerspective(whole, turn, (wide, high), borderMode=cv2.BORDER_REPLICATE)
    scale = np.diag([wide, high, 1.0])
    return np.asarray(seen, np.uint8), np.linalg.inv(scale) @ turn @ scale


def off_by(found: Alignment, truth: np.ndarray) -> float:
    """Return the mean error in the middle of the picture, in shares of it."""
    exact = Alignment(tuple((truth / truth[2, 2]).ravel().tolist()), 1.0)
    boxes = [Box.around(x, y, 0.1, 0.1) for x in (0.25, 0.5, 0.75) for y in (0.25, 0.5, 0.75)]
    gaps = [np.subtract(found.moved(box).centre, exact.moved(box).centre) for box in boxes]
    return float(np.linalg.norm(gaps, axis=1).mean())


@pytest.mark.parametrize(
    ("pan", "tilt", "roll"), [(0, 0, 0), (0.4, 0.2, 0.3), (2.5, -1.0, 1.0), (-6.0, 2.0, 3.0)]
)
def test_a_pushed_camera_is_found_in_other_light_with_somebody_passing(
    pan: float, tilt: float, roll: float
) -> None:
    reference = reference_of(grey_of(picture()))
    seen, truth = looking_aside(picture(LATER, empty=8), pan, tilt, roll)
    found = align(reference, grey_of(seen))
    assert found is not None
    assert found.likeness > FOUND
    assert off_by(found, truth) < 0.005
    again = align(reference, grey_of(seen), found)
    assert again is not None
    assert off_by(again, truth) < 0.005


def test_a_shift_is_how_far_a_corner_went() -> None:
    assert IN_PLACE.shift == 0
    seen, _ = looking_aside(picture(), 5.0, 0, 0)
    found = align(reference_of(grey_of(picture())), grey_of(seen))
    assert found is not None
    assert 0.07 < found.shift < 0.14


def test_another_shelf_is_not_found() -> None:
    reference = reference_of(grey_of(picture()))
    found = align(reference, grey_of(picture(seed=6)))
    assert found is None or found.likeness < LOST


def test_a_black_or_blank_picture_is_not_found_and_is_no_reference() -> None:
    reference = reference_of(grey_of(picture()))
    blank = np.full((288, WIDE), 90, np.uint8)
    for nothing in (blank, np.zeros_like(blank)):
        found = align(reference, nothing)
        assert found is None or found.likeness < LOST
    assert align(reference_of(blank), grey_of(picture())) is None


def test_a_picture_of_another_shape_is_of_another_camera() -> None:
    reference = reference_of(grey_of(picture()))
    sideways = np.ascontiguousarray(np.rot90(picture()))
    assert align(reference, grey_of(sideways)) is None
    half = cv2.resize(picture(), (320, 240), interpolation=cv2.INTER_AREA)
    found = align(reference, grey_of(np.asarray(half, np.uint8)))
    assert found is not None
    assert found.shift < 0.01, "another resolution of the same view is the same view"


def test_a_copy_that_differs_by_a_rounding_is_the_same_camera() -> None:
    reference, grey = reference_of(grey_of(picture())), grey_of(picture(LATER))
    for rows in (-1, 1):
        other = np.asarray(cv2.resize(grey, (WIDE, grey.shape[0] + rows)), np.uint8)
        found = align(reference, other)
        assert found is not None
        assert found.likeness > FOUND
        assert found.shift < 0.01
        assert renewed(reference, other, found).grey.shape == reference.grey.shape


def test_a_box_that_is_moved_and_moved_back_is_where_it_was() -> None:
    _, truth = looking_aside(picture(), 3.0, 1.0, 0.5)
    turned = Alignment(tuple(truth.ravel().tolist()), 1.0)
    box = Box(0.3, 0.4, 0.4, 0.6)
    back = turned.back(turned.moved(box))
    assert np.allclose([back.x0, back.y0, back.x1, back.y1], [0.3, 0.4, 0.4, 0.6], atol=0.01)
    assert turned.moved(box) != box


def test_who_passes_is_not_in_the_middle_of_several_pictures() -> None:
    copies = [grey_of(picture(replace(CALM, seed=n, people=n % 2))) for n in range(5)]
    middle, empty_aisle = middle_of(copies), grey_of(picture())
    assert np.abs(middle.astype(float) - empty_aisle).mean() < 4


def test_a_reference_follows_what_the_shelf_sells_and_keeps_its_places() -> None:
    reference = reference_of(grey_of(picture()))
    seen, _ = looking_aside(picture(empty=15), 2.0, 0.0, 0.0)
    before = align(reference, grey_of(seen))
    for _ in range(6):
        found = align(reference, grey_of(seen))
        assert found is not None
        reference = renewed(reference, grey_of(seen), found)
    after = align(reference, grey_of(seen))
    assert before is not None
    assert after is not None
    assert after.likeness > before.likeness
    assert abs(after.shift - before.shift) < 0.005


def test_a_reference_is_kept_as_a_small_grey_picture() -> None:
    grey = grey_of(picture())
    assert np.array_equal(read_back(written(grey)), grey)
    assert len(written(grey)) < 120_000
    for content in (b"", b"no picture", written(grey[:, :100])):
        with pytest.raises(ValueError, match="no grey copy"):
            read_back(content)


def test_a_facing_that_left_the_picture_is_not_shown() -> None:
    boxes = {"left": Box(0.0, 0.4, 0.1, 0.6), "right": Box(0.5, 0.4, 0.6, 0.6)}
    aside = Alignment((1.0, 0.0, -0.05, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0), 1.0)
    assert in_sight(boxes, None) == boxes
    assert in_sight(boxes, IN_PLACE) == boxes
    found = in_sight(boxes, aside)
    assert list(found) == ["right"]
    assert np.allclose([found["right"].x0, found["right"].x1], [0.45, 0.55])


def test_what_is_detected_keeps_its_place_when_the_camera_moves() -> None:
    aside = Alignment((1.0, 0.0, -0.05, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0), 1.0)
    seen = Detection(Box(0.45, 0.4, 0.55, 0.6), 0.9)
    (found,) = as_drawn([seen], aside)
    assert found.score == 0.9
    assert np.allclose([found.box.x0, found.box.x1], [0.5, 0.6])
    assert as_drawn([seen], None) == (seen,)
