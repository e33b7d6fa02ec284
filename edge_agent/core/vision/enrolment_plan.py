"""Decides what a drafted shelf changes: checks it, compares it with the plan, writes it in as CSV.

The text of the planogram's file comes in and goes out; no file is touched here. Rows of other
cameras, comments and columns that are not known here stay as they are.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import combinations, count
from typing import Literal

from edge_agent.core.feed.item_codes import PLAIN, ItemCodes
from edge_agent.core.feed.rows import (
    COMMENT,
    Accepted,
    RowError,
    cells_of,
    columns_of,
    delimiter_of,
    read_rows,
)
from edge_agent.core.feed.shelf import Facing, planogram_shape
from edge_agent.core.vision.enrolment import in_order
from edge_agent.core.vision.places import box_of
from endcap.models.gaps.boxes import Box, as_array, overlap
from endcap.wire.identifiers import NAME_PATTERN

COLUMNS = ("camera", "facing", "gtin", "x", "y", "w", "h")
MOST = 500
"""Facings of one camera."""

_NAME = re.compile(NAME_PATTERN)
_DIGITS = 4
_LEAST = 0.004
_MOVED = 0.0006
_ONE_PLACE = 0.6
_KNOWN = 0.3

Change = Literal["added", "moved", "item", "removed"]


class DraftError(ValueError):
    """A drafted shelf cannot be saved; the message says which facing, and what to do."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A facing that the draft changes: how, what it was and what it will be."""

    facing: str
    changes: tuple[Change, ...]
    before: Facing | None
    after: Facing | None


def tidied(camera: str, facings: Iterable[Facing]) -> tuple[Facing, ...]:
    """Return drafted facings as they are written: in shares of four digits, inside the picture.

    Raises:
        DraftError: there are none or too many, a name is none or stands twice, a box is nothing.
    """
    found = tuple(_tidy(camera, one) for one in facings)
    if not 1 <= len(found) <= MOST:
        raise DraftError(f"{camera}: 1 to {MOST} facings are allowed, not {len(found)}")
    names = [one.facing for one in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DraftError(f"{twice[0]}: two facings have this name; give one another")
    return found


def _tidy(camera: str, one: Facing) -> Facing:
    if not _NAME.fullmatch(one.facing):
        allowed = "lower-case letters, digits, '_', '.' and '-' are allowed"
        raise DraftError(f"{one.facing[:63]!r} is no name of a facing: {allowed}")
    x, y = (round(min(max(side, 0.0), 1.0), _DIGITS) for side in (one.x, one.y))
    w = round(min(one.w, 1 - x), _DIGITS)
    h = round(min(one.h, 1 - y), _DIGITS)
    if w < _LEAST or h < _LEAST:
        raise DraftError(f"{one.facing}: it lies outside the picture, or is too small to be seen")
    return Facing(camera, one.facing, one.gtin, x, y, w, h)


def drafted(camera: str, planned: Sequence[Facing], proposed: Sequence[Box]) -> tuple[Facing, ...]:
    """Return the planned facings, and by row the proposed ones that none of them stands for."""
    found = list(planned)
    names = {one.facing for one in planned}
    known = as_array([box_of(one) for one in planned])
    for row, boxes in enumerate(in_order(proposed), 1):
        for place, box in enumerate(boxes, 1):
            if planned and overlap(as_array([box]), known).max() > _KNOWN:
                continue
            name = next(n for n in _names(f"r{row}-{place}") if n not in names)
            names.add(name)
            found.append(Facing(camera, name, None, box.x0, box.y0, box.width, box.height))
    return tuple(found)


def _names(wanted: str) -> Iterator[str]:
    """Yield a name, and others like it."""
    yield wanted
    yield from (f"{wanted}.{number}" for number in count(2))


def difference(before: Sequence[Facing], after: Sequence[Facing]) -> tuple[Difference, ...]:
    """Return what `after` changes, by name; a facing that stays as it is is left out."""
    old, new = ({one.facing: one for one in side} for side in (before, after))
    found = [
        Difference(name, _changes(old.get(name), new.get(name)), old.get(name), new.get(name))
        for name in sorted(old.keys() | new.keys())
    ]
    return tuple(one for one in found if one.changes)


def _changes(before: Facing | None, after: Facing | None) -> tuple[Change, ...]:
    if before is None:
        return ("added",)
    if after is None:
        return ("removed",)
    sides = zip(_sides(before), _sides(after), strict=True)
    found: list[Change] = ["moved"] if any(abs(a - b) > _MOVED for a, b in sides) else []
    return (*found, "item") if before.gtin != after.gtin else tuple(found)


def _sides(one: Facing) -> tuple[float, ...]:
    return one.x, one.y, one.w, one.h


def remarks(facings: Sequence[Facing]) -> tuple[str, ...]:
    """Return what a person should look at again: two facings in one place, one without an item."""
    boxes = as_array([box_of(one) for one in facings])
    shared = overlap(boxes, boxes)
    found = [
        f"{facings[a].facing} and {facings[b].facing} are in one place"
        for a, b in combinations(range(len(facings)), 2)
        if shared[a, b] > _ONE_PLACE
    ]
    bare = [one.facing for one in facings if one.gtin is None]
    if bare:
        more = f" and {len(bare) - 3} more" if len(bare) > 3 else ""  # noqa: PLR2004 - a few names
        found.append(f"{', '.join(bare[:3])}{more}: no item; a gap there names none")
    return tuple(found)


def mark_of(facings: Iterable[Facing]) -> str:
    """Return what tells whether somebody else changed these facings meanwhile."""
    rows = sorted(f"{one.facing} {one.gtin} {_sides(one)}" for one in facings)
    return sha256("\n".join(rows).encode()).hexdigest()[:16]


def facings_in(text: str, camera: str, codes: ItemCodes = PLAIN) -> tuple[Facing, ...]:
    """Return the facings of a camera in a planogram's text; rows that cannot be read are none.

    Raises:
        DraftError: it is no CSV of a planogram.
    """
    _header(text)
    rows = read_rows(map(str.encode, text.splitlines()), planogram_shape(codes))
    found = [one.value for one in rows if isinstance(one, Accepted)]
    return tuple(one for one in found if one.camera == camera)


def written(text: str, camera: str, facings: Sequence[Facing], codes: ItemCodes = PLAIN) -> str:
    """Return a planogram's text with `facings` in place of those of their camera.

    A facing that stays keeps its line and what other columns say of it; new ones stand behind the
    camera's last.

    Raises:
        DraftError: `text` is no CSV of a planogram.
    """
    end = "\r\n" if "\r\n" in text else "\n"
    if not text.strip("\ufeff \r\n"):
        text = ",".join(COLUMNS) + end
    at, delimiter, columns = _header(text)
    lines = text.splitlines()
    if "gtin" not in columns:
        columns = [*columns, "gtin"]
        lines[at] += f"{delimiter}gtin"
    known = {one.facing for one in facings_in(text, camera, codes)}
    left = {one.facing: one for one in facings}
    kept, last = lines[: at + 1], at + 1
    for line in lines[at + 1 :]:
        fields = _fields(line, columns, delimiter)
        name = fields.get("facing", "").strip().lower()
        if fields.get("camera", "").strip().lower() == camera:
            if name in left:
                line = _line(fields, left.pop(name), columns, delimiter)  # noqa: PLW2901
            elif name in known:
                continue
            last = len(kept) + 1
        kept.append(line)
    last = last if any(one.facing in known for one in facings) or known else len(kept)
    new = [_line({}, one, columns, delimiter) for one in left.values()]
    return end.join([*kept[:last], *new, *kept[last:]]) + end


def _header(text: str) -> tuple[int, str, list[str]]:
    """Return which line is the header, what parts it, and its columns."""
    for at, line in enumerate(text.lstrip("\ufeff").splitlines()):
        if line.strip() and not line.startswith(COMMENT):
            delimiter = delimiter_of(line)
            columns = columns_of(line, delimiter)
            missing = [name for name in COLUMNS if name not in columns and name != "gtin"]
            if missing:
                raise DraftError(f"the planogram's header lacks {', '.join(missing)}; see docs")
            return at, delimiter, columns
    return 0, ",", list(COLUMNS)


def _fields(line: str, columns: Sequence[str], delimiter: str) -> Mapping[str, str]:
    """Return the cells of a line by column; none of a comment, or of a line that is no row."""
    if not line.strip() or line.startswith(COMMENT):
        return {}
    try:
        return dict(zip(columns, cells_of(line, delimiter), strict=False))
    except RowError:
        return {}


def _line(fields: Mapping[str, str], one: Facing, columns: Sequence[str], delimiter: str) -> str:
    """Return a facing's line; columns that are not known here stay as `fields` has them."""
    said = {"camera": one.camera, "facing": one.facing, "gtin": one.gtin or ""}
    said |= {name: f"{getattr(one, name):g}" for name in ("x", "y", "w", "h")}
    out = io.StringIO()
    cells = [said.get(name, fields.get(name, "")) for name in columns]
    csv.writer(out, delimiter=delimiter, lineterminator="").writerow(cells)
    return out.getvalue()
