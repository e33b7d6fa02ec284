"""What is shown of campaigns, leases and the ledger. Values only; nothing is decided here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from central_sync.core.media.accounts import Account, Balance, Standing
from central_sync.core.media.life import State
from central_sync.core.media.plan import Plan


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a campaign's journal."""

    event: str
    at: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A campaign as it stands, with its money."""

    plan: Plan
    state: State
    since: datetime
    made_by: str
    made_at: datetime
    balance: Balance
    journal: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class FlaggedPlay:
    """A play in the ledger that does not fit, and why."""

    play: str
    store: str
    campaign: str | None
    lease: str | None
    at: datetime
    price: int
    flag: str


@dataclass(frozen=True, slots=True)
class LedgerTotals:
    """The ledger in sum: plays, what they cost, how many do not fit, and leases by standing."""

    plays: int
    spend: int
    flagged: Mapping[str, int] = field(default_factory=dict)
    leases: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Owing:
    """A store that owes word of leases which are over: how many, for how much, since when."""

    store: str
    leases: int
    amount: int
    since: datetime


_OWED = frozenset({Standing.OWING, Standing.INCOMPLETE, Standing.DISPUTED})


def owing(accounts: Iterable[Account], at: datetime) -> tuple[Owing, ...]:
    """Return which stores owe word of leases, those that owe most first."""
    found: dict[str, list[Account]] = {}
    for one in accounts:
        if one.standing(at) in _OWED:
            found.setdefault(one.store, []).append(one)
    lines = (
        Owing(store, len(some), sum(one.charge for one in some), min(one.until for one in some))
        for store, some in found.items()
    )
    return tuple(sorted(lines, key=lambda one: (-one.amount, one.store)))
