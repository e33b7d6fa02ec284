"""What a store is told of media: the campaigns it may show now, and every lease not settled yet.

A lease is told until it is settled, also when it is over: so a store that was away all its time
hears of it and closes it, and a centre that lost its memory reads its own words again. Nothing is
signed or sent here.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pydantic_core import to_json

from central_sync.core.assignments import next_counter
from central_sync.core.media.accounts import Account
from endcap.wire.media import Campaign, Lease, SlotRule
from endcap.wire.orders import MAX_ENVELOPE, MediaOrder

LIFE = timedelta(days=14)
"""How long an order is good for a store that has not heard it; renewed at the half."""

ROOM = MAX_ENVELOPE // 2
"""Bytes of campaigns that an order may have, so that with its leases, its signature and its dress
it stays within what a store reads."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """The last word to a store; `digest` is of what it said."""

    store: str
    counter: int = 0
    digest: str = ""
    expires: datetime | None = None
    envelope: bytes | None = None
    told: bool = False


@dataclass(frozen=True, slots=True)
class News:
    """What a store should know of media; `spent` is for the centre itself."""

    campaigns: tuple[Campaign, ...] = ()
    leases: tuple[Lease, ...] = ()
    slots: tuple[SlotRule, ...] = ()
    spent: Mapping[str, int] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Return the SHA-256 of it: the same is no news.

        What was spent is no news: until it is told, the lease is named that it was spent of.
        """
        return hashlib.sha256(to_json([self.campaigns, self.leases, self.slots])).hexdigest()


def lease_of(one: Account) -> Lease:
    """Return an account as its store is told of it."""
    return Lease(
        lease=one.lease,
        campaign=one.campaign,
        amount=one.amount,
        first=one.first,
        until=one.until,
    )


def room_taken(campaigns: Iterable[Campaign]) -> int:
    """Return how many bytes campaigns take in an order."""
    return len(to_json(list(campaigns)))


def to_sign(spoken: Spoken, news: News, at: datetime, life: timedelta = LIFE) -> MediaOrder | None:
    """Return the order to sign for a store, or None while its last one says this and is good.

    A store that was never told anything is not told that there is nothing.
    """
    if not spoken.digest and news.digest == News().digest:
        return None
    fresh = spoken.expires is not None and spoken.expires - at >= life / 2
    if spoken.envelope is not None and fresh and spoken.digest == news.digest:
        return None
    return MediaOrder(
        store=spoken.store,
        counter=next_counter(spoken.counter, at),
        issued=at,
        expires=at + life,
        campaigns=news.campaigns,
        leases=news.leases,
        slots=news.slots,
        spent=dict(news.spent),
    )


def forgotten(order: MediaOrder, known: Mapping[str, object]) -> tuple[Account, ...]:
    """Return the leases in an order of our own that the database does not have: it was restored."""
    return tuple(
        Account(one.lease, one.campaign, order.store, one.amount, one.first, one.until)
        for one in order.leases
        if one.lease not in known
    )


def newest(orders: Sequence[MediaOrder]) -> dict[str, int]:
    """Return the highest counter that was said to each store."""
    found: dict[str, int] = {}
    for one in orders:
        found[one.store] = max(found.get(one.store, 0), one.counter)
    return found
