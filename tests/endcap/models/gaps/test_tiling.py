"""Large pictures are looked at in parts that lose no gap and find none twice."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from endcap.models.gaps.boxes import Box, Detection, as_array, overlap
from endcap.models.gaps.detection import Framed, confirmed, merged, read_map, targets, views
from endcap.models.gaps.tiling import PART, WHOLE, not_cut, parts, pixels_of

SIZES = st.integers(1, 9000)


@given(SIZES, SIZES)
def test_parts_cover_the_picture_and_are_of_one_size(width: int, height: int) -> None:
    whole, *others = parts(width, height)
    assert whole == WHOLE
    for one in others:
        assert one.width * width <= PART + 1e-6
        assert one.height * height <= PART + 1e-6
        assert min(one.x0, one.y0) >= 0
        assert max(one.x1, one.y1) <= 1 + 1e-9
    if others:
        assert max(one.x1 for one in others) == pytest.approx(1)
        assert max(one.y1 for one in others) == pytest.approx(1)


@given(st.integers(1601, 9000), st.integers(600, 9000), st.floats(0, 1), st.floats(0, 1))
def test_a_gap_narrower_than_the_overlap_is_whole_in_some_part(
    width: int, height: int, x: float, y: float
) -> None:
    high, wide = 180 / height, 180 / width
    x, y = max(x - wide, 0), max(y - high, 0)
    gap = Detection(Box(x, y, x + wide, y + high), 0.9)
    assert any(not_cut([gap], one) for one in parts(width, height)[1:] if _holds(one, gap.box))


def _holds(part: Box, box: Box) -> bool:
    return part.x0 <= box.x0 and part.y0 <= box.y0 and part.x1 >= box.x1 and part.y1 >= box.y1


def _answer(view: Framed, gaps: list[Box]) -> tuple[Detection, ...]:
    """Return what a network that never errs finds on a view."""
    high, wide = view.tensor.shape[1] // 8, view.tensor.shape[2] // 8
    part = view.part
    moved = as_array(gaps) - np.array([part.x0, part.y0, part.x0, part.y0])
    inside = np.clip(moved / np.array([part.width, part.height] * 2), 0, 1)
    inside = inside[(inside[:, 2:] > inside[:, :2]).all(axis=1)]
    pixels = inside * (np.array([view.across * wide, view.down * high] * 2) * 8)
    heat, sides = targets(pixels, high, wide)
    return read_map(heat[None, None], sides[None], view, 0.5)


def test_gaps_of_every_part_are_found_once_in_their_places() -> None:
    picture = np.zeros((2160, 3840, 3), np.uint8)
    gaps = [
        Box.around(x, y, 0.03, 0.08) for x in (0.02, 0.26, 0.5, 0.77, 0.97) for y in (0.1, 0.5, 0.9)
    ]
    looked_at = views(picture)
    assert len(looked_at) == 9
    assert {max(view.tensor.shape) for view in looked_at} == {640}
    found = merged([one for view in looked_at for one in _answer(view, gaps)])
    assert len(found) == len(gaps)
    overlaps = overlap(as_array([one.box for one in found]), as_array(gaps))
    assert (overlaps.max(axis=0) > 0.85).all()


def test_what_a_part_cuts_is_left_to_its_neighbour() -> None:
    part = Box(0.25, 0.0, 0.75, 1.0)
    cut = Detection(Box(0.251, 0.4, 0.3, 0.5), 0.9)
    inside = Detection(Box(0.4, 0.0, 0.5, 0.2), 0.9)
    assert not_cut([cut, inside], part) == (inside,)
    assert not_cut([cut, inside], WHOLE) == (cut, inside)


def test_a_small_picture_is_looked_at_once_and_shared() -> None:
    picture = np.zeros((1200, 1600, 3), np.uint8)
    (only,) = views(picture)
    assert only.part == WHOLE
    assert np.shares_memory(pixels_of(picture, WHOLE), picture)


def test_the_facing_model_confirms_or_vetoes() -> None:
    found = [Detection(Box(0, 0, 0.1, 0.1), 0.9), Detection(Box(0.5, 0, 0.6, 0.1), 0.4)]
    first, second = confirmed(found, np.array([0.0, 0.9]))
    assert first.box == found[1].box
    assert first.score == pytest.approx(0.4**0.7 * 0.9**0.3)
    assert second.score == 0
    assert confirmed([], np.zeros(0)) == ()
