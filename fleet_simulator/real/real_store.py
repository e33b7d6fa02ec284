"""A real store without a kiosk: the agent's own parts, and somebody who keeps asking its model.

Everything that updates and reports is edge_agent's, wired as the agent wires it. What is put in
place is noted when it happens, for the account at the end.
"""

import asyncio
import random
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from edge_agent.adapters.model_files import ModelFolder
from edge_agent.adapters.update_tables import UpdateTables
from edge_agent.agent.standing import Agent, begin
from edge_agent.agent.syncing import centre
from edge_agent.agent.trusting import trusted
from edge_agent.agent.updating import updates
from edge_agent.config import EdgeConfig
from edge_agent.core.update import Standing, State
from edge_agent.ports.updates import UpdateError
from endcap.plumbing.clock import Clock
from endcap.plumbing.files import held
from endcap.plumbing.json_logs import Log
from endcap.plumbing.onnx_session import ModelUnusableError
from endcap.plumbing.supervisor import Loop, LoopHealth, supervise
from endcap.wire.manifest import ReleaseManifest
from fleet_simulator.real.candidates import BEYOND, KIND

ASKED_EVERY = timedelta(milliseconds=100)


@dataclass(frozen=True, slots=True)
class Placed:
    """A release that was put in place: when it was seen to answer, and what the journal said."""

    at: datetime
    release: int
    before: int
    state: State
    refused: frozenset[int]
    whole: bool


@dataclass(slots=True)
class Luck:
    """Every other store that serves the worse model gets a question it cannot answer."""

    worse: int = 0
    served: set[str] = field(default_factory=set)
    unlucky: set[str] = field(default_factory=set)

    def strikes(self, store: str, release: int) -> bool:
        """Tell whether `store`, which serves `release`, is asked such a question now."""
        if not self.worse or release != self.worse:
            return False
        if store not in self.served:
            if len(self.served) % 2 == 0:
                self.unlucky.add(store)
            self.served.add(store)
        return store in self.unlucky


class RealStore:
    """One store; `run` it until it is cancelled."""

    def __init__(
        self, config: EdgeConfig, log: Log, clock: Clock, luck: Luck, feed: Mapping[str, Any]
    ) -> None:
        self.store = config.store.id
        self.database = config.storage.database
        self.placed: list[Placed] = []
        self.asked = self.failed = self.struck = 0
        self.problems: list[str] = []
        self._config, self._log, self._clock, self._luck = config, log, clock, luck
        self._feed = feed
        self._beyond = {name: value + np.float32(2 * BEYOND) for name, value in feed.items()}
        self._agent: Agent | None = None

    async def run(self, rng: random.Random) -> None:
        """Be a store, without a kiosk and without cameras."""
        async with AsyncExitStack() as stack:
            stack.enter_context(held(self._config.storage.folder))
            agent = await begin(self._config, self._log, self._clock, rng, stack)
            trust = trusted(agent, stack)
            loops: dict[str, Loop] = {
                **await updates(agent, trust),
                **await centre(agent, trust, stack),
                "ask": partial(self._ask, agent),
            }
            self._agent = agent
            await supervise(loops, self._clock, rng, self._hear)

    @property
    def serving(self) -> int:
        """Return the release that answers now; -1 before the store is up."""
        return self._agent.slots.current.release if self._agent else -1

    async def standing(self) -> Standing:
        """Return all that the store remembers of releases."""
        if self._agent is None:
            return Standing()
        return await UpdateTables(self._agent.file).standing()

    async def commits(
        self, read: Callable[[sqlite3.Connection], dict[int, datetime]]
    ) -> dict[int, datetime]:
        """Return when it committed each release, as `read` finds it in its database."""
        return await self._agent.file.read(read) if self._agent else {}

    async def _hear(self, change: LoopHealth) -> None:
        """Keep what failed in the store."""
        if not change.ok:
            self.problems.append(f"{self.store} {change.loop}: {change.problem}")

    async def _ask(self, agent: Agent) -> None:
        """Ask the model that serves, for ever, and note when another begins to."""
        last = 0
        while True:
            site = agent.slots.current
            if site.release != last:
                await self._note(agent, last)
                last = site.release
            strikes = self._luck.strikes(self.store, site.release)
            try:
                await asyncio.to_thread(site.run, KIND, self._beyond if strikes else self._feed)
            except ModelUnusableError:
                self.failed += not strikes
                self.struck += strikes
            self.asked += 1
            await self._clock.sleep(ASKED_EVERY)

    async def _note(self, agent: Agent, before: int) -> None:
        """Note what was put in place, and whether it is whole."""
        tables = UpdateTables(agent.file)
        standing, manifest = await tables.standing(), await tables.serving()
        self.placed.append(
            Placed(
                at=self._clock.now(),
                release=agent.slots.current.release,
                before=before,
                state=standing.update.state,
                refused=standing.refused,
                whole=manifest is None or _is_whole(manifest, agent, self._config.storage.models),
            )
        )


def _is_whole(manifest: ReleaseManifest, agent: Agent, folder: Path) -> bool:
    """Tell whether every model of a release answers, from files of the signed content."""
    site, files = agent.slots.current, ModelFolder(folder)
    try:
        for model in manifest.models.values():
            files.read_now(model.model)
    except UpdateError:
        return False
    return all(site.manifest(kind) == one for kind, one in manifest.models.items())
