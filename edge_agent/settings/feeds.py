"""What a store is told of its feeds: the point of sale's files, scales' codes, whom to ask.

How files are read is core/feed's.
"""

import re
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from endcap.plumbing.config_values import (
    Duration,
    FolderPath,
    Settings,
    between,
    refusal,
    spelled,
    unique,
    web_address,
)
from endcap.plumbing.mqtt_settings import TlsSettings

CODE_BODY = 12  # the digits of an EAN-13 without its check digit


def _question(text: str) -> str:
    """Return an address that may have a query: what one asks of a provider."""
    base, mark, query = text.partition("?")
    if not re.fullmatch(r"[!-~]*", query) or "#" in query:
        raise refusal("a query of printable ASCII, without a fragment")
    return web_address(base) + mark + query


QuestionAddress = Annotated[str, AfterValidator(_question)]
"""An http or https address, with or without a query."""

CodePrefix = Annotated[str, spelled("02|2[0-9]{0,2}", "02, or two or three digits from 2 on")]
"""How a code of the store's own scales begins."""


class InStoreCodeSettings(Settings):
    """A code that the store's scales print: prefix, item number, value, check digit."""

    prefix: CodePrefix = Field(description="How the code begins, such as 21.")
    value: Literal["weight", "price"] = Field(description="What its value is: kilograms, or money.")
    item: int = Field(default=5, ge=1, le=7, description="Digits of the item number.")
    digits: int = Field(default=5, ge=1, le=7, description="Digits of the value.")
    decimals: int = Field(default=3, ge=0, le=5, description="How many of them are decimals.")

    @model_validator(mode="after")
    def _fits(self) -> "InStoreCodeSettings":
        """Refuse a form that is longer than a code."""
        length = len(self.prefix) + self.item + self.digits
        if length > CODE_BODY:
            raise refusal(f"at most {CODE_BODY} digits of prefix, item and value, not {length}")
        return self


class SalesSettings(Settings):
    """The feed of the point of sale."""

    drop_folder: FolderPath = Field(description="CSV and JSON-lines files put here are read once.")
    upc_e: bool = Field(
        default=False,
        description="Read eight digits as UPC-E rather than GTIN-8 where they could be both.",
    )
    in_store: Annotated[tuple[InStoreCodeSettings, ...], unique("prefix")] = Field(
        default=(), max_length=20, description="The codes that the store's scales print."
    )


class FeedPullSettings(Settings):
    """A server that is asked what it knows of the days to come."""

    url: QuestionAddress = Field(repr=False, description="What is asked, with its query.")
    every: Annotated[Duration, between("1m", "7d")] = Field(
        default=timedelta(hours=1), description="How often it is asked."
    )
    format: Literal["endcap", "open-meteo"] = Field(
        default="endcap", description="What it answers: a JSON feed, or Open-Meteo's daily weather."
    )
    timeout: Annotated[Duration, between("1s", "5m")] = Field(
        default=timedelta(seconds=20), description="How long it may take to answer."
    )
    tls: TlsSettings | None = Field(
        default=None, description="For a server with its own authority, or that asks who we are."
    )


class FeedSettings(Settings):
    """What is known of the days to come, beside files and what the centre says."""

    pull: FeedPullSettings | None = Field(default=None, description="A server that is asked.")
