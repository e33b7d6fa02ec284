"""Pictures cut and changed for training: crops of facings, and whole pictures with their maps.

Endless batches, each different: jitter, flips, light, blur and noise drawn from the generator.
Fits nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from central_sync.trainers.gaps.layout import Labelled, read_picture
from central_sync.trainers.gaps.training import Batch
from endcap.models.gaps.boxes import Box, as_array
from endcap.models.gaps.crops import Picture, cut, large_enough
from endcap.models.gaps.detection import STRIDE, targets

MOST_FULL = 24
_VIEWS = 3
_PATCH = 320


@dataclass(frozen=True, slots=True)
class Crops:
    """Crops uint8 [n, 56, 56, 3] and whether each shows an empty facing."""

    pixels: NDArray[np.uint8]
    empty: NDArray[np.bool_]


def cut_for_training(pictures: Sequence[Labelled], rng: np.random.Generator) -> Crops:
    """Return jittered crops of gaps (three views each) and of full facings (one each).

    A wide gap is also shown in parts, as the facings of a planogram would cut it.
    """
    pixels, empty = [], []
    for one in pictures:
        picture = read_picture(one.path)
        high, wide = picture.shape[:2]
        gaps = [box for box in one.gaps if large_enough(box, wide, high)]
        views = [_part(box, rng) for box in gaps for _ in range(_VIEWS)]
        full = list(one.full or ())
        chosen = rng.permutation(len(full))[:MOST_FULL].tolist()
        views += [_moved(full[n], rng) for n in chosen if large_enough(full[n], wide, high)]
        pixels.append(cut(picture, views))
        empty += [True] * (_VIEWS * len(gaps)) + [False] * (len(views) - _VIEWS * len(gaps))
    return Crops(np.concatenate(pixels), np.asarray(empty, dtype=np.bool_))


def _moved(box: Box, rng: np.random.Generator) -> Box:
    """Return `box` as a planogram that is a little off would have it."""
    x, y = box.centre
    dx, dy, dw, dh = rng.normal(0, 0.06, 4).tolist()
    width, height = box.width * float(np.exp(dw)), box.height * float(np.exp(dh))
    return Box.around(x + dx * box.width, y + dy * box.height, width, height)


def _part(box: Box, rng: np.random.Generator) -> Box:
    """Return `box` moved, or a part of its width: a part of a void is a void."""
    if rng.random() < 0.5:  # noqa: PLR2004 - half and half
        return _moved(box, rng)
    width = box.width * float(rng.uniform(0.4, 1.0))
    x0 = box.x0 + float(rng.random()) * (box.width - width)
    y0 = box.y0 + box.height * float(rng.uniform(-0.05, 0.3))
    return Box(x0, y0, x0 + width, box.y1)


def crop_batches(crops: Crops, size: int, rng: np.random.Generator) -> Iterator[Batch]:
    """Yield batches for ever, half of them empty facings, each crop changed at random."""
    empty, full = np.nonzero(crops.empty)[0], np.nonzero(~crops.empty)[0]
    while True:
        chosen = np.concatenate([rng.choice(empty, size // 2), rng.choice(full, size // 2)])
        pixels = np.stack([_disturbed(crops.pixels[n], rng) for n in chosen.tolist()])
        answer = crops.empty[chosen].astype(np.float32)
        yield pixels, (answer * 0.98 + 0.01,)


def _disturbed(picture: Picture, rng: np.random.Generator) -> Picture:
    """Return `picture` under another light and another lens, perhaps mirrored."""
    changed = picture[:, ::-1] if rng.random() < 0.5 else picture  # noqa: PLR2004
    if rng.random() < 0.45:  # noqa: PLR2004 - nearly half through a poorer lens
        changed = _coarser(np.ascontiguousarray(changed), rng)
    gain = np.exp(rng.normal(0, 0.25) + rng.normal(0, 0.1, 3)).astype(np.float32)
    values = changed.astype(np.float32) * gain + np.float32(rng.normal(0, 14))
    if rng.random() < 0.15:  # noqa: PLR2004 - some cameras see at night without colour
        values[:] = values.mean(axis=2, keepdims=True)
    if rng.random() < 0.5:  # noqa: PLR2004
        grain = rng.standard_normal(values.shape, dtype=np.float32)
        values += grain * np.float32(rng.uniform(0, 12))
    return np.asarray(np.clip(values, 0, 255), dtype=np.uint8)


def _coarser(picture: Picture, rng: np.random.Generator) -> Picture:
    high, wide = picture.shape[:2]
    share = float(rng.uniform(0.14, 0.8))
    small = max(int(wide * share), 4), max(int(high * share), 4)
    coarse = cv2.resize(picture, small, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(coarse, (wide, high)), dtype=np.uint8)


def patch_batches(
    pictures: Sequence[Labelled], size: int, rng: np.random.Generator
) -> Iterator[Batch]:
    """Yield batches of 320-pixel patches for ever, with the maps the detector should answer."""
    while True:
        made = [_patch(pictures[int(rng.integers(len(pictures)))], rng) for _ in range(size)]
        maps = [targets(boxes, _PATCH // STRIDE, _PATCH // STRIDE) for _, boxes in made]
        answers = np.stack([heat for heat, _ in maps]), np.stack([sides for _, sides in maps])
        yield np.stack([pixels for pixels, _ in made]), answers


def _patch(one: Labelled, rng: np.random.Generator) -> tuple[Picture, NDArray[np.float64]]:
    """Return a patch of a picture at a drawn scale, and the gaps on it in pixels."""
    picture = read_picture(one.path)
    high, wide = picture.shape[:2]
    long_side = float(np.exp(rng.uniform(np.log(420), np.log(860))))
    across, down = (long_side / max(high, wide) * np.exp(rng.normal(0, 0.08, 2))).tolist()
    x = float(rng.uniform(min(0.0, wide * across - _PATCH), max(0.0, wide * across - _PATCH)))
    y = float(rng.uniform(min(0.0, high * down - _PATCH), max(0.0, high * down - _PATCH)))
    turn = np.array([[across, 0, -x], [0, down, -y]])
    smooth = max(0.5 / max(min(across, down), 0.1) - 0.4, 0)
    source = cv2.GaussianBlur(picture, (0, 0), smooth) if smooth > 0.2 else picture  # noqa: PLR2004
    patch = cv2.warpAffine(source, turn, (_PATCH, _PATCH), borderValue=(114, 114, 114))
    scale = np.array([wide * across, high * down] * 2)
    boxes = as_array(one.gaps) * scale - np.array([x, y, x, y])
    pixels = np.asarray(patch, dtype=np.uint8)
    if rng.random() < 0.5:  # noqa: PLR2004
        pixels = np.ascontiguousarray(pixels[:, ::-1])
        boxes = np.array([_PATCH, 0, _PATCH, 0]) + boxes[:, [2, 1, 0, 3]] * np.array([-1, 1, -1, 1])
    return _disturbed_light(pixels, rng), _visible(boxes)


def _disturbed_light(picture: Picture, rng: np.random.Generator) -> Picture:
    gain = np.exp(rng.normal(0, 0.25) + rng.normal(0, 0.08, 3)).astype(np.float32)
    values = picture.astype(np.float32) * gain + np.float32(rng.normal(0, 12))
    return np.asarray(np.clip(values, 0, 255), dtype=np.uint8)


def _visible(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the boxes cut at the patch's edge; those mostly outside are left out."""
    inside = np.clip(boxes, 0, _PATCH)
    areas = (inside[:, 2:] - inside[:, :2]).prod(axis=1)
    whole = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    found: NDArray[np.float64] = inside[(areas > 0.4 * whole) & (areas > 60)]  # noqa: PLR2004 - under 60 pixels is a slit
    return found
