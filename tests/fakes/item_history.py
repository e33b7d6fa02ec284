"""One item's past in memory: what a test tells it, and the facts that follow."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from edge_agent.core.explaining import Inputs
from edge_agent.core.item_history import DayMark, ErrorSums, Foretold, ItemFacts, Offer, Sold
from edge_agent.core.stock_outs import StockOut
from endcap.models.demand.panel import IN_STOCK

Cell = tuple[str, date]


@dataclass(slots=True)
class ItemHistory:
    """Keeps the promises of edge_agent.ports.item_history.ItemHistoryReads."""

    sold: dict[Cell, Sold] = field(default_factory=dict)
    foretold: dict[Cell, tuple[Foretold, date]] = field(default_factory=dict)
    stock_outs: list[StockOut] = field(default_factory=list)
    prices: dict[Cell, float] = field(default_factory=dict)
    offers: list[tuple[str, Offer]] = field(default_factory=list)
    marks: list[tuple[date, DayMark]] = field(default_factory=list)
    category: dict[str, str] = field(default_factory=dict)
    list_price: dict[str, float] = field(default_factory=dict)
    inputs: dict[str, Inputs] = field(default_factory=dict)

    async def facts_of(self, gtin: str, first: date, last: date, today: date) -> ItemFacts:
        mine = {day: one for (other, day), one in self.sold.items() if other == gtin}
        told = self.foretold.items()
        alike = {other for other, name in self.category.items() if name == self.category[gtin]}
        return ItemFacts(
            sold={day: one for day, one in mine.items() if first <= day <= last},
            begun=min(mine, default=None),
            told=frozenset(day for _, day in self.sold if first <= day <= last),
            stock_outs=tuple(
                one for one in self.stock_outs if one.gtin == gtin and first <= one.day <= last
            ),
            foretold={
                day: one
                for (other, day), (one, _) in told
                if other == gtin and first <= day <= last
            },
            prices=self._prices(gtin, today),
            offers=tuple(one for other, one in self.offers if other == gtin),
            marks=self._marks(),
            own=self._errors({gtin}, first, today),
            category=self._errors(alike, first, today),
        )

    async def inputs_of(self, gtin: str) -> Inputs | None:
        return self.inputs.get(gtin)

    def _prices(self, gtin: str, today: date) -> tuple[tuple[date, float], ...]:
        known = sorted((day, price) for (other, day), price in self.prices.items() if other == gtin)
        if gtin in self.list_price and all(day > today for day, _ in known):
            known = [(today, self.list_price[gtin]), *known]
        return tuple(known)

    def _marks(self) -> Mapping[date, tuple[DayMark, ...]]:
        return {
            day: tuple(
                sorted((mark for other, mark in self.marks if other == day), key=_kind_and_name)
            )
            for day, _ in self.marks
        }

    def _errors(self, gtins: set[str], first: date, today: date) -> ErrorSums:
        sums = ErrorSums()
        days = {day for _, day in self.sold}
        for (gtin, day), (one, made_for) in self.foretold.items():
            real = self.sold.get((gtin, day), Sold(0.0, 1.0, None, promotion=False))
            judged = gtin in gtins and first <= day < today and made_for < day and day in days
            if judged and real.in_stock >= IN_STOCK:
                sums = _added(sums, one, real.units)
        return sums


def _kind_and_name(mark: DayMark) -> tuple[str, str]:
    return mark.kind, mark.name


def _added(sums: ErrorSums, one: Foretold, units: float) -> ErrorSums:
    low, high = min(one.quantiles.values()), max(one.quantiles.values())
    return ErrorSums(
        rows=sums.rows + 1,
        sold=sums.sold + units,
        error=sums.error + one.expected - units,
        absolute=sums.absolute + abs(one.expected - units),
        covered=sums.covered + int(low <= units <= high),
    )
