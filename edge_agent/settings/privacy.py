"""What the centre may be told of shoppers' baskets: sums, with noise, within a budget.

What the words mean is docs/privacy.md's.
"""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from endcap.plumbing.config_values import Duration, Settings, between


class PrivacySettings(Settings):
    """The terms on which sums of baskets leave the store."""

    minimum_group: int = Field(
        default=5,
        ge=2,
        le=1000,
        description="Counts behind which fewer persons stand never leave the store.",
    )
    epsilon: float = Field(
        default=8.0,
        gt=0,
        le=1e12,
        description="How much all that is told in a year may tell of one person at most.",
    )
    delta: float = Field(
        default=1e-6, gt=0, lt=0.01, description="With which probability it may tell more."
    )
    clip: float = Field(
        default=10.0,
        ge=1,
        le=1000,
        description="How much one person may add to the sums of baskets of a period (L2 length).",
    )
    period: Annotated[Duration, between("7d", "364d")] = Field(
        default=timedelta(days=28),
        description="Over how long baskets are summed before they are told; whole weeks count.",
    )
    keep_pictures: Annotated[Duration, between("1h", "72h")] = Field(
        default=timedelta(hours=72),
        description="How long the small pictures of a camera with `review` stay in the store.",
    )
    wait: Annotated[Duration, between("0s", "60d")] = Field(
        default=timedelta(days=2),
        description="How long files may come late; a period is told once.",
    )
