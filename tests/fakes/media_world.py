"""Campaigns, plays and words of media for tests."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from central_sync.core.media.plan import Plan
from endcap.plumbing.signed_orders import signed
from endcap.wire.media import Lease, Outcome, Play
from endcap.wire.orders import MediaOrder, Order
from endcap.wire.shopper_events import LeaseClosed, MediaAnswered, MediaPlayed
from tests.fakes.clock import NOON
from tests.fakes.control_keys import SIGNER
from tests.fakes.store_world import GTIN

_numbers = count(1)
CAMPAIGN = "tea"
PLAN: dict[str, Any] = {
    "campaign": CAMPAIGN,
    "advertiser": "Tea House",
    "gtins": [GTIN],
    "headline": "Tea for two",
    "bid": "0.05",
    "budget": "100",
    "first": NOON,
    "last": NOON + timedelta(days=7),
    "holdout": 0.1,
}


def plan(**other: object) -> Plan:
    """Return a campaign of a week and a hundred of the currency."""
    return Plan.model_validate({**PLAN, **other})


def play(lease: str | None = None, at: datetime = NOON, **other: object) -> Play:
    """Return a play of its own, for 0.05."""
    told = {
        "play": f"{next(_numbers):032x}",
        "campaign": CAMPAIGN,
        "lease": lease,
        "gtin": GTIN,
        "slot": "kiosk.home",
        "at": at,
        "price": 50_000,
        "policy": "auction",
        "propensity": 0.95,
    }
    return Play.model_validate({**told, **other})


def played(*plays: Play) -> MediaPlayed:
    """Return plays as a store tells them."""
    return MediaPlayed(plays=plays)


def answered(one: Play, *whats: str) -> MediaAnswered:
    """Return what came of a play; a purchase is of 2.50."""
    return MediaAnswered(
        outcomes=tuple(
            Outcome.model_validate(
                {"play": one.play, "what": what, "at": one.at, "units": 1.0, "amount": paid}
            )
            for what, paid in ((what, 2_500_000 if what == "bought" else 0) for what in whats)
        )
    )


def closed(lease: str, plays: Sequence[Play], amount: int = 1_000_000) -> LeaseClosed:
    """Return that a lease is over, with the plays that it had."""
    return LeaseClosed(
        lease=lease,
        campaign=CAMPAIGN,
        amount=amount,
        spent=sum(one.price for one in plays),
        plays=len(plays),
    )


def media_order(store: str, *leases: Lease, counter: int = 1, **spent: int) -> MediaOrder:
    """Return an order of media with leases."""
    return MediaOrder(
        store=store,
        counter=counter,
        issued=NOON,
        expires=NOON + timedelta(days=14),
        leases=leases,
        spent=spent,
    )


def lease(name: str, amount: int = 1_000_000, hours: int = 4) -> Lease:
    """Return a lease from noon on."""
    until = NOON + timedelta(hours=hours)
    return Lease(lease=name, campaign=CAMPAIGN, amount=amount, first=NOON, until=until)


class OneKey:
    """Keeps the promises of central_sync.ports.orders.OrderSigning."""

    async def sign(self, orders: Sequence[Order]) -> tuple[bytes, ...]:
        return tuple(signed(one, [SIGNER]) for one in orders)


class ToldBefore:
    """Keeps the promises of central_sync.ports.media.OwnWords; the test says what was told."""

    def __init__(self, *orders: MediaOrder) -> None:
        self.orders = orders

    async def heard(self) -> Sequence[MediaOrder]:
        return self.orders
