"""Whether a campaign fits a place now, and which of its items stands for it.

Money is not asked about here: a campaign that has none left fits all the same, and makes the place
no cheaper for the others (endcap.models.media.auction).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from endcap.wire.media import Campaign, SlotRule

Kinds = Collection[str]
"""The names of what an item is: its category and its department, case-folded."""


class Out(StrEnum):
    """Why a campaign does not fit."""

    OVER = "over"
    HOUR = "hour"
    CATEGORY = "category"
    BLOCKED = "blocked"
    SESSION = "session-cap"
    SCREEN = "screen-cap"
    TAKEN = "taken"
    ITEMS = "no-item"


@dataclass(frozen=True, slots=True)
class Scene:
    """What is known of a place when it is given away.

    `at` is in UTC, `hour` of the store's day. `about` are the categories of the page and of what
    is in the basket. `gone` are items that stock or shelf lack. `kinds` are those of every item
    of the catalogue. `to_session` and `on_screen` count plays by campaign: to this session so far,
    and at this place within the last hour. `scores` are the recommender's, by item, empty where
    it did not answer.
    """

    at: datetime
    hour: int
    slot: SlotRule
    about: Kinds = frozenset()
    basket: Collection[str] = frozenset()
    gone: Collection[str] = frozenset()
    kinds: Mapping[str, Kinds] = field(default_factory=dict)
    to_session: Mapping[str, int] = field(default_factory=dict)
    on_screen: Mapping[str, int] = field(default_factory=dict)
    scores: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """What is on the page already: campaigns, rival groups and items."""

    campaigns: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    items: frozenset[str] = frozenset()

    def having(self, campaign: Campaign | None, gtin: str) -> "Page":
        """Return the page with one more item on it."""
        if campaign is None:
            return Page(self.campaigns, self.groups, self.items | {gtin})
        group = {campaign.rival_group} - {""}
        return Page(self.campaigns | {campaign.campaign}, self.groups | group, self.items | {gtin})


def out(campaign: Campaign, scene: Scene, page: Page) -> Out | None:
    """Return why a campaign does not fit a place, the first reason there is; None when it fits."""
    reasons = {
        Out.OVER: not campaign.first <= scene.at < campaign.last,
        Out.HOUR: bool(campaign.hours) and scene.hour not in campaign.hours,
        Out.CATEGORY: bool(campaign.categories)
        and folded(campaign.categories).isdisjoint(scene.about),
        Out.BLOCKED: campaign.advertiser.casefold() in folded(scene.slot.blocked_advertisers),
        Out.SESSION: scene.to_session.get(campaign.campaign, 0) >= campaign.per_session,
        Out.SCREEN: scene.on_screen.get(campaign.campaign, 0) >= campaign.per_hour,
        Out.TAKEN: campaign.campaign in page.campaigns or campaign.rival_group in page.groups,
        Out.ITEMS: item_of(campaign, scene, page) is None,
    }
    return next((why for why, is_so in reasons.items() if is_so), None)


def item_of(campaign: Campaign, scene: Scene, page: Page) -> str | None:
    """Return the item that stands for a campaign: of those to be had, the one that suits best.

    None when the catalogue, the shelf or the place has none of them; of equals the first named.
    """
    blocked = folded(scene.slot.blocked_categories)
    fit = [
        gtin
        for gtin in campaign.gtins
        if gtin in scene.kinds
        and gtin not in scene.gone
        and gtin not in scene.basket
        and gtin not in page.items
        and blocked.isdisjoint(scene.kinds[gtin])
    ]
    return max(fit, key=lambda gtin: scene.scores.get(gtin, 0.0), default=None)


def held_out(campaign: Campaign, unit: str) -> bool:
    """Tell whether a unit (a shopper, else a session) is never shown a campaign, to measure it.

    By a hash of both, so that it is the same in every store, for ever, and another for each
    campaign.
    """
    digest = sha256(f"{campaign.campaign}\n{unit}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64 < campaign.holdout


def folded(names: Collection[str]) -> frozenset[str]:
    """Return names as they are compared."""
    return frozenset(name.casefold() for name in names)
