"""What the detector should answer, read back, is what was there."""

import numpy as np
import pytest

from endcap.models.gaps.boxes import Box, as_array, overlap
from endcap.models.gaps.detection import STRIDE, frame, read_map, targets


def test_a_picture_is_scaled_and_padded_to_whole_cells() -> None:
    framed = frame(np.zeros((600, 800, 3), np.uint8))
    assert framed.tensor.shape == (1, 480, 640, 3)
    assert (framed.across, framed.down) == (1.0, 1.0)
    padded = frame(np.zeros((666, 800, 3), np.uint8))
    assert padded.tensor.shape == (1, 544, 640, 3)
    assert padded.down == pytest.approx(533 / 544)
    small = frame(np.zeros((200, 300, 3), np.uint8))
    assert small.tensor.shape == (1, 320, 480, 3)
    assert (small.across, small.down) == (450 / 480, 300 / 320)


def test_the_targets_of_boxes_read_back_are_the_boxes() -> None:
    framed = frame(np.zeros((480, 640, 3), np.uint8))
    wanted = [Box(0.1, 0.2, 0.2, 0.4), Box(0.5, 0.5, 0.9, 0.7), Box(0.02, 0.8, 0.06, 0.9)]
    heat, sides = targets(as_array(wanted) * [640, 480, 640, 480], 60, 80)
    found = read_map(heat[None, None], sides[None], framed, 0.5)
    assert len(found) == len(wanted)
    overlaps = overlap(as_array([one.box for one in found]), as_array(wanted))
    assert (overlaps.max(axis=0) > 0.95).all()


def test_nothing_above_the_threshold_is_no_gap() -> None:
    framed = frame(np.zeros((480, 640, 3), np.uint8))
    heat, sides = np.full((1, 1, 60, 80), 0.3, np.float32), np.ones((1, 4, 60, 80), np.float32)
    assert read_map(heat, sides, framed, 0.5) == ()


def test_a_map_of_noise_gives_at_most_a_hundred_gaps() -> None:
    rng = np.random.default_rng(0)
    framed = frame(np.zeros((640, 640, 3), np.uint8))
    heat = rng.random((1, 1, 80, 80), dtype=np.float32)
    found = read_map(heat, np.full((1, 4, 80, 80), 0.2, np.float32), framed, 0.1)
    assert 0 < len(found) <= 100
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


def test_a_picture_without_gaps_wants_an_empty_map() -> None:
    heat, sides = targets(np.zeros((0, 4)), 4, 6)
    assert not heat.any()
    assert sides.shape == (4, 4, 6)
    assert STRIDE == 8
