"""Reads a planogram that another tool exported: its columns by what they are usually called.

Rows say either where a facing is on the picture (shares, percent or pixels), or on which shelf and
at which place an item stands, how wide, and with how many facings; those are laid onto the rows
that were found on the picture. A row that cannot be read is told with its line, and stops no other.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

from edge_agent.core.feed.fields import Span, filled, gtin, number, optional_number, text
from edge_agent.core.feed.item_codes import PLAIN, ItemCodes
from edge_agent.core.feed.rows import Accepted, Fields, Refused, RowError, Shape, read_rows
from edge_agent.core.feed.shelf import Facing
from edge_agent.core.vision.enrolment import in_order
from endcap.models.gaps.boxes import Box

SYNONYMS: Mapping[str, str] = {
    "camera": "camera_id camera_name cam",
    "facing": "facing_id facing_name location_id slot",
    "gtin": "ean ean13 upc barcode bar_code item_code product_id product_code article "
    "article_number sku id itemid product",
    "x": "left x0 x_min xmin pos_x",
    "y": "top y0 y_min ymin pos_y",
    "w": "width wide",
    "h": "height high",
    "x1": "right x_max xmax x2",
    "y1": "bottom y_max ymax y2",
    "shelf": "shelf_number shelf_no shelf_nr shelfno fixture fixture_id row level",
    "position": "pos position_id position_number position_no sequence seq rank locationid",
    "facings": "hfacings h_facings facings_wide horizontal_facings number_of_facings facing_count",
}
"""What columns are called elsewhere, by what they are called here."""

_MEASURE = Span(-1e6, 1e6)
_COUNT = Span(0, 60)
_MOST = 500


@dataclass(frozen=True, slots=True)
class Onto:
    """What rows are laid onto: a camera, its picture in pixels, the facings found on it.

    `from_below` says that shelf 1 is the lowest one, as planning tools have it.
    """

    camera: str
    width: int
    height: int
    found: tuple[Box, ...] = ()
    from_below: bool = True


@dataclass(frozen=True, slots=True)
class Imported:
    """The facings of a file, the rows that were left out, and what was assumed."""

    facings: tuple[Facing, ...]
    refused: tuple[Refused, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    """A row: an item, and either a box or a shelf and a place; `camera` when it says one."""

    line: int
    camera: str
    facing: str
    item: str | None
    sides: tuple[float, ...] = ()
    shelf: float = 0.0
    position: float = 0.0
    wide: float | None = None
    facings: int = 1


@dataclass(slots=True)
class _Told:
    refused: list[Refused] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_plan(lines: Iterable[bytes], onto: Onto, codes: ItemCodes = PLAIN) -> Imported:
    """Return what the rows of a file mean on a picture."""
    told = _Told()
    rows: list[_Row] = []
    for one in read_rows(lines, Shape((), lambda fields: _row(fields, codes), comments=True)):
        if isinstance(one, Accepted):
            rows.append(replace(one.value, line=one.line))
        else:
            told.refused.append(one)
    named = {row.camera for row in rows if row.camera}
    if onto.camera in named:
        others = sum(row.camera != onto.camera for row in rows)
        rows = [row for row in rows if row.camera == onto.camera]
        told.notes += [f"{others} rows of other cameras were passed over"] if others else []
    elif named:
        told.notes.append(f"the file names {', '.join(sorted(named)[:3])}: taken as {onto.camera}")
    boxed = [row for row in rows if row.sides]
    found = _boxed(boxed, onto, told) + _shelved([r for r in rows if not r.sides], onto, told)
    return Imported(_numbered(found[:_MOST]), tuple(told.refused), tuple(told.notes))


def _row(fields: Fields, codes: ItemCodes) -> _Row:
    """Return a row of any tool; raises RowError when it says no place."""
    known = _known(fields)
    item = gtin(known, codes=codes) if text(known, "gtin", 200) else None
    row = _Row(0, text(known, "camera", 63).lower(), _plain(text(known, "facing", 63)), item)
    if filled(known, "x") and filled(known, "y") and not filled(known, "shelf"):
        return replace(row, sides=_sides(known))
    if not filled(known, "shelf"):
        raise RowError("no place: x, y, w, h, or shelf and position are wanted; left out")
    if item is None:
        raise RowError("gtin: a row of a shelf needs its item; left out")
    order = "position" if filled(known, "position") else "x"
    return replace(
        row,
        shelf=number(known, "shelf", _MEASURE),
        position=number(known, order, _MEASURE),
        wide=optional_number(known, "w", _MEASURE),
        facings=max(int(optional_number(known, "facings", _COUNT) or 1), 1),
    )


def _known(fields: Fields) -> dict[str, Any]:
    """Return a row under the names that columns have here."""
    said = {re.sub(r"[^a-z0-9%]+", "_", name).strip("_%"): value for name, value in fields.items()}
    found: dict[str, Any] = {}
    for ours, theirs in SYNONYMS.items():
        name = next((one for one in (ours, *theirs.split()) if filled(said, one)), None)
        if name is not None:
            found[ours] = _bare(said[name])
    return found


def _bare(value: object) -> object:
    """Return a cell without its percent sign: how large numbers are tells shares from percent."""
    return value.strip().removesuffix("%").strip() if isinstance(value, str) else value


def _sides(known: Fields) -> tuple[float, ...]:
    x, y = (number(known, name, _MEASURE) for name in ("x", "y"))
    if filled(known, "x1") and filled(known, "y1"):
        x1, y1 = (number(known, name, _MEASURE) for name in ("x1", "y1"))
        return x, y, x1 - x, y1 - y
    return x, y, number(known, "w", _MEASURE), number(known, "h", _MEASURE)


def _plain(name: str) -> str:
    """Return a name as the wire allows it, "" for none."""
    return re.sub(r"[^a-z0-9._-]+", "-", name.lower()).strip("-._")


def _boxed(rows: Sequence[_Row], onto: Onto, told: _Told) -> list[Facing]:
    """Return rows with boxes in shares of the picture; their numbers' size tells their unit."""
    most = max((max(row.sides) for row in rows), default=0.0)
    across, down, unit = 1.0, 1.0, ""
    if most > 100.5:  # noqa: PLR2004 - percent end at 100
        across, down, unit = float(onto.width), float(onto.height), "pixels"
    elif most > 1.01:  # noqa: PLR2004 - shares end at 1
        across, down, unit = 100.0, 100.0, "percent"
    if unit:
        told.notes.append(f"places are read as {unit} of a picture of {onto.width} x {onto.height}")
    found = []
    for row in rows:
        x, y, w, h = (side / by for side, by in zip(row.sides, (across, down) * 2, strict=True))
        if w <= 0 or h <= 0 or x >= 1 or y >= 1 or x + w <= 0 or y + h <= 0:
            reason = f"x {x:g}, y {y:g}, w {w:g}, h {h:g}: outside the picture; left out"
            told.refused.append(Refused(row.line, reason, row.facing or row.item or ""))
            continue
        left, top = max(x, 0.0), max(y, 0.0)
        right, bottom = min(x + w, 1.0), min(y + h, 1.0)
        if (left, top) != (x, y) or right < x + w - 0.001 or bottom < y + h - 0.001:
            told.notes.append(f"line {row.line}: cut off at the picture's edge")
        name = row.facing
        found.append(Facing(onto.camera, name, row.item, left, top, right - left, bottom - top))
    return found


def _shelved(rows: Sequence[_Row], onto: Onto, told: _Told) -> list[Facing]:
    """Return rows that say shelf and place, laid onto the rows found on the picture."""
    if not rows:
        return []
    places = in_order(onto.found)
    shelves = sorted({row.shelf for row in rows}, reverse=onto.from_below)
    if not places:
        told.refused += [
            Refused(row.line, "no shelf rows were found on the picture; left out", row.item or "")
            for row in rows
        ]
        return []
    if len(shelves) != len(places):
        told.notes.append(
            f"{len(shelves)} shelves in the file, {len(places)} rows on the picture: laid from the "
            f"{'bottom' if onto.from_below else 'top'}; check them"
        )
    upper = len(places) - len(shelves) if onto.from_below else 0
    laid: list[Facing] = []
    for shelf, stood in groupby(_sorted(rows, shelves), lambda row: row.shelf):
        here, place = list(stood), shelves.index(shelf) + upper
        if 0 <= place < len(places):
            laid += _laid(here, places[place], onto.camera)
        else:
            reason = f"shelf {shelf:g} has no row on the picture; left out"
            told.refused += [Refused(row.line, reason, row.item or "") for row in here]
    return laid


def _sorted(rows: Sequence[_Row], shelves: Sequence[float]) -> list[_Row]:
    return sorted(rows, key=lambda row: (shelves.index(row.shelf), row.position, row.line))


def _laid(rows: Sequence[_Row], places: Sequence[Box], camera: str) -> list[Facing]:
    """Return one shelf's facings: in the places found when there are as many, else side by side."""
    items = [row for row in rows for _ in range(row.facings)]
    if len(items) == len(places):
        spans = [(box.x0, box.y0, box.width, box.height) for box in places]
    else:
        left, right = places[0].x0, max(box.x1 for box in places)
        top = sorted(box.y0 for box in places)[len(places) // 2]
        bottom = sorted(box.y1 for box in places)[len(places) // 2]
        wide = [(row.wide or 1.0) / (max(1, row.facings)) for row in items]
        unit = (right - left) / sum(wide)
        spans, x = [], left
        for one in wide:
            spans.append((x, top, one * unit, bottom - top))
            x += one * unit
    return [Facing(camera, "", row.item, *span) for row, span in zip(items, spans, strict=True)]


def _numbered(facings: Sequence[Facing]) -> tuple[Facing, ...]:
    """Return facings that all have a name: their own when it is free, else by row and place."""
    taken: set[str] = set()
    order = {
        (box.x0, box.y0): f"r{row}-{place}"
        for row, boxes in enumerate(in_order([_box(one) for one in facings]), 1)
        for place, box in enumerate(boxes, 1)
    }
    found = []
    for one in facings:
        name = one.facing or order[one.x, one.y]
        free = name
        copy = 1
        while free in taken:
            copy += 1
            free = f"{name[:58]}.{copy}"
        taken.add(free)
        found.append(replace(one, facing=free))
    return tuple(found)


def _box(one: Facing) -> Box:
    return Box(one.x, one.y, one.x + one.w, one.y + one.h)
