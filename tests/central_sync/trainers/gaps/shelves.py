"""Directories of rendered shelves for the tests, in the documented layout."""

from pathlib import Path

import cv2
import numpy as np

from central_sync.trainers.gaps.variety import draw_moment, draw_stock
from endcap.models.gaps.boxes import Box
from endcap.models.gaps.rendering import render_shelf
from endcap.models.gaps.shelves import Style, build_shelf


def write_shelves(folder: Path, *, pictures: int, seed: int = 7) -> Path:
    """Write small rendered shelves and their truth; return the folder."""
    for name in ("images", "labels", "products"):
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
    return folder


def _lines(number: int, boxes: list[Box]) -> str:
    rows = [(*box.centre, box.width, box.height) for box in boxes]
    return "".join(f"{number} {x:.6f} {y:.6f} {w:.6f} {h:.6f}\n" for x, y, w, h in rows)
