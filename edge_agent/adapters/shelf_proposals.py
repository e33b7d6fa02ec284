"""Facings proposed for a reference picture: its pixels measured, then judged as numbers.

Measuring is endcap/models/gaps/rows.py's, deciding core/vision/enrolment.py's.
"""

from collections.abc import Sequence

from edge_agent.core.vision.enrolment import (
    Row,
    cut_row,
    facing_box,
    rows_of,
    top_of,
    widths_of,
    with_gaps,
)
from endcap.models.gaps import rows
from endcap.models.gaps.boxes import Box
from endcap.models.gaps.crops import Picture

MOST = 400
"""Facings proposed of one picture."""


def propose(picture: Picture, gaps: Sequence[Box] = ()) -> tuple[Box, ...]:
    """Return where facings seem to be on a picture, with the detector's `gaps` among them."""
    measured = rows.small(picture)
    found = [box for row in rows_of(rows.lines(measured)) for box in _in_row(measured, row)]
    return with_gaps(found, gaps)[:MOST]


def _in_row(picture: rows.Numbers, row: Row) -> list[Box]:
    """Return the facings of one row, from left to right."""
    high, columns = picture.shape[:2]
    band = rows.band(picture, row.top, row.bottom)
    height = row.height * high
    widths = widths_of(height, columns)
    cuts = cut_row(rows.seams(band), rows.likeness(band, widths), widths, height)
    return [
        facing_box(row, left / columns, right / columns, top_of(rows.tops(band, left, right)))
        for left, right in cuts
    ]
