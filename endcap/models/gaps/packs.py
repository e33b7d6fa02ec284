"""Packs as a shop's shelf shows them from the front: drawn shapes with labels, no real brand.

A pack is a picture with a mask. Every look follows from the random generator that is passed in;
photographs of products may be passed in to be worn as labels. Where packs stand is shelves.py's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from endcap.models.gaps.crops import Picture

Shape = Literal["box", "bottle", "can", "bag", "tub", "tube", "card"]
SHAPES: tuple[Shape, ...] = ("box", "bottle", "can", "bag", "tub", "tube")
"""What stands; a card hangs from a peg."""
ASPECT: dict[Shape, tuple[float, float]] = {
    "box": (0.35, 1.6),
    "bottle": (0.28, 0.5),
    "can": (0.45, 0.75),
    "bag": (0.6, 1.1),
    "tub": (0.8, 1.5),
    "tube": (0.22, 0.4),
    "card": (0.45, 0.85),
}
"""Width over height, from and to, of each shape."""
Colour = tuple[int, int, int]

_TALL = 144
_HUES = (2, 14, 24, 50, 68, 100, 115, 135, 165)
"""OpenCV's half degrees: red, orange, yellow, green, leaf, sky, blue, violet, pink."""
_HUE_SHARES = (0.22, 0.13, 0.14, 0.08, 0.11, 0.08, 0.13, 0.05, 0.06)
_TONES = (
    ((140, 90), (240, 235)),
    ((0, 195), (30, 250)),
    ((30, 150), (120, 245)),
    ((40, 15), (200, 85)),
)
"""Saturation and value, from and to: strong, white, pale, dark."""
_TONE_SHARES = (0.42, 0.27, 0.16, 0.15)
_ROUND: tuple[Shape, ...] = ("bottle", "can", "tub", "tube")
_WORDS = [
    "MILD",
    "FRESH",
    "ORIGINAL",
    "EXTRA",
    "NEW",
    "SOFT",
    "PURE",
    "CLASSIC",
    "2in1",
    "500",
    "g",
    "BIO",
    "LIGHT",
    "MAX",
    "ZERO",
    "CARE",
]
_FONTS = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_SCRIPT_COMPLEX,
)


@dataclass(frozen=True, slots=True)
class Pack:
    """A product's front, RGBA [h, w, 4], halves and quarters of it, and the colour of its side."""

    front: NDArray[np.uint8]
    smaller: tuple[NDArray[np.uint8], ...]
    side: Colour
    shape: Shape

    def sized(self, wide: int, high: int) -> NDArray[np.uint8]:
        """Return the front of this size, from the smallest copy that still has all its detail."""
        source = self.front
        for copy in self.smaller:
            if copy.shape[0] >= high and copy.shape[1] >= wide:
                source = copy
        resized = cv2.resize(source, (wide, high), interpolation=cv2.INTER_AREA)
        return np.asarray(resized, dtype=np.uint8)


def draw_pack(
    rng: np.random.Generator, shape: Shape, aspect: float, photographs: Sequence[Picture] = ()
) -> Pack:
    """Return a pack 144 pixels tall of this shape and aspect (width over height)."""
    wide = max(int(_TALL * aspect), 24)
    base = draw_colour(rng)
    label = np.empty((_TALL, wide, 3), dtype=np.uint8)
    label[:] = base
    if photographs and rng.random() < 0.6:  # noqa: PLR2004 - most packs wear a photograph
        label = _wear(rng, photographs, wide)
    else:
        _graphics(rng, label, base)
    mask = _mask(rng, shape, wide)
    shaded = _shade(rng, label, shape)
    if shape == "bottle":
        shaded[: int(_TALL * 0.1)] = draw_colour(rng)
    front = cv2.merge([shaded, mask])
    half = cv2.resize(front, (wide // 2, _TALL // 2), interpolation=cv2.INTER_AREA)
    quarter = cv2.resize(half, (wide // 4, _TALL // 4), interpolation=cv2.INTER_AREA)
    smaller = np.asarray(half, np.uint8), np.asarray(quarter, np.uint8)
    return Pack(np.asarray(front, np.uint8), smaller, _darker(base, 0.65), shape)


def draw_colour(rng: np.random.Generator) -> Colour:
    """Return a colour as packs have them: strong, white, pale or dark, seldom violet."""
    hue = _HUES[int(rng.choice(len(_HUES), p=_HUE_SHARES))] + rng.normal(0, 6)
    low, high = _TONES[int(rng.choice(len(_TONES), p=_TONE_SHARES))]
    hsv = hue % 180, *rng.uniform(low, high)
    pixel = cv2.cvtColor(np.array([[hsv]], dtype=np.uint8), cv2.COLOR_HSV2RGB)[0, 0]
    return int(pixel[0]), int(pixel[1]), int(pixel[2])


def _darker(colour: Colour, share: float) -> Colour:
    return int(colour[0] * share), int(colour[1] * share), int(colour[2] * share)


def _wear(rng: np.random.Generator, photographs: Sequence[Picture], wide: int) -> Picture:
    """Return the part of a photograph, about as wide as the pack, where its pack is."""
    photograph = photographs[int(rng.integers(len(photographs)))]
    high, across = photograph.shape[:2]
    tall = float(rng.uniform(0.3, 0.85)) * high
    broad = min(tall * wide / _TALL * float(rng.uniform(0.8, 1.25)), 0.8 * across)
    y = high * float(rng.uniform(0.42, 0.58)) - tall / 2
    x = across * float(rng.uniform(0.44, 0.56)) - broad / 2
    part = photograph[max(int(y), 0) : int(y + tall) + 1, max(int(x), 0) : int(x + broad) + 1]
    worn = cv2.resize(part, (wide, _TALL), interpolation=cv2.INTER_AREA)
    tint = np.exp(rng.normal(0, 0.12, 3)).astype(np.float32)
    return np.ascontiguousarray(np.clip(worn * tint, 0, 255), dtype=np.uint8)


def _graphics(rng: np.random.Generator, label: Picture, base: Colour) -> None:
    """Draw bands, blots, lines of text and a bar code onto `label`."""
    wide = label.shape[1]
    if rng.random() < 0.5:  # noqa: PLR2004 - half fade from top to bottom
        fade = np.linspace(1.0, rng.uniform(0.5, 0.95), _TALL)[:, None, None]
        label[:] = (label * fade).astype(np.uint8)
    if rng.random() < 0.04:  # noqa: PLR2004 - the backs of packs, and cartons, are plain
        return
    for _ in range(int(rng.integers(0, 4))):
        y = int(rng.uniform(0.05, 0.9) * _TALL)
        below = y + int(rng.uniform(0.04, 0.35) * _TALL)
        cv2.rectangle(label, (0, y), (wide, below), draw_colour(rng), -1)
    for _ in range(int(rng.integers(0, 4))):
        spot = int(rng.uniform(0, wide)), int(rng.uniform(0.15, 0.95) * _TALL)
        axes = int(rng.uniform(4, wide / 2)), int(rng.uniform(4, wide / 2))
        cv2.ellipse(label, spot, axes, rng.uniform(0, 180), 0, 360, draw_colour(rng), -1)
    ink = draw_colour(rng) if rng.random() < 0.5 else _contrast(base)  # noqa: PLR2004
    for number in range(int(rng.integers(3, 13))):
        _write(rng, label, ink, large=number == 0)
    if rng.random() < 0.2:  # noqa: PLR2004 - a bar code that faces the aisle
        _bar_code(rng, label)


def _contrast(colour: Colour) -> Colour:
    return (20, 20, 20) if sum(colour) > 380 else (245, 245, 245)  # noqa: PLR2004 - half of white


def _write(rng: np.random.Generator, label: Picture, ink: Colour, *, large: bool) -> None:
    word = _WORDS[int(rng.integers(len(_WORDS)))]
    font = _FONTS[int(rng.integers(len(_FONTS)))]
    scale = rng.uniform(0.6, 1.6) if large else rng.uniform(0.25, 0.6)
    spot = int(rng.uniform(-0.05, 0.4) * label.shape[1]), int(rng.uniform(0.2, 0.95) * _TALL)
    cv2.putText(label, word, spot, font, scale, ink, 3 if large else 1, cv2.LINE_AA)


def _bar_code(rng: np.random.Generator, label: Picture) -> None:
    high, wide = int(_TALL * 0.14), max(int(label.shape[1] * 0.4), 12)
    y, x = int(_TALL * rng.uniform(0.6, 0.84)), int(label.shape[1] * rng.uniform(0.05, 0.55))
    bars = np.where(rng.random(wide) < 0.5, 15, 250).astype(np.uint8)  # noqa: PLR2004
    room = label[y : y + high, x : x + wide]
    room[:] = bars[None, : room.shape[1], None]


def _mask(rng: np.random.Generator, shape: Shape, wide: int) -> NDArray[np.uint8]:
    """Return where the pack is, 255 inside."""
    mask = np.zeros((_TALL, wide), dtype=np.uint8)
    polygon = np.array(_outline(rng, shape), dtype=np.float64) * (wide - 1, _TALL - 1)
    cv2.fillPoly(mask, [np.rint(polygon).astype(np.int32)], 255, cv2.LINE_AA)
    return mask


def _outline(rng: np.random.Generator, shape: Shape) -> list[tuple[float, float]]:
    """Return the right half's outline, mirrored, in shares of width and height."""
    match shape:
        case "bottle":
            neck, shoulder = rng.uniform(0.14, 0.24), rng.uniform(0.22, 0.42)
            waist = rng.uniform(0.42, 0.5)
            half = [(neck, 0.0), (neck, 0.6 * shoulder), (0.5, shoulder), (waist, 0.62), (0.5, 1.0)]
        case "can":
            half = [(0.42, 0.0), (0.5, 0.06), (0.5, 0.94), (0.44, 1.0)]
        case "tub":
            half = [(0.5, 0.0), (0.5, 0.16), (0.46, 0.18), (rng.uniform(0.34, 0.45), 1.0)]
        case "tube":
            half = [(0.5, 0.0), (0.42, 0.75), (0.3, 0.8), (0.3, 1.0)]
        case "bag":
            steps = np.linspace(0.08, 0.94, 7).tolist()
            half = [
                (0.42, 0.0),
                *((0.5 - 0.05 * float(rng.random()), y) for y in steps),
                (0.4, 1.0),
            ]
        case _:
            half = [(0.5, 0.0), (0.5, 1.0)]
    left = [(0.5 - x, y) for x, y in reversed(half)]
    return [(0.5 + x, y) for x, y in half] + left


def _shade(rng: np.random.Generator, label: Picture, shape: Shape) -> Picture:
    """Return `label` bent round the shape: darker towards the sides, with a streak of light."""
    wide = label.shape[1]
    across = np.linspace(-1, 1, wide, dtype=np.float32)
    if shape in _ROUND:
        light = 0.45 + 0.55 * np.sqrt(np.clip(1 - (across * 0.95) ** 2, 0, 1))
        where, width = rng.uniform(-0.6, 0.6), rng.uniform(0.05, 0.2)
        streak = rng.uniform(0, 90) * np.exp(-(((across - where) / width) ** 2))
    else:
        light = 1 - rng.uniform(0, 0.15) * np.abs(across)
        streak = np.zeros(wide, np.float32)
    light, streak = light.astype(np.float32), streak.astype(np.float32)
    shaded = label * light[:, None] + streak[:, None]
    if shape == "bag":
        dents = rng.normal(0, 22, (9, 7)).astype(np.float32)
        shaded += cv2.resize(dents, (wide, _TALL))[:, :, None]
    return np.asarray(np.clip(shaded, 0, 255), dtype=np.uint8)
