"""What trainers learn from, written from the lake's files in their documented layouts.

    demand   endcap_sales    dataset.json, sales.parquet, days.parquet
    shopper  basket_counts   dataset.json, items.parquet, pairs.parquet, kinds.parquet,
                             totals.parquet, categories.parquet, sold.parquet
    shopper_ranker  feature_sums  dataset.json, features.parquet

Each .parquet is a folder of part files, one for some stores, so that memory does not grow with the
fleet, and work can be shared out by it. Only whole revisions count, the highest of each day. Reads
the lake's files alone: it may run in any thread or process while the lake is being filled.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
from ibis.expr import types as ir

from central_sync.adapters.lake_reading import LakeReading, lines, reading, stores_of, told
from central_sync.adapters.lake_rows import (
    EVENT,
    categories_of,
    day_rows,
    demand_rows,
    lines_of,
    newest,
    sold_rows,
)
from central_sync.adapters.lake_tables import BASKETS, FEATURES, ITEMS, SALES
from central_sync.ports.training import DataUnusableError
from endcap.plumbing.files import write_atomically
from endcap.wire.events import ItemsDescribed, SalesTallied
from endcap.wire.shopper_events import BasketsCounted, FeaturesSummed

HORIZON_DAYS = 7
HOLDOUT_PERIODS = 1
STORES_AT_ONCE = 10


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
        return self._export(_LAYOUTS[kind], out, None)

    def export_since(self, first: date, out: Path) -> int:
        """Write the sales from a day on into `out`; return how many events it is.

        Raises:
            DataUnusableError: there are none.
        """
        return self._export(_LAYOUTS["demand"], out, first)

    def _export(self, layout: "_Layout", out: Path, since: date | None) -> int:
        """Write a layout's files, group by group; return how many events it is."""
        events = 0
        for place, some in enumerate(self._groups(layout.event)):
            with reading(self._folder, out / ".spill") as lake:
                group = _some(lake, layout, some, since)
                if found := lake.count(group.chosen):
                    for name, rows in layout.tables(group).items():
                        lake.write(rows, out / f"{name}.parquet" / f"part-{place:05}.parquet")
            events += found
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


def _some(lake: LakeReading, layout: _Layout, stores: Sequence[str], since: date | None) -> _Group:
    """Return the events of some stores that a layout is made of."""
    events = lake.events(layout.event, layout.schema, stores, since)
    if since is not None:
        events = events.filter(events[layout.of] >= since)
    kept = lake.keep(events)
    return _Group(lake, stores, kept, lake.keep(newest(told(kept, layout.of), [layout.of])))


def _endcap_sales(group: _Group) -> Mapping[str, ir.Table]:
    """Return the tables that the demand forecast learns from."""
    described = group.lake.events(ItemsDescribed.kind, ITEMS, group.stores)
    categories = categories_of(newest(told(described)), lines(described, "items"))
    sales = lines_of(group.chosen, lines(group.events, "items"))
    return {
        "sales": demand_rows(sales, categories),
        "days": day_rows(group.lake.days(group.stores)),
    }


def _basket_counts(group: _Group) -> Mapping[str, ir.Table]:
    """Return the tables that the recommendations learn from."""
    items, pairs, kinds = (
        lines_of(group.chosen, lines(group.events, name)) for name in ("items", "pairs", "kinds")
    )
    # Every part repeats the total.
    once = group.events.filter(group.events.part == 1).select(*EVENT, "baskets", "noise")
    kept = ("store", "period")
    both, two = ("gtin_a", "gtin_b"), ("category_a", "category_b")
    described = group.lake.events(ItemsDescribed.kind, ITEMS, group.stores)
    return {
        "items": items.select(*kept, "gtin", "baskets").order_by(*kept, "gtin"),
        "pairs": pairs.select(*kept, *both, "baskets").order_by(*kept, *both),
        "kinds": kinds.select(*kept, *two, "baskets").order_by(*kept, *two),
        "totals": lines_of(group.chosen, once).select(*kept, "baskets", "noise").order_by(*kept),
        "categories": categories_of(newest(told(described)), lines(described, "items")),
        "sold": _sold(group),
    }


def _sold(group: _Group) -> ir.Table:
    """Return how much of each item a store sold, as its daily sales tell: store, gtin, units."""
    sales = group.lake.events(SalesTallied.kind, SALES, group.stores)
    rows = lines_of(newest(told(sales, "day"), ["day"]), lines(sales, "items"))
    return sold_rows(rows)


def _feature_sums(group: _Group) -> Mapping[str, ir.Table]:
    """Return the sums that the ranker learns from: a row for each part."""
    whole = group.events.drop("period").join(group.chosen, list(EVENT))
    kept = ("store", "period", "basis", "width", "weight", "steps", "noise", "start", "values")
    return {"features": whole.select(*kept).order_by("store", "period", "start")}


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
    "shopper_ranker": _Layout(
        FeaturesSummed.kind,
        FEATURES,
        "period",
        _feature_sums,
        {"layout": "feature_sums", "holdout_periods": HOLDOUT_PERIODS},
    ),
}
