"""No picture, however bad, crashes or blocks: it is seen, or refused in one line."""

import sys
from contextlib import suppress

import numpy as np
import pytest

from edge_agent.adapters.pictures import LEAST_SIDE, PictureDamagedError, decode
from tests.faults.bad_pictures import REFUSED, SEEN, SHELF, coded, damaged


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


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
@pytest.mark.parametrize("shrink", [1, 2, 4])
def test_a_picture_is_decoded_smaller_where_that_is_enough(suffix: str, shrink: int) -> None:
    rows = np.linspace(0, 255, 203)[:, None] * np.ones(301)
    picture = np.dstack([rows, 255 - rows, rows * 0 + 90]).astype(np.uint8)
    pixels = decode(coded(picture, suffix), shrink)
    assert pixels.shape == (-(-203 // shrink), -(-301 // shrink), 3)
    middle = pixels[len(pixels) // 2, 20].astype(int)
    assert np.abs(middle - [90, 255 - 127, 127]).max() <= 4


def test_a_small_picture_is_not_made_smaller_than_is_looked_at() -> None:
    assert min(decode(coded(SHELF[:20, :20]), 4).shape[:2]) >= LEAST_SIDE
    assert min(decode(coded(SHELF[:20, :20], ".png"), 4).shape[:2]) >= LEAST_SIDE


BOMBS = [name for name in REFUSED if "bomb" in name or "65535" in name or "2^31" in name]


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_before_any_decoder_sees_it(name: str) -> None:
    assert "imdecode" in calls_while_decoding(coded(SHELF))
    assert "imdecode" not in calls_while_decoding(REFUSED[name])
    with pytest.raises(PictureDamagedError, match="at most 16 million"):
        decode(REFUSED[name])


def calls_while_decoding(content: bytes) -> set[str]:
    """Return the names of the compiled functions that were called."""
    called: set[str] = set()

    def note(_: object, event: str, what: object) -> None:
        if event == "c_call":
            called.add(getattr(what, "__name__", ""))

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        with suppress(PictureDamagedError):
            decode(content)
    finally:
        sys.setprofile(before)
    return called
