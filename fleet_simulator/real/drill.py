"""A rehearsal with real stores: a worse release is stopped and taken back, a sound one goes to all.

Everything goes through the public commands and the parts that run in a store; only the release
that is worse by design is made here, and the questions that the stores are asked.
"""

import asyncio
import io
import os
import random
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from central_sync.adapters.model_registry import ModelRegistry
from central_sync.adapters.schema import migrate
from central_sync.core.rollouts.machine import State as RolloutState
from edge_agent.config import load_config
from edge_agent.core.update import State
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.json_logs import Log
from endcap.plumbing.loopback import free_ports
from endcap.plumbing.sqlite_file import SqliteFile, open_sqlite
from fleet_simulator.real.account import (
    Seconds,
    commit_times,
    judged,
    way_back_times,
)
from fleet_simulator.real.candidates import KIND, questions, write_candidate
from fleet_simulator.real.programs import (
    DrillFailedError,
    answering,
    central_sync,
    find_broker,
    running,
)
from fleet_simulator.real.real_store import Luck, RealStore
from fleet_simulator.real.records import Records, read_commits, read_records
from fleet_simulator.real.site_files import (
    Site,
    write_broker,
    write_centre,
    write_plan,
    write_store,
)
from fleet_simulator.watch import Watch

FIRST, WORSE = 1, 2
PORTS = range(11_000, 12_000)
LONGEST = 420.0  # seconds for one rollout
_LOOK = 0.5
_UP_WITHIN = 60.0
_PYTHON = (sys.executable, "-m")
_OVER = frozenset({RolloutState.COMPLETE, RolloutState.REVERTED, RolloutState.ABORTED})

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class DrillEnded:
    """What a rehearsal with real stores showed."""

    stores: int
    broker: str
    outcomes: tuple[str, ...]
    stopped_for: str
    committed_worse: Seconds
    back: Seconds
    exposed: int
    reverted: int
    committed_sound: Seconds
    on_sound: int
    asked: int
    failed: int
    struck: int
    watch: Watch
    problems: tuple[str, ...]


async def drill(count: int, plan: Path | None, seed: int, progress: Progress) -> DrillEnded:
    """Run `count` real stores through a worse release and a sound one.

    Raises:
        DrillFailedError: something of it does not start, or does not come to an end.
    """
    with tempfile.TemporaryDirectory(prefix="endcap-rehearsal-") as place:
        async with AsyncExitStack() as stack:
            broker = find_broker()
            free = free_ports(PORTS, os.getpid())
            site = Site(Path(place), next(free), next(free), next(free), protocol=broker.protocol)
            await stack.enter_async_context(_centre(site, broker.command, progress))
            path = site.centre.parent / "centre" / "centre.sqlite"
            database = await stack.enter_async_context(open_sqlite(path, migrate))
            luck = Luck()
            stores = await stack.enter_async_context(_stores(site, count, luck, seed))
            run = _Run(site, database, stores, luck, progress, plan or write_plan(site, count))
            return await run.through(Path(broker.command[0]).name)


@asynccontextmanager
async def _centre(site: Site, broker: Sequence[str], progress: Progress) -> AsyncIterator[None]:
    """Make the keys; start the broker and the centre; publish a first release."""
    centre = write_centre(site)
    await central_sync("keys", "init", str(site.keys), "--config", str(centre))
    async with AsyncExitStack() as stack:
        log = site.folder / "broker.log"
        await stack.enter_async_context(running([*broker, str(write_broker(site))], log))
        await answering(site.broker, log, _UP_WITHIN)
        log = site.folder / "centre.log"
        words = [*_PYTHON, "central_sync", "serve", str(centre)]
        await stack.enter_async_context(running(words, log))
        await answering(site.http, log, _UP_WITHIN)
        await central_sync("release", "build", str(centre))
        await central_sync("release", "publish", str(centre))
        progress(f"a {Path(broker[0]).name}, a centre and release {FIRST}, signed, are there")
        yield


@asynccontextmanager
async def _stores(site: Site, count: int, luck: Luck, seed: int) -> AsyncIterator[list[RealStore]]:
    """Start the stores; yield them."""
    rng, clock = random.Random(seed), SystemClock()
    feed = questions(site.registry / KIND / "1.0.0")
    quiet = Log(clock, "error", "text", io.StringIO())
    stores = [
        RealStore(load_config(write_store(site, number)), quiet, clock, luck, feed)
        for number in range(1, count + 1)
    ]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one.run(random.Random(rng.random()))) for one in stores]
        yield stores
        for task in tasks:
            task.cancel()


@dataclass(slots=True)
class _Run:
    """The course of a rehearsal."""

    site: Site
    database: SqliteFile
    stores: list[RealStore]
    luck: Luck
    progress: Progress
    plan: Path
    counters: dict[str, list[int]] = field(default_factory=dict)

    async def through(self, broker: str) -> DrillEnded:
        """Bring the first release to all, then the worse one, then the sound one."""
        centre = str(self.site.centre)
        await self._until("every store was heard", self._all_heard)
        await central_sync("release", "assign", centre, str(FIRST), "--all")
        await self._until(f"every store runs release {FIRST}", self._all_settled)
        self.luck.worse = WORSE
        await self._roll_out(await self._publish(worse=True, share=0.98))
        sound = await self._publish(worse=False, share=0.99)
        await self._roll_out(sound)
        return await self._account(broker, sound)

    async def _publish(self, *, worse: bool, share: float) -> int:
        """Make a candidate the champion, release it, and return the release's number."""
        folder = self.site.folder / f"candidate-{'worse' if worse else 'sound'}"
        champion = self.site.registry / KIND / "1.0.0"
        await asyncio.to_thread(write_candidate, champion, folder, worse=worse, share=share)
        registry = ModelRegistry(self.database, self.site.registry)
        made = await registry.register(KIND, folder, SystemClock().now())
        centre = str(self.site.centre)
        await central_sync("model", "promote", KIND, made.version, "--config", centre)
        built = await central_sync("release", "build", centre, "--json")
        await central_sync("release", "publish", centre)
        number = int(built["release"])
        kind = "worse by design" if worse else "sound"
        self.progress(f"release {number} is live: {KIND} {made.version}, {kind}")
        return number

    async def _roll_out(self, release: int) -> None:
        """Begin a rollout, and wait until it is over and every store is where it should be."""
        words = (str(self.site.centre), str(release), "--plan", str(self.plan))
        await central_sync("rollout", "start", *words, "--by", "rehearsal")
        await self._until(f"the rollout of release {release} is over", self._all_settled)
        last = (await read_records(self.database)).rollouts[-1].kept.rollout
        self.progress(f"release {release}: {last.state.value}: {last.reason}")

    async def _until(self, what: str, holds: Callable[[Records], Awaitable[bool]]) -> None:
        """Wait until something holds.

        Raises:
            DrillFailedError: it does not, in the time that is given for it.
        """
        began = asyncio.get_running_loop().time()
        while not await holds(await self._read()):
            if asyncio.get_running_loop().time() - began > LONGEST:
                serving = ", ".join(f"{one.store}: {one.serving}" for one in self.stores)
                raise DrillFailedError(f"not within {LONGEST:.0f} s: {what}; {serving}")
            await asyncio.sleep(_LOOK)
        self.progress(f"{what} ({asyncio.get_running_loop().time() - began:.1f} s)")

    async def _read(self) -> Records:
        """Return what the centre's database says, and remember the counters of assignments."""
        records = await read_records(self.database)
        for store, counter in records.counters.items():
            seen = self.counters.setdefault(store, [])
            if not seen or seen[-1] != counter:
                seen.append(counter)
        return records

    async def _all_heard(self, _: Records) -> bool:
        """Tell whether the centre knows every store."""
        known = await self.database.read(
            lambda db: db.execute("SELECT count(*) FROM stores").fetchone()[0]
        )
        return int(known) == len(self.stores)

    async def _all_settled(self, records: Records) -> bool:
        """Tell whether rollouts are over, and stores where they should be."""
        if any(one.kept.rollout.state not in _OVER for one in records.rollouts):
            return False
        for store in self.stores:
            standing = await store.standing()
            here = standing.desired == records.assigned.get(store.store)
            if not here or standing.wanted is not None or standing.update.state is not State.IDLE:
                return False
        return True

    async def _account(self, broker: str, sound: int) -> DrillEnded:
        """Return what it all showed."""
        records = await read_records(self.database)
        worse, last = records.rollouts
        commits = {one.store: await one.commits(read_commits) for one in self.stores}
        watch = judged(self.stores, records, self.counters, WORSE)
        return DrillEnded(
            stores=len(self.stores),
            broker=broker,
            outcomes=(worse.kept.rollout.state.value, last.kept.rollout.state.value),
            stopped_for=worse.kept.rollout.reason,
            committed_worse=commit_times(worse, commits),
            back=way_back_times(worse, self.stores),
            exposed=len(watch.exposed),
            reverted=sum(
                one.store in watch.exposed and one.serving != WORSE for one in self.stores
            ),
            committed_sound=commit_times(last, commits),
            on_sound=sum(one.serving == sound for one in self.stores),
            asked=sum(one.asked for one in self.stores),
            failed=sum(one.failed for one in self.stores),
            struck=sum(one.struck for one in self.stores),
            watch=watch,
            problems=tuple(problem for one in self.stores for problem in one.problems),
        )
