"""Facings proposed from numbers: rows between boards, cuts at seams, tops, and what is added."""

import numpy as np
import pytest

from edge_agent.core.vision.enrolment import (
    Row,
    cut_row,
    facing_box,
    in_order,
    rows_of,
    top_of,
    widths_of,
    with_gaps,
)
from endcap.models.gaps.boxes import Box
from endcap.models.gaps.rows import BAND, Line


def line(y: float, board: float = 1.0, clear: float = 1.0) -> Line:
    return Line(y, 0.0, clear, board)


def test_rows_lie_between_boards_and_the_top_one_is_as_high_as_the_others() -> None:
    rows = rows_of([line(0.35), line(0.37, 0.5), line(0.6), line(0.85)])
    assert [row.height for row in rows] == pytest.approx([0.276, 0.23, 0.25])
    assert rows[1].top == pytest.approx((0.37, 0.37))
    assert rows[1].bottom == pytest.approx((0.6, 0.6))


def test_a_single_board_has_a_row_above_it_and_no_lines_have_none() -> None:
    (row,) = rows_of([line(0.5)])
    assert row.top == pytest.approx((0.2125, 0.2125))
    assert row.bottom == (0.5, 0.5)
    assert rows_of([]) == ()


def test_an_unsure_line_and_one_too_near_another_are_no_boards() -> None:
    assert len(rows_of([line(0.3), line(0.34, 0.9, 0.1), line(0.6), line(0.8, 0.05)])) == 2


def test_no_row_is_lower_than_a_facing_can_be() -> None:
    assert len(rows_of([line(0.02), line(0.5)])) == 1


def test_a_tilted_board_tilts_its_row() -> None:
    rows = rows_of([Line(0.3, 0.04, 1, 1), Line(0.7, -0.04, 1, 1)])
    assert rows[1].top == pytest.approx((0.28, 0.32))
    assert rows[1].at(1.0) == pytest.approx((0.32, 0.68))


def cut_every(width: int, columns: int = 120, alike: float = 0.0) -> list[tuple[int, int]]:
    """Cut a row whose packs are `width` columns wide."""
    seams = np.zeros(columns + 1, dtype=np.float32)
    seams[::width] = 1.3
    widths = widths_of(50, columns)
    likeness = np.zeros((len(widths), columns + 1), dtype=np.float32)
    likeness[width - widths.start] = alike
    return cut_row(seams, likeness, widths, 50.0)


def test_a_row_is_cut_at_its_seams() -> None:
    assert cut_every(24) == [(n, n + 24) for n in range(0, 120, 24)]


def test_packs_that_are_alike_are_told_apart_where_seams_hardly_show() -> None:
    seams = np.full(121, 0.5, dtype=np.float32)
    widths = widths_of(50, 120)
    likeness = np.zeros((len(widths), 121), dtype=np.float32)
    likeness[20 - widths.start, 20:101] = 1.0
    assert {end - start for start, end in cut_row(seams, likeness, widths, 50.0)} == {20}


def test_a_facing_has_a_width_in_any_row() -> None:
    for height, columns in ((5, 40), (400, 60), (50, 8)):
        widths = widths_of(height, columns)
        assert len(widths) >= 2


def test_a_top_is_where_the_edge_is_but_never_far_down() -> None:
    edges = np.zeros(BAND, dtype=np.float32)
    edges[20], edges[60] = 1.0, 50.0
    assert top_of(edges) == 20 / BAND


def test_a_facing_stands_on_its_row() -> None:
    box = facing_box(Row((0.2, 0.2), (0.4, 0.6)), 0.4, 0.6, 0.5)
    assert (box.x0, box.y0, box.x1, box.y1) == pytest.approx((0.4, 0.35, 0.6, 0.5))


def test_gaps_that_no_facing_stands_for_are_added() -> None:
    facing, gap = Box(0.1, 0.1, 0.2, 0.3), Box(0.5, 0.1, 0.6, 0.3)
    assert with_gaps([facing], [Box(0.1, 0.1, 0.19, 0.3), gap]) == (facing, gap)
    assert with_gaps([], [gap]) == (gap,)
    assert with_gaps([facing], []) == (facing,)


def test_boxes_are_ordered_by_row_and_then_across() -> None:
    high, right, left = Box(0, 0.1, 0.1, 0.3), Box(0.5, 0.6, 0.6, 0.9), Box(0.1, 0.5, 0.2, 0.88)
    assert in_order([right, high, left]) == ((high,), (left, right))
