"""Render a training directory of shelves with gaps, in the documented layout.

    python models_onnx/gaps/render.py --out DIR --pictures 2500 [--products DIR] [--seed 1]

Writes, for each picture NAME, in the layout that central_sync/trainers/gaps/layout.py reads:

    images/NAME.jpg            the shelf
    labels/NAME.txt            gaps, class 0; a wide one is one box
    products/NAME.txt          full facings, class 2
    states/NAME.txt            low facings, class 3, and hidden ones, class 4
    references/full/NAME.jpg   of some: the same view in another light, all facings full
    references/empty/NAME.jpg  likewise, all facings empty

Lines are `class x y w h` in shares of the picture; facings too small to be judged are left out. The
product photographs, when given, are worn by a part of the packs.
"""

import argparse
import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from central_sync.trainers.gaps.variety import draw_moment, draw_stock, draw_style
from endcap.models.gaps.boxes import Box
from endcap.models.gaps.crops import Picture, large_enough
from endcap.models.gaps.rendering import Rendered, Stock, render_shelf
from endcap.models.gaps.shelves import Shelf, build_shelf
from endcap.models.gaps.states import KNOWN, Known, State

_CLASSES: dict[str, tuple[tuple[State, int], ...]] = {
    "products": (("full", 2),),
    "states": (("low", 3), ("occluded", 4)),
}
_WITH_REFERENCES = 0.4


@dataclass(frozen=True, slots=True)
class Drawn:
    """A shelf at a moment, and the references of its facings, if it has any."""

    shelf: Rendered
    references: Mapping[Known, Picture]


def main() -> None:
    """Render and write; a line every hundred pictures."""
    arguments = _arguments()
    photographs = _photographs(arguments.products)
    for folder in ("images", "labels", *_CLASSES, *(f"references/{state}" for state in KNOWN)):
        (arguments.out / folder).mkdir(parents=True, exist_ok=True)
    (arguments.out / "dataset.json").write_text(json.dumps(_about(arguments.products), indent=2))
    for number in range(arguments.first, arguments.first + arguments.pictures):
        _write(arguments.out, f"shelf_{number:05d}", _draw(arguments.seed, number, photographs))
        if number % 100 == 0:
            print(f"{number} pictures", flush=True)


def _about(products: Path | None) -> dict[str, str]:
    """Return what the directory says of itself; the models trained on it repeat it."""
    worn = " with labels from GroceryStoreDataset (Marcus Klasson, MIT)" if products else ""
    return {"name": f"shelves rendered by models_onnx/gaps/render.py{worn}", "licence": "MIT"}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--pictures", type=int, default=2500)
    parser.add_argument("--first", type=int, default=0, help="number of the first picture")
    parser.add_argument("--products", type=Path, help="directory of product photographs")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def _photographs(folder: Path | None) -> list[Picture]:
    if folder is None:
        return []
    found = [cv2.imread(str(path)) for path in sorted(folder.rglob("*.jpg"))]
    return [np.asarray(one[:, :, ::-1], np.uint8) for one in found if one is not None]


def _draw(seed: int, number: int, photographs: list[Picture]) -> Drawn:
    rng = np.random.default_rng([seed, number])
    shelf = build_shelf(int(rng.integers(2**31)), draw_style(rng), photographs)
    drawn = render_shelf(shelf, draw_stock(rng, shelf), draw_moment(rng, number))
    wanted = KNOWN if rng.random() < _WITH_REFERENCES else ()
    return Drawn(drawn, {state: _reference(shelf, state, rng) for state in wanted})


def _reference(shelf: Shelf, state: Known, rng: np.random.Generator) -> Picture:
    """Return the same view at another moment, nobody before it, all facings alike."""
    stock: dict[str, Stock] = {facing.name: state for facing in shelf.facings}
    moment = dataclasses.replace(draw_moment(rng, int(rng.integers(2**31))), people=0)
    return render_shelf(shelf, stock, moment).picture


def _write(out: Path, name: str, drawn: Drawn) -> None:
    _write_picture(out / "images" / f"{name}.jpg", drawn.shelf.picture)
    for state, picture in drawn.references.items():
        _write_picture(out / "references" / state / f"{name}.jpg", picture)
    high, wide = drawn.shelf.picture.shape[:2]
    lines = {"labels": [(0, box) for box in drawn.shelf.voids]}
    for folder, classes in _CLASSES.items():
        number_of = dict(classes)
        truth = [one for one in drawn.shelf.truth if one.state in number_of]
        lines[folder] = [(number_of[one.state], one.box) for one in truth]
    for folder, boxes in lines.items():
        seen = [_line(number, box) for number, box in boxes if large_enough(box, wide, high)]
        (out / folder / f"{name}.txt").write_text("".join(seen))


def _write_picture(path: Path, picture: Picture) -> None:
    cv2.imwrite(str(path), picture[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 95])


def _line(number: int, box: Box) -> str:
    x, y = box.centre
    return f"{number} {x:.6f} {y:.6f} {box.width:.6f} {box.height:.6f}\n"


if __name__ == "__main__":
    main()
