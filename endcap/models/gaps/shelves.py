"""A shelf's lay-out: how its rows run, which product stands where, how the camera looks at it.

Everything follows from a seed and a `Style`. The picture is drawn by rendering.py; what a facing's
crop or box is worth is not decided here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from endcap.models.gaps.boxes import Box
from endcap.models.gaps.crops import Picture
from endcap.models.gaps.lens import project
from endcap.models.gaps.packs import ASPECT, SHAPES, Colour, Pack, Shape, draw_colour, draw_pack

Wall = Literal["plain", "pegboard", "wire", "slats", "open"]
WALLS: tuple[Wall, ...] = ("plain", "pegboard", "wire", "slats", "open")
Rect = tuple[float, float, float, float]
"""x0, y0, x1, y1 in pixels of the undistorted picture."""


@dataclass(frozen=True, slots=True)
class Style:
    """How large and how full of rows the picture is, and how freely the camera stands.

    `stretch` widens everything, as pictures squeezed into another format do; `barrel` is the share
    by which a fish-eye lens shortens the half diagonal. The rest are chances, 0 to 1: that a row
    has pegs, that a product stands in cartons, that there are glass doors, and that the top row
    stands before the store's ceiling.
    """

    width: int = 640
    height: int = 480
    rows: int = 4
    facings: int = 12
    tilt: float = 0.03
    stretch: float = 1.0
    barrel: float = 0.0
    pegs: float = 0.0
    cartons: float = 0.0
    glass: float = 0.0
    topless: float = 0.0


@dataclass(frozen=True, slots=True)
class Facing:
    """A place for one front. `cell` is its opening, `front` the pack's rectangle when full.

    `tray` is the height of its carton's lip as a share of the front's, 0 without one.
    """

    name: str
    row: int
    product: int
    cell: Rect
    front: Rect
    stacked: int
    tray: float


@dataclass(frozen=True, slots=True)
class Row:
    """A shelf's opening, the thickness of the board below, and how much light comes inside.

    `pegs`: goods hang from hooks. `topless`: no shelf and no wall above, the store shows.
    """

    opening: Rect
    board: float
    glow: float
    pegs: bool
    topless: bool


@dataclass(frozen=True, slots=True)
class Shelf:
    """A dressed shelf before a fixed camera. The same seed and style give the same one."""

    style: Style
    seed: int
    rows: tuple[Row, ...]
    facings: tuple[Facing, ...]
    packs: tuple[Pack, ...]
    wall: Wall
    wall_colour: Colour
    board_colour: Colour
    rail_colour: Colour
    vanishing: tuple[float, float]
    depth: float
    glass: bool
    pose: NDArray[np.float64]

    def box(self, rect: Rect) -> Box:
        """Return where a rectangle of the undistorted picture appears, within the picture."""
        x0, y0, x1, y1 = rect
        corners = np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])
        size = np.array([self.style.width, self.style.height], dtype=np.float64)
        xs, ys = (project(corners, self.pose, self.style.barrel, size) / size).T
        xs, ys = np.clip(np.sort(xs), 0, 1), np.clip(np.sort(ys), 0, 1)
        sides = xs[:2].mean(), ys[:2].mean(), xs[2:].mean(), ys[2:].mean()
        return Box(*(float(side) for side in sides))

    def facing_boxes(self) -> dict[str, Box]:
        """Return each facing's place on the picture, by name: what a planogram says of it."""
        return {facing.name: self.box(facing.front) for facing in self.facings}


def build_shelf(seed: int, style: Style, photographs: Sequence[Picture] = ()) -> Shelf:
    """Return the shelf of this seed. `photographs` (RGB) of products are worn by half the packs."""
    rng = np.random.default_rng(seed)
    rows = _rows(rng, style)
    facings, packs = _stock_rows(rng, style, rows, photographs)
    depth = float(rng.uniform(0.76, 0.95))
    sight = float(rng.uniform(0.2, 0.8) * style.width), float(rng.uniform(0.2, 0.8) * style.height)
    return Shelf(
        style=style,
        seed=seed,
        rows=rows,
        facings=facings,
        packs=packs,
        wall=WALLS[int(rng.choice(5, p=[0.42, 0.3, 0.12, 0.08, 0.08]))],
        wall_colour=_furniture_colour(rng),
        board_colour=_furniture_colour(rng),
        rail_colour=draw_colour(rng) if rng.random() < 0.4 else _furniture_colour(rng),  # noqa: PLR2004
        vanishing=sight,
        depth=depth,
        glass=bool(rng.random() < style.glass),
        pose=_pose(rng, style),
    )


def _furniture_colour(rng: np.random.Generator) -> Colour:
    """Return white, grey, black or wood, as shop fittings are."""
    grey = float(rng.choice([25, 70, 120, 170, 215, 240])) + rng.uniform(-15, 15)
    tint = rng.uniform(-12, 12, 3) + (np.array([18, 2, -22]) if rng.random() < 0.25 else 0)  # noqa: PLR2004
    red, green, blue = np.clip(grey + tint, 4, 252).astype(int).tolist()
    return red, green, blue


def _rows(rng: np.random.Generator, style: Style) -> tuple[Row, ...]:
    top = style.height * float(rng.uniform(0.0, 0.14))
    bottom = style.height * float(rng.uniform(0.9, 1.0))
    weights = rng.uniform(0.75, 1.3, style.rows)
    heights = (bottom - top) * weights / weights.sum()
    left, right = style.width * float(rng.uniform(-0.03, 0.06)), style.width * 0.98
    lit = rng.random() < 0.25  # noqa: PLR2004 - chillers are lit inside
    rows = []
    for number, high in enumerate(heights.tolist()):
        board = max(high * float(rng.uniform(0.07, 0.16)), 5.0)
        glow = float(rng.uniform(0.75, 1.0)) if lit else float(rng.uniform(0.2, 1.0))
        topless = number == 0 and rng.random() < style.topless
        pegs = not topless and rng.random() < style.pegs
        opening = (left, top, right, top + high - board)
        rows.append(Row(opening, board, 1.0 if topless else glow, bool(pegs), bool(topless)))
        top += high
    return tuple(rows)


@dataclass(frozen=True, slots=True)
class _Block:
    """Neighbouring facings of one product: its shape and size, how many, how high stacked."""

    shape: Shape
    width: float
    height: float
    count: int
    stacked: int
    tray: float


def _stock_rows(
    rng: np.random.Generator, style: Style, rows: Sequence[Row], photographs: Sequence[Picture]
) -> tuple[tuple[Facing, ...], tuple[Pack, ...]]:
    facings: list[Facing] = []
    packs: list[Pack] = []
    for number, row in enumerate(rows):
        x, stands = row.opening[0], 0
        while x < row.opening[2] - 0.5 * style.width / style.facings:
            block = _block(rng, row, style)
            aspect = block.width / block.height / style.stretch
            packs.append(draw_pack(rng, block.shape, aspect, photographs))
            for cell, front in _places(rng, block, row, x):
                stands += 1
                name = f"r{number + 1}-f{stands}"
                place = (len(packs) - 1, cell, front, block.stacked, block.tray)
                facings.append(Facing(name, number, *place))
                x = cell[2]
    return tuple(facings), tuple(packs)


def _block(rng: np.random.Generator, row: Row, style: Style) -> _Block:
    """Return a block that fits under the shelf above, its packs about as wide as `style` says."""
    shape = SHAPES[int(rng.choice(6, p=[0.36, 0.22, 0.12, 0.12, 0.12, 0.06]))]
    shape = "card" if row.pegs else shape
    room = (row.opening[3] - row.opening[1]) * float(rng.uniform(0.68, 0.98))
    low, high = (style.stretch * bound for bound in ASPECT[shape])
    aspect = float(rng.uniform(low, high))
    width = style.width / style.facings * float(rng.uniform(0.6, 1.5))
    height = min(max(width / aspect, 0.3 * room), room)
    width = min(max(width, low * height), high * height)
    stacked = int(room // height) if shape in ("box", "tub", "can") else 1
    count = int(rng.choice([1, 2, 3, 4, 5], p=[0.26, 0.32, 0.22, 0.12, 0.08]))
    boxed = stacked == 1 and shape != "card" and rng.random() < style.cartons
    tray = float(rng.uniform(0.12, 0.4)) if boxed else 0.0
    return _Block(shape, max(width, 7.0), height, count, min(max(stacked, 1), 4), tray)


def _places(rng: np.random.Generator, block: _Block, row: Row, x: float) -> list[tuple[Rect, Rect]]:
    """Return the cell and the front of each facing of a block that begins at `x`."""
    top, floor = row.opening[1], row.opening[3]
    space = block.width * float(rng.choice([0.0, 0.03, 0.08, 0.2], p=[0.4, 0.38, 0.17, 0.05]))
    found = []
    for _ in range(block.count):
        right = x + block.width + space
        if right > row.opening[2]:
            break
        front = _front(block, row, x + space / 2, right - space / 2)
        found.append(((x, top, right, floor), front))
        x = right
    alone = (x, top, x + block.width, floor), _front(block, row, x, x + block.width)
    return found or [alone]


def _front(block: _Block, row: Row, left: float, right: float) -> Rect:
    """Return the packs' rectangle: they stand on the board, or hang from pegs."""
    high = block.height * block.stacked
    if row.pegs:
        top = row.opening[1] + 0.3 * (row.opening[3] - row.opening[1] - high)
        return left, top, right, top + high
    return left, row.opening[3] - high, right, row.opening[3]


def _pose(rng: np.random.Generator, style: Style) -> NDArray[np.float64]:
    """Return how the flat shelf appears to a camera that does not stand straight before it."""
    flat = np.array([(0, 0), (1, 0), (1, 1), (0, 1)]) * (style.width, style.height)
    grown = (flat - flat.mean(axis=0)) * (1 + style.tilt) + flat.mean(axis=0)
    moved = grown + rng.uniform(-style.tilt, style.tilt, (4, 2)) * (style.width, style.height)
    pose = cv2.getPerspectiveTransform(flat.astype(np.float32), moved.astype(np.float32))
    return np.asarray(pose, dtype=np.float64)
