"""A shelf drawn with its stock at a moment, with the exact truth of every facing.

A shelf keeps its products' look over time; stock, light and people change, so that a fixed camera
can be played. Writing pictures to files is the caller's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from endcap.models.gaps.boxes import Box
from endcap.models.gaps.crops import Picture
from endcap.models.gaps.optics import Moment, let_people_pass, light_up, look
from endcap.models.gaps.packs import Colour, Pack, draw_colour
from endcap.models.gaps.shelves import Facing, Rect, Row, Shelf

Stock = Literal["full", "low", "empty"]
State = Literal["full", "low", "empty", "occluded"]

_OCCLUDED_FROM = 0.35
_BANDS = 5


@dataclass(frozen=True, slots=True)
class Truth:
    """What a rendered facing holds, and where it is on the picture."""

    name: str
    box: Box
    state: State


@dataclass(frozen=True, slots=True)
class Rendered:
    """A picture and its truth. `voids` are the gaps as wide as they are, neighbours joined."""

    picture: Picture
    truth: tuple[Truth, ...]
    voids: tuple[Box, ...]


def render_shelf(shelf: Shelf, stock: Mapping[str, Stock], moment: Moment) -> Rendered:
    """Return the picture of `shelf` at `moment`; a facing that `stock` does not name is full."""
    flat = _surroundings(shelf)
    wall = _wall(shelf)
    states = {facing.name: stock.get(facing.name, "full") for facing in shelf.facings}
    for number, row in enumerate(shelf.rows):
        there = [facing for facing in shelf.facings if facing.row == number]
        _draw_row(flat, wall, shelf, row, [(facing, states[facing.name]) for facing in there])
    size = shelf.style.width, shelf.style.height
    seen = cv2.warpPerspective(
        flat, shelf.pose, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    lit = light_up(np.asarray(seen, np.uint8), moment, np.random.default_rng([shelf.seed, 3]))
    rng = np.random.default_rng([shelf.seed, 4, moment.seed])
    passed, hidden = let_people_pass(lit, moment, rng)
    truth = tuple(_truth(shelf, facing, states[facing.name], hidden) for facing in shelf.facings)
    return Rendered(look(passed, moment, rng), truth, _voids(shelf, truth))


def _truth(shelf: Shelf, facing: Facing, stock: Stock, hidden: NDArray[np.bool_]) -> Truth:
    box = shelf.box(facing.front)
    high, wide = hidden.shape
    part = hidden[
        int(box.y0 * high) : int(box.y1 * high) + 1, int(box.x0 * wide) : int(box.x1 * wide) + 1
    ]
    unseen = part.size == 0 or bool(part.mean() > _OCCLUDED_FROM)
    state: State = "occluded" if unseen else stock
    return Truth(facing.name, box, state)


def _voids(shelf: Shelf, truth: tuple[Truth, ...]) -> tuple[Box, ...]:
    """Return the empty facings, those that touch joined to one box."""
    found: list[Rect] = []
    last: Facing | None = None
    for facing, one in zip(shelf.facings, truth, strict=True):
        if one.state != "empty":
            last = None
            continue
        x0, y0, x1, y1 = facing.front
        if last is not None and last.row == facing.row:
            before = found.pop()
            x0, y0 = before[0], min(before[1], y0)
        found.append((x0, y0, x1, y1))
        last = facing
    return tuple(shelf.box(rect) for rect in found)


def _surroundings(shelf: Shelf) -> Picture:
    """Return the aisle round the shelf: a sign or ceiling above, the floor below."""
    rng = np.random.default_rng([shelf.seed, 1])
    high, wide = shelf.style.height, shelf.style.width
    flat = np.full((high, wide, 3), _dim(shelf.wall_colour, 0.8), dtype=np.uint8)
    top, bottom = int(shelf.rows[0].opening[1]), int(shelf.rows[-1].opening[3])
    flat[:top] = draw_colour(rng)
    for _ in range(int(rng.integers(0, 4))):
        x, y = int(rng.uniform(0, wide)), int(rng.uniform(0, max(top, 1)))
        cv2.putText(flat, "SHELF", (x, y), cv2.FONT_HERSHEY_DUPLEX, 1.0, draw_colour(rng), 3)
    flat[bottom:] = np.clip(rng.normal(150, 45, 3), 20, 240)
    for x in rng.uniform(0, wide, 6).astype(int).tolist():
        cv2.line(flat, (x, bottom), (int(wide / 2 + (x - wide / 2) * 2), high), (90, 88, 84), 1)
    return flat


def _wall(shelf: Shelf) -> Picture:
    """Return the back wall, as large as the picture, at its own distance."""
    rng = np.random.default_rng([shelf.seed, 2])
    high, wide = shelf.style.height, shelf.style.width
    wall = np.full((high, wide, 3), shelf.wall_colour, dtype=np.uint8)
    pitch = max(int(rng.uniform(0.006, 0.02) * wide), 3)
    ink = _dim(shelf.wall_colour, float(rng.uniform(0.2, 0.7)))
    if shelf.wall == "pegboard":
        hole = wall[:pitch, :pitch].copy()
        cv2.circle(
            hole, (pitch // 2, pitch // 2), max(int(pitch * rng.uniform(0.12, 0.3)), 1), ink, -1
        )
        wall = np.tile(hole, (high // pitch + 1, wide // pitch + 1, 1))[:high, :wide]
    elif shelf.wall == "wire":
        wall[:] = _dim(shelf.wall_colour, 0.35)
        wall[:, ::pitch] = shelf.wall_colour
        wall[:: 4 * pitch] = shelf.wall_colour
    elif shelf.wall == "slats":
        wall[:: 3 * pitch] = ink
    elif shelf.wall == "open":
        clutter = rng.uniform(0, 200, (high // 24 + 1, wide // 16 + 1, 3)).astype(np.uint8)
        wall = cv2.GaussianBlur(cv2.resize(clutter, (wide, high)), (0, 0), 3).astype(np.uint8)
        wall = np.asarray(wall * 0.4, dtype=np.uint8)
    grain = rng.normal(0, 10, (high // 8 + 1, wide // 8 + 1, 1)).astype(np.float32)
    stains = cv2.resize(grain, (wide, high))[:, :, None]
    return np.asarray(np.clip(wall + stains, 0, 255), dtype=np.uint8)


def _dim(colour: Colour, share: float) -> Colour:
    return int(colour[0] * share), int(colour[1] * share), int(colour[2] * share)


def _draw_row(
    flat: Picture, wall: Picture, shelf: Shelf, row: Row, stood: list[tuple[Facing, Stock]]
) -> None:
    """Draw a row from the wall to the price rail: far things first."""
    _draw_inside(flat, wall, shelf, row)
    rng = np.random.default_rng([shelf.seed, 5, int(row.opening[1])])
    depths = {facing.name: _depths(rng, stock) for facing, stock in stood}
    for level in range(3):
        there = [(facing, depths[facing.name][level]) for facing, _ in stood]
        standing = [(facing, depth) for facing, depth in there if depth is not None]
        for draw in (_draw_side, _draw_front):
            for facing, depth in standing:
                draw(flat, shelf, facing, depth, 1 - (0.85 - 0.6 * row.glow) * depth)
    _draw_rail(flat, shelf, row, [facing for facing, _ in stood], rng)


def _depths(rng: np.random.Generator, stock: Stock) -> tuple[float | None, ...]:
    """Return how deep packs stand, far to near; the draws do not depend on the stock."""
    far, middle, forward, rest = (float(value) for value in rng.random(4))
    if stock == "full":
        return (None, 0.35 if rest < 0.5 else None, 0.07 * forward)  # noqa: PLR2004 - half have a second
    if stock == "low":
        return (0.9, 0.35 + 0.35 * middle, None)
    return (0.8 + 0.2 * far if rest < 0.12 else None, None, None)  # noqa: PLR2004 - one left at the wall


def _draw_inside(flat: Picture, wall: Picture, shelf: Shelf, row: Row) -> None:
    """Draw the wall, then the board and the ceiling in bands that darken with depth."""
    x0, y0, x1, y1 = (round(side) for side in row.opening)
    inside = flat[max(y0, 0) : y1, max(x0, 0) : x1]
    shade = np.linspace(0.55, 1.0, inside.shape[0], dtype=np.float32)[:, None, None] * row.glow
    inside[:] = (wall[max(y0, 0) : y1, max(x0, 0) : x1] * shade).astype(np.uint8)
    for band in range(_BANDS, 0, -1):
        near, far = (_at_depth(shelf, row.opening, (band - step) / _BANDS) for step in (1.0, 0.0))
        light = row.glow + (1 - row.glow) * (1 - band / _BANDS)
        board, ceiling = _dim(shelf.board_colour, light), _dim(shelf.board_colour, 0.45 * light)
        _fill(
            flat, board, (near[0], near[3]), (near[2], near[3]), (far[2], far[3]), (far[0], far[3])
        )
        _fill(
            flat,
            ceiling,
            (near[0], near[1]),
            (near[2], near[1]),
            (far[2], far[1]),
            (far[0], far[1]),
        )


def _at_depth(shelf: Shelf, rect: Rect, depth: float) -> Rect:
    """Return where a rectangle of the front appears when it stands `depth` back, 1 at the wall."""
    x, y = shelf.vanishing
    share = 1 - (1 - shelf.depth) * depth
    x0, y0, x1, y1 = rect
    return x + (x0 - x) * share, y + (y0 - y) * share, x + (x1 - x) * share, y + (y1 - y) * share


def _fill(flat: Picture, colour: Colour, *corners: tuple[float, float]) -> None:
    cv2.fillConvexPoly(flat, np.rint(np.array(corners)).astype(np.int32), colour)


def _draw_side(flat: Picture, shelf: Shelf, facing: Facing, depth: float, light: float) -> None:
    """Draw the side and the top that show of a box or bag `depth` deep."""
    pack = shelf.packs[facing.product]
    if pack.shape not in ("box", "bag"):
        return
    x0, y0, x1, y1 = _at_depth(shelf, facing.front, depth)
    u0, v0, u1, v1 = _at_depth(shelf, facing.front, min(depth + 0.4, 1.0))
    side, top = _dim(pack.side, light), _dim(pack.side, 1.3 * light)
    if u1 > x1:
        _fill(flat, side, (x1, y0), (u1, v0), (u1, v1), (x1, y1))
    if u0 < x0:
        _fill(flat, side, (x0, y0), (u0, v0), (u0, v1), (x0, y1))
    if v0 < y0:
        _fill(flat, top, (x0, y0), (x1, y0), (u1, v0), (u0, v0))


def _draw_front(flat: Picture, shelf: Shelf, facing: Facing, depth: float, light: float) -> None:
    """Draw a facing's stack of packs, `depth` deep."""
    x0, y0, x1, y1 = _at_depth(shelf, facing.front, depth)
    high = (y1 - y0) / facing.stacked
    for level in range(facing.stacked):
        rect = x0, y1 - (level + 1) * high, x1, y1 - level * high
        _paste(flat, shelf.packs[facing.product], rect, light)


def _paste(flat: Picture, pack: Pack, rect: Rect, light: float) -> None:
    """Blend a pack's front into a rectangle, cut off at the picture's edges."""
    x0, y0, x1, y1 = (round(side) for side in rect)
    wide, high = max(x1 - x0, 2), max(y1 - y0, 2)
    front = cv2.resize(pack.front, (wide, high), interpolation=cv2.INTER_AREA)
    left, top = max(-x0, 0), max(-y0, 0)
    room = flat[max(y0, 0) : y0 + high, max(x0, 0) : x0 + wide]
    shown = front[top : top + room.shape[0], left : left + room.shape[1]].astype(np.float32)
    cover = shown[:, :, 3:] / 255
    room[:] = (shown[:, :, :3] * (light * cover) + room * (1 - cover)).astype(np.uint8)


def _draw_rail(
    flat: Picture, shelf: Shelf, row: Row, facings: list[Facing], rng: np.random.Generator
) -> None:
    """Draw the board's front edge with its price tags, and now and then a card that sticks out."""
    x0, _, x1, y1 = (round(side) for side in row.opening)
    below = round(y1 + row.board)
    cv2.rectangle(flat, (x0, y1), (x1, below), shelf.rail_colour, -1)
    cv2.line(flat, (x0, y1), (x1, y1), _dim(shelf.rail_colour, float(rng.uniform(0.5, 1.0))), 1)
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
    proud = board * float(rng.choice([0.0, 0.0, 0.0, 1.5]))
    high, wide = board * 0.8, board * float(rng.uniform(1.0, 2.2))
    corner, far = (round(left), round(top + 1 - proud)), (round(left + wide), round(top + high))
    cv2.rectangle(flat, corner, far, paper, -1)
    price = f"{int(rng.integers(1, 40))}.{int(rng.integers(10, 99))}"
    place = corner[0] + 1, round(top + high * 0.8)
    cv2.putText(flat, price, place, cv2.FONT_HERSHEY_SIMPLEX, board / 45, (20, 20, 20), 1)
