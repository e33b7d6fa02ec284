"""Wires what tells which orders and releases of the centre to trust, and the loop that looks."""

import ssl
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial

import httpx

from edge_agent.adapters.control_keyring import VerifiedKeyring
from edge_agent.adapters.downloads import Limits
from edge_agent.adapters.model_files import ModelFolder
from edge_agent.adapters.order_gate import SignedOrderGate
from edge_agent.adapters.trust_tables import TrustTables
from edge_agent.adapters.tuf_releases import Source, TufReleases
from edge_agent.adapters.uplink import LastOrders, LoggedComplaints
from edge_agent.agent.standing import Agent, factory_folder
from edge_agent.config import UpdateSettings
from edge_agent.loops.watch_trust import Watching, watch_trust
from edge_agent.ports.sync import Command
from endcap.plumbing.supervisor import Loop
from endcap.plumbing.tls_context import client_context


@dataclass(frozen=True, slots=True)
class Trust:
    """What a store with a source of models trusts the centre by: its files, its keys, its gate."""

    releases: TufReleases
    files: ModelFolder
    book: TrustTables
    keyring: VerifiedKeyring
    gate: SignedOrderGate
    held: LastOrders


def trusted(agent: Agent, stack: AsyncExitStack) -> Trust | None:
    """Open the way to the signed repository; None where the store has no source."""
    settings, storage, clock = agent.config.updates, agent.config.storage, agent.clock
    if settings is None:
        return None
    client = stack.enter_context(httpx.Client(verify=verified(settings), timeout=10.0))
    limits = Limits(bandwidth=settings.bandwidth)
    source = Source(f"{settings.url}/tuf", settings.root.read_bytes(), agent.version, limits)
    files = ModelFolder(storage.models, factory_folder(agent.config))
    book = TrustTables(agent.file)
    releases = TufReleases(source, storage.tuf, files, client, clock)
    keyring = VerifiedKeyring(releases, book, clock)
    gate = SignedOrderGate(agent.config.store.id, keyring, book, agent.file, clock)
    return Trust(releases, files, book, keyring, gate, LastOrders())


def looking(
    agent: Agent,
    trust: Trust,
    settings: UpdateSettings,
    deliver: Callable[[Command], Awaitable[None]],
) -> Loop:
    """Return the loop that looks for what the centre signed anew."""
    means = Watching(
        metadata=trust.keyring,
        book=trust.book,
        held=trust.held,
        deliver=deliver,
        health=agent.health,
        complaints=LoggedComplaints(),
        clock=agent.clock,
    )
    return partial(watch_trust, means, settings.check_every, agent.rng)


def verified(settings: UpdateSettings) -> ssl.SSLContext | bool:
    """Return how the centre's certificate is checked, and ours shown."""
    tls = settings.tls
    if tls is None:
        return True
    return client_context(tls.ca, tls.certificate, tls.key)
