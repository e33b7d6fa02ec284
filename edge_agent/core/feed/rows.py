"""Turns the lines of a file into values: CSV with a header, or one JSON object a line.

A bad line is refused with its number, the reason and how it looked, and never stops the next. A row
is one line: a quote that is left open spoils its own line only. What the columns mean is not known
here, nor where the lines come from.
"""

import csv
import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic_core import from_json

T = TypeVar("T")

MAX_LINE = 16 * 1024
"""The longest line in bytes; whoever cuts a file into lines keeps one byte more of a longer one."""

MAX_RAW = 300
MAX_REASON = 300
COMMENT = "#"
"""What a line begins with that people keep for themselves, in files that may have such lines."""

CARD = "shopper"
"""The column in which a file may say who bought something."""
_DELIMITERS = ",;\t|"

Fields = Mapping[str, Any]
"""A row as it came: a column's name to its text, or to what JSON held."""


class RowError(ValueError):
    """What is wrong with a row, and what is allowed."""


class _HeaderError(RowError):
    """No row of the file can be read."""


@dataclass(frozen=True, slots=True)
class Accepted(Generic[T]):
    """A row that could be read, and the line it stood on; `note` says what had to be assumed."""

    line: int
    value: T
    note: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that could not be read: its line, why, and how it looked (shortened)."""

    line: int
    reason: str
    raw: str


@dataclass(frozen=True, slots=True)
class Shape(Generic[T]):
    """What a row must have, and the value it makes; `make` raises RowError.

    `key` names what may stand in one file once; None when that is not for the file to say. `note`
    says what had to be assumed to read a row that could be read, "" for nothing. Rows that are
    `personal` may hold a loyalty card, also in the wrong place: of one that is refused nothing is
    repeated. Files with `comments` may have lines that are none of their rows.
    """

    required: tuple[str, ...]
    make: Callable[[Fields], T]
    key: Callable[[T], Hashable] | None = None
    note: Callable[[Fields], str] | None = None
    personal: bool = False
    comments: bool = False


_Cut = Callable[[str], Fields]
"""Cuts a line into its fields."""


def read_rows(lines: Iterable[bytes], shape: Shape[T]) -> Iterator[Accepted[T] | Refused]:
    """Yield each row of a file as accepted or refused, in order. Empty lines are passed over.

    A header that lacks a column refuses the file: one refusal, and no row.
    """
    cut: _Cut | None = None
    header = CARD  # until it is read, it may say anything
    seen: dict[Hashable, int] = {}
    for number, raw in enumerate(lines, 1):
        try:
            text = _text(raw, number)
            if not text.strip() or (shape.comments and text.startswith(COMMENT)):
                continue
            if cut is None:
                cut = _format(text, shape.required)
                header = text.lower()
                if cut is not _json_object:
                    continue
            fields = cut(text)
            value = shape.make(fields)
            _only_once(shape, value, number, seen)
        except RowError as problem:
            personal = shape.personal and (CARD in header or CARD.encode() in raw.lower())
            yield _refused(number, problem, raw, personal=personal)
            if isinstance(problem, _HeaderError) or cut is None:
                return
        else:
            yield Accepted(number, value, shape.note(fields) if shape.note else "")


def _refused(number: int, problem: RowError, raw: bytes, *, personal: bool) -> Refused:
    """Return a row that could not be read; one that may hold a card is not repeated."""
    if personal:
        return Refused(number, without_values(str(problem))[:MAX_REASON], "")
    return Refused(number, str(problem)[:MAX_REASON], _shown(raw))


def without_values(reason: str) -> str:
    """Return a reason without what it quotes: columns may have slipped, and a card number is there.

    >>> without_values("gtin: '4711' has 4 digits; a GTIN has 8, 12, 13 or 14")
    'gtin: (a value) has 4 digits; a GTIN has 8, 12, 13 or 14'
    """
    return re.sub(r"'[^']*'|\"[^\"]*\"", "(a value)", reason)


def _only_once(shape: Shape[T], value: T, line: int, seen: dict[Hashable, int]) -> None:
    """Refuse a second row about the same thing."""
    if shape.key is None:
        return
    key = shape.key(value)
    if key in seen:
        raise RowError(f"{key} stands on line {seen[key]} already; once is allowed")
    seen[key] = line


def _text(raw: bytes, number: int) -> str:
    """Return a line as text, without its end and, on the first line, its byte order mark."""
    if len(raw) > MAX_LINE:
        raise RowError(f"the line is longer than {MAX_LINE} bytes")
    if number == 1 and raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise _HeaderError("the file is UTF-16; save it as UTF-8")
    try:
        text = raw.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as error:
        raise RowError(f"byte {error.start + 1} is not UTF-8; save the file as UTF-8") from None
    return text.rstrip("\r\n")


def _format(first: str, required: tuple[str, ...]) -> _Cut:
    """Return how to cut the lines of a file that begins with `first`."""
    if first.lstrip()[0] == "{":
        return _json_object
    if first.lstrip()[0] == "[":
        raise _HeaderError("a JSON list; one JSON object a line is allowed")
    delimiter = delimiter_of(first)
    columns = columns_of(first, delimiter)
    missing = [name for name in required if name not in columns]
    if missing:
        raise _HeaderError(f"the header lacks {', '.join(missing)}; it needs {','.join(required)}")
    twice = sorted({name for name in columns if name and columns.count(name) > 1})
    if twice:
        raise _HeaderError(f"the header names {', '.join(twice)} twice")
    return lambda line: _named(cells_of(line, delimiter), columns, delimiter)


def delimiter_of(header: str) -> str:
    """Return what stands between the columns of a CSV header."""
    return max(_DELIMITERS, key=header.count)


def columns_of(header: str, delimiter: str) -> list[str]:
    """Return the names of the columns of a CSV header."""
    return [name.strip().lower().replace(" ", "_") for name in cells_of(header, delimiter)]


def _named(cells: list[str], columns: list[str], delimiter: str) -> Fields:
    """Return the cells by column; empty ones too many are a spreadsheet's and are dropped."""
    if len(cells) > len(columns):
        if any(cell.strip() for cell in cells[len(columns) :]):
            raise RowError(
                f"{len(cells)} cells for {len(columns)} columns; "
                f"quote a cell that holds {delimiter!r}, such as a decimal comma"
            )
        cells = cells[: len(columns)]
    if len(cells) < len(columns):
        cells = cells + [""] * (len(columns) - len(cells))
    return dict(zip(columns, cells, strict=True))


def cells_of(line: str, delimiter: str) -> list[str]:
    """Return the cells of a CSV line."""
    if '"' not in line:
        return line.split(delimiter)
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise RowError(f"not CSV: {error}") from None


def _json_object(line: str) -> Fields:
    """Return the members of a JSON object, by lower-case name."""
    try:
        found = from_json(line, allow_inf_nan=False)
    except ValueError as error:
        raise RowError(f"not JSON: {error}") from None
    if not isinstance(found, dict):
        raise RowError(f"a row is a JSON object, not {type(found).__name__}")
    return {name.strip().lower(): value for name, value in found.items()}


def _shown(raw: bytes) -> str:
    """Return a line as a person may see it: readable, on one line, short."""
    text = raw[: 2 * MAX_RAW].decode("utf-8", "replace").rstrip("\r\n")
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)[
        :MAX_RAW
    ]
