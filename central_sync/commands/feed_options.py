"""Whom a part of the feed is for, as options of a command: --all, --region or --store."""

import re
from collections.abc import Callable
from typing import Any, TypeVar

import click

from central_sync.commands.speaking import stop
from central_sync.core.feeds import Audience
from endcap.wire.identifiers import STORE_PATTERN

Command = TypeVar("Command", bound=Callable[..., Any])
_REGION = 60


def audience_options(command: Command) -> Command:
    """Add the options to a command."""
    for option in (
        click.option("--store", help="One store; it need not have been heard yet."),
        click.option("--region", help="The stores of a region, as they tell it."),
        click.option("--all", "everyone", is_flag=True, help="Every store."),
    ):
        command = option(command)
    return command


def audience_of(store: str | None, region: str | None, *, everyone: bool) -> Audience:
    """Return who is meant, or end the command."""
    if (store is not None) + (region is not None) + everyone != 1:
        raise stop("say whom it is for: --all, --region REGION or --store STORE")
    if store is not None and not re.fullmatch(STORE_PATTERN, store):
        raise stop(f"{store!r} is no store: lower-case letters, digits and dashes are")
    if region is not None and not (region.strip() and len(region) <= _REGION):
        raise stop(f"a region has 1 to {_REGION} characters")
    return Audience(region=region or "", store=store or "")
