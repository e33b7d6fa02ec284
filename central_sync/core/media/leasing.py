"""How much of a campaign's budget each store may spend next, and until when.

A store gets of what is free what it is expected to spend until its lease ends, over what all stores
are expected to spend until the campaign ends. Expected is what its last leases showed; where there
are none, its share of the fleet's plays. A store that is heard often gets little and soon again;
one that goes silent gets enough to live on. Whatever is expected, no more is granted than is free.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from central_sync.core.media.accounts import Account, Balance

OPEN_AT_ONCE = 2
"""Leases of a campaign that a store may have unsettled: the one at work, and the next."""

REMEMBERED = 3
"""How many of a store's last leases say what it will spend."""

EVEN = (1.0,) * 24
_HOUR = timedelta(hours=1)
_USED_UP = 0.95
_GROWTH = 1.5  # a store that used all of a lease could perhaps have used more
_SLACK = 1.1
_LEAST_USE = 0.1  # a store that showed nothing is still tried
_END_GAME = 4  # towards the end a lease covers a quarter of what is left, so that rests come back


@dataclass(frozen=True, slots=True)
class Terms:
    """How leases are made: see the settings in `[media]`."""

    period: timedelta = timedelta(hours=4)
    shortest: timedelta = timedelta(minutes=15)
    longest: timedelta = timedelta(days=3)
    reserve: float = 0.05
    renew_below: float = 0.25


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is known of a store: plays of all kinds a day, and how late its word is.

    `lag` is how late its plays usually come, `silence` how long it has not been heard.
    """

    store: str
    plays: float = 0.0
    lag: timedelta = timedelta(0)
    silence: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Grant:
    """A lease that is to be made; it has no name yet."""

    campaign: str
    store: str
    amount: int
    first: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Flight:
    """The campaign that is leased of: when it runs, and the most that a play may cost."""

    campaign: str
    first: datetime
    last: datetime
    bid: int


@dataclass(frozen=True, slots=True)
class _Need:
    """A store that is to have a lease now; `early` when the last one was used up before its end."""

    outlook: Outlook
    first: datetime
    until: datetime
    early: bool


def grants(
    flight: Flight,
    balance: Balance,
    accounts: Mapping[str, Sequence[Account]],
    outlooks: Sequence[Outlook],
    at: datetime,
    rules: tuple[Terms, Sequence[float]] = (Terms(), EVEN),
) -> tuple[Grant, ...]:
    """Return the leases to make at `at`; their sum is never above what is free.

    `accounts` are each store's leases of this campaign, oldest first: all that are not settled and
    the last few that are. `rules` are the terms, and how many plays each hour of the UTC day has,
    relatively.
    """
    terms, hours = rules
    needs = [
        need
        for one in outlooks
        if (need := _need(flight, one, accounts.get(one.store, ()), at, terms)) is not None
    ]
    if not needs:
        return ()
    wanted = _shares(flight, accounts, outlooks, at, hours)
    left, made = balance.free, []
    keep = _reserve(flight, balance, at, terms)
    for need in sorted(needs, key=lambda need: -wanted[need.outlook.store].rate):
        share = wanted[need.outlook.store]
        amount = int(balance.free * share.of(need.first, need.until, hours))
        amount = min(max(amount, flight.bid), left if need.early else left - keep)
        if amount >= max(1, flight.bid):
            store = need.outlook.store
            made.append(Grant(flight.campaign, store, amount, need.first, need.until))
            left -= amount
    return tuple(made)


def lease_length(one: Outlook, left: timedelta, terms: Terms) -> timedelta:
    """Return how long a lease of a store lasts, with `left` until the campaign ends.

    Twice as long as its word is late, within bounds; shorter towards the end of the campaign, for
    a store that is heard.
    """
    late = 2 * max(one.lag, one.silence)
    period = min(terms.period, max(left / _END_GAME, terms.shortest))
    return min(max(period, min(late, terms.longest)), left)


def weight(first: datetime, until: datetime, hours: Sequence[float]) -> float:
    """Return how much of the fleet's plays lies between two moments, in mean hours.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    >>> weight(noon, noon + timedelta(hours=36), EVEN)
    36.0
    """
    if until <= first:
        return 0.0
    days, rest = divmod(until - first, timedelta(days=1))
    return days * sum(hours) + sum(
        (end - begin) / _HOUR * hours[begin.hour] for begin, end in pairwise(_marks(first, rest))
    )


def _marks(first: datetime, rest: timedelta) -> list[datetime]:
    """Return `first`, each full hour behind it, and the end of `rest`."""
    until = first + rest
    hour = first.replace(minute=0, second=0, microsecond=0) + _HOUR
    marks = [first]
    while hour < until:
        marks.append(hour)
        hour += _HOUR
    return [*marks, until]


def _need(
    flight: Flight, one: Outlook, accounts: Sequence[Account], at: datetime, terms: Terms
) -> _Need | None:
    """Return the lease that a store is to have now, without its amount; None for none."""
    unsettled = [each for each in accounts if not each.settled]
    if at >= flight.last or one.silence > terms.longest or len(unsettled) >= OPEN_AT_ONCE:
        return None
    first, early = max(at, flight.first), False
    running = [each for each in unsettled if each.until > at]
    if running:
        newest = running[-1]
        early = newest.spent >= newest.amount * (1.0 - terms.renew_below)
        due = newest.until - at <= (newest.until - newest.first) * terms.renew_below
        if not early and not due:
            return None
        first = first if early else newest.until
    until = first + lease_length(one, flight.last - first, terms)
    return _Need(one, first, until, early) if until > first else None


def _reserve(flight: Flight, balance: Balance, at: datetime, terms: Terms) -> int:
    """Return what is kept back for stores that use up theirs early; nothing towards the end."""
    if flight.last - at <= terms.period:
        return 0
    return int(balance.free * terms.reserve)


@dataclass(frozen=True, slots=True)
class _Share:
    """What a store is expected to spend in a mean hour, and all stores until the end."""

    rate: float
    whole: float

    def of(self, first: datetime, until: datetime, hours: Sequence[float]) -> float:
        """Return the share of what is free that is for a store between two moments."""
        return min(1.0, self.rate * weight(first, until, hours) / self.whole) if self.whole else 0.0


def _shares(
    flight: Flight,
    accounts: Mapping[str, Sequence[Account]],
    outlooks: Sequence[Outlook],
    at: datetime,
    hours: Sequence[float],
) -> dict[str, _Share]:
    """Return each store's share of what will be spent and is not leased yet."""
    begin = max(at, flight.first)
    seen = {one.store: _rate(accounts.get(one.store, ()), hours) for one in outlooks}
    unit = _mean_of(rate / _plays(one) for one in outlooks if (rate := seen[one.store]) is not None)
    rates = {one.store: _known(seen[one.store], unit * _plays(one)) for one in outlooks}
    starts = {one.store: max([begin, *_ends(accounts.get(one.store, ()))]) for one in outlooks}
    spans = {start: weight(start, flight.last, hours) for start in set(starts.values())}
    whole = sum(rates[store] * spans[start] for store, start in starts.items())
    return {store: _Share(rate, whole) for store, rate in rates.items()}


def _ends(accounts: Sequence[Account]) -> list[datetime]:
    """Return when the leases end that are not settled; one that is spent and closed is no more."""
    return [one.until for one in accounts if not one.settled]


def _known(rate: float | None, otherwise: float) -> float:
    return otherwise if rate is None else rate


def _plays(one: Outlook) -> float:
    """Return a store's plays a day; one that is new counts a little."""
    return one.plays + 1.0


def _mean_of(values: Iterable[float]) -> float:
    """Return the mean of what a play brings; 1 where nothing is known, so that plays decide."""
    found = [one for one in values if one > 0.0]
    return sum(found) / len(found) if found else 1.0


def _rate(accounts: Sequence[Account], hours: Sequence[float]) -> float | None:
    """Return what a store would spend of the campaign in a mean hour; None where nothing shows it.

    A lease that is not settled shows only that it was not too small: its plays may be on the way.
    """
    last = accounts[-REMEMBERED:]
    span = sum(weight(one.first, one.until, hours) for one in last)
    return sum(one.amount * _use(one) for one in last) / span if span > 0.0 else None


def _use(one: Account) -> float:
    """Return how much of a lease the store could have spent."""
    share = min(1.0, one.spent / one.amount) if one.amount else 0.0
    if share >= _USED_UP:
        return _GROWTH
    return max(_LEAST_USE, share * _SLACK) if one.settled else 1.0


def hours_of_day(plays: Mapping[int, int]) -> tuple[float, ...]:
    """Return how many plays each hour of the UTC day has, relatively; the mean is 1.

    Few plays say little: a tenth of an even day, at least a hundred plays, is added to them.
    """
    whole = sum(plays.values())
    even = max(100.0, 0.1 * whole) / len(EVEN)
    raw = [plays.get(hour, 0) + even for hour in range(len(EVEN))]
    mean = sum(raw) / len(raw)
    return tuple(one / mean for one in raw)
