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
    most = max(3, height // 75)
    return Style(
        width=width,
        height=height,
        rows=int(rng.integers(2, most + 1)),
        facings=int(rng.integers(5, max(8, width // 24) + 1)),
        tilt=float(rng.uniform(0.0, 0.09)),
    )


def draw_moment(rng: np.random.Generator, seed: int) -> Moment:
    """Return the light and the camera's faults of one picture."""
    return Moment(
        seed=seed,
        light=float(np.exp(rng.normal(0.15, 0.3))),
        warmth=float(rng.normal(0, 0.35)),
        uneven=float(rng.uniform(0, 0.6)),
        glare=float(rng.uniform(0, 0.5)) if rng.random() < 0.4 else 0.0,  # noqa: PLR2004
        blur=float(rng.uniform(0, 0.55) ** 1.5),
        noise=float(rng.uniform(0, 0.45)),
        vignette=float(rng.uniform(0, 1)),
        quality=int(rng.integers(35, 96)),
        people=int(rng.random() < 0.06),  # noqa: PLR2004 - one picture in sixteen
    )


def draw_stock(rng: np.random.Generator, shelf: Shelf) -> dict[str, Stock]:
    """Return each facing's stock: single gaps, and whole products sold out."""
    gap, low = float(rng.uniform(0.02, 0.16)), float(rng.uniform(0.0, 0.12))
    sold_out = set(np.nonzero(rng.random(len(shelf.packs)) < gap * 0.6)[0].tolist())
    stock: dict[str, Stock] = {}
    for facing, drawn in zip(shelf.facings, rng.random(len(shelf.facings)).tolist(), strict=True):
        if facing.product in sold_out or drawn < gap:
            stock[facing.name] = "empty"
        elif drawn < gap + low:
            stock[facing.name] = "low"
    return stock
