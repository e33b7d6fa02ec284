"""What to ask for units that would expire before they sell: the price that brings in most.

Units that expire on a day sell at `price` times a discount to more shoppers, as the item's
elasticity has it; what is left is lost. The discount with the most money, less what throwing away
costs, is proposed, if it is worth the work. What the units once cost is spent either way, so it
only bounds the price. Learns no elasticity.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from edge_agent.core.stock.lots import Floats, Lot, in_order, sell
from edge_agent.core.stock.scenarios import DemandDay, demand_runs

STEPS = tuple(step / 20 for step in range(2, 19))
"""Discounts that are tried: 10 % to 90 %, in steps of 5 %."""


@dataclass(frozen=True, slots=True)
class MarkdownRule:
    """The bounds of a markdown.

    Attributes:
        most: the highest discount, a share of the price.
        floor: the lowest price, as a share of what a unit cost; 0 for none.
        disposal: what throwing a unit away costs, as a share of its price.
        worth: the least gain over leaving the price alone, in units at the full price.
    """

    most: float = 0.5
    floor: float = 0.0
    disposal: float = 0.0
    worth: float = 1.0


@dataclass(frozen=True, slots=True)
class Offer:
    """Units that expire on a day, what they sell for and cost, and how shoppers answer to price."""

    expires: date
    price: float
    cost: float | None
    elasticity: float


@dataclass(frozen=True, slots=True)
class Markdown:
    """The price to ask, and what it does.

    Attributes:
        price: in the store's currency, rounded to its hundredths.
        discount: a share of the price before.
        units: how many expire.
        left: how many of them are expected to be left at the price before, and at this one.
        gain: money expected beyond that of the price before.
    """

    price: float
    discount: float
    units: float
    left: tuple[float, float]
    gain: float


def markdown(
    lots: Sequence[Lot],
    days: Sequence[DemandDay],
    ranks: Floats,
    offer: Offer,
    rule: MarkdownRule,
) -> Markdown | None:
    """Return the best markdown of the units that expire on `offer.expires`, None if none is worth.

    Args:
        lots: what is there; older ones sell first.
        days: what sells from today on, today only its rest.
        ranks: from `even_ranks`.
        offer: which units, and at what price.
        rule: the bounds.
    """
    held = [one for one in in_order(lots) if one.expires and one.expires <= offer.expires]
    units = sum(one.units for one in held if one.expires == offer.expires)
    selling = [one for one in days if one.day <= offer.expires]
    if units <= 0 or offer.price <= 0:
        return None
    runs = demand_runs(selling, ranks)
    dates = [one.day for one in selling]
    last = [row for row, one in enumerate(held) if one.expires == offer.expires]

    def left_at(discount: float) -> float:
        lifted = runs * (1.0 - discount) ** offer.elasticity
        return float(sell(held, dates, lifted).left[last].sum(axis=0).mean())

    def money_at(discount: float) -> float:
        left = left_at(discount)
        price = offer.price * (1.0 - discount)
        return price * (units - left) - rule.disposal * offer.price * left

    allowed = [step for step in STEPS if _allowed(step, offer, rule)]
    if not allowed:
        return None
    best = max(allowed, key=lambda step: (money_at(step), -step))
    gain = money_at(best) - money_at(0.0)
    if gain < rule.worth * offer.price:
        return None
    price = round(offer.price * (1.0 - best), 2)
    return Markdown(price, best, units, (left_at(0.0), left_at(best)), gain)


def _allowed(discount: float, offer: Offer, rule: MarkdownRule) -> bool:
    """Tell whether a discount stays within the bounds, and is one once it is rounded."""
    price = round(offer.price * (1.0 - discount), 2)
    floor = rule.floor * offer.cost if offer.cost is not None else 0.0
    return discount <= rule.most and max(floor, 0.01) <= price < offer.price


def expiring(lots: Sequence[Lot], today: date, within: int) -> tuple[date, ...]:
    """Return the days, today to `within` days ahead, on which units that are here expire."""
    found = {
        one.expires
        for one in lots
        if one.expires is not None and one.comes is None and one.expires >= today
    }
    return tuple(sorted(day for day in found if (day - today).days <= within))
