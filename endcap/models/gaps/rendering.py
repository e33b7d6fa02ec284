"""A shelf drawn with its stock at a moment, with the exact truth of every facing.

A shelf keeps its products' look over time; stock, light and people change, so that a fixed camera
can be played. Writing pictures to files is the caller's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from endcap.models.gaps import fittings
from endcap.models.gaps.boxes import Box
from endcap.models.gaps.crops import Picture
from endcap.models.gaps.fittings import Point, at_depth, dim, fill
from endcap.models.gaps.lens import view
from endcap.models.gaps.optics import Moment, light_up, look
from endcap.models.gaps.packs import Colour, Pack
from endcap.models.gaps.people import let_people_pass
from endcap.models.gaps.shelves import Facing, Rect, Row, Shelf

Stock = Literal["full", "low", "empty"]
State = Literal["full", "low", "empty", "occluded"]

_OCCLUDED_FROM = 0.35
_HIDDEN_FROM = 0.4
_RANKS = 3
_LEANING = 0.05


@dataclass(frozen=True, slots=True)
class Truth:
    """What a rendered facing holds, and where it is on the picture."""

    name: str
    box: Box
    state: State


@dataclass(frozen=True, slots=True)
class Rendered:
    """A picture and its truth.

    `voids` are the gaps as people see them: neighbours joined, and without those that the packs
    beside and behind them hide from this camera.
    """

    picture: Picture
    truth: tuple[Truth, ...]
    voids: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class _Canvas:
    """The drawing, and where packs are on it: 255 for a pack."""

    pixels: Picture
    goods: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class _Filling:
    """How a facing is filled: packs' depths from far to near, layers of a stack, and the lean.

    `left_over`: an emptied facing's carton stays.
    """

    depths: tuple[float | None, ...]
    layers: int
    lean: float
    left_over: bool


def render_shelf(shelf: Shelf, stock: Mapping[str, Stock], moment: Moment) -> Rendered:
    """Return the picture of `shelf` at `moment`; a facing that `stock` does not name is full."""
    states = {facing.name: stock.get(facing.name, "full") for facing in shelf.facings}
    canvas = _draw(shelf, states)
    seen = view(canvas.pixels, shelf.pose, shelf.style.barrel)
    lit = light_up(seen, moment, np.random.default_rng([shelf.seed, 3]))
    rng = np.random.default_rng([shelf.seed, 4, moment.seed])
    passed, hidden = let_people_pass(lit, moment.people, rng)
    truth = tuple(_truth(shelf, facing, states[facing.name], hidden) for facing in shelf.facings)
    return Rendered(look(passed, moment, rng), truth, _voids(shelf, truth, canvas.goods))


def _draw(shelf: Shelf, states: Mapping[str, Stock]) -> _Canvas:
    """Return the stocked shelf as a flat drawing, before any camera."""
    flat, back = fittings.surroundings(shelf), fittings.wall(shelf)
    canvas = _Canvas(flat, np.zeros(flat.shape[:2], dtype=np.uint8))
    for number, row in enumerate(shelf.rows):
        there = [facing for facing in shelf.facings if facing.row == number]
        fittings.draw_inside(flat, back, shelf, row)
        _draw_row(canvas, shelf, row, [(facing, states[facing.name]) for facing in there])
    if shelf.glass:
        fittings.close_doors(flat, shelf)
    return canvas


def _truth(shelf: Shelf, facing: Facing, stock: Stock, hidden: NDArray[np.bool_]) -> Truth:
    box = shelf.box(facing.front)
    high, wide = hidden.shape
    part = hidden[
        int(box.y0 * high) : int(box.y1 * high) + 1, int(box.x0 * wide) : int(box.x1 * wide) + 1
    ]
    unseen = part.size == 0 or bool(part.mean() > _OCCLUDED_FROM)
    state: State = "occluded" if unseen else stock
    return Truth(facing.name, box, state)


def _voids(shelf: Shelf, truth: tuple[Truth, ...], goods: NDArray[np.uint8]) -> tuple[Box, ...]:
    """Return the empty facings as people box them: towards the shelf above, neighbours joined."""
    reach = float(np.random.default_rng([shelf.seed, 7]).uniform(0, 0.9))
    found: list[Rect] = []
    last: Facing | None = None
    for facing, one in zip(shelf.facings, truth, strict=True):
        if one.state != "empty" or _share(goods, facing.front) > _HIDDEN_FROM:
            last = None
            continue
        x0, y0, x1, y1 = facing.front
        y0 -= reach * max(y0 - facing.cell[1], 0)
        if last is not None and last.row == facing.row:
            before = found.pop()
            x0, y0 = before[0], min(before[1], y0)
        found.append((x0, y0, x1, y1))
        last = facing
    return tuple(shelf.box(rect) for rect in found)


def _share(goods: NDArray[np.uint8], rect: Rect) -> float:
    """Return which share of a rectangle packs cover, 0 where it is off the picture."""
    x0, y0, x1, y1 = (max(round(side), 0) for side in rect)
    part = goods[y0:y1, x0:x1]
    return float(part.mean()) / 255 if part.size else 0.0


def _draw_row(canvas: _Canvas, shelf: Shelf, row: Row, stood: list[tuple[Facing, Stock]]) -> None:
    """Draw a row's goods from the wall to the price rail: far things first."""
    rng = np.random.default_rng([shelf.seed, 5, int(row.opening[1])])
    filled = [(facing, stock, _filling(rng, facing, stock)) for facing, stock in stood]
    if row.pegs:
        for facing, _, _ in filled:
            fittings.draw_peg(canvas.pixels, shelf, facing, 0.4 + 0.6 * row.glow)
    for rank in range(_RANKS):
        standing = [(facing, filling) for facing, _, filling in filled]
        _draw_rank(canvas, shelf, row, standing, rank)
    for facing, stock, filling in filled:
        if facing.tray and (stock != "empty" or filling.left_over):
            _draw_tray(canvas.pixels, shelf, facing)
    fittings.draw_rail(canvas.pixels, shelf, row, [facing for facing, _ in stood], rng)


def _draw_rank(
    canvas: _Canvas, shelf: Shelf, row: Row, filled: list[tuple[Facing, _Filling]], rank: int
) -> None:
    """Draw the packs of one rank: first all sides, then all fronts, which hide them."""
    for draw in (_draw_side, _draw_front):
        for facing, filling in filled:
            depth = filling.depths[rank]
            if depth is not None:
                light = 1 - (0.85 - 0.6 * row.glow) * depth
                draw(canvas, shelf, facing, replace(filling, depths=(depth,)), light)


def _filling(rng: np.random.Generator, facing: Facing, stock: Stock) -> _Filling:
    """Return how a facing is filled; the draws do not depend on the stock."""
    far, middle, forward, rest, layer, lean, carton = (float(value) for value in rng.random(7))
    layers, angle = facing.stacked, 0.0
    if facing.stacked == 1 and lean < _LEANING:
        angle = 240 * (lean - _LEANING / 2)
    depths: tuple[float | None, ...] = (None, None, None)
    if stock == "full":
        near = (0.12 if rest < 0.9 else 0.3) * forward  # noqa: PLR2004 - one in ten is pushed back
        depths = (0.7 if far < 0.5 else None, 0.4 if middle < 0.75 else None, near)  # noqa: PLR2004
        layers = max(layers - 1, 1) if layer < 0.15 else layers  # noqa: PLR2004 - a pack was taken
    elif stock == "low" and facing.stacked > 2 and layer < 0.6:  # noqa: PLR2004 - one layer is left
        depths, layers = (None, None, 0.2 * forward), 1
    elif stock == "low":
        depths = (0.9, 0.4 + 0.35 * middle, None)
    return _Filling(depths, layers, angle, carton < 0.2)  # noqa: PLR2004 - one carton in five stays


def _draw_side(
    canvas: _Canvas, shelf: Shelf, facing: Facing, filling: _Filling, light: float
) -> None:
    """Draw the side and the top that show of a box or bag."""
    pack, depth = shelf.packs[facing.product], filling.depths[0] or 0.0
    if pack.shape not in ("box", "bag"):
        return
    front = _stack(facing, filling)
    x0, y0, x1, y1 = at_depth(shelf, front, depth)
    u0, v0, u1, v1 = at_depth(shelf, front, min(depth + 0.4, 1.0))
    side, top = dim(pack.side, light), dim(pack.side, 1.3 * light)
    faces: list[tuple[Colour, tuple[Point, ...]]] = []
    if u1 > x1:
        faces.append((side, ((x1, y0), (u1, v0), (u1, v1), (x1, y1))))
    if u0 < x0:
        faces.append((side, ((x0, y0), (u0, v0), (u0, v1), (x0, y1))))
    if v0 < y0:
        faces.append((top, ((x0, y0), (x1, y0), (u1, v0), (u0, v0))))
    for colour, corners in faces:
        fill(canvas.pixels, colour, *corners)
        fill(canvas.goods, (255, 255, 255), *corners)


def _stack(facing: Facing, filling: _Filling) -> Rect:
    """Return the rectangle of the layers that are left."""
    x0, y0, x1, y1 = facing.front
    return x0, y1 - (y1 - y0) * filling.layers / facing.stacked, x1, y1


def _draw_front(
    canvas: _Canvas, shelf: Shelf, facing: Facing, filling: _Filling, light: float
) -> None:
    """Draw a facing's stack of packs."""
    x0, y0, x1, y1 = at_depth(shelf, _stack(facing, filling), filling.depths[0] or 0.0)
    high = (y1 - y0) / filling.layers
    for layer in range(filling.layers):
        rect = x0, y1 - (layer + 1) * high, x1, y1 - layer * high
        _paste(canvas, shelf.packs[facing.product], rect, light, filling.lean)


def _paste(canvas: _Canvas, pack: Pack, rect: Rect, light: float, lean: float) -> None:
    """Blend a pack's front into a rectangle, leaning by degrees, cut off at the picture's edges."""
    x0, y0, x1, y1 = (round(side) for side in rect)
    wide, high = max(x1 - x0, 2), max(y1 - y0, 2)
    front = pack.sized(wide, high)
    if lean:
        turn = cv2.getRotationMatrix2D((wide / 2, high), lean, 1 - 0.004 * abs(lean))
        front = np.asarray(cv2.warpAffine(front, turn, (wide, high)), dtype=np.uint8)
    left, top = max(-x0, 0), max(-y0, 0)
    spot = slice(max(y0, 0), max(y0 + high, 0)), slice(max(x0, 0), max(x0 + wide, 0))
    room, goods = canvas.pixels[spot], canvas.goods[spot]
    shown = front[top : top + room.shape[0], left : left + room.shape[1]]
    if not room.size:
        return
    if pack.shape in ("box", "card") and not lean:
        goods[:] = 255
        room[:] = cv2.convertScaleAbs(shown[:, :, :3], alpha=light)
        return
    np.maximum(goods, shown[:, :, 3], out=goods)
    cover = shown[:, :, 3:] * np.float32(1 / 255)
    room[:] = (shown[:, :, :3] * (np.float32(light) * cover) + room * (1 - cover)).astype(np.uint8)


def _draw_tray(flat: Picture, shelf: Shelf, facing: Facing) -> None:
    """Draw the front lip of a shelf-ready carton."""
    x0, _, x1, y1 = facing.cell
    top = y1 - facing.tray * (y1 - facing.front[1])
    colour = shelf.packs[facing.product].side if facing.product % 2 else (168, 130, 92)
    fill(flat, colour, (x0, top), (x1, top), (x1, y1), (x0, y1))
    ends = (round(x1), round(top)), (round(x1), round(y1))
    cv2.line(flat, *ends, dim(colour, 0.6), 1)
