"""What a person plans: a campaign, its budget, and which stores may show it.

People write money in the currency; everything behind this file counts micros, whole numbers.
Whether there is money left is the accounts' to say.
"""

from collections.abc import Collection
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from endcap.wire.identifiers import Gtin, Name, Share, StoreId
from endcap.wire.media import Campaign
from endcap.wire.values import Instant

MICROS = 1_000_000
MAX_MONEY = 10**12
MAX_STORES = 10_000
Money = Annotated[Decimal, Field(ge=0, le=MAX_MONEY, decimal_places=6)]
"""Money in the currency, to a millionth."""
Hour = Annotated[int, Field(ge=0, le=23)]
Word = Annotated[str, Field(max_length=100)]


def micros(money: Decimal) -> int:
    """Return money of the currency in micros.

    >>> micros(Decimal("0.05"))
    50000
    """
    return int(money * MICROS)


class Plan(BaseModel):
    """A campaign as a person writes it; `bid` and `budget` are in the currency.

    `stores` and `regions` narrow who may show it; both empty is every store. The rest is what
    stores are told, as endcap.wire.media.Campaign has it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    campaign: Name
    advertiser: str = Field(min_length=1, max_length=120)
    gtins: tuple[Gtin, ...] = Field(min_length=1, max_length=50)
    headline: str = Field(min_length=1, max_length=80)
    text: str = Field(default="", max_length=200)
    bid: Money
    budget: Money
    first: Instant
    last: Instant
    priority: int = Field(default=0, ge=0, le=9)
    rival_group: str = Field(default="", max_length=60)
    categories: tuple[Word, ...] = Field(default=(), max_length=50)
    hours: tuple[Hour, ...] = Field(default=(), max_length=24)
    per_session: int = Field(default=3, ge=1, le=1000)
    per_hour: int = Field(default=60, ge=1, le=100_000)
    holdout: Share = 0.0
    stores: tuple[StoreId, ...] = Field(default=(), max_length=MAX_STORES)
    regions: tuple[Word, ...] = Field(default=(), max_length=200)

    @model_validator(mode="after")
    def _hangs_together(self) -> "Plan":
        if self.first >= self.last:
            raise ValueError("a campaign's first moment comes before its last")
        if self.bid > self.budget:
            raise ValueError("the budget does not pay for one play at the bid")
        return self

    @property
    def wire(self) -> Campaign:
        """Return what stores are told of it."""
        own = {"bid", "budget", "stores", "regions"}
        return Campaign.model_validate({**self.model_dump(exclude=own), "bid": micros(self.bid)})

    def is_for(self, store: str, region: str) -> bool:
        """Tell whether a store of a region may show it."""
        everywhere = not self.stores and not self.regions
        return everywhere or store in self.stores or (bool(region) and region in self.regions)


def audience(plan: Plan, regions: Collection[tuple[str, str]]) -> tuple[str, ...]:
    """Return which of the stores, given with their regions, may show `plan`."""
    return tuple(store for store, region in regions if plan.is_for(store, region))
