"""What may be set about people whom the store remembers."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from endcap.plumbing.config_values import Duration, Settings, between


class ShopperSettings(Settings):
    """Whom the store remembers, and for how long."""

    consent: Literal["asked", "programme"] = Field(
        default="asked",
        description="Whose purchases are remembered: of those who were asked and agreed, or, as "
        "the retailer declares, of all who joined the loyalty programme.",
    )
    history: Annotated[Duration, between("1d", "3650d")] = Field(
        default=timedelta(days=365),
        description="How long it is known who bought what; sales themselves are kept for "
        "storage.retention.",
    )
