"""No picture, however bad, crashes or blocks: it is seen, or refused in one line."""

import time

import numpy as np
import pytest

from edge_agent.adapters.pictures import PictureDamagedError, decode
from tests.faults.bad_pictures import REFUSED, SEEN, SHELF, damaged, png_claiming


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_picture_is_refused_in_one_line(name: str) -> None:
    with pytest.raises(PictureDamagedError) as refusal:
        decode(REFUSED[name])
    assert str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("name", SEEN)
def test_an_odd_picture_is_seen_as_the_planogram_has_it(name: str) -> None:
    pixels = decode(SEEN[name])
    assert pixels.shape == (48, 64, 3)
    assert pixels.dtype == np.uint8


def test_colours_are_red_green_blue() -> None:
    assert (decode(SEEN["a PNG"]) == SHELF[:, :, ::-1]).all()


def test_changed_bytes_are_seen_or_refused_and_nothing_else() -> None:
    outcomes = set()
    for content in damaged():
        try:
            outcomes.add(decode(content).ndim)
        except PictureDamagedError:
            outcomes.add(0)
    assert outcomes == {0, 3}


def test_a_bomb_is_refused_from_its_header_at_once() -> None:
    bomb = png_claiming(30000, 30000)
    times = []
    for _ in range(20):
        begun = time.perf_counter()
        with pytest.raises(PictureDamagedError, match="at most 16 million"):
            decode(bomb)
        times.append(time.perf_counter() - begun)
    assert min(times) < 0.005
