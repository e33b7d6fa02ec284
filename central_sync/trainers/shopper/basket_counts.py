"""Layout `basket_counts`: what stores send, by store and period. Sums only, with noise.

items.parquet (store, period, gtin, baskets), pairs.parquet (store, period, gtin_a, gtin_b,
baskets), totals.parquet (store, period, baskets, and the standard deviation of the noise on each
figure); where they are there, kinds.parquet (store, period, category_a, category_b, baskets),
categories.parquet (gtin, category) and sold.parquet (gtin, units). `holdout_periods` in
dataset.json says how many of the last periods are kept for scoring.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from central_sync.ports.training import DataUnusableError
from central_sync.trainers.shopper.ease import Counts
from central_sync.trainers.shopper.kind_tables import complete, read_said
from central_sync.trainers.tables import read_table


@dataclass(frozen=True, slots=True)
class BasketCounts:
    """The counts before the last periods, and those of the last periods, each summed up.

    `newest` is the first moment of the newest period in `training`.
    """

    training: Counts
    held_out: Counts
    newest: datetime


def read_basket_counts(data: Path, settings: dict[str, Any]) -> BasketCounts:
    """Return the counts of a folder in this layout.

    Raises:
        DataUnusableError: a file or column is missing or unreadable, or there are not more
            periods than `holdout_periods`.
    """
    items = read_table(data / "items.parquet", ("period", "gtin", "baskets"))
    pairs = read_table(data / "pairs.parquet", ("period", "gtin_a", "gtin_b", "baskets"))
    totals = read_table(data / "totals.parquet", ("period", "baskets"))
    said = read_said(data)
    periods = _periods(totals, data)
    held_out = _held_out_periods(settings, data)
    if len(periods) <= held_out:
        raise DataUnusableError(
            f"{data / 'totals.parquet'} has {len(periods)} periods and {held_out} are held out; "
            f"at least {held_out + 1} are needed, so wait for another period"
        )
    edge = len(periods) - held_out
    training = _summed(*(_of(table, periods[:edge]) for table in (items, pairs, totals)))
    return BasketCounts(
        training=training if said is None else complete(training, said, periods[:edge]),
        held_out=_summed(*(_of(table, periods[edge:]) for table in (items, pairs, totals))),
        newest=datetime.combine(periods[edge - 1], datetime.min.time(), tzinfo=UTC),
    )


def _periods(totals: pa.Table, data: Path) -> list[date]:
    """Return the periods there are, in order."""
    found = pc.unique(totals["period"]).to_pylist()
    if not all(isinstance(one, date) for one in found):
        raise DataUnusableError(f"{data / 'totals.parquet'}: period must be dates without nulls")
    return sorted(one for one in found if one is not None)


def _held_out_periods(settings: dict[str, Any], data: Path) -> int:
    """Return how many of the last periods are kept for scoring."""
    number = settings.get("holdout_periods", 1)
    if not isinstance(number, int) or isinstance(number, bool) or number < 0:
        raise DataUnusableError(
            f"{data / 'dataset.json'}: holdout_periods is a whole number from 0, not {number!r}"
        )
    return number


def _of(table: pa.Table, periods: list[date]) -> pa.Table:
    """Return the rows of these periods."""
    kind = table["period"].type
    return table.filter(pc.is_in(table["period"], value_set=pa.array(periods, type=kind)))


def _summed(items: pa.Table, pairs: pa.Table, totals: pa.Table) -> Counts:
    """Return the counts of all stores and periods in these rows together."""
    ids, place = np.unique(_gtins(items, "gtin"), return_inverse=True)
    baskets = np.bincount(place, items["baskets"].to_numpy(), minlength=len(ids))
    one, other = _gtins(pairs, "gtin_a"), _gtins(pairs, "gtin_b")
    known = np.isin(one, ids) & np.isin(other, ids) & (one != other)
    low = np.searchsorted(ids, np.minimum(one, other)[known])
    high = np.searchsorted(ids, np.maximum(one, other)[known])
    cells, cell = np.unique(low * len(ids) + high, return_inverse=True)
    both = np.bincount(cell, pairs["baskets"].to_numpy()[known], minlength=len(cells))
    return Counts(
        baskets=round(pc.sum(totals["baskets"]).as_py() or 0),
        items=ids,
        item_baskets=np.rint(baskets).astype(np.int64),
        first=cells // max(len(ids), 1),
        second=cells % max(len(ids), 1),
        pair_baskets=np.rint(both).astype(np.int64),
        withheld=_most_withheld(pairs, totals),
    )


def _most_withheld(pairs: pa.Table, totals: pa.Table) -> int:
    """Return the most baskets that a pair nobody told of may have had in these rows.

    In each store and period that is one less than the smallest count that was told.
    """
    least = pc.min(pairs["baskets"]).as_py()
    return (int(least) - 1) * totals.num_rows if least else 0


def _gtins(table: pa.Table, name: str) -> NDArray[np.int64]:
    """Return a column of GTINs, text or number, as whole numbers.

    Raises:
        DataUnusableError: one is no number.
    """
    try:
        column = table[name].cast(pa.int64())
    except pa.ArrowException as error:
        raise DataUnusableError(f"{name} must be GTINs: {error}") from error
    return column.to_numpy().astype(np.int64)
