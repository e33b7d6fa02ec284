"""Patches of labelled pictures for the detector: endless batches, each different.

A patch is cut at a drawn scale, most often where a gap is, then mirrored, lit and blurred by the
generator's draw. Pictures are decoded once and kept in memory. Fits nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from central_sync.trainers.gaps.disturbing import disturbed_in_place
from central_sync.trainers.gaps.layout import Labelled, read_picture
from central_sync.trainers.gaps.training import Batch
from endcap.models.gaps.boxes import Boxes, as_array
from endcap.models.gaps.crops import Picture
from endcap.models.gaps.detection import STRIDE, targets

if TYPE_CHECKING:
    from pathlib import Path

SIDE = 320
_LONG_SIDES = (400, 1100)
_AT_A_GAP = 0.6
_GREY = 114
_DISTURBED = 0.5
"""The share of patches changed as a facing's crops are: what is rendered is too clean."""
_MAY_BE = 0.9
"""What stands on the map where a facing is nearly empty: hardly wrong to call it a gap."""


@dataclass(frozen=True, slots=True)
class Patch:
    """Pixels uint8 [320, 320, 3], and its gaps and facings that run low as boxes in pixels."""

    pixels: Picture
    gaps: Boxes
    low: Boxes


def patch_batches(
    sources: Sequence[Sequence[Labelled]], size: int, rng: np.random.Generator
) -> Iterator[Batch]:
    """Yield batches of `size` patches for ever, with the maps the detector should answer.

    Each of `sources` gives as many, however many pictures it has.
    """
    decoded: dict[Path, Picture] = {}
    while True:
        made = []
        for number in rng.integers(len(sources), size=size).tolist():
            one = sources[number][int(rng.integers(len(sources[number])))]
            if one.path not in decoded:
                decoded[one.path] = read_picture(one.path)
            made.append(patch(decoded[one.path], as_array(one.gaps), as_array(one.low), rng))
        maps = [_maps(each) for each in made]
        answers = np.stack([heat for heat, _ in maps]), np.stack([sides for _, sides in maps])
        yield np.stack([each.pixels for each in made]), answers


def _maps(one: Patch) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return what the detector should answer; it may say what it likes where facings are low."""
    cells = SIDE // STRIDE
    heat, sides = targets(one.gaps, cells, cells)
    for x0, y0, x1, y1 in np.rint(one.low / STRIDE).astype(int).tolist():
        heat[y0:y1, x0:x1] = np.maximum(heat[y0:y1, x0:x1], _MAY_BE)
    return heat, sides


def patch(picture: Picture, gaps: Boxes, low: Boxes, rng: np.random.Generator) -> Patch:
    """Return a patch of a picture at a drawn scale, and what lies on it."""
    high, wide = picture.shape[:2]
    long_side = float(np.exp(rng.uniform(*np.log(_LONG_SIDES))))
    across, down = (long_side / max(high, wide) * np.exp(rng.normal(0, 0.1, 2))).tolist()
    scale = np.array([wide * across, high * down] * 2)
    x, y = _corner(gaps * scale, (wide * across, high * down), rng)
    turn = np.array([[across, 0, -x], [0, down, -y]])
    smooth = max(0.5 / max(min(across, down), 0.1) - 0.4, 0)
    source = cv2.GaussianBlur(picture, (0, 0), smooth) if smooth > 0.2 else picture  # noqa: PLR2004
    cut = cv2.warpAffine(source, turn, (SIDE, SIDE), borderValue=(_GREY,) * 3)
    mirrored = bool(rng.random() < 0.5)  # noqa: PLR2004
    pixels = np.ascontiguousarray(cut[:, ::-1] if mirrored else cut, np.uint8)
    there = [
        _visible(_mirrored(boxes * scale - np.array([x, y, x, y]), on=mirrored))
        for boxes in (gaps, low)
    ]
    disturb = disturbed_in_place if rng.random() < _DISTURBED else _through_another_camera
    return Patch(disturb(pixels, rng), *there)


def _mirrored(boxes: Boxes, *, on: bool) -> Boxes:
    if not on:
        return boxes
    mirrored: Boxes = boxes[:, [2, 1, 0, 3]] * np.array([-1.0, 1.0, -1.0, 1.0])
    mirrored += np.array([SIDE, 0.0, SIDE, 0.0])
    return mirrored


def _corner(boxes: Boxes, size: tuple[float, float], rng: np.random.Generator) -> tuple[float, ...]:
    """Return where the patch begins: anywhere, or so that a gap's centre lies on it."""
    if len(boxes) and rng.random() < _AT_A_GAP:
        x0, y0, x1, y1 = boxes[int(rng.integers(len(boxes)))].tolist()
        centre = (x0 + x1) / 2, (y0 + y1) / 2
        begins = [at - float(rng.uniform(0.1, 0.9)) * SIDE for at in centre]
    else:
        begins = [float(rng.uniform(min(0.0, one - SIDE), max(0.0, one - SIDE))) for one in size]
    ends = [(min(0.0, one - SIDE), max(0.0, one - SIDE)) for one in size]
    return tuple(min(max(at, low), top) for at, (low, top) in zip(begins, ends, strict=True))


def _visible(boxes: Boxes) -> NDArray[np.float64]:
    """Return the boxes cut at the patch's edge; those mostly outside are left out."""
    inside = np.clip(boxes, 0, SIDE)
    areas = (inside[:, 2:] - inside[:, :2]).prod(axis=1)
    whole = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    found: NDArray[np.float64] = inside[(areas > 0.4 * whole) & (areas > 60)]  # noqa: PLR2004 - under 60 pixels is a slit
    return found


def _through_another_camera(picture: Picture, rng: np.random.Generator) -> Picture:
    """Return `picture` under another light, and now and then through a poorer lens."""
    lens = rng.random()
    if lens < 0.25:  # noqa: PLR2004 - a quarter unsharp or coarse
        share = float(rng.uniform(0.3, 0.8))
        small = cv2.resize(picture, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
        picture = np.asarray(cv2.resize(small, (SIDE, SIDE)), np.uint8)
    gain = np.exp(rng.normal(0, 0.25) + rng.normal(0, 0.08, 3)).astype(np.float32)
    values = picture.astype(np.float32) * gain + np.float32(rng.normal(0, 12))
    if rng.random() < 0.08:  # noqa: PLR2004 - some cameras see at night without colour
        values[:] = values.mean(axis=2, keepdims=True)
    if lens > 0.7:  # noqa: PLR2004 - noise where the lens is good
        values += rng.standard_normal(values.shape, np.float32) * np.float32(rng.uniform(0, 10))
    return np.asarray(np.clip(values, 0, 255), dtype=np.uint8)
