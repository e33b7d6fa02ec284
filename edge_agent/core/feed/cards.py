"""Takes loyalty cards out of the lines of a file that was read, so that it can be kept.

Line numbers stay. A line that cannot be cut into its columns may hold a card anywhere, so it is
emptied. Which files are kept, and where, is not known here.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator

from edge_agent.core.feed.rows import CARD, MAX_LINE, RowError, cells_of, columns_of, delimiter_of

_EMPTY = b"\n"


def without_cards(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the lines of a CSV or JSON-lines file with nothing in the column `shopper`."""
    columns: list[str] | None = None
    delimiter = ""
    for raw in lines:
        text = raw.decode("utf-8-sig", "replace").strip("\r\n")
        if not text.strip():
            yield raw
        elif len(raw) > MAX_LINE:
            yield _EMPTY
        elif columns is not None:
            yield _blanked(text, columns, delimiter) if CARD in columns else raw
        elif text.lstrip()[0] in "{[":
            yield _blanked_json(text) if CARD in text.lower() else raw
        else:
            delimiter = delimiter_of(text)
            columns = _columns(text, delimiter)
            yield raw


def _columns(header: str, delimiter: str) -> list[str]:
    try:
        return columns_of(header, delimiter)
    except RowError:
        return [CARD]  # nothing is known of its lines, so none is kept


def _blanked(text: str, columns: list[str], delimiter: str) -> bytes:
    try:
        cells = cells_of(text, delimiter)
    except RowError:
        return _EMPTY
    if len(cells) > len(columns):
        return _EMPTY
    kept = ["" if column == CARD else cell for column, cell in zip(columns, cells, strict=False)]
    line = io.StringIO()
    csv.writer(line, delimiter=delimiter, lineterminator="\n").writerow(kept)
    return line.getvalue().encode()


def _blanked_json(text: str) -> bytes:
    try:
        found = json.loads(text)
    except ValueError:
        return _EMPTY
    if not isinstance(found, dict):
        return _EMPTY
    kept = {key: None if key.strip().lower() == CARD else value for key, value in found.items()}
    return json.dumps(kept, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
