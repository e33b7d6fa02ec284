"""What people said of facings, written as files for trainers, in the layout `reviewed_facings`.

Reads the centre's database by itself, so that it may run in any thread while others write. What is
not settled teaches nothing and is left out.
"""

import csv
import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from central_sync.adapters.sqlite_reading import DatabaseUnreadableError, reading
from central_sync.core.review.layout import (
    ANSWER_COLUMNS,
    ANSWERS,
    DATASET,
    FACING_COLUMNS,
    FACINGS,
    PICTURES,
    about,
    facing_row,
)
from central_sync.ports.lake import Lake
from central_sync.ports.training import DataUnusableError
from endcap.plumbing.files import write_atomically
from endcap.wire.review_events import FacingQuestioned

KIND = "gaps"
_SETTLED = """
SELECT q.store, q.picture, q.body, q.jpeg, q.settled, count(a.answer) AS people
FROM review_questions q LEFT JOIN review_answers a
    ON a.store = q.store AND a.picture = q.picture AND a.withdrawn_at IS NULL
WHERE q.settled IS NOT NULL GROUP BY q.question ORDER BY q.store, q.picture
"""
_ANSWERS = """
SELECT a.store, a.picture, a.who, a.said, a.at, a.place FROM review_answers a
JOIN review_questions q ON q.store = a.store AND q.picture = a.picture
WHERE a.withdrawn_at IS NULL AND q.settled IS NOT NULL ORDER BY a.answer
"""


class WithReviews:
    """Keeps the promises of central_sync.ports.lake.Lake: `gaps` from reviews, all else from it."""

    def __init__(self, lake: Lake, database: Path) -> None:
        self._lake = lake
        self._database = database

    def export(self, kind: str, out: Path) -> int:
        """Write what `kind` learns from into `out`; return how many events or answers it is.

        Raises:
            DataUnusableError: there is nothing yet.
        """
        if kind != KIND:
            return self._lake.export(kind, out)
        try:
            with reading(self._database) as db:
                return write_reviews(db, out)
        except DatabaseUnreadableError as error:
            raise DataUnusableError(str(error)) from error


def write_reviews(db: sqlite3.Connection, out: Path) -> int:
    """Write every settled facing with its answers into `out`; return how many answers it is.

    Raises:
        DataUnusableError: no facing is settled.
    """
    (out / PICTURES).mkdir(parents=True, exist_ok=True)
    rows = []
    for one in db.execute(_SETTLED):
        asked = FacingQuestioned.model_validate_json(one["body"])
        write_atomically(out / PICTURES / f"{one['picture']}.jpg", one["jpeg"])
        rows.append(facing_row(one["store"], asked, one["settled"], one["people"]))
    if not rows:
        raise DataUnusableError("no facing is settled yet; answer some on the page /review")
    answers = [dict(one) for one in db.execute(_ANSWERS)]
    _write(out / FACINGS, FACING_COLUMNS, rows)
    _write(out / ANSWERS, ANSWER_COLUMNS, answers)
    said = about(f"{len(rows)} facings that people of the chain judged")
    write_atomically(out / DATASET, json.dumps(said, indent=2).encode() + b"\n")  # all is there
    return len(answers)


def _write(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
