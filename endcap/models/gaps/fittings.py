"""A shop's fittings as they are drawn: walls, boards, rails with price tags, pegs, glass doors.

Draws onto the flat picture it is given. Which facing holds what is rendering.py's.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from endcap.models.gaps.crops import Picture
from endcap.models.gaps.packs import Colour, draw_colour
from endcap.models.gaps.shelves import Facing, Rect, Row, Shelf

_BANDS = 5
Point = tuple[float, float]


def surroundings(shelf: Shelf) -> Picture:
    """Return the store round the shelf: a sign or a lit ceiling above, the floor below."""
    rng = np.random.default_rng([shelf.seed, 1])
    high, wide = shelf.style.height, shelf.style.width
    flat = np.empty((high, wide, 3), dtype=np.uint8)
    flat[:] = dim(shelf.wall_colour, 0.8)
    bottom = int(shelf.rows[-1].opening[3])
    if shelf.rows[0].topless or rng.random() < 0.5:  # noqa: PLR2004 - else a sign
        _ceiling(flat, int(shelf.rows[0].opening[3]), rng)
    else:
        _sign(flat, int(shelf.rows[0].opening[1]), rng)
    flat[bottom:] = np.clip(rng.normal(150, 45) + rng.normal(0, 8, 3), 20, 240)
    for x in rng.uniform(0, wide, 6).astype(int).tolist():
        cv2.line(flat, (x, bottom), (int(wide / 2 + (x - wide / 2) * 2), high), (90, 88, 84), 1)
    return flat


def _ceiling(flat: Picture, below: int, rng: np.random.Generator) -> None:
    """Draw a ceiling with rows of lamps that run away from the camera."""
    wide, grey = flat.shape[1], float(rng.uniform(120, 235))
    flat[:below] = np.clip(grey + rng.normal(0, 6, 3), 0, 255)
    meeting = float(rng.uniform(0.2, 0.8)) * wide, below * float(rng.uniform(0.9, 2.0))
    for x in rng.uniform(-0.3, 1.3, int(rng.integers(2, 6))).tolist():
        thick = 0.03 * wide
        fill(flat, (252, 252, 248), (x * wide, 0), (x * wide + thick, 0), meeting)


def _sign(flat: Picture, below: int, rng: np.random.Generator) -> None:
    wide = flat.shape[1]
    flat[:below] = draw_colour(rng)
    for _ in range(int(rng.integers(0, 4))):
        spot = int(rng.uniform(0, wide)), int(rng.uniform(0, max(below, 1)))
        cv2.putText(flat, "SHELF", spot, cv2.FONT_HERSHEY_DUPLEX, 1.0, draw_colour(rng), 3)


def wall(shelf: Shelf) -> Picture:
    """Return the back wall, as large as the picture, at its own distance."""
    rng = np.random.default_rng([shelf.seed, 2])
    high, wide = shelf.style.height, shelf.style.width
    drawn = np.empty((high, wide, 3), dtype=np.uint8)
    drawn[:] = shelf.wall_colour
    pitch = max(int(rng.uniform(0.006, 0.02) * wide), 3)
    ink = dim(shelf.wall_colour, float(rng.uniform(0.2, 0.7)))
    if shelf.wall == "pegboard":
        drawn = _pegboard(drawn, pitch, ink, float(rng.uniform(0.12, 0.3)))
    elif shelf.wall == "wire":
        drawn[:] = dim(shelf.wall_colour, float(rng.choice([0.2, 0.45, 0.8])))
        drawn[:, ::pitch] = shelf.wall_colour
        drawn[:: 4 * pitch] = shelf.wall_colour
    elif shelf.wall == "slats":
        drawn[:: 3 * pitch] = ink
    elif shelf.wall == "open":
        drawn = _behind(drawn, rng)
    if rng.random() < 0.5:  # noqa: PLR2004 - posts with slots for the boards
        _posts(drawn, ink, rng)
    grain = rng.normal(0, 10, (high // 8 + 1, wide // 8 + 1)).astype(np.float32)
    stains = cv2.resize(grain, (wide, high))[:, :, None]
    return np.asarray(np.clip(drawn + stains, 0, 255), dtype=np.uint8)


def _pegboard(drawn: Picture, pitch: int, ink: Colour, radius: float) -> Picture:
    high, wide = drawn.shape[:2]
    hole = drawn[:pitch, :pitch].copy()
    cv2.circle(hole, (pitch // 2, pitch // 2), max(int(pitch * radius), 1), ink, -1)
    return np.asarray(np.tile(hole, (high // pitch + 1, wide // pitch + 1, 1))[:high, :wide])


def _behind(drawn: Picture, rng: np.random.Generator) -> Picture:
    """Return what shows through a shelf without a wall: a dim, blurred, hardly coloured store."""
    high, wide = drawn.shape[:2]
    coarse = rng.uniform(0, 200, (high // 24 + 1, wide // 16 + 1, 1)) + rng.normal(0, 15, 3)
    clutter = np.clip(coarse, 0, 255).astype(np.uint8)
    seen = cv2.GaussianBlur(cv2.resize(clutter, (wide, high)), (0, 0), 3)
    return np.asarray(seen * float(rng.uniform(0.15, 0.5)), dtype=np.uint8)


def _posts(drawn: Picture, ink: Colour, rng: np.random.Generator) -> None:
    high, wide = drawn.shape[:2]
    thick = max(int(0.008 * wide), 2)
    for x in rng.uniform(0, wide, int(rng.integers(1, 4))).astype(int).tolist():
        drawn[:, x : x + thick] = dim(ink, 0.8)
        drawn[: high : 2 * thick, x + thick // 2 : x + thick // 2 + 1] = (10, 10, 10)


def draw_inside(flat: Picture, back: Picture, shelf: Shelf, row: Row) -> None:
    """Draw the wall, then the board and the ceiling in bands that darken with depth."""
    x0, y0, x1, y1 = (round(side) for side in row.opening)
    if not row.topless:
        inside = flat[max(y0, 0) : y1, max(x0, 0) : x1]
        shade = np.linspace(0.45, 1.0, inside.shape[0], dtype=np.float32)[:, None, None] * row.glow
        inside[:] = (back[max(y0, 0) : y1, max(x0, 0) : x1] * shade).astype(np.uint8)
    for band in range(_BANDS, 0, -1):
        near, far = (at_depth(shelf, row.opening, (band - step) / _BANDS) for step in (1.0, 0.0))
        light = row.glow + (1 - row.glow) * (1 - band / _BANDS)
        board, ceiling = dim(shelf.board_colour, light), dim(shelf.board_colour, 0.45 * light)
        floor = (near[0], near[3]), (near[2], near[3]), (far[2], far[3]), (far[0], far[3])
        fill(flat, board, *floor)
        if not row.topless:
            over = (near[0], near[1]), (near[2], near[1]), (far[2], far[1]), (far[0], far[1])
            fill(flat, ceiling, *over)


def draw_peg(flat: Picture, shelf: Shelf, facing: Facing, light: float) -> None:
    """Draw the hook that a facing's cards hang from, and its price plate."""
    x = (facing.front[0] + facing.front[2]) / 2
    spot = x, facing.front[1], x, facing.front[1] + 2
    far, near = at_depth(shelf, spot, 0.95), at_depth(shelf, spot, 0.0)
    metal = dim((205, 205, 210), light)
    cv2.line(flat, (round(far[0]), round(far[1])), (round(near[0]), round(near[1])), metal, 1)
    size = max(round(0.12 * (facing.front[2] - facing.front[0])), 1)
    corner = round(near[0]) - size, round(near[1]) - size
    cv2.rectangle(flat, corner, (round(near[0]) + size, round(near[1]) + size), (232, 232, 226), -1)


def draw_rail(
    flat: Picture, shelf: Shelf, row: Row, facings: Sequence[Facing], rng: np.random.Generator
) -> None:
    """Draw the board's front edge with its price tags, and now and then a card that sticks out."""
    x0, _, x1, y1 = (round(side) for side in row.opening)
    below = round(y1 + row.board)
    cv2.rectangle(flat, (x0, y1), (x1, below), shelf.rail_colour, -1)
    cv2.line(flat, (x0, y1), (x1, y1), dim(shelf.rail_colour, float(rng.uniform(0.5, 1.0))), 1)
    seen: set[int] = set()
    for facing in facings:
        if facing.product in seen or rng.random() < 0.15:  # noqa: PLR2004 - some tags are missing
            continue
        seen.add(facing.product)
        _draw_tag(flat, (facing.front[0], y1, row.board), rng)


def _draw_tag(flat: Picture, spot: tuple[float, float, float], rng: np.random.Generator) -> None:
    """Draw a price tag on the rail at `spot` (left, top, height of the rail)."""
    left, top, board = spot
    paper = (250, 225, 60) if rng.random() < 0.2 else (240, 240, 236)  # noqa: PLR2004 - offers are yellow
    proud = board * float(rng.choice([0.0, 0.0, 0.0, 0.0, 0.0, 1.5]))
    high, wide = board * 0.8, board * float(rng.uniform(1.0, 2.2))
    corner, far = (round(left), round(top + 1 - proud)), (round(left + wide), round(top + high))
    cv2.rectangle(flat, corner, far, paper, -1)
    price = f"{int(rng.integers(1, 40))}.{int(rng.integers(10, 99))}"
    place = corner[0] + 1, round(top + high * 0.8)
    cv2.putText(flat, price, place, cv2.FONT_HERSHEY_SIMPLEX, board / 45, (20, 20, 20), 1)


def close_doors(flat: Picture, shelf: Shelf) -> None:
    """Draw a chiller's glass doors over the shelf: frames, a haze, and what the glass reflects."""
    rng = np.random.default_rng([shelf.seed, 6])
    high, wide = flat.shape[:2]
    small = rng.uniform(0, 255, (12, 16, 1)) * (rng.random((12, 16, 1)) < 0.15)  # noqa: PLR2004 - lamps in the aisle
    mirrored = cv2.GaussianBlur(cv2.resize(small.astype(np.float32), (wide, high)), (0, 0), 4)
    haze = float(rng.uniform(0, 30))
    flat[:] = np.clip(flat * np.float32(0.9) + haze + 0.5 * mirrored[:, :, None], 0, 255)
    frame = dim((200, 200, 205), float(rng.uniform(0.15, 1.1)))
    thick = max(int(float(rng.uniform(0.008, 0.025)) * wide), 2)
    each = wide / int(rng.integers(1, 5))
    for x in np.arange(float(rng.uniform(0, each)), wide, each).tolist():
        cv2.line(flat, (round(x), 0), (round(x), high), frame, thick)


def at_depth(shelf: Shelf, rect: Rect, depth: float) -> Rect:
    """Return where a rectangle of the front appears when it stands `depth` back, 1 at the wall."""
    x, y = shelf.vanishing
    share = 1 - (1 - shelf.depth) * depth
    x0, y0, x1, y1 = rect
    return x + (x0 - x) * share, y + (y0 - y) * share, x + (x1 - x) * share, y + (y1 - y) * share


def dim(colour: Colour, share: float) -> Colour:
    """Return `colour` in less light, or in more."""
    red, green, blue = (min(int(value * share), 255) for value in colour)
    return red, green, blue


def fill(flat: Picture, colour: Colour, *corners: Point) -> None:
    """Fill a convex polygon."""
    cv2.fillConvexPoly(flat, np.rint(np.array(corners)).astype(np.int32), colour)
