"""Wires the loops that serve models and bring better ones."""

import ssl
from contextlib import AsyncExitStack
from functools import partial

import httpx

from edge_agent.adapters.model_files import ModelFolder
from edge_agent.adapters.rehearsal import ChildRehearsal, RehearsalLimits
from edge_agent.adapters.spoken import (
    SpokenJournal,
)
from edge_agent.adapters.tuf_releases import Source, TufReleases
from edge_agent.adapters.update_tables import UpdateTables
from edge_agent.agent.standing import Agent
from edge_agent.config import UpdateSettings
from edge_agent.core.update import ProbationRules
from edge_agent.loops.update_models import Updating, restore, update_models
from edge_agent.loops.watch_models import watch_models
from edge_agent.ports.updates import UpdateError
from endcap.plumbing.supervisor import Loop


async def updates(agent: Agent, stack: AsyncExitStack) -> dict[str, Loop]:
    """Load the models that serve; return the loops that watch them, and that bring better ones.

    A store without a source serves what it has, or what came with the program.
    """
    settings, tables = agent.config.updates, UpdateTables(agent.file)
    watching = partial(watch_models, lambda: agent.slots.problems, agent.health, agent.clock)
    if settings is None:
        try:
            agent.slots.swap(await agent.slots.prepare(await tables.serving()))
        except UpdateError as error:
            agent.log.say("warning", "release-lost", str(error))
            agent.slots.swap(await agent.slots.prepare(None))
        agent.slots.settle()
        return {"watch-models": watching}
    means = _updating(agent, settings, tables, stack)
    await restore(means)
    return {"watch-models": watching, "update-models": partial(update_models, means, agent.rng)}


def _updating(
    agent: Agent, settings: UpdateSettings, tables: UpdateTables, stack: AsyncExitStack
) -> Updating:
    """Return what an update works with."""
    storage = agent.config.storage
    files = ModelFolder(storage.models)
    client = stack.enter_context(httpx.Client(verify=_verified(settings), timeout=10.0))
    source = Source(f"{settings.url}/tuf", settings.root.read_bytes(), agent.version)
    return Updating(
        journal=SpokenJournal(tables, agent.log),
        servings=tables,
        releases=TufReleases(source, storage.tuf, files, client, agent.clock),
        files=files,
        rehearsal=ChildRehearsal(RehearsalLimits()),
        slots=agent.slots,
        clock=agent.clock,
        probation=ProbationRules(duration=settings.probation),
    )


def _verified(settings: UpdateSettings) -> ssl.SSLContext | bool:
    """Return how the centre's certificate is checked, and ours shown."""
    tls = settings.tls
    if tls is None:
        return True
    context = ssl.create_default_context(cafile=str(tls.ca))
    if tls.certificate is not None:
        context.load_cert_chain(tls.certificate, tls.key)
    return context
