"""Completes co-purchase counts by what else stores tell: pairs of categories, and sales by item.

The larger a store's period, the more of its figure is no noise, so it counts the more. Where a
folder has none of these tables, counts stay as they are.
"""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from central_sync.trainers.shopper.ease import Counts
from central_sync.trainers.shopper.noisy_gram import KindSums, affinity, completed
from central_sync.trainers.tables import read_table

Floats = NDArray[np.float64]
_PERIOD = ["store", "period"]


@dataclass(frozen=True, slots=True)
class Said:
    """What the stores said besides items and pairs; see the layout `basket_counts`."""

    totals: pa.Table
    kinds: pa.Table
    categories: pa.Table
    sold: pa.Table


def read_said(data: Path) -> Said | None:
    """Return the tables of a folder, None where it has only counts.

    Raises:
        DataUnusableError: one of them is there, but another or a column is missing.
    """
    if not (data / "kinds.parquet").exists():
        return None
    both = ("store", "period")
    return Said(
        totals=read_table(data / "totals.parquet", (*both, "baskets", "noise")),
        kinds=read_table(data / "kinds.parquet", (*both, "category_a", "category_b", "baskets")),
        categories=read_table(data / "categories.parquet", ("gtin", "category")),
        sold=read_table(data / "sold.parquet", ("gtin", "units")),
    )


def complete(counts: Counts, said: Said, periods: list[date]) -> Counts:
    """Return the counts with every item that sold, and with the lifts of categories."""
    sold_ids, sold = _sums(said.sold, "gtin", "units")
    items = np.union1d(counts.items, sold_ids)
    at = np.searchsorted(items, counts.items)
    told, units = np.zeros(len(items)), np.zeros(len(items))
    told[at] = counts.item_baskets
    units[np.searchsorted(items, sold_ids)] = sold
    held = completed(told, units, float(max(counts.withheld, 1)))
    sums = _kind_sums(said, periods)
    group = _groups(items, said.categories, sums.names)
    return replace(
        counts,
        items=items,
        item_baskets=np.rint(held).astype(np.int64),
        first=at[counts.first],
        second=at[counts.second],
        affinity=affinity(sums, group, held, counts.baskets),
    )


def _sums(table: pa.Table, of: str, what: str) -> tuple[NDArray[np.int64], Floats]:
    """Return the distinct ids in the column `of`, sorted, and the sum of `what` of each."""
    ids = table[of].cast(pa.int64()).to_numpy().astype(np.int64)
    known, place = np.unique(ids, return_inverse=True)
    values = table[what].to_numpy().astype(np.float64)
    return known, np.bincount(place, values, minlength=len(known)).astype(np.float64)


def _kind_sums(said: Said, periods: list[date]) -> KindSums:
    """Return the weighted sums of the pairs of categories over the stores' periods."""
    totals = _of(said.totals, periods)
    size = np.maximum(totals["baskets"].to_numpy().astype(np.float64), 0.0)
    weight = size * size.sum() / max(float((size**2).sum()), 1e-9)  # the sums keep their level
    weighed = totals.append_column("weight", pa.array(weight)).select([*_PERIOD, "weight"])
    rows = _of(said.kinds, periods).join(weighed, _PERIOD)
    one, other = (rows[name].to_pylist() for name in ("category_a", "category_b"))
    names = tuple(sorted(map(str, {*one, *other})))
    place = {name: number for number, name in enumerate(names)}
    size_of = len(names)
    cell = [place[str(a)] * size_of + place[str(b)] for a, b in zip(one, other, strict=True)]
    value = (rows["baskets"].to_numpy() * rows["weight"].to_numpy()).astype(np.float64)
    half = np.bincount(np.array(cell, np.int64), value, minlength=size_of**2).astype(np.float64)
    square = half.reshape(size_of, size_of)
    noise = weight * totals["noise"].to_numpy().astype(np.float64)
    pairs = square + square.T - np.diag(square.diagonal())
    return KindSums(names, pairs, float((noise**2).sum()))


def _of(table: pa.Table, periods: list[date]) -> pa.Table:
    """Return the rows of these periods."""
    kind = table["period"].type
    return table.filter(pc.is_in(table["period"], value_set=pa.array(periods, type=kind)))


def _groups(
    items: NDArray[np.int64], categories: pa.Table, names: tuple[str, ...]
) -> NDArray[np.int64]:
    """Return the place of each item's category in `names`, len(names) where there is none."""
    place = {name: number for number, name in enumerate(names)}
    said = zip(
        categories["gtin"].cast(pa.int64()).to_pylist(),
        categories["category"].to_pylist(),
        strict=True,
    )
    known = {gtin: place[name] for gtin, name in said if name in place}
    return np.array([known.get(gtin, len(names)) for gtin in items.tolist()], dtype=np.int64)
