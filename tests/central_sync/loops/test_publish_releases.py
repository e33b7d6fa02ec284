"""From champions to signed releases, over the real tables and repository."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from central_sync.core.releases import NothingToReleaseError, ResearchOnlyError
from central_sync.loops.publish_releases import (
    build,
    note,
    publish_releases,
    revert,
    revoke,
)
from central_sync.ports.releases import ReleaseUnusableError
from endcap.wire.release_paths import delta_path
from tests.central_sync.loops.release_office import ONE, STUDY, TWO, World, told
from tests.fakes.tiny_models import NOON, tiny


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
