"""Which gaps on the shelf a person can close now, and which wait for the lorry.

A gap with stock in the back is a refill, ranked by the sales it costs in the next hour. A gap with
nothing in the back is a stock-out, and nobody is sent. Where it is not known what is in the back,
that is what there is to find out.
"""

from dataclasses import dataclass
from datetime import date, datetime
from math import ceil

from edge_agent.core.stock.hours import Profile, in_the_next_hour, still_to_come
from edge_agent.core.stock.on_hand import NotKnown, OnHand
from edge_agent.core.stock.proposals import Proposal, said, weekday_of

_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class ShelfGap:
    """`empty` of the `facings` of an item stand empty, the first of them since `since`."""

    since: datetime
    empty: int
    facings: int
    where: str


@dataclass(frozen=True, slots=True)
class Coming:
    """The next units of an item that are on their way."""

    day: date
    units: float


@dataclass(frozen=True, slots=True)
class Wanted:
    """An item that is missing from its shelf; `expected` is what today should sell, if known."""

    gtin: str
    gap: ShelfGap
    there: OnHand | NotKnown
    expected: float | None
    coming: Coming | None


def refill(wanted: Wanted, profile: Profile, now: datetime, until: datetime) -> Proposal | None:
    """Return what to do about a gap at `now`, the store's local time, or None without a forecast.

    What is lost is the share of the hour's expected sales that the empty facings had.
    """
    gap, there = wanted.gap, wanted.there
    minutes = max(0, round((now - gap.since).total_seconds() / 60))
    empty = f"{gap.empty} of {gap.facings} facings empty for {minutes} min ({gap.where})"
    lost, rest = _lost(wanted, profile, now)
    hour = f"about {said(lost)} an hour lost" if wanted.expected is not None else "no forecast"
    figures = {"lost_an_hour": round(lost, 3), "expected_today": wanted.expected}

    def proposal(what: str, amount: float | None, *reasons: str) -> Proposal:
        return Proposal(
            what=what,  # type: ignore[arg-type]  # one of the three kinds below
            gtin=wanted.gtin,
            day=now.date(),
            amount=amount,
            rank=round(lost, 6),
            until=until,
            reasons=(empty, hour, *reasons),
            figures=figures,
            since=gap.since,
        )

    if isinstance(there, NotKnown):
        return proposal("count", None, f"{there.words}: look in the back and count it")
    if there.units <= 0:
        return proposal("stockout", None, there.words, _next(wanted.coming))
    if wanted.expected is None or rest <= 0:
        return None
    return proposal("refill", float(min(ceil(rest - _ROUNDING), there.units)), there.words)


def _lost(wanted: Wanted, profile: Profile, now: datetime) -> tuple[float, float]:
    """Return the units lost in the next hour, and those that today may still sell."""
    expected = wanted.expected or 0.0
    share = wanted.gap.empty / max(wanted.gap.facings, wanted.gap.empty)
    return (
        expected * share * in_the_next_hour(profile, now),
        expected * still_to_come(profile, now),
    )


def _next(coming: Coming | None) -> str:
    """Return when the next units come, in words."""
    if coming is None:
        return "nothing is on its way: order it"
    return f"{said(coming.units)} come {weekday_of(coming.day)}"
