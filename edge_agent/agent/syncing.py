"""Wires the loops that speak with the centre."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial

from edge_agent.adapters.chain_tables import ChainTables
from edge_agent.adapters.feed_tables import FeedTables
from edge_agent.adapters.kiosk_reads import KioskReads
from edge_agent.adapters.media_orders import MediaOrderTables
from edge_agent.adapters.store_state import About, StoreStateTables
from edge_agent.adapters.uplink import LastPace, LoggedComplaints, MqttUplink
from edge_agent.agent.remote import Orders, remote, remote_orders
from edge_agent.agent.standing import Agent
from edge_agent.agent.trusting import Trust, looking
from edge_agent.core.feed.sayings import Source
from edge_agent.kiosk.facts import KINDS
from edge_agent.loops.receive_commands import (
    receive_commands,
    receive_one,
    take_ack,
    take_assignment,
    take_credit,
    take_experiments,
)
from edge_agent.loops.report_state import report_state
from edge_agent.loops.run_media import take_media
from edge_agent.loops.send_outbox import send_outbox
from edge_agent.loops.watch_centre import watch_centre
from edge_agent.loops.watch_link import watch_link
from edge_agent.ports.sync import Command, Takers
from endcap.plumbing.mqtt_link import open_link
from endcap.plumbing.supervisor import Loop
from endcap.wire.commands import Feed
from endcap.wire.topics import Channel, everything_down


async def centre(agent: Agent, trust: Trust | None, stack: AsyncExitStack) -> dict[str, Loop]:
    """Return the loops that speak with the centre; none where the store stands alone."""
    config, clock, file = agent.config, agent.clock, agent.file
    if config.mqtt is None:
        return {}
    link = await stack.enter_async_context(
        open_link(
            config.mqtt.broker(config.store.id),
            [everything_down(config.store.id)],
            clock,
            agent.rng,
        )
    )
    complaints, pace = LoggedComplaints(), LastPace()
    uplink = MqttUplink(link, config.store.id, complaints)
    outbox = agent.outbox
    named = config.store
    about = About(
        *(named.id, agent.identity.epoch, agent.version, KINDS),
        region=named.region,
        device=named.device,
        size=named.size,
    )
    source = StoreStateTables(file, agent.slots, about)
    takers = Takers(
        ack=partial(take_ack, outbox, complaints, clock),
        feed=_feed_taker(agent),
        credit=partial(take_credit, pace),
        chain=ChainTables(file).take,
        orders=_orders(agent, trust) if trust else {},
        held=trust.held if trust else None,
    )
    return {
        **(await remote(agent, trust, lambda: bool(uplink.connection)) if trust else {}),
        **_watching_trust(agent, trust, partial(receive_one, takers=takers, complaints=complaints)),
        "send-outbox": partial(
            send_outbox, outbox, uplink, pace, clock, config.outbox.resend_after
        ),
        "receive-commands": partial(receive_commands, uplink, takers, complaints),
        "report-state": partial(report_state, source, uplink, clock),
        "watch-centre": partial(watch_centre, KioskReads(file), agent.health, clock),
        "watch-link": partial(watch_link, uplink, agent.health, clock),
    }


def _orders(agent: Agent, trust: Trust) -> Orders:
    """Return who takes which signed orders."""
    wishes = {
        Channel.DESIRED: partial(take_assignment, trust.gate),
        Channel.EXPERIMENTS: partial(take_experiments, trust.gate),
        Channel.MEDIA: partial(take_media, trust.gate, MediaOrderTables(agent.file)),
    }
    return {**wishes, **remote_orders(agent, trust.gate)}


def _watching_trust(
    agent: Agent, trust: Trust | None, deliver: Callable[[Command], Awaitable[None]]
) -> dict[str, Loop]:
    """Return the loop that looks for what was signed anew; none without a source."""
    settings = agent.config.updates
    if trust is None or settings is None:
        return {}
    return {"watch-trust": looking(agent, trust, settings, deliver)}


def _feed_taker(agent: Agent) -> Callable[[Feed], Awaitable[None]]:
    """Return who keeps what the centre knows of the days to come."""
    tables = FeedTables(agent.file, agent.opening.zone)

    async def take(feed: Feed) -> None:
        await tables.take(feed, agent.clock.now(), Source.CENTRE)

    return take
