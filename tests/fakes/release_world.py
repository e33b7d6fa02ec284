"""A centre's signed repository over real HTTP, and a store's updater that reads it."""

import contextlib
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import httpx

from central_sync.adapters.release_shortcuts import ReleaseShortcuts
from central_sync.adapters.signing_keys import KeyRing, make_keys
from central_sync.adapters.tuf_repository import TufRepository
from edge_agent.adapters.downloads import Limits
from edge_agent.adapters.model_files import ModelFolder
from edge_agent.adapters.model_slots import ModelSlots
from edge_agent.adapters.order_gate import SignedOrderGate
from edge_agent.adapters.permitted_releases import Permission, PermittedReleases
from edge_agent.adapters.rehearsal import ChildRehearsal, RehearsalLimits
from edge_agent.adapters.schema import migrate
from edge_agent.adapters.trial_tables import TrialTables
from edge_agent.adapters.trust_tables import TrustTables
from edge_agent.adapters.tuf_releases import Source, TufReleases
from edge_agent.adapters.update_tables import UpdateTables
from edge_agent.core.maintenance import Window
from edge_agent.core.trial import ShadowRules
from edge_agent.core.update import ProbationRules, State, Update
from edge_agent.loops.receive_commands import take_assignment
from edge_agent.loops.update_models import Updating, restore, step
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.sqlite_file import SqliteFile, open_sqlite
from endcap.wire.manifest import ModelManifest, ReleaseManifest
from endcap.wire.orders import Assignment
from endcap.wire.release_paths import golden_path, model_path, release_path
from endcap.wire.topics import Channel
from tests.fakes.clock import FakeClock
from tests.fakes.control_keys import PlayedKeyring, assignment, enveloped
from tests.fakes.http_folder import HttpFolder
from tests.fakes.tiny_models import NOON, TinyModel, release

QUICK = Limits(
    connect=timedelta(seconds=2), silence=timedelta(seconds=2), patience=timedelta(seconds=5)
)


@dataclass
class Centre:
    """A repository with its keys; `publish` puts a release out as the centre does."""

    folder: Path
    repository: TufRepository
    ring: KeyRing
    offline: Path
    at: datetime = NOON

    async def publish(
        self, made: ReleaseManifest, models: Sequence[TinyModel], deltas: Mapping[str, bytes] = {}
    ) -> None:
        await self.stage(made, models, deltas)
        await self.repository.sign(self.offline)
        await self.repository.publish(self.at)

    async def stage(
        self, made: ReleaseManifest, models: Sequence[TinyModel], deltas: Mapping[str, bytes] = {}
    ) -> None:
        manifest = {release_path(made.release): made.model_dump_json().encode()}
        await self.repository.stage({**manifest, **deltas, **_files(models)}, (), self.at)

    async def furnish(
        self,
        made: ReleaseManifest,
        models: Sequence[TinyModel],
        live: Sequence[ReleaseManifest] = (),
        references: Path | None = None,
    ) -> ReleaseManifest:
        """Publish a release with the pieces and the deltas that the centre makes for it."""
        shortcuts = ReleaseShortcuts(self.repository, references)
        furnished = await shortcuts.furnished(made, live, _files(models))
        frames = await shortcuts.files(furnished, _files(models))
        await self.publish(furnished, models, frames)
        return furnished

    def copied(self, folder: Path) -> "Centre":
        """Return a copy that a test may change."""
        shutil.copytree(self.folder.parent, folder)
        repository = TufRepository(folder / "tuf", folder / "keys" / "online")
        return Centre(folder / "tuf", repository, self.ring, folder / "keys" / "offline")


def _files(models: Sequence[TinyModel]) -> dict[str, bytes]:
    """Return the files of models by where they lie in a repository."""
    files = {model_path(one.manifest): one.model for one in models}
    return files | {golden_path(one.manifest): one.golden for one in models}


async def centre(folder: Path, *, threshold: int = 1) -> Centre:
    """Return a centre with new keys and an empty repository."""
    ring = make_keys(folder / "keys", targets_threshold=threshold)
    repository = TufRepository(folder / "tuf", folder / "keys" / "online")
    await repository.create(ring, NOON)
    return Centre(folder / "tuf", repository, ring, folder / "keys" / "offline")


@dataclass
class Store:
    """A store's updater, and what it wrote."""

    file: SqliteFile
    tables: UpdateTables
    means: Updating
    clock: FakeClock
    models: ModelFolder
    gate: SignedOrderGate
    walked: list[Update] = field(default_factory=list)

    async def want(self, number: int, *, days: float = 14) -> None:
        """Take the centre's next word: a signed assignment."""
        before = await self.gate.taken(Channel.DESIRED, Assignment)
        counter = before.counter + 1 if before else 1
        order = assignment(number, counter, self.clock.now(), days=days)
        await take_assignment(self.gate, enveloped(order))

    async def walk(self, *, most: int = 40) -> list[State]:
        """Step until the update rests; return the states it went through."""
        states: list[State] = []
        for _ in range(most):
            after = await step(self.means)
            self.walked.append(after)
            states.append(after.state)
            if after.state is State.IDLE:
                break
        return states

    async def events(self, kind: str) -> list[str]:
        rows = await self.file.read(
            lambda db: db.execute("SELECT kind, body FROM outbox ORDER BY seq").fetchall()
        )
        return [row["body"] for row in rows if kind in row["kind"]]


class Approving:
    """A rehearsal that approves; for tests of everything but the rehearsal."""

    def __init__(self, bad: str = "") -> None:
        self.bad = bad
        self.seen: list[str] = []

    async def rehearse(
        self, manifest: ModelManifest, model: bytes, golden: bytes, champion: bytes | None = None
    ) -> str:
        self.seen.append(manifest.kind)
        return self.bad


@contextlib.asynccontextmanager
async def store(
    folder: Path,
    http: HttpFolder,
    root: bytes,
    *,
    rehearsal: bool = False,
    factory: Path,
    window: Window | None = None,
) -> AsyncIterator[Store]:
    """Serve a store whose files lie in `folder`; open it again to restart it."""
    clock = FakeClock(NOON)
    files = ModelFolder(folder / "models", factory)
    async with open_sqlite(folder / "store.sqlite", migrate) as database:
        with httpx.Client(timeout=20, verify=False) as client:  # noqa: S501 - loopback, without TLS
            tables = UpdateTables(database)
            source = Source(http.url, root, "0.1.0", QUICK, reserve=0)
            book = TrustTables(database)
            gate = SignedOrderGate("s-0001", PlayedKeyring(), book, database, clock)
            releases = TufReleases(source, folder / "metadata", files, client, SystemClock())
            means = Updating(
                journal=tables,
                servings=tables,
                releases=PermittedReleases(releases, Permission(book, gate, tables, window)),
                files=files,
                rehearsal=ChildRehearsal(RehearsalLimits(), {}) if rehearsal else Approving(),
                slots=ModelSlots(files, factory),
                trials=TrialTables(database),
                clock=clock,
                shadow=ShadowRules(duration=timedelta(seconds=2)),
                probation=ProbationRules(duration=timedelta(seconds=3)),
            )
            await restore(means)
            yield Store(database, tables, means, clock, files, gate)


def numbered(number: int, *models: TinyModel) -> ReleaseManifest:
    """Return a release of `models`."""
    return release(number, *models)
