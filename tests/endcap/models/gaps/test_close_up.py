"""A close-up is small, says where the facing is, and gives the model back what it saw."""

import cv2
import numpy as np
import pytest

from endcap.models.gaps.boxes import Box
from endcap.models.gaps.close_up import SIDE, close_up, opened
from endcap.models.gaps.crops import cut
from endcap.models.gaps.optics import Moment
from endcap.models.gaps.rendering import render_shelf
from endcap.models.gaps.shelves import Style, build_shelf

SHELF = build_shelf(5, Style(640, 480, 3, 9, 0.02))
PICTURE = render_shelf(SHELF, {}, Moment(seed=1)).picture


@pytest.mark.parametrize("facing", sorted(SHELF.facing_boxes())[:6])
def test_a_close_up_shows_the_facing_as_the_model_saw_it(facing: str) -> None:
    box = SHELF.facing_boxes()[facing]
    found = close_up(PICTURE, box, 12_000)
    assert found is not None
    assert len(found.jpeg) <= 12_000
    pixels = opened(found.jpeg)
    assert pixels is not None
    assert max(pixels.shape[:2]) <= SIDE
    again, seen = cut(pixels, [found.place], 56)[0], cut(PICTURE, [box], 56)[0]
    assert np.abs(again.astype(float) - seen).mean() < 14


def test_what_does_not_fit_is_shrunk_by_its_quality_until_it_does_or_is_not_shown() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (400, 400, 3), dtype=np.uint8)
    whole = Box(0.3, 0.3, 0.7, 0.7)
    shown = close_up(noise, whole, 6_000)
    assert shown is not None
    assert len(shown.jpeg) <= 6_000
    assert close_up(noise, whole, 300) is None


def test_a_facing_that_is_not_on_the_picture_has_none() -> None:
    assert close_up(PICTURE, Box(1.4, 0.1, 1.5, 0.2), 12_000) is None
    assert close_up(PICTURE, Box(0.1, 0.1, 0.1001, 0.1001), 12_000) is None


def test_a_small_facing_is_not_blown_up() -> None:
    found = close_up(PICTURE, Box(0.1, 0.1, 0.13, 0.15), 12_000)
    assert found is not None
    pixels = opened(found.jpeg)
    assert pixels is not None
    assert max(pixels.shape[:2]) < 40


@pytest.mark.parametrize("content", [b"", b"\xff\xd8 no picture", b"<html>"])
def test_what_is_no_picture_is_none(content: bytes) -> None:
    assert opened(content) is None


def test_a_picture_larger_than_a_close_up_is_none() -> None:
    _, coded = cv2.imencode(".jpg", np.zeros((200, 50, 3), np.uint8))
    assert opened(bytes(coded)) is None
