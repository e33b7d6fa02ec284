"""Drops orders into a folder, for the shop's own system to fetch: CSV or JSON, whole or absent.

A file that was fetched may come again with the same name after a power cut, with the same lines;
each line has the order's own name, so that it can be told apart from a new one.
"""

import asyncio
import csv
import io
import json
from dataclasses import asdict
from pathlib import Path
from typing import Literal

from edge_agent.ports.stock import OrderFile, OrdersUnwritableError
from endcap.plumbing.files import write_atomically

Format = Literal["csv", "json"]
COLUMNS = ("order", "store", "gtin", "units", "cases", "ordered", "arrives")


class OrderFolder:
    """Keeps the promises of edge_agent.ports.stock.OrderDrop."""

    def __init__(self, folder: Path, store: str, form: Format) -> None:
        self._folder = folder
        self._store = store
        self._form = form

    async def put(self, file: OrderFile) -> None:
        """Write `file` into the folder."""
        rows = [
            {"store": self._store}
            | asdict(line)
            | {"ordered": line.ordered.isoformat(), "arrives": line.arrives.isoformat()}
            for line in file.lines
        ]
        content = _json(file.name, rows) if self._form == "json" else _csv(rows)
        path = self._folder / f"{file.name}.{self._form}"
        try:
            await asyncio.to_thread(write_atomically, path, content)
        except OSError as error:
            raise OrdersUnwritableError(
                f"{path}: {error.strerror or error}; let the agent write there"
            ) from error


def _csv(rows: list[dict[str, object]]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def _json(name: str, rows: list[dict[str, object]]) -> bytes:
    lines = [{column: row[column] for column in COLUMNS} for row in rows]
    return json.dumps({"file": name, "lines": lines}, indent=1).encode() + b"\n"
