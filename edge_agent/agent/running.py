"""Runs the store's program: opens it, starts every part, and tells which fail."""

import asyncio
import random
from collections.abc import Coroutine
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from functools import partial

from edge_agent.adapters.store_life import HealthTable
from edge_agent.agent.answering import kiosk, remembering
from edge_agent.agent.feeding import feeding
from edge_agent.agent.identifying import identified, keeping
from edge_agent.agent.persons import forgetting
from edge_agent.agent.playing import playing
from edge_agent.agent.sensing import cameras, followed, sales
from edge_agent.agent.standing import Agent, Launch, begin
from edge_agent.agent.stocking import stock
from edge_agent.agent.syncing import centre
from edge_agent.agent.trusting import trusted
from edge_agent.agent.updating import updates
from edge_agent.config import EdgeConfig
from edge_agent.loops.follow_files import follow_once
from edge_agent.loops.tell_watchdog import tell_watchdog
from edge_agent.ports.sales import FeedUnreadableError
from endcap.plumbing.clock import Clock
from endcap.plumbing.files import held
from endcap.plumbing.json_logs import Log
from endcap.plumbing.sqlite_file import StorageError
from endcap.plumbing.supervisor import Loop, LoopHealth, Report, supervise
from endcap.wire.events import HealthChanged


async def run(
    config: EdgeConfig, log: Log, clock: Clock, rng: random.Random, launch: Launch | None = None
) -> bool:
    """Run the store until cancelled, or until it is to be started again: then return True.

    Without a `launch` nothing from afar is obeyed but which release to run.

    Raises:
        OSError, StorageError, sqlite3.Error: the folder cannot be written, another agent works in
            it, or the database cannot be opened.
    """
    async with AsyncExitStack() as stack:
        stack.enter_context(held(config.storage.folder))
        config = identified(config)
        agent = await begin(config, log, clock, rng, stack)
        agent = replace(agent, launch=launch)
        trust = trusted(agent, stack)
        with suppress(FeedUnreadableError, StorageError):  # the loop tells it
            await follow_once(followed(agent), agent.intake, clock.now())
        loops = {
            "kiosk": kiosk(agent),
            **remembering(agent),
            **playing(agent),
            **forgetting(agent),
            **await updates(agent, trust),
            **await cameras(agent, stack),
            **sales(agent),
            **stock(agent),
            **feeding(agent),
            **await centre(agent, trust, stack),
            **keeping(agent),
            **_watched(agent),
        }
        if launch is not None:
            launch.started()
        log.say("info", "agent-started", f"store {config.store.id} serves", version=agent.version)
        await _until_again(agent, supervise(loops, clock, rng, _report(agent)))
    return True


def _watched(agent: Agent) -> dict[str, Loop]:
    """Return the loop that tells whoever watches the process, where somebody does."""
    watchdog = agent.launch.watchdog if agent.launch else None
    if watchdog is None:
        return {}
    return {"watchdog": partial(tell_watchdog, watchdog.tell, watchdog.patience, agent.clock)}


async def _until_again(agent: Agent, work: Coroutine[None, None, None]) -> None:
    """Do `work` until the agent is to be started again, or it fails."""
    working, again = asyncio.create_task(work), asyncio.create_task(agent.again.wait())
    try:
        await asyncio.wait((working, again), return_when=asyncio.FIRST_COMPLETED)
        if agent.launch is not None and not working.done():
            agent.launch.stopping()
    finally:
        again.cancel()
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working


def _report(agent: Agent) -> Report:
    """Return who hears of loops that fail and recover: the log, the status page, the centre."""
    health = HealthTable(agent.file)

    async def report(change: LoopHealth) -> None:
        code = "loop-recovered" if change.ok else "loop-failed"
        said = change.problem or "works again"
        agent.log.say("info" if change.ok else "error", code, said, loop=change.loop)
        body = HealthChanged(
            part=f"loop.{change.loop}", ok=change.ok, code=code, detail=change.problem[:300]
        )
        with suppress(StorageError):  # the log has it
            await health.record(body, agent.clock.now())

    return report
