"""Crops under another light, through another lens, from a little beside: each time different.

The draws are the generator's; the strengths were chosen on photographs that taught nothing.
"""

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from endcap.models.gaps.crops import Picture

Values = NDArray[np.float32]


def disturbed(picture: NDArray[np.uint8], rng: np.random.Generator) -> Picture:
    """Return a square crop as another camera might have seen it."""
    return _through(picture, (*_PLACED, *_CODED), (*_LIT, *_HIDDEN), rng)


def disturbed_in_place(picture: NDArray[np.uint8], rng: np.random.Generator) -> Picture:
    """Return a square picture as `disturbed` does, but with all that it shows where it was."""
    return _through(picture, _CODED, _LIT, rng)


def _through(
    picture: Picture,
    seen: Sequence[tuple[float, "_Change"]],
    lit: Sequence[tuple[float, "_Light"]],
    rng: np.random.Generator,
) -> Picture:
    """Return `picture` after each of the changes that chance picks."""
    changed = np.ascontiguousarray(picture)
    for chance, change in seen:
        if rng.random() < chance:
            changed = change(changed, rng)
    values = changed.astype(np.float32)
    for chance, light in lit:
        if rng.random() < chance:
            values = light(values, rng)
    return np.asarray(np.clip(values, 0, 255), np.uint8)


def _turned(picture: Picture, rng: np.random.Generator) -> Picture:
    """Return `picture` turned, sheared, scaled and moved a little."""
    side, angle = picture.shape[0], rng.normal(0, 0.06)
    across, down = np.exp(rng.normal(0, 0.13, 2) + rng.normal(0, 0.06))
    lean = rng.normal(0, 0.05, 2)
    turn = np.array(
        [
            [across * np.cos(angle), lean[0] - down * np.sin(angle)],
            [lean[1] + across * np.sin(angle), down * np.cos(angle)],
        ]
    )
    middle = np.full(2, side / 2)
    move = middle - turn @ middle + rng.normal(0, 0.055, 2) * side
    whole = np.column_stack([turn, move])
    seen = cv2.warpAffine(picture, whole, (side, side), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(seen, np.uint8)


def _coarser(picture: Picture, rng: np.random.Generator) -> Picture:
    """Return what a camera with fewer pixels across and down keeps."""
    side = picture.shape[0]
    across, down = (float(one) for one in rng.uniform(0.14, 0.8) * rng.uniform(0.85, 1.2, 2))
    small = max(int(side * across), 4), max(int(side * down), 4)
    coarse = cv2.resize(picture, small, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(coarse, (side, side)), np.uint8)


def _smeared(picture: Picture, rng: np.random.Generator) -> Picture:
    """Return `picture` smeared by a few pixels across or down."""
    length = int(rng.integers(2, 6))
    shape = (1, length) if rng.random() < 0.6 else (length, 1)  # noqa: PLR2004 - mostly across
    kernel = np.full(shape, 1 / length, np.float32)
    return np.asarray(cv2.filter2D(picture, -1, kernel), np.uint8)


def _coded(picture: Picture, rng: np.random.Generator) -> Picture:
    _, coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(20, 80))])
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)


def _brighter(values: Values, rng: np.random.Generator) -> Values:
    gain = np.exp(rng.normal(0, 0.3) + rng.normal(0, 0.12, 3)).astype(np.float32)
    return values * gain + np.float32(rng.normal(0, 16))


def _paler(values: Values, rng: np.random.Generator) -> Values:
    """Return `values` with less colour, or more."""
    grey = values.mean(axis=2, keepdims=True)
    return np.asarray(grey + (values - grey) * np.float32(rng.uniform(0, 1.6)), np.float32)


def _flatter(values: Values, rng: np.random.Generator) -> Values:
    """Return `values` with less contrast, or more: a haze, a glass door, another camera."""
    middle = values.mean(dtype=np.float32)
    power = np.float32(np.exp(rng.normal(-0.1, 0.35)))
    return np.asarray(middle + (values - middle) * power, np.float32)


def _curved(values: Values, rng: np.random.Generator) -> Values:
    """Return `values` with darks or lights spread out, as cameras that choose exposure do."""
    power = np.float32(np.exp(rng.normal(0, 0.3)))
    return np.float32(255) * (np.clip(values, 0, 255) / np.float32(255)) ** power


def _sloped(values: Values, rng: np.random.Generator) -> Values:
    """Return `values` with light that falls off across or down."""
    slope = np.exp(np.linspace(-1, 1, values.shape[0]) * rng.normal(0, 0.35)).astype(np.float32)
    return values * (slope[:, None, None] if rng.random() < 0.7 else slope[None, :, None])  # noqa: PLR2004 - mostly from above


def _grey(values: Values, _rng: np.random.Generator) -> Values:
    return np.repeat(values.mean(axis=2, keepdims=True), 3, axis=2)


def _grainy(values: Values, rng: np.random.Generator) -> Values:
    grain = rng.standard_normal(values.shape, dtype=np.float32)
    return values + grain * np.float32(rng.uniform(0, 12))


def _covered(values: Values, rng: np.random.Generator) -> Values:
    """Return `values` with a patch of one colour on it: a tag, a glare, a finger."""
    side = values.shape[0]
    top, left = rng.integers(0, side, 2).tolist()
    high, wide = rng.integers(side // 10, side // 3, 2).tolist()
    patched = values.copy()
    patched[top : top + high, left : left + wide] = rng.uniform(0, 255, 3)
    return patched


_Change = Callable[[Picture, np.random.Generator], Picture]
_Light = Callable[[Values, np.random.Generator], Values]

_PLACED: tuple[tuple[float, _Change], ...] = ((0.8, _turned), (0.5, _coarser))
_CODED: tuple[tuple[float, _Change], ...] = ((0.12, _smeared), (0.3, _coded))
_LIT: tuple[tuple[float, _Light], ...] = (
    (0.4, _curved),
    (0.3, _paler),
    (0.35, _flatter),
    (0.3, _sloped),
    (1.0, _brighter),
    (0.12, _grey),
    (0.5, _grainy),
)
_HIDDEN: tuple[tuple[float, _Light], ...] = ((0.15, _covered),)
"""How often each happens, in the order in which a camera does it."""
