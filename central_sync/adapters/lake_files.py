"""What trainers learn from, written from the lake's files in their documented layouts.

    demand   endcap_sales    dataset.json, sales.parquet
    shopper  basket_counts   dataset.json, items.parquet, pairs.parquet, totals.parquet

Only whole revisions count, the highest of each day. Reads the lake's files alone: it may run in
any thread or process while the lake is being filled.
"""

import io
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from central_sync.adapters.lake_tables import BASKETS, SALES
from central_sync.core.revisions import Part, rows_that_count
from central_sync.ports.training import DataUnusableError
from endcap.plumbing.files import write_atomically
from endcap.wire.events import BasketsCounted, SalesTallied

HORIZON_DAYS = 7
HOLDOUT_PERIODS = 1
_KEYS = ("store", "gtin", "gtin_a", "gtin_b", "day", "period")


class LakeFiles:
    """The lake in a folder, for reading."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def export(self, kind: str, out: Path) -> int:
        """Write what models of `kind` learn from into `out`; return how many events it is.

        Raises:
            DataUnusableError: there is nothing yet, or nothing is collected for this kind.
        """
        if kind not in _EXPORTS:
            known = ", ".join(sorted(_EXPORTS))
            raise DataUnusableError(f"stores send nothing that {kind} learns from; only {known}")
        event_kind, schema, day, write = _EXPORTS[kind]
        events = _winners(self._read(event_kind, schema), day)
        if events.num_rows == 0:
            raise DataUnusableError(
                f"the lake holds no whole {event_kind} yet; wait until a store has sent one"
            )
        out.mkdir(parents=True, exist_ok=True)
        write(events, out)
        return int(events.num_rows)

    def _read(self, kind: str, schema: pa.Schema) -> pa.Table:
        """Return every event of a kind in the lake."""
        files = sorted((self._folder / f"kind={kind}").glob("store=*/*.parquet"))
        tables = [pq.ParquetFile(path).read() for path in files]
        return pa.concat_tables([schema.empty_table(), *tables], promote_options="default")


def _winners(events: pa.Table, day: str) -> pa.Table:
    """Return the events of the revisions that count."""
    names = ("store", day, "epoch", "revision", "part", "parts", "time")
    places = events.select(names).rename_columns(
        ["store", "day", "epoch", "revision", "part", "parts", "at"]
    )
    parts = (Part(**place, row=row) for row, place in enumerate(places.to_pylist()))
    return events.take(pa.array(rows_that_count(parts), pa.int64()))


def _endcap_sales(events: pa.Table, out: Path) -> None:
    """Write the layout that the demand forecast learns from."""
    sales = _exploded(events, "items", ("store", "day"))
    columns = ("store", "gtin", "day", "units", "price", "promotion", "in_stock")
    _write_table(sales.select(columns), out / "sales.parquet")
    _write_about({"layout": "endcap_sales", "horizon": HORIZON_DAYS}, out)


def _basket_counts(events: pa.Table, out: Path) -> None:
    """Write the layout that the recommendations learn from."""
    kept = ("store", "period")
    _write_table(_exploded(events, "items", kept), out / "items.parquet")
    _write_table(_exploded(events, "pairs", kept), out / "pairs.parquet")
    once = events.filter(
        pc.equal(events.column("part"), pa.scalar(1, pa.int32()))
    )  # every part repeats the total
    _write_table(once.select([*kept, "baskets"]), out / "totals.parquet")
    _write_about({"layout": "basket_counts", "holdout_periods": HOLDOUT_PERIODS}, out)


def _exploded(events: pa.Table, column: str, kept: Sequence[str]) -> pa.Table:
    """Return a row for each entry of a nested column, with the event's columns `kept`."""
    lists = cast("pa.ListArray[Any]", events.column(column).combine_chunks())
    entries = cast("pa.StructArray", lists.flatten())
    parents = pc.list_parent_indices(lists)
    arrays = {name: events.column(name).take(parents) for name in kept}
    fields = {field.name: entries.field(field.name) for field in entries.type}
    return pa.table(arrays | fields)


def _write_table(table: pa.Table, path: Path) -> None:
    """Write a table, sorted, so that the same events make the same bytes."""
    keys = [name for name in table.column_names if name in _KEYS]
    order = pc.sort_indices(table, sort_keys=[(name, "ascending") for name in keys])
    content = io.BytesIO()
    pq.write_table(table.take(order), content, compression="zstd")
    write_atomically(path, content.getvalue())


def _write_about(about: Mapping[str, str | int], out: Path) -> None:
    """Write dataset.json, last: it says that the rest is there."""
    write_atomically(out / "dataset.json", json.dumps(about).encode())


_EXPORTS: Mapping[str, tuple[str, pa.Schema, str, Callable[[pa.Table, Path], None]]] = {
    "demand": (SalesTallied.kind, SALES, "day", _endcap_sales),
    "shopper": (BasketsCounted.kind, BASKETS, "period", _basket_counts),
}
