"""What a lease costs its campaign, when its rest goes back, and what is wrong with a play.

A lease counts whole until its store has told what it spent, and the ledger holds exactly those
plays; from then on it counts what was spent. A play that does not fit is kept, counted and flagged.
Nothing is granted here.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from endcap.wire.media import Play


class Flag(Enum):
    """What is wrong with a play; the value is what the ledger keeps."""

    NONE = ""
    NO_LEASE = "no-lease"  # it cost something, and names no lease
    UNKNOWN_LEASE = "unknown-lease"  # the centre was restored, or the store made it up
    FOREIGN_LEASE = "foreign-lease"  # another store's
    OTHER_CAMPAIGN = "other-campaign"
    ABOVE_AMOUNT = "above-amount"
    AFTER_CLOSING = "after-closing"  # the rest had gone back


class Standing(Enum):
    """Where a lease stands, in people's words."""

    OPEN = "open"
    OWING = "owing"  # over, and its store has not told what it spent
    INCOMPLETE = "incomplete"  # told, but not all its plays are here yet
    DISPUTED = "disputed"  # the ledger holds other plays than were told
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class Told:
    """What a store said of a lease that is over: how many plays, and what they cost."""

    plays: int
    spent: int


@dataclass(frozen=True, slots=True)
class Account:
    """A lease with what the ledger holds of it. `settled` stays, whatever comes later."""

    lease: str
    campaign: str
    store: str
    amount: int
    first: datetime
    until: datetime
    plays: int = 0
    spent: int = 0
    told: Told | None = None
    settled: bool = False

    @property
    def charge(self) -> int:
        """Return what it counts against the budget: all of it, until it is settled."""
        return self.spent if self.settled else max(self.amount, self.spent)

    @property
    def agrees(self) -> bool:
        """Tell whether the store said what it spent, and all those plays are here."""
        return self.told == Told(self.plays, self.spent)

    def standing(self, at: datetime) -> Standing:
        """Return where it stands at `at`."""
        if self.settled:
            return Standing.SETTLED
        if self.told is None:
            return Standing.OPEN if at < self.until else Standing.OWING
        behind = self.plays < self.told.plays and self.spent <= self.told.spent
        return Standing.INCOMPLETE if behind else Standing.DISPUTED


def flag_of(play: Play, store: str, account: Account | None) -> Flag:
    """Return what is wrong with a play that `store` told; `account` is of the lease it names."""
    if play.lease is None:
        return Flag.NO_LEASE if play.price else Flag.NONE
    if account is None:
        return Flag.UNKNOWN_LEASE
    if account.store != store:
        return Flag.FOREIGN_LEASE
    if account.campaign != play.campaign:
        return Flag.OTHER_CAMPAIGN
    if account.settled:
        return Flag.AFTER_CLOSING
    return Flag.ABOVE_AMOUNT if account.spent + play.price > account.amount else Flag.NONE


BELONGS = frozenset({Flag.NONE, Flag.ABOVE_AMOUNT, Flag.AFTER_CLOSING})
"""The flags of plays that count on their lease; others count on their campaign alone."""


@dataclass(frozen=True, slots=True)
class Balance:
    """A campaign's money, in micros.

    `leased` are the leases that are not settled, whole. `spent` is what settled ones and plays on
    none cost, of each store no less than the centre ever told it (MediaOrder.spent).
    """

    budget: int
    leased: int = 0
    spent: int = 0

    @property
    def bound(self) -> int:
        """Return what is spent, or may yet be."""
        return self.leased + self.spent

    @property
    def free(self) -> int:
        """Return what may still be leased."""
        return max(0, self.budget - self.bound)
