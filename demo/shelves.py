"""The demo's shelves: rendered by the project's own code, with the planogram that belongs to them.

A store's shelf keeps its look; what stands on it changes in scenes of a few pictures each, which
the camera adapter plays as it plays any folder. Or real pictures are given, and played as they are.
"""

import csv
import itertools
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2

from demo.real_sales import gtin_of
from endcap.models.gaps.optics import Moment
from endcap.models.gaps.rendering import Stock, render_shelf
from endcap.models.gaps.shelves import Shelf, Style, build_shelf

STYLE = Style(width=960, height=720, rows=4, facings=9, tilt=0.02)
PICTURES_A_SCENE = 4
LOOKS_AT_EACH = 12
MOST_REAL = 40
PICTURES = frozenset({".jpg", ".jpeg", ".png"})


def build(seed: int) -> Shelf:
    """Return the shelf of a store."""
    return build_shelf(seed, STYLE)


def products_shown(shelf: Shelf) -> int:
    """Return how many different products stand on `shelf`."""
    return len({facing.product for facing in shelf.facings})


def write_planogram(path: Path, shelf: Shelf, camera: str, products: Sequence[int]) -> int:
    """Write which product should stand where; return how many facings there are."""
    places = {facing.product for facing in shelf.facings}
    product_of = dict(zip(sorted(places), products, strict=False))
    boxes = shelf.facing_boxes()
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("camera", "facing", "gtin", "x", "y", "w", "h"))
        for facing in shelf.facings:
            box = boxes[facing.name]
            product = product_of.get(facing.product)
            writer.writerow(
                (
                    *(camera, facing.name, gtin_of(product) if product else ""),
                    *(f"{box.x0:.4f}", f"{box.y0:.4f}"),
                    *(f"{box.x1 - box.x0:.4f}", f"{box.y1 - box.y0:.4f}"),
                )
            )
    return len(shelf.facings)


def write_scene(folder: Path, shelf: Shelf, number: int, sold_out: frozenset[int]) -> None:
    """Put pictures of one state of the shelf into `folder`, and take the earlier ones away.

    `sold_out` are products, by their place on the shelf; someone passes in one of the pictures.
    """
    folder.mkdir(parents=True, exist_ok=True)
    before = sorted(folder.glob("*.jpg"))
    stock: dict[str, Stock] = {
        facing.name: "empty" for facing in shelf.facings if facing.product in sold_out
    }
    for shot in range(PICTURES_A_SCENE):
        moment = Moment(seed=number * 100 + shot, people=1 if shot == PICTURES_A_SCENE - 1 else 0)
        rendered = render_shelf(shelf, stock, moment)
        _, coded = cv2.imencode(".jpg", cv2.cvtColor(rendered.picture, cv2.COLOR_RGB2BGR))
        part = folder / f".scene-{number:04d}-{shot}.part"
        part.write_bytes(coded.tobytes())
        part.replace(folder / f"scene-{number:04d}-{shot}.jpg")
    for path in before:
        path.unlink()


def sell_outs(shelf: Shelf) -> Iterator[frozenset[int]]:
    """Yield, for ever, which products are sold out: none, then one after the other."""
    products = sorted({facing.product for facing in shelf.facings})
    yield frozenset()
    for product in itertools.cycle(products[1::3]):
        yield frozenset({product})


def copy_pictures(source: Path, folder: Path) -> int:
    """Copy real pictures for a camera to play; return how many.

    Each is a shelf of its own, so the camera stays before it for a while: a gap must be seen in
    several pictures, and photographs taken by hand do not repeat.

    Raises:
        FileNotFoundError: `source` holds no pictures.
    """
    pictures = (path for path in source.rglob("*") if path.suffix.lower() in PICTURES)
    found = sorted(pictures)[:MOST_REAL]
    if not found:
        raise FileNotFoundError(f"no .jpg or .png pictures in {source}")
    folder.mkdir(parents=True, exist_ok=True)
    for number, path in enumerate(found):
        for look in range(LOOKS_AT_EACH):
            name = f"shelf-{number:03d}-{look:02d}{path.suffix.lower()}"
            shutil.copy(path, folder / name)
    return len(found)
