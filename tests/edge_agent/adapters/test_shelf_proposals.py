"""Facings proposed for a picture: boxes drawn on boards are found where they were drawn."""

import cv2
import numpy as np

from edge_agent.adapters.shelf_proposals import propose
from endcap.models.gaps.boxes import Box, as_array, overlap
from endcap.models.gaps.crops import Picture

WIDE, HIGH = 640, 480
GENEROUS = 0.8


def drawn_shelf(rows: int = 3, packs: int = 8) -> tuple[Picture, list[Box]]:
    """Draw packs side by side on boards; neighbours in twos are alike."""
    rng = np.random.default_rng(1)
    picture = np.full((HIGH, WIDE, 3), 40, dtype=np.uint8)
    row, wide, truth = HIGH // rows, WIDE // packs, []
    for number in range(rows):
        floor = (number + 1) * row - 24
        for place in range(packs):
            colour = np.random.default_rng([number, place // 2]).uniform(60, 240, 3)
            x0, x1, y0 = place * wide + 3, (place + 1) * wide - 3, floor - int(0.75 * row)
            cv2.rectangle(picture, (x0, y0), (x1, floor), colour.tolist(), -1)
            cv2.circle(picture, ((x0 + x1) // 2, (y0 + floor) // 2), 18, (20, 20, 200), -1)
            truth.append(Box(x0 / WIDE, y0 / HIGH, x1 / WIDE, floor / HIGH))
        cv2.rectangle(picture, (0, floor), (WIDE, floor + 18), (225, 225, 220), -1)
    noise = rng.normal(0, 4, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8), truth


def test_most_facings_of_a_drawn_shelf_are_proposed() -> None:
    picture, truth = drawn_shelf()
    found = propose(picture)
    hit = overlap(as_array(truth), as_array(list(found))).max(axis=1) > 0.5
    assert hit.mean() >= GENEROUS
    assert len(found) <= 1.5 * len(truth)


def test_a_gap_that_the_detector_saw_is_proposed_where_nothing_else_is() -> None:
    grey = np.full((HIGH, WIDE, 3), 128, dtype=np.uint8)
    gap = Box(0.4, 0.4, 0.5, 0.6)
    assert propose(grey, [gap])[-1] == gap


def test_a_picture_of_nothing_and_a_tiny_one_are_no_trouble() -> None:
    for size in ((16, 16), (40, 900), (900, 40), (HIGH, WIDE)):
        assert isinstance(propose(np.zeros((*size, 3), dtype=np.uint8)), tuple)
