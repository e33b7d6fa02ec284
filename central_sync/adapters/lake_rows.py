"""What trainers learn from, as questions to tables of events: one expression for any engine.

Relations, joins, sums and windows alone: what is here runs unchanged wherever ibis does. Where the
tables lie, and how events that hold lists become rows, is the caller's.

    told      store, epoch, seq, time, revision, part, parts, and what the event is of: day, period
    lines     store, epoch, seq, and the columns of an entry: one row for each entry of an event
"""

from collections.abc import Sequence

import ibis
from ibis import _
from ibis.expr import types as ir

EVENT = ("store", "epoch", "seq")
"""Which event it is."""

DEMAND = ("store", "gtin", "day", "units", "price", "promotion", "in_stock", "category")
"""The columns of sales in the layout `endcap_sales`; an unknown category is null."""

AROUND = ("store", "day", "temperature", "rain", "holiday", "special", "closed")
"""The columns of days there: also of those on which nothing sold."""


def newest(told: ir.Table, of: Sequence[str] = ()) -> ir.Table:
    """Return the events that count: EVENT and `of`, a row an event.

    What an event tells `of` a store may be told again, and in parts; parts may be missing, or come
    twice. The highest revision of which every part is there wins. A store whose database was made
    anew counts its revisions anew, so its later life wins over its earlier one.
    """
    subject = ["store", *of]
    place = [*subject, "epoch", "revision"]
    again = ibis.row_number().over(group_by=[*place, "part"], order_by=ibis.desc("seq"))
    once = told.mutate(again=again).filter(_.again == 0).drop("again")
    whole = (
        once.group_by(place)
        .agg(found=_.count(), last=_.part.max(), parts=_.parts.max())
        .filter((_.found == _.parts) & (_.last == _.parts))
    )
    lives = told.group_by("store", "epoch").agg(lived=_.time.max())
    latest = [ibis.desc("lived"), ibis.desc("epoch"), ibis.desc("revision")]
    rank = ibis.row_number().over(group_by=subject, order_by=latest)
    best = whole.join(lives, ["store", "epoch"]).mutate(rank=rank).filter(_.rank == 0)
    return once.semi_join(best, place).select(*EVENT, *of)


def lines_of(chosen: ir.Table, lines: ir.Table) -> ir.Table:
    """Return the lines of the events that count, with what these are of."""
    return chosen.join(lines, list(EVENT))


def categories_of(chosen: ir.Table, lines: ir.Table) -> ir.Table:
    """Return each store's items with their category: store, gtin, category."""
    described = lines_of(chosen, lines).filter(_.category != "")
    return described.group_by("store", "gtin").agg(category=_.category.max())


def demand_rows(sales: ir.Table, categories: ir.Table) -> ir.Table:
    """Return the sales of the layout `endcap_sales`, by store, item and day.

    Args:
        sales: the lines of the days that count.
        categories: store, gtin, category; an item once.
    """
    known = sales.left_join(categories, ["store", "gtin"])
    return known.select(*DEMAND).order_by("store", "gtin", "day")


def day_rows(days: ir.Table) -> ir.Table:
    """Return the days of the layout `endcap_sales`, by store and day."""
    return days.select(*AROUND).order_by("store", "day")


def sold_rows(sales: ir.Table) -> ir.Table:
    """Return how much of each item a store ever sold: store, gtin, units.

    Args:
        sales: the lines of the days that count.
    """
    summed = sales.group_by("store", "gtin").agg(units=_.units.sum())
    return summed.filter(_.units > 0).order_by("store", "gtin")
