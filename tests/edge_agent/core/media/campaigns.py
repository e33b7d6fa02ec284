"""Campaigns, scenes and purses to test with."""

from datetime import UTC, datetime, timedelta
from typing import Any

from edge_agent.core.media.eligibility import Scene
from edge_agent.core.media.purses import Purse
from endcap.wire.media import Campaign, SlotRule

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
OATS, MILK, RICE = "04006381333931", "04006381333948", "04006381333955"


def campaign(name: str = "oats", **changes: Any) -> Campaign:  # noqa: ANN401 - any of its fields
    plain: dict[str, Any] = {
        "campaign": name,
        "advertiser": f"{name} inc",
        "gtins": (OATS,),
        "headline": f"Try {name}",
        "bid": 1_000_000,
        "first": NOON - DAY,
        "last": NOON + 30 * DAY,
    }
    return Campaign.model_validate(plain | changes)


def scene(**changes: Any) -> Scene:  # noqa: ANN401 - any of its fields
    kinds = {OATS: frozenset({"cereals"}), MILK: frozenset({"dairy"}), RICE: frozenset({"dry"})}
    plain: dict[str, Any] = {
        "at": NOON,
        "hour": 12,
        "slot": SlotRule(slot="kiosk.home"),
        "kinds": kinds,
    }
    return Scene(**(plain | changes))


def purse(name: str = "oats", amount: int = 10_000_000, **changes: Any) -> Purse:  # noqa: ANN401 - any of its fields
    plain: dict[str, Any] = {
        "lease": f"{name}-1",
        "campaign": name,
        "first": NOON - DAY,
        "until": NOON + DAY,
        "amount": amount,
        "spent": 0,
    }
    return Purse(**(plain | changes))
