"""What passes between camera and shelf: shoppers, reaching arms, trolleys, and stacks of cartons.

Each is drawn on a canvas and on the mask of what it hides, so the truth is exact to the pixel.
Whether a facing counts as hidden is decided in rendering.py.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from endcap.models.gaps.crops import Picture
from endcap.models.gaps.packs import draw_colour

Mask = NDArray[np.uint8]
Point = tuple[float, float]


def let_people_pass(
    picture: Picture, people: int, rng: np.random.Generator
) -> tuple[Picture, NDArray[np.bool_]]:
    """Return `picture` with so many passers-by before it, and which pixels they hide."""
    hidden = np.zeros(picture.shape[:2], dtype=np.uint8)
    painted = picture
    for _ in range(people):
        mask = np.zeros_like(hidden)
        tones = _PASSERS_BY[int(rng.choice(4, p=[0.5, 0.25, 0.15, 0.1]))](mask, rng)
        cover = cv2.GaussianBlur(mask, (0, 0), 0.8)[:, :, None].astype(np.float32) / 255
        painted = np.asarray(painted * (1 - cover) + tones * cover, dtype=np.uint8)
        hidden |= mask
    return painted, hidden > 0


def _cloth(mask: Mask, rng: np.random.Generator) -> Picture:
    """Return a garment's tones over the whole picture: folds, perhaps stripes."""
    high, wide = mask.shape
    folds = cv2.resize(rng.normal(1, 0.22, (6, 14)).astype(np.float32), (wide, high))
    tones = np.empty((high, wide, 3), np.float32)
    tones[:] = draw_colour(rng)
    if rng.random() < 0.25:  # noqa: PLR2004 - a quarter wears stripes
        pitch = int(rng.integers(4, 22))
        tones[np.arange(high) % (2 * pitch) < pitch] = draw_colour(rng)
    return np.asarray(np.clip(tones * folds[:, :, None], 0, 255), dtype=np.uint8)


def _skin(rng: np.random.Generator) -> tuple[int, int, int]:
    light = float(rng.uniform(0.35, 1.0))
    return int(235 * light), int(188 * light), int(160 * light)


def _shopper(mask: Mask, rng: np.random.Generator) -> Picture:
    """Draw someone seen from behind: hair, neck, shoulders, arms, cut off by the lower edge."""
    high, wide = mask.shape
    tones = _cloth(mask, rng)
    x, size = float(rng.uniform(0, wide)), float(rng.uniform(0.12, 0.4)) * wide
    top, lean = float(rng.uniform(-0.1, 0.5)) * high, float(rng.normal(0, 0.08)) * size
    head = 0.16 * size
    body = [(-0.5, 3.2), (-0.38, 2.6), (-0.1, 2.1), (0.1, 2.1), (0.38, 2.6), (0.5, 3.2)]
    outline = [
        (x - 0.46 * size + lean, 3.0 * high),
        *((x + u * size, top + v * head) for u, v in body),
    ]
    _polygon(mask, [*outline, (x + 0.46 * size + lean, 3.0 * high)])
    hair = _skin(rng) if rng.random() < 0.3 else tuple(rng.integers(10, 120, 3).tolist())  # noqa: PLR2004 - some face us
    centre, axes = (round(x), round(top + head)), (round(head * 0.85), round(head * 1.2))
    cv2.ellipse(mask, centre, axes, 0, 0, 360, 255, -1)
    cv2.ellipse(tones, centre, axes, 0, 0, 360, hair, -1)
    if rng.random() < 0.5:  # noqa: PLR2004 - half reach for something
        _limb(mask, tones, (x, top + 3 * head), (x + size * float(rng.choice([-1, 1])), top), rng)
    return tones


def _arm(mask: Mask, rng: np.random.Generator) -> Picture:
    """Draw an arm that reaches in from an edge of the picture."""
    high, wide = mask.shape
    tones = _cloth(mask, rng)
    hand = float(rng.uniform(0.1, 0.9)) * wide, float(rng.uniform(0.1, 0.9)) * high
    edges: list[Point] = [(0, hand[1] + 0.2 * high), (wide, hand[1] + 0.2 * high), (hand[0], high)]
    _limb(mask, tones, edges[int(rng.integers(3))], hand, rng)
    return tones


def _limb(mask: Mask, tones: Picture, start: Point, hand: Point, rng: np.random.Generator) -> None:
    """Draw a sleeve from `start` and a hand at its end."""
    thick = max(int(mask.shape[1] * float(rng.uniform(0.03, 0.1))), 3)
    ends = [(round(x), round(y)) for x, y in (start, hand)]
    cv2.line(mask, ends[0], ends[1], 255, thick, cv2.LINE_AA)
    cv2.circle(mask, ends[1], round(0.7 * thick), 255, -1)
    cv2.circle(tones, ends[1], thick, _skin(rng), -1)


def _trolley(mask: Mask, rng: np.random.Generator) -> Picture:
    """Draw a trolley's wire basket, through which the shelf is seen, with some goods in it."""
    high, wide = mask.shape
    tones = _cloth(mask, rng)
    x0, y0 = float(rng.uniform(-0.2, 0.7)) * wide, float(rng.uniform(0.4, 0.85)) * high
    across, pitch = float(rng.uniform(0.25, 0.5)) * wide, max(int(0.018 * wide), 4)
    x1, y1 = x0 + across, y0 + 0.8 * across
    for x in np.arange(x0, x1, pitch).tolist():
        cv2.line(mask, (round(x), round(y0)), (round(x + 0.1 * (x1 - x)), round(y1)), 255, 2)
    for y in np.arange(y0, y1, 2 * pitch).tolist():
        cv2.line(mask, (round(x0), round(y)), (round(x1), round(y)), 255, 2)
    tones[:] = rng.integers(90, 220, 1)
    for _ in range(int(rng.integers(0, 5))):
        u, v = float(rng.uniform(x0, x1)), float(rng.uniform(y0, y1))
        spot = (
            slice(max(round(v), 0), round(v + 0.4 * across)),
            slice(max(round(u), 0), round(u + 0.3 * across)),
        )
        mask[spot], tones[spot] = 255, draw_colour(rng)
    return tones


def _cartons(mask: Mask, rng: np.random.Generator) -> Picture:
    """Draw a stack of brown cartons that waits to be unpacked."""
    high, wide = mask.shape
    tones = _cloth(mask, rng)
    size = float(rng.uniform(0.12, 0.3)) * wide
    x, y = float(rng.uniform(0, wide)), float(high)
    for _ in range(int(rng.integers(1, 5))):
        left, top = x + float(rng.normal(0, 0.05)) * size, y - 0.6 * size
        corners = (round(left), round(top)), (round(left + size), round(y))
        brown = tuple(
            (np.array([176, 138, 98]) * float(rng.uniform(0.6, 1.2))).astype(int).tolist()
        )
        cv2.rectangle(mask, *corners, 255, -1)
        cv2.rectangle(tones, *corners, brown, -1)
        cv2.rectangle(tones, *corners, (70, 52, 36), 2)
        y = top
    return tones


def _polygon(mask: Mask, corners: list[Point]) -> None:
    cv2.fillPoly(mask, [np.rint(np.array(corners)).astype(np.int32)], 255, cv2.LINE_AA)


_PASSERS_BY = (_shopper, _arm, _trolley, _cartons)
