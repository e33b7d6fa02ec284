"""From champions to stores that know what to want, over the real tables and repository."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from central_sync.adapters.assignment_tables import AssignmentTables
from central_sync.adapters.model_folders import ModelFolders
from central_sync.adapters.order_signing import ControlKeySigning
from central_sync.adapters.release_shortcuts import ReleaseShortcuts
from central_sync.adapters.release_tables import ReleaseTables
from central_sync.adapters.schema import migrate
from central_sync.core.releases import NothingToReleaseError, ResearchOnlyError
from central_sync.loops.announce_releases import Announcing, announce_once, announce_releases
from central_sync.loops.publish_releases import (
    Publishing,
    build,
    note,
    publish_once,
    publish_releases,
    revert,
    revoke,
)
from central_sync.ports.releases import ReleaseUnusableError, RepositoryError
from endcap.plumbing.mqtt_link import LinkDownError
from endcap.plumbing.signed_orders import control_keys, opened
from endcap.plumbing.sqlite_file import SqliteFile, open_sqlite
from endcap.wire.orders import Assignment, Order
from endcap.wire.release_paths import delta_path
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
        rows = {row.manifest.release: row for row in await one.tables.releases()}
        assert rows[2].manifest.notes == "demand 1.0.0 -> 1.0.1"

    told(visit, tmp_path)


def test_a_release_is_signed_together_with_its_way_back(tmp_path: Path) -> None:
    async def visit(one: World) -> None:
        await one.know("s-0001")
        for champion in (ONE, TWO):
            await one.promote(champion)
            await one.once()
        assert await one.standings() == [(3, True, False), (2, True, False), (1, True, False)]
        assert await one.tables.ways_back() == {2: 3}
        rows = {row.manifest.release: row.manifest for row in await one.tables.releases()}
        assert rows[3].models == rows[1].models
        assert rows[3].notes.startswith("back to the models of release 1")
        assert await one.once() == 2  # the way back is no reason to release again

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
        for gone in (1, 3):  # 3 leads back from 2 to the models of 1
            await revoke(one.means, gone, one.clock.now())
            await one.centre.repository.sign(one.centre.offline)
            await note(one.means, await one.centre.repository.publish(NOON), NOON)
        assert await one.standings() == [(3, True, True), (2, True, False), (1, True, True)]
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


def test_a_model_for_research_is_released_only_when_a_person_says_so(tmp_path: Path) -> None:
    async def visit(one: World) -> None:
        await one.promote(ONE)
        await one.once()
        await one.promote(STUDY)
        said: list[str] = []
        loop = publish_releases(one.means, one.clock, tell=said.append)
        task = asyncio.create_task(loop)
        await one.turns(5)
        task.cancel()
        assert len(said) == 1  # not every two seconds
        assert said[0].startswith("demand 1.0.2 is under the terms 'research, non-commercial'")
        assert await one.standings() == [(1, True, False)]
        with pytest.raises(ResearchOnlyError):
            await build(one.means, one.clock.now())
        await build(one.means, one.clock.now(), allow_research=True)
        assert await one.once() == 2
        await one.promote(tiny(kind="shopper"))
        assert await one.once() == 3  # with the model that was allowed

    told(visit, tmp_path)


def test_nothing_goes_back_to_a_model_for_research_that_was_revoked(tmp_path: Path) -> None:
    async def visit(one: World) -> None:
        await one.promote(STUDY)
        await build(one.means, one.clock.now(), allow_research=True)
        await one.once()
        await one.promote(ONE)
        await one.once()
        await one.tables.assign(2, None, one.clock.now())
        await revoke(one.means, 1, one.clock.now())
        await one.centre.repository.sign(one.centre.offline)
        await note(one.means, await one.centre.repository.publish(NOON), NOON)
        with pytest.raises(ResearchOnlyError):
            await revert(one.means, 1, one.clock.now())

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
        means = one.announcing(link)
        assert await announce_once(means, everything=False) == 2
        assert await announce_once(means, everything=False) == 0
        assert await announce_once(means, everything=True) == 2
        topic, payload = link.said[0]
        assert topic == "endcap/v1/stores/s-0001/down/desired"
        wish = one.read(payload)
        assert (wish.store, wish.release, wish.issued) == ("s-0001", 1, one.clock.now())
        assert wish.expires == one.clock.now() + timedelta(days=14)
        assert link.said[:2] == link.said[2:]  # the very same word, not a newer one

    told(visit, tmp_path)


def test_every_new_word_to_a_store_counts_higher(tmp_path: Path) -> None:
    async def visit(one: World) -> None:
        await one.know("s-0001")
        link = Link()
        means = one.announcing(link)
        for champion in (ONE, TWO, tiny(4.0, version="1.0.2")):
            await one.promote(champion)
            await one.once()
            assert await announce_once(means, everything=False) == 1
        one.clock.turn(-timedelta(days=400))  # whatever the clock says
        await one.tables.assign(1, None, one.clock.now())
        await announce_once(means, everything=False)
        words = [one.read(payload) for _, payload in link.said]
        assert [word.release for word in words] == [1, 2, 4, 1]
        counters = [word.counter for word in words]
        assert counters == sorted(set(counters))

    told(visit, tmp_path)


def test_an_assignment_is_signed_anew_at_half_its_life(tmp_path: Path) -> None:
    async def visit(one: World) -> None:
        await one.know("s-0001")
        await one.promote(ONE)
        await one.once()
        link = Link()
        means = one.announcing(link)
        await announce_once(means, everything=False)
        one.clock.turn(timedelta(days=6))
        assert await announce_once(means, everything=False) == 0
        one.clock.turn(timedelta(days=1, seconds=1))
        assert await announce_once(means, everything=False) == 1
        first, second = (one.read(payload) for _, payload in link.said)
        assert second.counter > first.counter
        assert second.expires - first.expires == timedelta(days=7, seconds=1)

    told(visit, tmp_path)


def test_no_store_is_told_to_want_what_is_not_live(tmp_path: Path) -> None:
    async def visit(one: World) -> None:
        await one.know("s-0001")
        await one.promote(ONE)
        await build(one.means, one.clock.now())
        await one.tables.assign(1, None, one.clock.now())  # nobody has signed it
        link = Link()
        assert await announce_once(one.announcing(link), everything=True) == 0
        await one.once()
        assert await announce_once(one.announcing(link), everything=False) == 1
        row = (await one.tables.releases())[0]
        await one.tables.keep(replace(row, revoked_at=one.clock.now()))
        assert await announce_once(one.announcing(link), everything=True) == 0

    told(visit, tmp_path)


def test_what_changes_while_it_is_signed_is_said_once_more_and_counts_on(tmp_path: Path) -> None:
    async def visit(one: World) -> None:
        await one.know("s-0001")
        for champion in (ONE, TWO):
            await one.promote(champion)
            await one.once()
        await one.tables.assign(1, None, one.clock.now())
        link = Link()
        means = one.announcing(link)
        signing = means.signing

        class Meanwhile:
            async def sign(self, orders: Sequence[Order]) -> tuple[bytes, ...]:
                await one.tables.assign(2, None, one.clock.now())
                return await signing.sign(orders)

        await announce_once(replace(means, signing=Meanwhile()), everything=False)
        await announce_once(means, everything=False)
        first, second = (one.read(payload) for _, payload in link.said)
        assert (first.release, second.release) == (1, 2)
        assert second.counter > first.counter

    told(visit, tmp_path)


def test_a_wish_that_was_not_confirmed_is_told_again(tmp_path: Path) -> None:
    async def visit(one: World) -> None:
        await one.know("s-0001", "s-0002")
        await one.promote(ONE)
        await one.once()
        link = Link(breaks_after=1)
        with pytest.raises(LinkDownError):
            await announce_once(one.announcing(link), everything=False)
        link.breaks_after = None
        assert await announce_once(one.announcing(link), everything=False) == 1
        assert [topic.split("/")[3] for topic, _ in link.said] == ["s-0001", "s-0002"]

    told(visit, tmp_path)


def test_without_a_control_key_that_is_said(tmp_path: Path) -> None:
    async def visit(one: World) -> None:
        await one.know("s-0001")
        await one.promote(ONE)
        for keys in (None, tmp_path):
            means = replace(one.announcing(Link()), signing=ControlKeySigning(keys))
            assert await announce_once(means, everything=False) == 0  # nobody is to be told
        await one.once()
        for keys in (None, tmp_path):
            means = replace(one.announcing(Link()), signing=ControlKeySigning(keys))
            with pytest.raises(RepositoryError, match="no control key is at hand"):
                await announce_once(means, everything=False)

    told(visit, tmp_path)


def test_the_announcing_loop_waits_for_the_link(tmp_path: Path) -> None:
    async def visit(one: World) -> None:
        await one.know("s-0001")
        await one.promote(ONE)
        await one.once()
        link = Link(connected=False)
        task = asyncio.create_task(announce_releases(one.announcing(link)))
        for generation, count in ((1, 1), (2, 2), (2, 2)):
            link.connected, link.connections = True, generation
            await one.turns(3)
            assert len(link.said) == count
        task.cancel()

    told(visit, tmp_path)


def test_a_new_release_offers_a_delta_from_the_model_that_stores_run(tmp_path: Path) -> None:
    old, new = tiny(2.0, ballast=90_000), tiny(3.0, version="1.0.1", ballast=90_000)

    async def visit(one: World) -> None:
        await one.promote(old)
        await one.once()
        await one.promote(new)
        assert await one.once() == 2
        row = next(row for row in await one.tables.releases() if row.manifest.release == 2)
        (delta,) = row.manifest.deltas
        assert (delta.base, delta.target) == (old.manifest.model.sha256, new.manifest.model.sha256)
        assert new.manifest.model.sha256 in row.manifest.chunks
        content = one.centre.repository.content(delta_path(delta))
        assert content is not None
        assert len(content) == delta.file.length < 0.01 * len(new.model)

    told(visit, tmp_path)


def test_settings_go_on_from_release_to_release_until_they_are_changed(tmp_path: Path) -> None:
    async def visit(one: World) -> None:
        await one.promote(ONE)
        settings = {"demand": {"median_share": 0.4}}
        assert (await build(one.means, one.clock.now(), "", settings)).settings == settings
        assert await one.once() == 1
        await one.promote(TWO)
        assert await one.once() == 2
        rows = {row.manifest.release: row.manifest for row in await one.tables.releases()}
        assert rows[2].settings == settings
        made = await build(one.means, one.clock.now(), "", {})
        assert made.settings == {}
        assert "demand.median_share 0.4 -> the model's" in made.notes

    told(visit, tmp_path)
