"""Builds the loops that tell stores something: releases, orders, the chain, the days, and media.

Nothing is decided here.
"""

import secrets
from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import partial

from central_sync.adapters.assignment_tables import AssignmentTables
from central_sync.adapters.campaign_tables import CampaignTables
from central_sync.adapters.chain_folder import ChainFolder
from central_sync.adapters.day_files import DayFiles
from central_sync.adapters.feed_tables import FeedTables
from central_sync.adapters.lake_files import LakeFiles
from central_sync.adapters.lease_tables import LeaseTables
from central_sync.adapters.order_signing import ControlKeySigning
from central_sync.adapters.own_words import BrokerMemory
from central_sync.adapters.remote_tables import RemoteTables
from central_sync.loops.announce_chain import ChainTelling, announce_chain
from central_sync.loops.announce_feeds import Feeding, announce_feeds
from central_sync.loops.announce_orders import Ordering, announce_orders
from central_sync.loops.announce_releases import Announcing, announce_releases
from central_sync.loops.lease_media import MediaLeasing, lease_media
from central_sync.trainers.demand.chain_totals import chain_news
from central_sync.trainers.in_turn import InTurn
from central_sync.wiring.centre import Centre, link
from endcap.plumbing.json_logs import Log
from endcap.plumbing.mqtt_link import MqttLink, open_link
from endcap.plumbing.supervisor import Loop
from endcap.wire.topics import Channel, from_every_store


async def telling(centre: Centre, stack: AsyncExitStack, log: Log) -> dict[str, Loop]:
    """Return the loops that tell stores something."""
    wishes = await link(centre, stack, "wishes")
    return {
        "announce-releases": partial(announce_releases, _announcing(centre, wishes)),
        "announce-orders": partial(announce_orders, _ordering(centre, wishes)),
        **await _chain(centre, stack),
        **await _feeding(centre, stack, log),
        **await _media(centre, stack, log),
    }


def _announcing(centre: Centre, wishes: MqttLink) -> Announcing:
    """Return what telling stores their releases works with."""
    settings = centre.config.releases
    return Announcing(
        book=AssignmentTables(centre.file),
        signing=ControlKeySigning(settings.keys_folder),
        link=wishes,
        clock=centre.clock,
        life=settings.assignment_life,
    )


def _ordering(centre: Centre, wishes: MqttLink) -> Ordering:
    """Return what telling stores their settings and errands works with."""
    return Ordering(
        book=RemoteTables(centre.file),
        signing=ControlKeySigning(centre.config.releases.keys_folder),
        link=wishes,
        clock=centre.clock,
        life=centre.config.remote.order_life,
    )


async def _chain(centre: Centre, stack: AsyncExitStack) -> dict[str, Loop]:
    """Return the loop that tells stores how the whole chain sells."""
    settings, folders = centre.config.chain, centre.config.centre
    if not settings.enabled:
        return {}
    total = partial(chain_news, executor=InTurn())
    board = ChainFolder(folders.chain, LakeFiles(folders.lake), total)
    means = ChainTelling(board, await link(centre, stack, "chain"), centre.clock)
    return {"announce-chain": partial(announce_chain, means, every=settings.every)}


async def _feeding(centre: Centre, stack: AsyncExitStack, log: Log) -> dict[str, Loop]:
    """Return the loop that tells stores of the days to come; a large feed delays no order."""
    tell = partial(log.say, "warning", "feed-too-large")
    feeds = await link(centre, stack, "feeds")
    days = DayFiles(centre.config.centre.lake)
    means = Feeding(FeedTables(centre.file), days, feeds, centre.clock, tell)
    return {"announce-feeds": partial(announce_feeds, means)}


async def _media(centre: Centre, stack: AsyncExitStack, log: Log) -> dict[str, Loop]:
    """Return the loop that leases campaigns' budgets, where there are keys to sign that with."""
    settings, keys = centre.config.media, centre.config.releases.keys_folder
    if keys is None:
        return {}
    name: Callable[[], str] = lambda: f"l-{secrets.token_hex(8)}"  # noqa: E731 - a port is a call
    broker = centre.config.mqtt.broker(f"central-memory-{centre.identity}")
    hearing = partial(
        open_link, broker, (from_every_store(Channel.MEDIA),), centre.clock, centre.rng
    )
    means = MediaLeasing(
        campaigns=CampaignTables(centre.file),
        book=LeaseTables(centre.file, settings.terms, name),
        own=BrokerMemory(hearing, keys),
        signing=ControlKeySigning(keys),
        link=await link(centre, stack, "media"),
        clock=centre.clock,
        tell=_tell_recalled(log),
        lease_every=settings.lease_every,
        life=centre.config.remote.order_life,
    )
    return {"lease-media": partial(lease_media, means)}


def _tell_recalled(log: Log) -> Callable[[int], None]:
    """Return who hears that leases had been forgotten: the log."""

    def tell(count: int) -> None:
        said = f"{count} leases were told to stores and not known here: was the centre restored?"
        log.say("warning", "leases-recalled", said)

    return tell
