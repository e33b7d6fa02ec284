"""A centre's releases over real tables and a real repository, and a broker that may be down."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from central_sync.adapters.assignment_tables import AssignmentTables
from central_sync.adapters.model_folders import ModelFolders
from central_sync.adapters.order_signing import ControlKeySigning
from central_sync.adapters.release_shortcuts import ReleaseShortcuts
from central_sync.adapters.release_tables import ReleaseTables
from central_sync.adapters.schema import migrate
from central_sync.loops.announce_releases import Announcing
from central_sync.loops.publish_releases import (
    Publishing,
    publish_once,
)
from endcap.plumbing.mqtt_link import LinkDownError
from endcap.plumbing.signed_orders import control_keys, opened
from endcap.plumbing.sqlite_file import SqliteFile, open_sqlite
from endcap.wire.orders import Assignment
from tests.fakes.clock import FakeClock
from tests.fakes.release_world import Centre, centre
from tests.fakes.tiny_models import NOON, TinyModel, tiny

ONE, TWO = tiny(2.0), tiny(3.0, version="1.0.1")
STUDY = tiny(5.0, version="1.0.2", licence="research, non-commercial")


@dataclass
class Link:
    """A broker that confirms, unless it is down."""

    connected: bool = True
    connections: int = 1
    breaks_after: int | None = None
    said: list[tuple[str, bytes]] = field(default_factory=list)

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        if not self.connected or len(self.said) == self.breaks_after:
            raise LinkDownError("gone")
        assert retain
        self.said.append((topic, payload))


@dataclass
class World:
    file: SqliteFile
    tables: ReleaseTables
    centre: Centre
    means: Publishing
    folder: Path
    clock: FakeClock

    async def promote(self, one: TinyModel) -> None:
        """Do what the registry does for a new champion."""
        kind, version = one.manifest.kind, one.manifest.version
        one.written(self.folder / "registry" / kind / version)
        self.clock.turn(timedelta(minutes=1))
        now = self.clock.now().isoformat()
        row = (kind, version, f"{kind}/{version}", one.manifest.model.sha256, now)
        manifest = one.manifest.model_dump_json()

        await self.file.write(
            lambda db: db.execute(
                "INSERT OR IGNORE INTO model_versions (kind, version, folder, sha256, created,"
                " manifest) VALUES (?, ?, ?, ?, ?, ?)",
                (*row, manifest),
            )
        )
        await self.file.write(
            lambda db: db.execute(
                "INSERT OR REPLACE INTO model_aliases VALUES (?, 'champion', ?, ?)",
                (kind, version, now),
            )
        )

    async def know(self, *stores: str) -> None:
        rows = [(one, NOON.isoformat(), NOON.isoformat()) for one in stores]
        await self.file.write(
            lambda db: db.executemany(
                "INSERT INTO stores (store, first_seen, last_seen) VALUES (?, ?, ?)", rows
            )
        )

    async def once(self) -> int | None:
        """Publish what is due, and let every store want it, as a rollout would."""
        self.clock.turn(timedelta(minutes=1))
        release = await publish_once(self.means, self.clock.now())
        if release is not None:
            await self.tables.assign(release, None, self.clock.now())
        return release

    async def turns(self, count: int) -> None:
        """Let a loop sleep `count` times; one that died fails the test."""
        until = len(self.clock.slept) + count
        for _ in range(1000):
            if len(self.clock.slept) >= until:
                return
            await asyncio.sleep(0.01)
        pytest.fail("the loop stands still")

    async def wanted(self) -> dict[str, int]:
        return {one.store: one.release for one in await self.tables.assignments()}

    def announcing(self, link: Link, *, life: timedelta = timedelta(days=14)) -> Announcing:
        signing = ControlKeySigning(self.centre.offline.parent)
        return Announcing(AssignmentTables(self.file), signing, link, self.clock, life)

    def read(self, payload: bytes) -> Assignment:
        return opened(payload, Assignment, control_keys(self.centre.ring.control))

    async def standings(self) -> list[tuple[int, bool, bool]]:
        return [
            (row.manifest.release, row.signed_at is not None, row.revoked_at is not None)
            for row in await self.tables.releases()
        ]


@contextlib.asynccontextmanager
async def world(folder: Path, *, threshold: int = 1) -> AsyncIterator[World]:
    made = await centre(folder / "c", threshold=threshold)
    async with open_sqlite(folder / "centre.sqlite", migrate) as file:
        tables = ReleaseTables(file, folder / "registry")
        means = Publishing(
            tables,
            tables,
            ModelFolders(),
            made.repository,
            ReleaseShortcuts(made.repository),
            made.offline,
        )
        yield World(file, tables, made, means, folder, FakeClock(NOON))


def told(
    visit: Callable[[World], Coroutine[None, None, None]], folder: Path, keys: int = 1
) -> None:
    async def run() -> None:
        async with world(folder, threshold=keys) as one:
            await visit(one)

    asyncio.run(run())
