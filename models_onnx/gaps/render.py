"""Render a training directory of shelves with gaps, in the documented layout.

    python models_onnx/gaps/render.py --out DIR --pictures 2500 [--products DIR] [--seed 1]

Writes images/*.jpg, labels/*.txt (class 0, gaps) and products/*.txt (class 2, full facings). The
product photographs, when given, are worn as labels by a third of the packs.
"""

import argparse
import json
from pathlib import Path

import cv2
import numpy as np

from central_sync.trainers.gaps.variety import draw_moment, draw_stock, draw_style
from endcap.models.gaps.boxes import Box
from endcap.models.gaps.crops import Picture, large_enough
from endcap.models.gaps.rendering import Rendered, render_shelf
from endcap.models.gaps.shelves import build_shelf


def main() -> None:
    """Render and write; a line every hundred pictures."""
    arguments = _arguments()
    photographs = _photographs(arguments.products)
    for folder in ("images", "labels", "products"):
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


def _draw(seed: int, number: int, photographs: list[Picture]) -> Rendered:
    rng = np.random.default_rng([seed, number])
    shelf = build_shelf(int(rng.integers(2**31)), draw_style(rng), photographs)
    return render_shelf(shelf, draw_stock(rng, shelf), draw_moment(rng, number))


def _write(out: Path, name: str, rendered: Rendered) -> None:
    high, wide = rendered.picture.shape[:2]
    bgr = rendered.picture[:, :, ::-1]
    cv2.imwrite(str(out / "images" / f"{name}.jpg"), bgr, [cv2.IMWRITE_JPEG_QUALITY, 95])
    gaps = [box for box in rendered.voids if large_enough(box, wide, high)]
    full = [one.box for one in rendered.truth if one.state == "full"]
    full = [box for box in full if large_enough(box, wide, high)]
    (out / "labels" / f"{name}.txt").write_text("".join(_line(0, box) for box in gaps))
    (out / "products" / f"{name}.txt").write_text("".join(_line(2, box) for box in full))


def _line(number: int, box: Box) -> str:
    x, y = box.centre
    return f"{number} {x:.6f} {y:.6f} {box.width:.6f} {box.height:.6f}\n"


if __name__ == "__main__":
    main()
