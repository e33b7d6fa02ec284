"""Directories of reviewed facings for the tests, in the documented layout."""

import csv
import json
from base64 import b64decode
from collections.abc import Sequence
from pathlib import Path

from central_sync.core.review.layout import (
    DATASET,
    FACING_COLUMNS,
    FACINGS,
    PICTURES,
    about,
    facing_row,
)
from tests.fakes.reviewed_shelves import asked


def write_reviews(folder: Path, stores: Sequence[int], *, shelves: int = 2) -> Path:
    """Write what people said of rendered shelves of some stores; return the folder."""
    (folder / PICTURES).mkdir(parents=True)
    rows = []
    for store in stores:
        for question, state in asked(store, shelves):
            (folder / PICTURES / f"{question.picture}.jpg").write_bytes(b64decode(question.jpeg))
            rows.append(facing_row(f"s-{store:04}", question, state, 1))
    with (folder / FACINGS).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, FACING_COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    (folder / DATASET).write_text(json.dumps(about("rendered stores")))
    return folder
