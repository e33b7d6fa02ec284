"""What the commands of media say for people: campaigns, reports, leases. Prints nothing."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from central_sync.core.media.accounts import Account
from central_sync.core.media.intervals import Interval
from central_sync.core.media.plan import MICROS
from central_sync.core.media.records import Kept, Owing
from central_sync.core.media.reports import Line


def money(micros: int) -> str:
    """Return money of the currency, to the cent.

    >>> money(1_250_000)
    '1.25'
    """
    return f"{micros / MICROS:,.2f}"


def share(one: Interval | None, digits: int = 2) -> str:
    """Return a share with its interval, in percent.

    >>> share(Interval(0.1, 0.05, 0.15))
    '10.00 % (5.00 to 15.00)'
    """
    if one is None:
        return "-"
    value, low, high = (f"{100 * each:.{digits}f}" for each in (one.value, one.low, one.high))
    return f"{value} % ({low} to {high})"


def count(one: Interval | None) -> str:
    """Return a number with its interval."""
    return "-" if one is None else f"{one.value:.0f} ({one.low:.0f} to {one.high:.0f})"


def in_a_line(one: Kept) -> str:
    """Return a campaign in a line."""
    spent, budget = money(one.balance.spent), money(one.balance.budget)
    return (
        f"{one.plan.campaign:24} {one.state.value:8} {one.plan.first:%Y-%m-%d} to"
        f" {one.plan.last:%Y-%m-%d}  spent {spent} of {budget}, leased {money(one.balance.leased)}"
    )


def in_full(one: Kept, owed: Sequence[Owing]) -> str:
    """Return a campaign with its journal, and the stores that owe word of its leases."""
    plan, balance = one.plan, one.balance
    where = ", ".join((*plan.stores, *plan.regions)) or "every store"
    lines = [
        f"{plan.campaign}: {one.state.value} since {one.since:%Y-%m-%d %H:%M} UTC",
        f"  {plan.advertiser}: {plan.headline}",
        f"  {len(plan.gtins)} items, bid {plan.bid}, holdout {plan.holdout:.0%}, in {where}",
        f"  {plan.first:%Y-%m-%d %H:%M} to {plan.last:%Y-%m-%d %H:%M} UTC",
        "  "
        + ", ".join(
            f"{what} {money(much)}"
            for what, much in (
                ("budget", balance.budget),
                ("spent", balance.spent),
                ("leased", balance.leased),
                ("free", balance.free),
            )
        ),
    ]
    lines += [
        f"  {entry.at:%Y-%m-%d %H:%M}  {entry.event} by {entry.by}"
        + (f": {entry.reason}" if entry.reason else "")
        for entry in one.journal
    ]
    return "\n".join([*lines, *owed_lines(owed)])


def owed_lines(owed: Iterable[Owing]) -> list[str]:
    """Return a line for each store that owes word."""
    return [
        f"  {one.store} owes word of {one.leases} leases since {one.since:%Y-%m-%d %H:%M} UTC:"
        f" {money(one.amount)} counted as spent"
        for one in owed
    ]


def lease_line(one: Account, at: datetime) -> str:
    """Return a lease in a line."""
    return (
        f"{one.lease:20} {one.store:12} {one.campaign:20} {one.standing(at).value:10}"
        f" {one.first:%m-%d %H:%M} to {one.until:%m-%d %H:%M}  {money(one.spent)} of"
        f" {money(one.amount)} in {one.plays} plays"
    )


def report_lines(lines: Iterable[Line]) -> list[str]:
    """Return a report for people."""
    return [
        f"{one.key}: {one.shown.plays} plays, {money(one.shown.spend)}"
        f"\n  tapped {share(one.tap_rate)}, bought {share(one.buy_rate)}"
        f"\n  held out {one.held_out.plays}: bought {share(one.held_out_buy_rate)}"
        f"\n  lift {share(one.lift)}; purchases it caused {count(one.caused)}"
        for one in lines
    ]
