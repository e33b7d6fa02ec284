"""What light, the lens, the sensor and the coder make of a shelf on its way to a picture.

Deterministic given the generator. `Moment` says how strong each is; where things stand is not
known here.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from endcap.models.gaps.crops import Picture

Plane = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Moment:
    """A picture's circumstances. Strengths are 0..1; 0 is a perfect picture.

    `light` multiplies the brightness, `warmth` tilts it to red (positive) or blue; `seed` drives
    noise and people, while what belongs to the place (uneven light, glare) follows the shelf.
    `contrast` steepens (positive) or flattens the tones; `sharpening` is what phones do to edges.
    """

    seed: int = 0
    light: float = 1.0
    warmth: float = 0.0
    uneven: float = 0.3
    glare: float = 0.0
    contrast: float = 0.0
    blur: float = 0.1
    motion: float = 0.0
    sharpening: float = 0.0
    noise: float = 0.1
    vignette: float = 0.2
    quality: int = 85
    people: int = 0


def light_up(picture: Picture, moment: Moment, place: np.random.Generator) -> Picture:
    """Return `picture` under the moment's light: uneven over the place, tinted, with glare."""
    high, wide = picture.shape[:2]
    coarse = place.normal(0, 0.5, (4, 5)).astype(np.float32)
    field = cv2.resize(coarse, (wide, high), interpolation=cv2.INTER_CUBIC)
    gain = moment.light * np.exp(moment.uneven * field)
    tint = np.array([1 + 0.25 * moment.warmth, 1.0, 1 - 0.25 * moment.warmth], np.float32)
    lit = picture * gain[:, :, None] * tint
    for _ in range(round(6 * moment.glare)):
        lit += _glare(place, high, wide)[:, :, None] * 160 * moment.glare
    return np.asarray(np.clip(lit, 0, 255), dtype=np.uint8)


def _glare(place: np.random.Generator, high: int, wide: int) -> Plane:
    """Return a soft bright spot, drawn small and enlarged."""
    spot = np.zeros((48, 64), np.float32)
    centre = int(place.uniform(0, 64)), int(place.uniform(0, 48))
    axes = int(place.uniform(2, 10)), int(place.uniform(1, 4))
    cv2.ellipse(spot, centre, axes, place.uniform(0, 180), 0, 360, 1.0, -1)
    blurred = cv2.GaussianBlur(spot, (0, 0), 2.0)
    return np.asarray(cv2.resize(blurred, (wide, high)), dtype=np.float32)


def look(picture: Picture, moment: Moment, rng: np.random.Generator) -> Picture:
    """Return `picture` as a lens, a sensor and a JPEG coder leave it."""
    seen = picture
    if moment.blur > 0:
        seen = np.asarray(cv2.GaussianBlur(seen, (0, 0), 0.2 + 2.0 * moment.blur), np.uint8)
    seen = _moved(seen, moment.motion, rng)
    shown = seen.astype(np.float32) * _vignette(seen.shape[:2], moment.vignette)[:, :, None]
    if moment.noise > 0:
        shown += _grain(seen.shape, rng) * np.float32(25 * moment.noise)
    if moment.contrast:
        shown += np.float32(moment.contrast) * (shown - np.float32(110))
    if moment.sharpening > 0:
        soft = cv2.GaussianBlur(shown, (0, 0), 1.2)
        shown += np.float32(1.5 * moment.sharpening) * (shown - soft)
    pixels = np.clip(shown, 0, 255).astype(np.uint8)
    return _coded(pixels, moment.quality)


def _moved(picture: Picture, motion: float, rng: np.random.Generator) -> Picture:
    """Return `picture` smeared along a line, as a hand that moves leaves it."""
    length = round(12 * motion)
    if length < 2:  # noqa: PLR2004 - a pixel is no smear
        return picture
    kernel = np.zeros((length, length), np.float32)
    turn, middle = float(rng.uniform(0, np.pi)), (length - 1) / 2
    for step in np.linspace(-middle, middle, 2 * length).tolist():
        kernel[
            round(middle + step * float(np.sin(turn))), round(middle + step * float(np.cos(turn)))
        ] = 1
    return np.asarray(cv2.filter2D(picture, -1, kernel / kernel.sum()), dtype=np.uint8)


def _grain(shape: tuple[int, ...], rng: np.random.Generator) -> Plane:
    """Return noise of deviation 1: two uniform bytes a value, ten times as fast as normal ones."""
    drawn = np.frombuffer(rng.bytes(2 * math.prod(shape)), np.uint8).reshape(2, *shape)
    summed = cv2.add(drawn[0], drawn[1], dtype=cv2.CV_32F)
    return np.asarray((summed - np.float32(255)) * np.float32(1 / 104.5))


def _vignette(shape: tuple[int, ...], strength: float) -> Plane:
    high, wide = shape
    y = np.linspace(-1, 1, high, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, wide, dtype=np.float32)[None, :]
    return np.asarray(1 - 0.35 * strength * (x * x + y * y), dtype=np.float32)


def _coded(picture: Picture, quality: int) -> Picture:
    """Return what a JPEG of this quality keeps, in memory."""
    _, coded = cv2.imencode(".jpg", picture[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    seen = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), dtype=np.uint8)
    return np.ascontiguousarray(seen[:, :, ::-1])
