"""What may be set about ordering, marking down and what expires."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from endcap.plumbing.config_values import Duration, FolderPath, Settings, between


class StockSettings(Settings):
    """What the store proposes to order and to mark down; a person decides."""

    policy: Literal["service", "margin"] = Field(
        default="service",
        description="Order for a level of service, or for the margin, where price and cost are "
        "known.",
    )
    service_level: float = Field(
        default=0.95,
        ge=0.5,
        le=0.999,
        description="How surely the shelf is to last until the next delivery.",
    )
    holding: float = Field(
        default=0.001, ge=0, le=1, description="What keeping a unit a day costs, of its cost."
    )
    goodwill: float = Field(
        default=0.0,
        ge=0,
        le=10,
        description="What a missed sale costs beyond its margin, as a share of the price.",
    )
    count_age: Annotated[Duration, between("1d", "365d")] = Field(
        default=timedelta(days=14),
        description="An older count of stock counts no more; the item is to be counted.",
    )
    expiry_days: int = Field(
        default=2, ge=0, le=30, description="Units that expire so soon may be marked down."
    )
    most_markdown: float = Field(
        default=0.5, ge=0, le=0.9, description="The largest markdown, of the price."
    )
    markdown_floor: float = Field(
        default=0.0, ge=0, le=2, description="The lowest price, as a share of an item's cost."
    )
    disposal: float = Field(
        default=0.0, ge=0, le=5, description="What throwing a unit away costs, of its price."
    )
    markdown_worth: float = Field(
        default=1.0,
        ge=0,
        le=100,
        description="The least that a markdown must bring in, in units at the full price.",
    )
    overstock_days: int = Field(
        default=60, ge=1, le=3650, description="Stock of items that keep may last so many days."
    )
    order_folder: FolderPath | None = Field(
        default=None, description="Where files of agreed orders are put; none when absent."
    )
    order_format: Literal["csv", "json"] = Field(default="csv", description="What those files are.")
