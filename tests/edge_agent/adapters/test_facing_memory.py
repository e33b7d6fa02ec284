"""References reach the facing model as embeddings, each worked out once for each model."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_agent.adapters.facing_memory import FacingMemory, Kept, embedding_width
from edge_agent.adapters.gap_models import FACING, SiteGapModels
from edge_agent.adapters.model_files import ModelFolder
from edge_agent.adapters.model_slots import ModelSlots
from edge_agent.core.feed.shelf import Facing
from edge_agent.core.vision.condition import PictureFacts
from edge_agent.ports.cameras import Frame
from edge_agent.ports.models import Site
from edge_agent.ports.references import Reference
from endcap.models.gaps.boxes import Box
from endcap.models.gaps.crops import SIDE
from endcap.models.gaps.states import Known
from endcap.plumbing.packaged import reference_models
from endcap.wire.manifest import ModelManifest
from tests.fakes.clock import NOON
from tests.fakes.memory_references import MemoryReferences


class CountingSite:
    """A site that counts the crops its facing model was run over."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.release = site.release
        self.crops = 0

    def manifest(self, kind: str) -> ModelManifest | None:
        return self._site.manifest(kind)

    def setting(self, part: str, name: str, otherwise: float) -> float:
        return self._site.setting(part, name, otherwise)

    def run(self, kind: str, feed: Mapping[str, NDArray[Any]]) -> Mapping[str, NDArray[Any]]:
        self.crops += len(feed["crops"])
        return self._site.run(kind, feed)


@pytest.fixture(scope="module")
def slots(tmp_path_factory: pytest.TempPathFactory) -> ModelSlots:
    slots = ModelSlots(ModelFolder(tmp_path_factory.mktemp("models")), reference_models())
    slots.swap(asyncio.run(slots.prepare(None)))
    return slots


@pytest.fixture
def site(slots: ModelSlots) -> CountingSite:
    return CountingSite(slots.current)


def manifest_of(site: Site) -> ModelManifest:
    manifest = site.manifest(FACING)
    assert manifest is not None
    return manifest


def reference(facing: str, state: Known, shade: int, side: int = SIDE) -> Reference:
    crop = np.full((side, side, 3), shade, np.uint8)
    crop[: side // 2] //= 2
    return Reference("aisle-1", facing, state, crop, NOON)


def test_what_is_not_known_is_a_row_of_zeros(site: CountingSite) -> None:
    manifest = manifest_of(site)
    kept: Kept = {"a": {"empty": reference("a", "empty", 80)}}
    rows = FacingMemory(FACING).of(site, manifest, ["a", "b"], kept)
    assert rows.shape == (2, 2, embedding_width(manifest))
    assert rows[0, 1].any()
    assert not rows[0, 0].any()
    assert not rows[1].any()


def test_a_reference_is_embedded_once_until_it_or_the_model_changes(site: CountingSite) -> None:
    memory, manifest = FacingMemory(FACING), manifest_of(site)
    full, empty = reference("a", "full", 200), reference("a", "empty", 80)
    first = memory.of(site, manifest, ["a"], {"a": {"full": full, "empty": empty}})
    again = memory.of(site, manifest, ["a"], {"a": {"full": full, "empty": empty}})
    assert np.array_equal(first, again)
    assert site.crops == 2
    newer = replace(reference("a", "full", 30), taken_at=NOON + timedelta(hours=1))
    changed = memory.of(site, manifest, ["a"], {"a": {"full": newer, "empty": empty}})
    assert site.crops == 3
    assert not np.array_equal(changed[0, 0], first[0, 0])
    assert np.array_equal(changed[0, 1], first[0, 1])
    other = manifest.model_copy(
        update={"model": manifest.model.model_copy(update={"sha256": "0" * 64})}
    )
    memory.of(site, other, ["a"], {"a": {"full": newer, "empty": empty}})
    assert site.crops == 5


def test_a_crop_that_an_older_release_kept_is_scaled(site: CountingSite) -> None:
    kept: Kept = {"a": {"full": reference("a", "full", 200, side=32)}}
    rows = FacingMemory(FACING).of(site, manifest_of(site), ["a"], kept)
    assert np.isfinite(rows).all()
    assert rows[0, 0].any()


def test_a_camera_s_references_change_what_is_said_of_its_facings(slots: ModelSlots) -> None:
    rng = np.random.default_rng(5)
    pixels = np.repeat(rng.integers(60, 120, (48, 64, 1), np.uint8), 3, axis=2)
    box = Box(0.2, 0.2, 0.7, 0.8)
    references = MemoryReferences()
    references.plan(Facing("aisle-1", "a", None, 0.2, 0.2, 0.5, 0.6))
    asyncio.run(references.keep((reference("a", "full", 220), reference("a", "empty", 90))))
    models = SiteGapModels(slots, references)

    def said(camera: str) -> object:
        frame = Frame(NOON, pixels, PictureFacts(100, 50, 500), camera=camera)
        return asyncio.run(models.judge(frame, {"a": box})).chances["a"]

    assert said("aisle-1") != said("")
    assert said("aisle-2") == said("")
