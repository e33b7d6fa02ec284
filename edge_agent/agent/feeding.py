"""Wires what the store knows of the days to come: who is asked, and how it ages."""

from functools import partial

import httpx

from edge_agent.adapters.feed_tables import FeedTables
from edge_agent.adapters.http_provider import HttpProvider
from edge_agent.adapters.uplink import LoggedComplaints
from edge_agent.agent.standing import Agent
from edge_agent.core.feed.document import FORMATS
from edge_agent.loops.age_feed import age_feed
from edge_agent.loops.pull_feed import Pulling, pull_feed
from edge_agent.settings.feeds import FeedPullSettings
from endcap.plumbing.supervisor import Loop
from endcap.plumbing.tls_context import client_context


def feeding(agent: Agent) -> dict[str, Loop]:
    """Return the loops that keep what is known of the days to come."""
    tables = FeedTables(agent.file, agent.opening.zone)
    loops: dict[str, Loop] = {"age-feed": partial(age_feed, tables, agent.clock)}
    settings = agent.config.feed.pull
    if settings is None:
        return loops
    form, client = FORMATS[settings.format], partial(_client, settings)
    means = Pulling(
        provider=HttpProvider(settings.url, form, client, settings.timeout),
        book=tables,
        health=agent.health,
        complaints=LoggedComplaints(),
        every=settings.every,
    )
    return {**loops, "pull-feed": partial(pull_feed, means, agent.clock, agent.rng)}


def _client(settings: FeedPullSettings) -> httpx.AsyncClient:
    """Return a client of the provider; the certificate we show is read anew each time."""
    tls = settings.tls
    verified = client_context(tls.ca, tls.certificate, tls.key) if tls else True
    return httpx.AsyncClient(verify=verified, timeout=settings.timeout.total_seconds())
