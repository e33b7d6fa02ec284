"""The shipped gap models, in the store's slots, see which facings of a rendered shelf are empty."""

import asyncio
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge_agent.adapters.gap_models import SiteGapModels
from edge_agent.adapters.loaded_site import LoadedSite
from edge_agent.adapters.model_files import ModelFolder
from edge_agent.adapters.model_slots import ModelSlots
from edge_agent.core.vision.condition import PictureFacts
from edge_agent.ports.cameras import Frame
from edge_agent.ports.models import Arrays, Site
from endcap.models.gaps.boxes import Box, as_array, overlap
from endcap.models.gaps.optics import Moment
from endcap.models.gaps.rendering import Stock, render_shelf
from endcap.models.gaps.shelves import Style, build_shelf
from endcap.plumbing.onnx_session import ModelUnusableError
from endcap.plumbing.packaged import reference_models
from endcap.wire.manifest import ModelManifest
from tests.fakes.clock import NOON

SHELF = build_shelf(11, Style(640, 480, 3, 9, 0.02))
FACTS = PictureFacts(100, 50, 500)


@pytest.fixture(scope="module")
def slots(tmp_path_factory: pytest.TempPathFactory) -> ModelSlots:
    slots = ModelSlots(ModelFolder(tmp_path_factory.mktemp("models")), reference_models())
    slots.swap(asyncio.run(slots.prepare(None)))
    return slots


def frame(stock: dict[str, Stock]) -> Frame:
    return Frame(NOON, render_shelf(SHELF, stock, Moment()).picture, FACTS)


def test_most_empty_facings_are_judged_so_and_few_full_ones(slots: ModelSlots) -> None:
    names = [facing.name for facing in SHELF.facings]
    empty = set(names[2::6])
    shown = frame(dict.fromkeys(empty, "empty"))
    judged = asyncio.run(SiteGapModels(slots).judge(shown, SHELF.facing_boxes()))
    said = {name for name, p in judged.chances.items() if p.empty >= judged.threshold}
    assert len(said & empty) >= 0.7 * len(empty & judged.chances.keys())
    assert len(said - empty) <= 0.1 * len(names)


def test_facings_too_small_to_see_are_left_out(slots: ModelSlots) -> None:
    speck = Box(0.5, 0.5, 0.502, 0.502)
    judged = asyncio.run(SiteGapModels(slots).judge(frame({}), {"speck": speck}))
    assert judged.chances == {}


def test_a_wide_gap_is_found_without_a_planogram(slots: ModelSlots) -> None:
    middle = [facing for facing in SHELF.facings if facing.row == 1][2:6]
    shown = render_shelf(SHELF, {facing.name: "empty" for facing in middle}, Moment())
    found = asyncio.run(SiteGapModels(slots).find(Frame(NOON, shown.picture, FACTS)))
    sure = [one.box for one in found.detections if one.score >= found.threshold]
    assert overlap(as_array(sure), as_array(shown.voids)).max() > 0.3


class WatchedSite:
    """A site that remembers which models were asked, and may lack one."""

    def __init__(self, site: Site, lacks: str = "", sure: float = 0.4) -> None:
        self.site, self.lacks, self.sure, self.asked = site, lacks, sure, list[str]()
        self.release = site.release

    @property
    def current(self) -> Site:
        return self

    def manifest(self, kind: str) -> ModelManifest | None:
        return None if kind == self.lacks else self.site.manifest(kind)

    def setting(self, kind: str, name: str, default: float) -> float:
        return self.sure if name == "gap_confirmed" else self.site.setting(kind, name, default)

    def run(self, kind: str, feed: Arrays) -> Arrays:
        self.asked.append(kind)
        return self.site.run(kind, feed)


def large_picture_with_a_gap() -> Frame:
    middle = [facing for facing in SHELF.facings if facing.row == 1][2:6]
    shown = render_shelf(SHELF, {facing.name: "empty" for facing in middle}, Moment()).picture
    return Frame(NOON, np.asarray(cv2.resize(shown, (1920, 1440)), np.uint8), FACTS)


def test_a_large_picture_is_looked_at_in_parts_and_facings_confirm_its_gaps(
    slots: ModelSlots,
) -> None:
    site = WatchedSite(slots.current)
    found = asyncio.run(SiteGapModels(site).find(large_picture_with_a_gap()))
    assert site.asked == ["gap_detector"] * 5 + ["gaps"]
    assert found.threshold == site.sure
    assert [one.score for one in found.detections] == sorted(
        (one.score for one in found.detections), reverse=True
    )


@pytest.mark.parametrize(("lacks", "sure"), [("gaps", 0.4), ("", 0.0)])
def test_where_confirming_does_not_pay_the_detector_stands_alone(
    slots: ModelSlots, lacks: str, sure: float
) -> None:
    site = WatchedSite(slots.current, lacks, sure)
    found = asyncio.run(SiteGapModels(site).find(large_picture_with_a_gap()))
    assert set(site.asked) == {"gap_detector"}
    assert found.threshold == site.setting("gap_detector", "gap", 0)
    assert found.detections


def test_without_a_model_it_says_so(tmp_path: Path) -> None:
    slots = ModelSlots(ModelFolder(tmp_path / "models"), tmp_path)
    assert isinstance(slots.current, LoadedSite)
    shown = Frame(NOON, np.zeros((48, 64, 3), np.uint8), FACTS)
    with pytest.raises(ModelUnusableError, match="no model for 'gaps'"):
        asyncio.run(SiteGapModels(slots).judge(shown, {}))
    with pytest.raises(ModelUnusableError, match="no model for 'gap_detector'"):
        asyncio.run(SiteGapModels(slots).find(shown))
