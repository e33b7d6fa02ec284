"""The chain's signals from an export of the lake, summed up over some stores at a time.

Says nothing where fewer stores than LEAST_STORES know of an item or a category: endcap's model of
the chain decides that. Sends nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from operator import add
from pathlib import Path

import numpy as np

from central_sync.core.chain_news import ChainNews
from central_sync.ports.executor import Executor
from central_sync.trainers.demand.layouts.columns import EPOCH
from central_sync.trainers.demand.layouts.endcap_sales import Frame, frame_of, read_stores
from central_sync.trainers.demand.store_groups import ROWS_A_GROUP, Stores, store_groups
from endcap.models.demand.chain import ChainSums, sums_of
from endcap.models.demand.panel import Ints
from endcap.wire.commands import ChainCategory, ChainItem

_LATE = 4  # days that stores may be late; the chain is told of the last one most of them told
_MOST = 0.9  # of the stores


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """What some stores told.

    Attributes:
        told: [T] how many of them told of a day.
        sums: of the last days, the oldest first: each may be the origin.
        sold: the codes of the items that each store sells.
    """

    told: Ints
    sums: tuple[ChainSums, ...]
    sold: Mapping[str, Ints]


def chain_news(
    data: Path, executor: Executor, rows_a_group: int = ROWS_A_GROUP
) -> ChainNews | None:
    """Return what the stores of an export sold together; None when too few told of late days.

    Raises:
        DataUnusableError: there are no sales, or of too few days.
        GroupFailedError: some stores' sales cannot be read.
    """
    frame = frame_of(data, horizon=1)
    parts = executor.map(_part, store_groups(frame, rows_a_group))
    told = np.zeros(frame.days, dtype=np.int64)
    sums: tuple[ChainSums, ...] | None = None
    sold: dict[str, Ints] = {}
    for part in parts:
        told = told + part.told
        sums = part.sums if sums is None else tuple(map(add, sums, part.sums))
        sold |= part.sold
    enough = np.nonzero(told[-_LATE:] >= _MOST * len(frame.stores))[0]
    if sums is None or len(enough) == 0:
        return None
    back = _LATE - 1 - int(enough[-1])
    return _news(frame, sums[-1 - back], sold, back)


def _part(work: Stores) -> _Part:
    """Sum some stores up."""
    frame, stores = work
    data = read_stores(frame, stores)
    panel = data.panel
    there = np.isfinite(panel.units)
    told = np.zeros((len(stores), frame.days), dtype=np.bool_)
    np.logical_or.at(told, data.store, there)
    origins = range(frame.days - _LATE, frame.days)
    counts = len(frame.items), len(frame.categories)
    return _Part(
        told=told.sum(axis=0),
        sums=tuple(sums_of(panel, origin, *counts) for origin in origins),
        sold={name: panel.item[data.store == code] for code, name in enumerate(data.stores)},
    )


def _news(frame: Frame, sums: ChainSums, sold: Mapping[str, Ints], back: int) -> ChainNews:
    """Return the sums as they are told."""
    chain, level = sums.chain(), sums.item.level()
    items = {
        frame.items[code]: ChainItem(
            gtin=frame.items[code],
            trend_3=float(chain.item_3[code]),
            trend_7=float(chain.item_7[code]),
            level=float(level[code]),
            lift=float(chain.item_lift[code]),
        )
        for code in np.nonzero(sums.item.enough)[0]
    }
    categories = tuple(
        ChainCategory(
            category=frame.categories[code],
            trend_3=float(chain.category_3[code]),
            trend_7=float(chain.category_7[code]),
            season=tuple(chain.season[code].tolist()),
            lift=float(chain.category_lift[code]),
        )
        for code in np.nonzero(sums.category.enough)[0]
    )
    origin = EPOCH + timedelta(days=frame.last_day - back)
    named = {store: [frame.items[code] for code in codes] for store, codes in sold.items()}
    return ChainNews(origin, items, categories, named)
