"""The documented layout of shelf pictures: images/, labels/ (YOLO text) and what else there is.

products/ has full facings, states/ low and hidden ones; references/full and references/empty have
pictures of the same shelf, by the same camera and name, when every facing was full, or empty.
Reads and checks; never writes. A line that cannot be read is told with its file and number.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from central_sync.ports.training import DataUnusableError
from endcap.models.gaps.boxes import Box
from endcap.models.gaps.crops import Picture
from endcap.models.gaps.states import KNOWN, Known

GAP, DISORGANISED, PRODUCT, LOW, OCCLUDED = 0, 1, 2, 3, 4
_SUFFIXES = {".jpg", ".jpeg", ".png"}
_HELD_OUT_BELOW = 26  # of 256: a tenth of the pictures


@dataclass(frozen=True, slots=True)
class Labelled:
    """A picture's file and its boxes. `full` is None where the directory has no products/.

    `known` are pictures of the same shelf when all of it was full, or empty.
    """

    path: Path
    gaps: tuple[Box, ...]
    disorganised: tuple[Box, ...]
    full: tuple[Box, ...] | None
    low: tuple[Box, ...] = ()
    occluded: tuple[Box, ...] = ()
    known: Mapping[Known, Path] = field(default_factory=dict)

    @property
    def held_out(self) -> bool:
        """Whether this picture judges rather than teaches: decided by its name alone."""
        return hashlib.sha256(self.path.name.encode()).digest()[0] < _HELD_OUT_BELOW


def read_directory(data: Path) -> tuple[Labelled, ...]:
    """Return every labelled picture of `data`, in order of name.

    Raises:
        DataUnusableError: a folder is missing, or a label cannot be read.
    """
    images = data / "images"
    for folder in (images, data / "labels"):
        if not folder.is_dir():
            raise DataUnusableError(f"{folder}: no such folder; wanted images/ and labels/ there")
    paths = sorted(path for path in images.iterdir() if path.suffix.lower() in _SUFFIXES)
    if not paths:
        raise DataUnusableError(f"{images}: no .jpg or .png picture")
    with_products = (data / "products").is_dir()
    return tuple(_labelled(data, path, with_products=with_products) for path in paths)


def _labelled(data: Path, path: Path, *, with_products: bool) -> Labelled:
    boxes = [
        found
        for folder in ("labels", "products", "states")
        for found in _read_boxes(data / folder / f"{path.stem}.txt")
    ]

    def of(wanted: int) -> tuple[Box, ...]:
        return tuple(box for number, box in boxes if number == wanted)

    pictures = {state: data / "references" / state / path.name for state in KNOWN}
    return Labelled(
        path=path,
        gaps=of(GAP),
        disorganised=of(DISORGANISED),
        full=of(PRODUCT) if with_products else None,
        low=of(LOW),
        occluded=of(OCCLUDED),
        known={state: known for state, known in pictures.items() if known.is_file()},
    )


def _read_boxes(path: Path) -> list[tuple[int, Box]]:
    """Return the classes and boxes of a label file; a missing file says there are none."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    return [_read_box(path, n, line) for n, line in enumerate(lines, start=1) if line.strip()]


def _read_box(path: Path, number: int, line: str) -> tuple[int, Box]:
    try:
        kind, x, y, width, height = (float(word) for word in line.split()[:5])
    except ValueError:
        kind = x = y = width = height = np.nan
    sound = 0 <= x <= 1 and 0 <= y <= 1 and 0 < width <= 2 and 0 < height <= 2  # noqa: PLR2004
    if not sound:
        raise DataUnusableError(
            f"{path}:{number}: {line[:60]!r} is no box; "
            "wanted `class x y w h` in shares of the picture"
        )
    return int(kind), Box.around(x, y, width, height)


def read_picture(path: Path) -> Picture:
    """Return a picture's RGB pixels.

    Raises:
        DataUnusableError: OpenCV cannot decode it.
    """
    try:
        found = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error:
        found = None
    if found is None:
        raise DataUnusableError(f"{path}: cannot be decoded; replace or remove it")
    return np.asarray(found, dtype=np.uint8)
