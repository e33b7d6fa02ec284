"""How different the shelves are that a model learns from: stores, cameras, light, stock.

Draws what rendering wants; the wider the draw, the better a model trained on it fares in a real
store it has never seen. Nothing here renders or writes.
"""

import numpy as np

from endcap.models.gaps.optics import Moment
from endcap.models.gaps.rendering import Stock
from endcap.models.gaps.shelves import Shelf, Style

_SIZES = ((640, 480), (640, 640), (480, 640), (640, 360), (560, 640), (360, 360), (400, 300))


def draw_style(rng: np.random.Generator) -> Style:
    """Return a picture's size and how many rows and facings it shows."""
    width, height = _SIZES[int(rng.integers(len(_SIZES)))]
    most = max(3, height // 58)
    return Style(
        width=width,
        height=height,
        rows=int(rng.integers(2, most + 1)),
        facings=int(np.exp(rng.uniform(np.log(7), np.log(width / 15)))),
        tilt=float(rng.uniform(0.0, 0.09)),
        stretch=float(np.exp(rng.normal(-0.05, 0.18))),
        barrel=float(rng.uniform(0.05, 0.2)) if rng.random() < 0.2 else 0.0,  # noqa: PLR2004
        pegs=float(rng.choice([0.0, 0.15, 1.0], p=[0.65, 0.28, 0.07])),
        cartons=float(rng.choice([0.0, 0.2, 0.6], p=[0.5, 0.4, 0.1])),
        glass=0.08,
        topless=0.35,
    )


def draw_moment(rng: np.random.Generator, seed: int) -> Moment:
    """Return the light and the camera's faults of one picture."""
    return Moment(
        seed=seed,
        light=float(np.exp(rng.normal(0.18, 0.22))),
        contrast=float(rng.normal(0.05, 0.12)),
        warmth=float(rng.normal(0, 0.22)),
        uneven=float(rng.uniform(0, 0.45)),
        glare=float(rng.uniform(0, 0.5)) if rng.random() < 0.4 else 0.0,  # noqa: PLR2004
        blur=float(rng.uniform(0, 0.6) ** 2.5),
        motion=float(rng.uniform(0.2, 0.7)) if rng.random() < 0.1 else 0.0,  # noqa: PLR2004
        sharpening=float(rng.uniform(0, 0.8)) if rng.random() < 0.6 else 0.0,  # noqa: PLR2004
        noise=float(rng.uniform(0, 0.55) ** 2),
        vignette=float(rng.uniform(0, 1)),
        quality=int(rng.integers(35, 96)),
        people=int(rng.choice([0, 1, 2, 3], p=[0.8, 0.12, 0.05, 0.03])),
    )


def draw_stock(rng: np.random.Generator, shelf: Shelf) -> dict[str, Stock]:
    """Return each facing's stock: single gaps, and whole products sold out."""
    gap, low = float(rng.uniform(0.02, 0.16)), float(rng.uniform(0.0, 0.15))
    sold_out = set(np.nonzero(rng.random(len(shelf.packs)) < gap * 0.6)[0].tolist())
    stock: dict[str, Stock] = {}
    for facing, drawn in zip(shelf.facings, rng.random(len(shelf.facings)).tolist(), strict=True):
        if facing.product in sold_out or drawn < gap:
            stock[facing.name] = "empty"
        elif drawn < gap + low:
            stock[facing.name] = "low"
    return stock
