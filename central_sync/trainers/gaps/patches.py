"""Patches of labelled pictures for the detector: endless batches, each different.

A patch is cut at a drawn scale, most often where a gap is, then mirrored, lit and blurred by the
generator's draw. Pictures are decoded once and kept in memory. Fits nothing.
"""

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from central_sync.trainers.gaps.layout import Labelled, read_picture
from central_sync.trainers.gaps.training import Batch
from endcap.models.gaps.boxes import Boxes, as_array
from endcap.models.gaps.crops import Picture
from endcap.models.gaps.detection import STRIDE, targets

SIDE = 320
_LONG_SIDES = (400, 1100)
_AT_A_GAP = 0.6
_GREY = 114


def patch_batches(
    pictures: Sequence[Labelled], size: int, rng: np.random.Generator
) -> Iterator[Batch]:
    """Yield batches of `size` patches for ever, with the maps the detector should answer."""
    decoded: dict[int, Picture] = {}
    cells = SIDE // STRIDE
    while True:
        made = []
        for number in rng.integers(len(pictures), size=size).tolist():
            if number not in decoded:
                decoded[number] = read_picture(pictures[number].path)
            made.append(patch(decoded[number], as_array(pictures[number].gaps), rng))
        maps = [targets(boxes, cells, cells) for _, boxes in made]
        answers = np.stack([heat for heat, _ in maps]), np.stack([sides for _, sides in maps])
        yield np.stack([pixels for pixels, _ in made]), answers


def patch(picture: Picture, gaps: Boxes, rng: np.random.Generator) -> tuple[Picture, Boxes]:
    """Return a patch of a picture at a drawn scale, and the gaps on it in pixels."""
    high, wide = picture.shape[:2]
    long_side = float(np.exp(rng.uniform(*np.log(_LONG_SIDES))))
    across, down = (long_side / max(high, wide) * np.exp(rng.normal(0, 0.1, 2))).tolist()
    boxes = gaps * np.array([wide * across, high * down] * 2)
    x, y = _corner(boxes, (wide * across, high * down), rng)
    turn = np.array([[across, 0, -x], [0, down, -y]])
    smooth = max(0.5 / max(min(across, down), 0.1) - 0.4, 0)
    source = cv2.GaussianBlur(picture, (0, 0), smooth) if smooth > 0.2 else picture  # noqa: PLR2004
    cut = cv2.warpAffine(source, turn, (SIDE, SIDE), borderValue=(_GREY,) * 3)
    pixels, boxes = np.asarray(cut, np.uint8), _visible(boxes - np.array([x, y, x, y]))
    if rng.random() < 0.5:  # noqa: PLR2004
        pixels = np.ascontiguousarray(pixels[:, ::-1])
        boxes = np.array([SIDE, 0, SIDE, 0]) + boxes[:, [2, 1, 0, 3]] * np.array([-1, 1, -1, 1])
    return _through_another_camera(pixels, rng), boxes


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
