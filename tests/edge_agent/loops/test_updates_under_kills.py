"""Updates of every kind, killed before and after any call: never none, never half, never unproved.

The journal is real, on a disk; models are numbers here, so that thousands of lives fit into a test.
Kills inside the calls themselves are tests/faults'.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from edge_agent.adapters.schema import migrate
from edge_agent.adapters.trial_tables import TrialTables
from edge_agent.adapters.update_tables import UpdateTables
from edge_agent.core.trial import Fared, ShadowRules
from edge_agent.core.update import ProbationRules
from edge_agent.loops.update_models import Updating, restore, step
from edge_agent.ports.updates import DamagedError, NotNowError, UnfitError
from endcap.plumbing.sqlite_file import SqliteFile, open_sqlite
from endcap.wire.manifest import FileRef, ModelManifest, ReleaseManifest
from endcap.wire.topics import Channel
from tests.fakes.clock import FakeClock
from tests.fakes.tiny_models import NOON, release, tiny

_WISH = """
INSERT INTO orders (channel, counter, body, keys, taken_at) VALUES (?, 1, ?, '{}', 'now')
ON CONFLICT (channel) DO UPDATE SET body = excluded.body
"""
QUALITIES = ("sound", "unfit", "unloadable", "deadly", "odd", "failing")
SHORT = timedelta(seconds=2)


class KilledError(BaseException):
    """The process is gone: nothing of the program runs any more."""


@dataclass
class Device:
    """What a kill leaves: the centre's releases, the disk, and what was proved of each release."""

    published: dict[int, tuple[ReleaseManifest, str]] = field(default_factory=dict)
    disk: set[int] = field(default_factory=set)
    proved: set[int] = field(default_factory=set)
    online: bool = True
    left: int = -1  # calls until the process is killed; negative is never

    def tick(self) -> None:
        """Let a call begin or end, or end the process."""
        if self.left == 0:
            self.left = -1
            raise KilledError
        self.left -= self.left > 0

    def quality(self, number: int) -> str:
        return self.published[number][1] if number else "sound"


class Fused:
    """Stands before a part; the process may be killed before and after each of its calls."""

    def __init__(self, part: object, device: Device) -> None:
        self._part, self._device = part, device

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        method = getattr(self._part, name)

        async def call(*words: object) -> Any:  # noqa: ANN401 - whatever the part answers
            self._device.tick()
            answer = await method(*words)
            self._device.tick()
            return answer

        return call


@dataclass(frozen=True)
class NumberSite:
    """A site that is its number."""

    release: int

    def manifest(self, kind: str) -> ModelManifest | None:
        _ = kind
        return None

    def setting(self, part: str, name: str, otherwise: float) -> float:
        _ = part, name
        return otherwise

    def run(self, kind: str, feed: Mapping[str, Any]) -> Mapping[str, Any]:
        raise NotImplementedError


class NumberSlots:
    """Keeps the promises of edge_agent.ports.updates.Slots for sites that are numbers."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self.current = NumberSite(-1)  # nothing, until the start has put something in place
        self.champion: NumberSite | None = None
        self.candidate: NumberSite | None = None

    @property
    def pair(self) -> tuple[NumberSite, NumberSite] | None:
        if self.candidate is not None:
            return self.current, self.candidate
        return (self.champion, self.current) if self.champion else None

    @property
    def faring(self) -> Mapping[str, Fared]:
        tried, bad = (self.candidate, "odd") if self.candidate else (self.current, "failing")
        errors = 9 if self._device.quality(tried.release) == bad else 0
        return {"demand": Fared(runs=9, errors=errors, likeness=1.0)}

    async def prepare(self, release: ReleaseManifest | None) -> NumberSite:
        self._device.tick()
        number = release.release if release else 0
        quality = self._device.quality(number)
        if quality == "deadly" and number != self.current.release:
            raise KilledError
        if number and number not in self._device.disk:
            raise DamagedError("a file is missing")
        if quality == "unloadable":
            raise UnfitError("it cannot be loaded")
        return NumberSite(number)

    async def model(self, kind: str) -> bytes | None:
        _ = kind
        return None

    def cast_shadow(self, site: NumberSite, share: float) -> None:
        _ = share
        self.candidate = site

    def stand_by(self, site: NumberSite) -> None:
        self.champion = site

    def swap(self, site: NumberSite) -> None:
        self.champion, self.current, self.candidate = self.current, site, None

    def settle(self) -> None:
        self.champion = self.candidate = None


class Centre:
    """Keeps the promises of Releases, ModelFiles and Rehearsal for releases that are numbers."""

    def __init__(self, device: Device) -> None:
        self._device = device

    async def fetch(self, number: int, at: datetime) -> ReleaseManifest:
        _ = at
        if not self._device.online or number not in self._device.published:
            raise NotNowError("nobody answers")
        self._device.disk.add(number)
        return self._device.published[number][0]

    async def permit(self, number: int, at: datetime) -> None:
        """At any time."""

    async def read(self, file: FileRef) -> bytes:
        return file.file.encode()

    async def sweep(self, keep: frozenset[str]) -> None:
        for number, (made, _) in self._device.published.items():
            if not {model.model.sha256 for model in made.models.values()} & keep:
                self._device.disk.discard(number)

    async def rehearse(self, manifest: ModelManifest, *_: object) -> str:
        number = int(manifest.version.split(".")[2])
        if self._device.quality(number) == "unfit":
            return "it answers wrongly"
        self._device.proved.add(number)
        return ""


class Lives(RuleBasedStateMachine):
    """A store through many lives."""

    @initialize()
    def born(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="endcap-lives-"))
        self.device = Device()
        self.slots = NumberSlots(self.device)
        self.alive = False
        self.loop = asyncio.Runner()
        self.start(-1)

    @rule(quality=st.sampled_from(QUALITIES), steps=st.integers(1, 9), left=st.integers(-1, 60))
    def update(self, quality: str, steps: int, left: int) -> None:
        self.publish(quality)
        if not self.alive:
            self.start(-1)
        if self.alive:
            self.go_on(steps, left)

    def publish(self, quality: str) -> None:
        number = len(self.device.published) + 1
        made = release(number, tiny(float(number), version=f"1.0.{number}"))
        self.device.published[number] = made, quality
        self.want(number)

    @precondition(lambda self: self.device.published)
    @rule(back=st.integers(0, 3))
    def want_another(self, back: int) -> None:
        self.want(max(1, len(self.device.published) - back))

    def want(self, number: int) -> None:
        async def say(file: SqliteFile) -> None:
            body = f'{{"release": {number}}}'
            await file.write(lambda db: db.execute(_WISH, (Channel.DESIRED.value, body)))

        self._with_file(say)

    @rule()
    def link_breaks_or_heals(self) -> None:
        self.device.online = not self.device.online

    @precondition(lambda self: self.device.disk)
    @rule(nth=st.integers(0, 3))
    def files_are_lost(self, nth: int) -> None:
        self.device.disk.discard(sorted(self.device.disk)[nth % len(self.device.disk)])

    @precondition(lambda self: self.alive)
    @rule(steps=st.integers(1, 9), left=st.integers(-1, 60))
    def go_on(self, steps: int, left: int) -> None:
        async def walk(file: SqliteFile) -> None:
            for _ in range(steps):
                await step(self._means(file))

        self._live(walk, left)

    @rule(left=st.integers(-1, 12))
    def start(self, left: int) -> None:
        self.slots = NumberSlots(self.device)
        self._live(lambda file: restore(self._means(file)), left)

    @invariant()
    def what_serves_is_whole_and_proved(self) -> None:
        if self.alive:
            serves = self.slots.current.release
            assert serves >= 0, "nothing serves"
            assert serves == 0 or serves in self.device.proved
            assert self.device.quality(serves) not in ("unfit", "unloadable")

    @invariant()
    def what_is_journalled_was_proved(self) -> None:
        if hasattr(self, "folder"):
            standing = self._with_file(lambda file: UpdateTables(file).standing())
            assert {standing.serving, standing.previous} - {0} <= self.device.proved

    def teardown(self) -> None:
        """After everything, without kills: the store starts, and the newest sound release comes."""
        if not hasattr(self, "folder"):
            return
        self.device.online = True
        for _ in range(12):  # a deadly release ends some starts, and is refused then
            self.start(-1)
            if self.alive:
                self.go_on(12, -1)
        assert self.alive
        self.publish("sound")
        for _ in range(3):
            self.go_on(12, -1)
        assert self.slots.current.release == len(self.device.published)
        self.loop.close()
        shutil.rmtree(self.folder)

    def _live(self, work: Callable[[SqliteFile], Awaitable[None]], left: int) -> None:
        self.device.left = left

        async def guarded(file: SqliteFile) -> bool:
            try:
                await work(file)
            except KilledError:
                return False
            return True

        self.alive = self._with_file(guarded)
        self.device.left = -1

    def _means(self, file: SqliteFile) -> Updating:
        tables, centre = UpdateTables(file), Centre(self.device)
        fused: Any = Fused(centre, self.device)
        journal: Any = Fused(tables, self.device)
        trials: Any = Fused(TrialTables(file), self.device)
        slots: Any = self.slots
        return Updating(
            journal=journal,
            servings=journal,
            releases=fused,
            files=fused,
            rehearsal=fused,
            slots=slots,
            trials=trials,
            clock=FakeClock(NOON),
            shadow=ShadowRules(duration=SHORT),
            probation=ProbationRules(duration=SHORT),
        )

    def _with_file(self, work: Callable[[SqliteFile], Awaitable[Any]]) -> Any:  # noqa: ANN401
        async def run() -> Any:  # noqa: ANN401
            async with open_sqlite(self.folder / "store.db", migrate) as file:
                return await work(file)

        return self.loop.run(run())


TestLives = Lives.TestCase
TestLives.settings = settings(
    max_examples=25,
    stateful_step_count=14,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
