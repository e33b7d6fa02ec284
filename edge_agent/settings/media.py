"""What may be set about in-store media; campaigns, places and money are the centre's."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from endcap.plumbing.config_values import Duration, Settings, between


class MediaSettings(Settings):
    """Which places are given to campaigns, and by which rule sales are theirs."""

    enabled: bool = Field(
        default=True,
        description="Whether campaigns are played here; else every place is the store's own.",
    )
    explore: float = Field(
        default=0.02,
        ge=0,
        le=0.5,
        description="The share of the places at which any campaign that fits may be played, to "
        "learn what suits whom.",
    )
    store_window: Annotated[Duration, between("0s", "1d")] = Field(
        default=timedelta(minutes=15),
        description="How long after a play a sale of its item counts as its own, whoever bought.",
    )
    shopper_window: Annotated[Duration, between("0s", "30d")] = Field(
        default=timedelta(days=1),
        description="The same for a shopper who agreed to be remembered and was shown it.",
    )
    keep: Annotated[Duration, between("7d", "730d")] = Field(
        default=timedelta(days=120), description="How long plays that were told are kept."
    )
