"""From champions to stores that know what to want, over the real tables and repository."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from central_sync.adapters.model_folders import ModelFolders
from central_sync.adapters.release_tables import ReleaseTables
from central_sync.adapters.schema import migrate
from central_sync.core.releases import NothingToReleaseError
from central_sync.loops.announce_releases import announce_once, announce_releases
from central_sync.loops.publish_releases import (
    Publishing,
    build,
    note,
    publish_once,
    publish_releases,
    revert,
    revoke,
)
from central_sync.ports.releases import ReleaseUnusableError
from endcap.plumbing.mqtt_link import LinkDownError
from endcap.plumbing.sqlite_file import SqliteFile, open_sqlite
from endcap.wire.commands import Desired
from tests.fakes.clock import FakeClock
from tests.fakes.release_world import Centre, centre
from tests.fakes.tiny_models import NOON, TinyModel, tiny

ONE, TWO = tiny(2.0), tiny(3.0, version="1.0.1")


@dataclass
class Link:
    """A broker that confirms, unless it is down."""

    connected: bool = True
    connections: int = 1
    said: list[tuple[str, Desired]] = field(default_factory=list)

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        if not self.connected:
            raise LinkDownError("gone")
        assert retain
        self.said.append((topic, Desired.model_validate_json(payload)))


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
        self.clock.turn(timedelta(minutes=1))
        return await publish_once(self.means, self.clock.now())

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
        means = Publishing(tables, tables, ModelFolders(), made.repository, made.offline)
        yield World(file, tables, made, means, folder, FakeClock(NOON))


def told(
    visit: Callable[[World], Coroutine[None, None, None]], folder: Path, keys: int = 1
) -> None:
    async def run() -> None:
        async with world(folder, threshold=keys) as one:
            await visit(one)

    asyncio.run(run())


def test_a_new_champion_is_released_and_every_store_should_want_it(tmp_path: Path) -> None:
    async def visit(one: World) -> None:
        assert await one.once() is None
        await one.know("s-0001", "s-0002")
        await one.promote(ONE)
        assert await one.once() == 1
        assert await one.wanted() == {"s-0001": 1, "s-0002": 1}
        assert await one.once() == 1
        assert await one.standings() == [(1, True, False)]
        await one.promote(TWO)
        await one.know("s-0003")
        assert await one.once() == 2
        assert await one.wanted() == {"s-0001": 2, "s-0002": 2, "s-0003": 2}
        assert (await one.tables.releases())[0].manifest.notes == "demand 1.0.0 -> 1.0.1"

    told(visit, tmp_path)


def test_a_store_that_comes_later_should_want_the_newest_release(tmp_path: Path) -> None:
    async def visit(one: World) -> None:
        await one.promote(ONE)
        await one.once()
        await one.know("s-0009")
        await one.once()
        assert await one.wanted() == {"s-0009": 1}

    told(visit, tmp_path)


def test_without_keys_at_hand_a_release_waits_for_people(tmp_path: Path) -> None:
    async def visit(one: World) -> None:
        one.means = replace(one.means, keys=None)
        await one.promote(ONE)
        for _ in range(2):
            assert await one.once() is None
        assert await one.standings() == [(1, False, False)]
        assert (await one.centre.repository.standing()).waiting == (1,)
        await one.centre.repository.sign(one.centre.offline / "targets-1.pem")
        assert await one.once() is None
        await one.centre.repository.sign(one.centre.offline / "targets-2.pem")
        assert await one.once() == 1

    told(visit, tmp_path, keys=2)


def test_a_release_that_was_published_and_not_noted_is_noted(tmp_path: Path) -> None:
    async def visit(one: World) -> None:
        await one.know("s-0001")
        await one.promote(ONE)
        manifest = await build(one.means, one.clock.now())
        await one.centre.repository.sign(one.centre.offline)
        await one.centre.repository.publish(one.clock.now())
        assert await one.once() == manifest.release
        assert await one.standings() == [(1, True, False)]
        assert await one.wanted() == {"s-0001": 1}

    told(visit, tmp_path)


def test_a_release_that_was_kept_and_not_staged_is_staged(tmp_path: Path) -> None:
    async def visit(one: World) -> None:
        await one.promote(ONE)
        await build(one.means, one.clock.now())
        (one.centre.folder / "waiting" / "targets.json").unlink()
        assert await one.once() == 1

    told(visit, tmp_path)


def test_going_back_holds_until_a_new_champion_comes(tmp_path: Path) -> None:
    async def visit(one: World) -> None:
        for champion in (ONE, TWO):
            await one.promote(champion)
            await one.once()
        one.clock.turn(timedelta(minutes=1))
        made = await revert(one.means, 1, one.clock.now(), "it forgot milk")
        assert (made.release, made.models) == (3, {"demand": ONE.manifest})
        assert await one.once() == 3
        assert await one.once() == 3
        await one.promote(tiny(4.0, version="1.0.2"))
        assert await one.once() == 4

    told(visit, tmp_path)


def test_a_release_that_is_built_anew_replaces_the_one_that_waited(tmp_path: Path) -> None:
    async def visit(one: World) -> None:
        await one.promote(ONE)
        await build(one.means, one.clock.now(), "first")
        await build(one.means, one.clock.now(), "second")
        assert await one.standings() == [(2, False, False), (1, False, True)]
        assert (await one.centre.repository.standing()).waiting == (2,)

    told(visit, tmp_path)


def test_a_revoked_release_is_gone_and_said(tmp_path: Path) -> None:
    async def visit(one: World) -> None:
        await one.know("s-0001")
        for champion in (ONE, TWO):
            await one.promote(champion)
            await one.once()
        with pytest.raises(ReleaseUnusableError, match="1 stores should want release 2"):
            await revoke(one.means, 2, one.clock.now())
        with pytest.raises(ReleaseUnusableError, match="release 9 is not live"):
            await revoke(one.means, 9, one.clock.now())
        await revoke(one.means, 1, one.clock.now())
        await one.centre.repository.sign(one.centre.offline)
        await note(one.means, await one.centre.repository.publish(NOON), NOON)
        assert await one.standings() == [(2, True, False), (1, True, True)]
        with pytest.raises(ReleaseUnusableError, match="which nobody has any more"):
            await revert(one.means, 1, one.clock.now())

    told(visit, tmp_path)


def test_what_cannot_be_released_is_said(tmp_path: Path) -> None:
    async def visit(one: World) -> None:
        with pytest.raises(NothingToReleaseError):
            await build(one.means, NOON)
        with pytest.raises(ReleaseUnusableError, match="no release 7"):
            await revert(one.means, 7, NOON)
        await one.promote(ONE)
        path = one.folder / "registry" / "demand" / "1.0.0" / "model.onnx"
        path.write_bytes(b"other")
        with pytest.raises(ReleaseUnusableError, match="changed since it was registered"):
            await build(one.means, NOON)
        path.unlink()
        with pytest.raises(ReleaseUnusableError, match="cannot be read"):
            await build(one.means, NOON)

    told(visit, tmp_path)


def test_the_loop_renews_signatures_also_when_people_publish(tmp_path: Path) -> None:
    async def visit(one: World) -> None:
        await one.promote(ONE)
        loop = publish_releases(one.means, one.clock, automatic=False, every=timedelta(hours=6))
        task = asyncio.create_task(loop)
        await one.turns(12)
        task.cancel()
        standing = await one.centre.repository.standing()
        assert standing.versions["timestamp"] > 3
        assert standing.releases == ()
        assert await one.standings() == []

    told(visit, tmp_path)


def test_stores_are_told_once_and_again_after_a_new_connection(tmp_path: Path) -> None:
    async def visit(one: World) -> None:
        await one.know("s-0001", "s-0002")
        await one.promote(ONE)
        await one.once()
        link = Link()
        assert await announce_once(one.tables, link, one.clock, everything=False) == 2
        assert await announce_once(one.tables, link, one.clock, everything=False) == 0
        assert await announce_once(one.tables, link, one.clock, everything=True) == 2
        topic, wish = link.said[0]
        assert topic == "endcap/v1/stores/s-0001/down/desired"
        assert (wish.store, wish.release) == ("s-0001", 1)

    told(visit, tmp_path)


def test_a_wish_that_was_not_confirmed_is_told_again(tmp_path: Path) -> None:
    async def visit(one: World) -> None:
        await one.know("s-0001")
        await one.promote(ONE)
        await one.once()
        link = Link(connected=False)
        with pytest.raises(LinkDownError):
            await announce_once(one.tables, link, one.clock, everything=False)
        link.connected = True
        assert await announce_once(one.tables, link, one.clock, everything=False) == 1

    told(visit, tmp_path)


def test_the_announcing_loop_waits_for_the_link(tmp_path: Path) -> None:
    async def visit(one: World) -> None:
        await one.know("s-0001")
        await one.promote(ONE)
        await one.once()
        link = Link(connected=False)
        task = asyncio.create_task(announce_releases(one.tables, link, one.clock))
        for generation, count in ((1, 1), (2, 2), (2, 2)):
            link.connected, link.connections = True, generation
            await one.turns(3)
            assert len(link.said) == count
        task.cancel()

    told(visit, tmp_path)
