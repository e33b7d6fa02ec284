"""Reads facings that people judged, in the layout of core/review/layout: rows, and their crops."""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from central_sync.core.review.layout import DATASET, FACINGS, LAYOUT, PICTURES
from central_sync.ports.training import DataUnusableError
from endcap.models.gaps.boxes import Box
from endcap.models.gaps.close_up import opened
from endcap.models.gaps.crops import cut
from endcap.models.gaps.states import STATES, State


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A facing that people judged: whose, when, what it is, and how likely it was drawn."""

    picture: str
    store: str
    taken_at: datetime
    state: State
    place: Box
    sampled: float


def is_reviewed(data: Path) -> bool:
    """Return whether `data` is in this layout."""
    try:
        said = json.loads((data / DATASET).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(said, Mapping) and said.get("layout") == LAYOUT


def read_reviewed(data: Path) -> tuple[Reviewed, ...]:
    """Return every facing of `data`.

    Raises:
        DataUnusableError: a file is missing, or a row cannot be read.
    """
    path = data / FACINGS
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataUnusableError(f"{path}: {error}; wanted what `review export` writes") from error
    return tuple(_read(path, number, row) for number, row in enumerate(rows, start=2))


def _read(path: Path, number: int, row: Mapping[str, str]) -> Reviewed:
    try:
        state = next(one for one in STATES if one == row["state"])
        x0, y0, x1, y1 = (float(row[name]) for name in ("x0", "y0", "x1", "y1"))
        taken_at, sampled = datetime.fromisoformat(row["taken_at"]), float(row["sampled"])
        if not (0 <= x0 < x1 <= 1 and 0 <= y0 < y1 <= 1 and 0 < sampled <= 1):
            raise ValueError("a share is outside 0 to 1")  # noqa: TRY301 - told with its line
    except (KeyError, StopIteration, TypeError, ValueError) as error:
        raise DataUnusableError(f"{path}:{number}: no reviewed facing: {error!r}") from error
    place = Box(x0, y0, x1, y1)
    return Reviewed(row["picture"], row["store"], taken_at, state, place, sampled)


def cut_reviewed(data: Path, facings: Sequence[Reviewed], side: int) -> NDArray[np.uint8]:
    """Return each facing's crop as the model wants it, uint8 [n, side, side, 3].

    Raises:
        DataUnusableError: a picture is missing, or is none.
    """
    crops = np.empty((len(facings), side, side, 3), np.uint8)
    for number, one in enumerate(facings):
        path = data / PICTURES / f"{one.picture}.jpg"
        pixels = opened(path.read_bytes()) if path.is_file() else None
        if pixels is None:
            raise DataUnusableError(f"{path}: no picture of a facing; export the review anew")
        crops[number] = cut(pixels, [one.place], side)[0]
    return crops
