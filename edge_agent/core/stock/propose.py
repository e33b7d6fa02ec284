"""Everything the store would do today about its stock: from what it knows to proposals.

An item is judged by its count, its forecast and how it is bought in. Where the count is missing,
old or contradicted, or there is no forecast, there is no figure, but the task to count. What each
kind of proposal is, its own module decides; who is told, and what is kept, nobody here.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from edge_agent.core.stock import orders
from edge_agent.core.stock.elasticity import elasticity
from edge_agent.core.stock.facts import Item, Moment, Rules
from edge_agent.core.stock.hours import still_to_come
from edge_agent.core.stock.lots import Lot, lots_of
from edge_agent.core.stock.markdowns import Markdown, Offer, expiring, markdown
from edge_agent.core.stock.on_hand import NotKnown, OnHand, on_hand
from edge_agent.core.stock.overstock import Overstock, overstock
from edge_agent.core.stock.proposals import Proposal, said, weekday_of
from edge_agent.core.stock.refills import Coming, Wanted, refill
from edge_agent.core.stock.scenarios import DemandDay
from edge_agent.core.stock.supply import Coverage, Supply, coverage


@dataclass(frozen=True, slots=True)
class _Known:
    """An item whose stock and forecast are known: what there is to decide from."""

    item: Item
    supply: Supply
    there: OnHand
    here: tuple[Lot, ...]
    days: tuple[DemandDay, ...]


def proposals(items: Iterable[Item], moment: Moment, rules: Rules) -> tuple[Proposal, ...]:
    """Return what to do, by kind and rank, the most pressing first."""
    found = (one for item in items for one in _of(item, moment, rules))
    return tuple(sorted(found, key=lambda one: (one.what, -one.rank, one.gtin)))


def _of(item: Item, moment: Moment, rules: Rules) -> Iterator[Proposal]:
    """Yield what to do about an item."""
    there = _on_hand(item, moment, rules)
    days = _selling(item, moment)
    gap = _gap(item, there, moment)
    if gap is not None:
        yield gap
    supply = item.supply
    if supply is None:
        return
    if isinstance(there, NotKnown) or not days:
        if gap is None or gap.what != "count":
            yield _count(item, there, moment)
        return
    here = lots_of(there.units, _good(item.lots, moment.now.date()), item.otherwise)
    known = _Known(item, supply, there, here, days)
    yield from _order(known, moment, rules)
    cheaper = _markdown(known, moment, rules)
    if cheaper is not None:
        yield cheaper
    else:
        yield from _overstock(known, moment, rules)


def _on_hand(item: Item, moment: Moment, rules: Rules) -> OnHand | NotKnown:
    """Return what is on hand and may still be sold."""
    there = on_hand(item.count, moment.at, rules.count_age)
    if isinstance(there, NotKnown):
        return there
    lots = _good(lots_of(there.units, item.lots, item.otherwise), moment.now.date())
    good = sum(one.units for one in lots)
    if good >= there.units:
        return there
    return OnHand(good, f"{there.words}, {said(there.units - good)} of them expired")


def _good(lots: Iterable[Lot], today: date) -> tuple[Lot, ...]:
    return tuple(one for one in lots if one.expires is None or one.expires >= today)


def _selling(item: Item, moment: Moment) -> tuple[DemandDay, ...]:
    """Return the days on which the item sells, of today only what is still to come."""
    today = moment.now.date()
    share = still_to_come(item.profile or moment.profile, moment.now)
    return tuple(
        _part(one, share) if one.day == today else one
        for one in orders.without(item.days, moment.closed)
        if one.day >= today
    )


def _part(day: DemandDay, share: float) -> DemandDay:
    return replace(
        day, expected=day.expected * share, quantiles=tuple(q * share for q in day.quantiles)
    )


def _gap(item: Item, there: OnHand | NotKnown, moment: Moment) -> Proposal | None:
    """Return what to do about the item's gap on the shelf, if it has one."""
    if item.gap is None:
        return None
    today = [one.expected for one in item.days if one.day == moment.now.date()]
    coming = sorted((one.comes, one.units) for one in item.on_order if one.comes)
    wanted = Wanted(
        gtin=item.gtin,
        gap=item.gap,
        there=there,
        expected=today[0] if today else None,
        coming=Coming(*coming[0]) if coming else None,
    )
    return refill(wanted, item.profile or moment.profile, moment.now, moment.tonight)


def _count(item: Item, there: OnHand | NotKnown, moment: Moment) -> Proposal:
    """Return the task to count an item of which nothing can be said otherwise."""
    why = (
        f"{there.words}: count it"
        if isinstance(there, NotKnown)
        else "no forecast yet, too little history: count it and order by eye"
    )
    expected = item.days[0].expected if item.days else 0.0
    return Proposal(
        what="count",
        gtin=item.gtin,
        day=moment.now.date(),
        amount=None,
        rank=expected,
        until=moment.tonight,
        reasons=(why,),
    )


def _order(known: _Known, moment: Moment, rules: Rules) -> Iterator[Proposal]:
    """Yield what to order, if anything is worth it and the forecast reaches far enough."""
    supply, price = known.supply, known.item.price
    covered = coverage(supply, moment.now, moment.closed)
    if covered is None:
        return
    worth, how = _worth(supply, price, covered, rules)
    lots = (*known.here, *known.item.on_order)
    found = orders.order(supply, covered, lots, known.days, moment.ranks, worth)
    if found is None or found.units <= 0:
        return
    yield Proposal(
        what="order",
        gtin=supply.gtin,
        day=covered.ordered,
        amount=round(found.units, 6),
        rank=round(found.missed * (price or 1.0), 6),
        until=moment.local(covered.ordered, supply.order_by),
        reasons=_order_reasons(known, covered, found, how),
        figures={
            "arrives": covered.arrives.isoformat(),
            "until": covered.until.isoformat(),
            "case_pack": supply.case_pack,
            "wanted": round(found.wanted, 3),
            "missed": round(found.missed, 3),
            "expires": _iso(supply.last_day(covered.arrives)),
        },
    )


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _worth(
    supply: Supply, price: float | None, covered: Coverage, rules: Rules
) -> tuple[orders.Worth, str]:
    """Return what units are worth, and in words how that is reckoned."""
    if rules.policy == "margin" and price and supply.unit_cost is not None:
        keep = min(rules.holding * (covered.until - covered.arrives).days, 1.0)
        worth = orders.by_margin(price, supply.unit_cost, keep, rules.goodwill)
        lost = f"a missed sale costs {worth.short:.2f}"
        return worth, f"{lost}, a unit thrown away {supply.unit_cost:.2f}"
    level = f"to last at {rules.service:.0%}"
    missing = rules.policy == "margin"
    return orders.by_service(rules.service), f"{level}, price or cost unknown" * missing or level


def _order_reasons(
    known: _Known, covered: Coverage, found: orders.Ordered, how: str
) -> tuple[str, ...]:
    """Return why so much is ordered, in words."""
    mean, low, high = found.likely
    coming = sum(one.units for one in known.item.on_order)
    supply = known.supply
    case = f", in cases of {supply.case_pack:g}" if supply.case_pack != 1 else ""
    least = f", at least {supply.minimum_units:g}" if supply.minimum_units > 0 else ""
    reasons = [
        f"comes {weekday_of(covered.arrives)}, the next delivery {weekday_of(covered.until)}",
        f"about {said(mean)} sell in between ({said(low)} to {said(high)})",
        known.there.words,
        f"{said(coming)} on order" if coming else "",
        f"about {said(found.left)} left when it comes",
        f"about {said(found.thrown)} expire before" if found.thrown >= 0.5 else "",  # noqa: PLR2004 - half a unit
        f"{said(found.wanted)} pay for themselves{case}{least}",
        how,
    ]
    return tuple(one for one in reasons if one)


def _markdown(known: _Known, moment: Moment, rules: Rules) -> Proposal | None:
    """Return the markdown of the first units to expire that is worth it; one a day at most."""
    price = known.item.price
    if price is None or known.item.changed_today:
        return None
    today = moment.now.date()
    learned = elasticity(known.item.past)
    for last in expiring(known.here, today, rules.expiry_days):
        offer = Offer(last, price, known.supply.unit_cost, learned.value)
        found = markdown(known.here, known.days, moment.ranks, offer, rules.markdowns)
        if found is not None:
            basis = f"learned from {learned.lowered} days" if learned.lowered else "usual"
            words = f"{learned.value:.1f} % more sold for 1 % less ({basis})".replace("-", "")
            return _marked(known, moment, offer, found, words)
    return None


def _marked(known: _Known, moment: Moment, offer: Offer, found: Markdown, answer: str) -> Proposal:
    """Return a markdown as a proposal."""
    before, after = found.left
    return Proposal(
        what="markdown",
        gtin=known.item.gtin,
        day=moment.now.date(),
        amount=found.price,
        rank=round(found.gain, 6),
        until=moment.tonight,
        reasons=(
            f"{said(found.units)} expire {weekday_of(offer.expires)}",
            f"about {said(before)} of them would be thrown away at {offer.price:.2f}",
            f"about {said(after)} at {found.price:.2f}",
            f"about {found.gain:.2f} more taken in",
            answer,
            known.there.words,
        ),
        figures={
            "price": offer.price,
            "discount": found.discount,
            "units": found.units,
            "left_before": round(before, 3),
            "left_after": round(after, 3),
            "elasticity": round(offer.elasticity, 3),
            "last": offer.expires.isoformat(),
        },
    )


def _overstock(known: _Known, moment: Moment, rules: Rules) -> Iterator[Proposal]:
    """Yield a warning of stock that lasts too long."""
    supply, item = known.supply, known.item
    limit = supply.shelf_life_days or rules.overstock_days
    whole = [one for one in item.days if one.day > moment.now.date()]
    units = sum(one.units for one in (*known.here, *item.on_order))
    found = overstock(units, whole, limit, supply.case_pack)
    if found is None:
        return
    yield Proposal(
        what="overstock",
        gtin=item.gtin,
        day=moment.now.date(),
        amount=round(found.units, 3),
        rank=round(found.units * (item.price or 1.0), 6),
        until=moment.tonight,
        reasons=_overstock_reasons(known, found),
        figures={"cover_days": found.cover and round(found.cover, 1), "limit_days": limit},
    )


def _overstock_reasons(known: _Known, found: Overstock) -> tuple[str, ...]:
    lasts = (
        "nothing is expected to sell"
        if found.cover is None
        else (f"lasts about {found.cover:.0f} days at {said(found.daily)} a day")
    )
    what = "shelf life" if known.supply.shelf_life_days else "threshold"
    return (
        f"{lasts}, the {what} is {found.limit} days",
        f"{said(found.units)} too many: order no more, move or mark down",
        known.there.words,
    )
