"""Directories of rendered shelves for the tests, in the documented layout."""

from pathlib import Path

import cv2
import numpy as np

from central_sync.trainers.gaps.variety import draw_moment, draw_stock
from endcap.models.gaps.boxes import Box
from endcap.models.gaps.optics import Moment
from endcap.models.gaps.rendering import render_shelf
from endcap.models.gaps.shelves import Shelf, Style, build_shelf
from endcap.models.gaps.states import KNOWN


def write_shelves(folder: Path, *, pictures: int, seed: int = 7, compared: bool = False) -> Path:
    """Write small rendered shelves and their truth; return the folder.

    `compared`: with pictures of the same shelves full and empty.
    """
    for name in ("images", "labels", "products", "states"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for number in range(pictures):
        rng = np.random.default_rng([seed, number])
        shelf = build_shelf(int(rng.integers(2**31)), Style(320, 240, 3, 8, 0.02))
        drawn = render_shelf(shelf, draw_stock(rng, shelf), draw_moment(rng, number))
        name = f"shelf_{number:03d}"
        cv2.imwrite(str(folder / "images" / f"{name}.jpg"), drawn.picture[:, :, ::-1])
        full = [truth.box for truth in drawn.truth if truth.state == "full"]
        (folder / "labels" / f"{name}.txt").write_text(_lines(0, list(drawn.voids)))
        (folder / "products" / f"{name}.txt").write_text(_lines(2, full))
        low = [truth.box for truth in drawn.truth if truth.state == "low"]
        hidden = [truth.box for truth in drawn.truth if truth.state == "occluded"]
        (folder / "states" / f"{name}.txt").write_text(_lines(3, low) + _lines(4, hidden))
        if compared:
            _write_references(folder / "references", name, shelf)
    return folder


def _write_references(folder: Path, name: str, shelf: Shelf) -> None:
    for state in KNOWN:
        stock = dict.fromkeys((facing.name for facing in shelf.facings), state)
        shown = render_shelf(shelf, stock, Moment(seed=1)).picture
        (folder / state).mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / state / f"{name}.jpg"), shown[:, :, ::-1])


def _lines(number: int, boxes: list[Box]) -> str:
    rows = [(*box.centre, box.width, box.height) for box in boxes]
    return "".join(f"{number} {x:.6f} {y:.6f} {w:.6f} {h:.6f}\n" for x, y, w, h in rows)
