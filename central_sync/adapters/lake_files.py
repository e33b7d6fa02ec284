"""What trainers learn from, written from the lake's files in their documented layouts.

    demand   endcap_sales    dataset.json, sales.parquet
    shopper  basket_counts   dataset.json, items.parquet, pairs.parquet, totals.parquet

Each .parquet is a folder of part files, one for some stores, so that memory does not grow with the
fleet, and work can be shared out by it. Only whole revisions count, the highest of each day. Reads
the lake's files alone: it may run in any thread or process while the lake is being filled.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from ibis.expr import types as ir

from central_sync.adapters.lake_reading import LakeReading, lines, reading, stores_of, told
from central_sync.adapters.lake_rows import (
    EVENT,
    categories_of,
    demand_rows,
    lines_of,
    newest,
)
from central_sync.adapters.lake_tables import BASKETS, ITEMS, SALES
from central_sync.ports.training import DataUnusableError
from endcap.plumbing.files import write_atomically
from endcap.wire.events import BasketsCounted, ItemsDescribed, SalesTallied

HORIZON_DAYS = 7
HOLDOUT_PERIODS = 1
STORES_AT_ONCE = 20


class LakeFiles:
    """The lake in a folder, for reading."""

    def __init__(self, folder: Path, stores_at_once: int = STORES_AT_ONCE) -> None:
        self._folder = folder
        self._at_once = stores_at_once

    def export(self, kind: str, out: Path) -> int:
        """Write what models of `kind` learn from into `out`; return how many events it is.

        Raises:
            DataUnusableError: there is nothing yet, or nothing is collected for this kind.
        """
        if kind not in _LAYOUTS:
            known = ", ".join(sorted(_LAYOUTS))
            raise DataUnusableError(f"stores send nothing that {kind} learns from; only {known}")
        layout = _LAYOUTS[kind]
        events = 0
        for place, some in enumerate(self._groups(layout.event)):
            events += self._export_some(layout, some, out, f"part-{place:05}.parquet")
        if events == 0:
            raise DataUnusableError(
                f"the lake holds no whole {layout.event} yet; wait until a store has sent one"
            )
        write_atomically(out / "dataset.json", json.dumps(layout.about).encode())  # all is there
        return events

    def _groups(self, kind: str) -> Iterator[Sequence[str]]:
        """Yield some stores at a time of those that sent events of a kind."""
        stores = stores_of(self._folder, kind)
        for first in range(0, len(stores), self._at_once):
            yield stores[first : first + self._at_once]

    def _export_some(self, layout: "_Layout", stores: Sequence[str], out: Path, part: str) -> int:
        """Write the parts of some stores; return how many events that is."""
        with reading(self._folder, out / ".spill") as lake:
            events = lake.keep(lake.events(layout.event, layout.schema, stores))
            chosen = lake.keep(newest(told(events, layout.of), [layout.of]))
            found = lake.count(chosen)
            if found:
                for name, rows in layout.tables(_Group(lake, stores, events, chosen)).items():
                    lake.write(rows, out / f"{name}.parquet" / part)
        return found


@dataclass(frozen=True, slots=True)
class _Layout:
    """How a layout is made: of which events, told `of` which day, and the tables of its files."""

    event: str
    schema: pa.Schema
    of: str
    tables: Callable[["_Group"], Mapping[str, ir.Table]]
    about: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class _Group:
    """Some stores' events, and which of them count."""

    lake: LakeReading
    stores: Sequence[str]
    events: ir.Table
    chosen: ir.Table


def _endcap_sales(group: _Group) -> Mapping[str, ir.Table]:
    """Return the tables that the demand forecast learns from."""
    described = group.lake.events(ItemsDescribed.kind, ITEMS, group.stores)
    categories = categories_of(newest(told(described)), lines(described, "items"))
    sales = lines_of(group.chosen, lines(group.events, "items"))
    return {"sales": demand_rows(sales, categories, group.lake.days())}


def _basket_counts(group: _Group) -> Mapping[str, ir.Table]:
    """Return the tables that the recommendations learn from."""
    items = lines_of(group.chosen, lines(group.events, "items"))
    pairs = lines_of(group.chosen, lines(group.events, "pairs"))
    # Every part repeats the total.
    once = group.events.filter(group.events.part == 1).select(*EVENT, "baskets")
    kept = ("store", "period")
    return {
        "items": items.select(*kept, "gtin", "baskets").order_by(*kept, "gtin"),
        "pairs": pairs.select(*kept, "gtin_a", "gtin_b", "baskets").order_by(
            "store", "period", "gtin_a", "gtin_b"
        ),
        "totals": lines_of(group.chosen, once).select(*kept, "baskets").order_by(*kept),
    }


_LAYOUTS: Mapping[str, _Layout] = {
    "demand": _Layout(
        SalesTallied.kind,
        SALES,
        "day",
        _endcap_sales,
        {"layout": "endcap_sales", "horizon": HORIZON_DAYS},
    ),
    "shopper": _Layout(
        BasketsCounted.kind,
        BASKETS,
        "period",
        _basket_counts,
        {"layout": "basket_counts", "holdout_periods": HOLDOUT_PERIODS},
    ),
}
