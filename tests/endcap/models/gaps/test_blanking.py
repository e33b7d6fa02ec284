"""Only shelves are shown, and nobody who passes before them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from endcap.models.gaps.alignment import Alignment
from endcap.models.gaps.blanking import GREY, MARGIN, blanked, round_facings
from endcap.models.gaps.boxes import Box
from endcap.models.gaps.polygons import Polygon, flaw_of

PICTURE = np.full((120, 160, 3), 250, np.uint8)
LEFT: Polygon = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
ASIDE = Alignment((1.0, 0.0, 0.25, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0), 1.0)


@pytest.mark.parametrize(
    ("polygon", "wanted"),
    [
        ([(0, 0), (1, 0)], "three corners [x, y] or more"),
        ([], "three corners [x, y] or more"),
        ([(0, 0), (1, 0), (1.2, 1)], "corners inside the picture, x and y from 0 to 1"),
        ([(0, 0), (1, 0), (0.5, float("nan"))], "corners inside the picture, x and y from 0 to 1"),
        ([(0, 0), (1, 1), (1, 0), (0, 1)], "corners in order, so that no two sides cross"),
        ([(0, 0), (0.5, 0.5), (1, 1)], "corners that do not lie on one line"),
        (LEFT, None),
        ([(0, 0), (1, 0), (0.5, 0.2), (1, 1), (0, 1)], None),
    ],
)
def test_a_polygon_is_wanted_that_encloses_a_part_of_the_picture(
    polygon: list[tuple[float, float]], wanted: str | None
) -> None:
    assert flaw_of(polygon) == wanted


def test_what_is_no_shelf_is_grey() -> None:
    shown = blanked(PICTURE, [LEFT])
    assert (shown[:, :79] == 250).all()
    assert (shown[:, 82:] == GREY).all()
    assert (PICTURE == 250).all(), "the picture itself stays as it is"


def test_without_a_shelf_nothing_is_shown() -> None:
    assert (blanked(PICTURE, []) == GREY).all()


def test_shelves_move_with_the_camera() -> None:
    shown = blanked(PICTURE, [LEFT], alignment=ASIDE)
    assert (shown[:, :38] == GREY).all()
    assert (shown[:, 42:118] == 250).all()


def test_who_passes_is_not_shown_nor_what_is_near() -> None:
    moving = [[(row, column) == (6, 4) for column in range(16)] for row in range(12)]
    shown = blanked(PICTURE, [LEFT], moving)
    assert (shown[50:80, 30:60] == GREY).all()
    assert (shown[:49, :79] == 250).all()


def test_a_facing_is_shown_with_its_edges() -> None:
    (shelf,) = round_facings([Box(0.2, 0.2, 0.4, 0.6)])
    assert shelf[0] == pytest.approx((0.2 - MARGIN, 0.2 - MARGIN))
    assert blanked(PICTURE, [shelf])[60, 40].tolist() == [250, 250, 250]


@given(st.lists(st.tuples(st.floats(-2, 3), st.floats(-2, 3)), min_size=3, max_size=8))
def test_any_shelves_leave_a_picture_of_the_same_shape(polygon: list[tuple[float, float]]) -> None:
    shown = blanked(PICTURE, [tuple(polygon)])
    assert shown.shape == PICTURE.shape
    assert set(np.unique(shown).tolist()) <= {GREY, 250}
