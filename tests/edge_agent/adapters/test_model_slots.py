"""Sites of models: loaded whole, swapped by one reference, counted."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from onnx import helper

from edge_agent.adapters.model_files import ModelFolder
from edge_agent.adapters.model_slots import ModelSlots
from edge_agent.adapters.shadow import Shadow
from edge_agent.core.trial import Fared
from edge_agent.ports.updates import DamagedError, UnfitError
from endcap.plumbing.files import sha256_of
from endcap.plumbing.onnx_session import ModelUnusableError
from endcap.wire.manifest import FileRef, ReleaseManifest
from tests.edge_agent.adapters.evil_models import busy_work, endless, opset
from tests.fakes.tiny_models import TinyModel, described, onnx_bytes, release, tiny

FACTORY, NEW, SHOPPER = tiny(1.0), tiny(2.0, version="1.0.1"), tiny(9.0, kind="shopper")
X = {"x": np.ones((1, 3), dtype=np.float32)}


@pytest.fixture
def slots(tmp_path: Path) -> ModelSlots:
    FACTORY.written(tmp_path / "factory" / "demand")
    SHOPPER.written(tmp_path / "factory" / "shopper")
    made = ModelSlots(ModelFolder(tmp_path / "models"), tmp_path / "factory")
    made.swap(asyncio.run(made.prepare(None)))
    return made


def installed(slots: ModelSlots, *models: TinyModel, number: int = 1) -> ReleaseManifest:
    """Put the files of a release where the updater puts them."""
    slots._files.folder.mkdir(exist_ok=True)
    for one in models:
        for content in (one.model, one.golden):
            part = slots._files.folder / "x.part"
            part.write_bytes(content)
            file = FileRef(file="x", sha256=sha256_of(content), length=len(content))
            slots._files.place(content, file, part)
    return release(number, *models)


def answer(slots: ModelSlots, kind: str = "demand") -> float:
    return float(slots.current.run(kind, X)["y"][0, 0])


def fared(slots: ModelSlots, kind: str = "demand") -> Fared:
    return slots.faring[kind]


def shadow_of(slots: ModelSlots) -> Shadow:
    assert slots.current.shadow is not None
    return slots.current.shadow


def wait_for(true: Callable[[], bool]) -> None:
    """Wait for what the shadow's thread does."""
    for _ in range(1000):
        if true():
            return
        threading.Event().wait(0.01)
    pytest.fail("it never came")


def test_what_came_with_the_program_is_release_0(slots: ModelSlots) -> None:
    assert slots.current.release == 0
    assert slots.current.kinds == ("demand", "shopper")
    assert slots.current.manifest("demand") == FACTORY.manifest
    assert slots.current.manifest("gaps") is None


def test_a_swap_replaces_the_site_and_begins_a_new_tally(slots: ModelSlots) -> None:
    before = slots.current
    answer(slots)
    slots.swap(asyncio.run(slots.prepare(installed(slots, NEW))))
    assert (slots.current.release, slots.faring["demand"].runs) == (1, 0)
    assert (answer(slots), answer(slots, "shopper")) == (2.0, 9.0)
    assert float(before.run("demand", X)["y"][0, 0]) == 1.0  # a request that began before
    assert asyncio.run(slots.prepare(None)) is before  # warm until it is settled
    slots.settle()
    assert asyncio.run(slots.prepare(None)) is not before


def test_a_model_that_both_sites_have_is_loaded_once(slots: ModelSlots) -> None:
    slots.swap(asyncio.run(slots.prepare(installed(slots, NEW))))
    again = asyncio.run(slots.prepare(installed(slots, NEW, SHOPPER, number=2)))
    assert again._models["demand"].session is slots.current._models["demand"].session


def test_failures_are_counted(slots: ModelSlots) -> None:
    answer(slots)
    for feed in ({"x": np.ones(3, dtype=np.int64)}, {"z": X["x"]}):
        with pytest.raises(ModelUnusableError):
            slots.current.run("demand", feed)
    assert (fared(slots).runs, fared(slots).errors) == (3, 2)
    with pytest.raises(ModelUnusableError, match="release 0 has no model for 'gaps'"):
        slots.current.run("gaps", X)
    assert (fared(slots).runs, fared(slots).errors) == (3, 2)  # nobody's fault


def test_an_answer_that_is_not_finite_is_a_failure(slots: ModelSlots) -> None:
    model = onnx_bytes([helper.make_node("Log", ["x"], ["y"])])
    slots.swap(asyncio.run(slots.prepare(installed(slots, described(model, FACTORY.golden)))))
    with pytest.raises(ModelUnusableError, match="output 'y' is not finite"):
        slots.current.run("demand", {"x": -X["x"]})
    assert fared(slots).errors == 1


def test_a_release_whose_files_are_not_there_is_not_prepared(slots: ModelSlots) -> None:
    with pytest.raises(DamagedError):
        asyncio.run(slots.prepare(release(1, NEW)))


def test_a_release_that_cannot_be_loaded_is_unfit(slots: ModelSlots) -> None:
    bad = described(opset(99), FACTORY.golden)
    with pytest.raises(UnfitError, match="release 1 cannot be loaded"):
        asyncio.run(slots.prepare(installed(slots, bad)))
    assert answer(slots) == 1.0


def test_only_a_prepared_site_is_swapped_in(slots: ModelSlots) -> None:
    with pytest.raises(TypeError, match="prepare a site"):
        slots.swap(object())  # type: ignore[arg-type]


@pytest.mark.parametrize("damage", ["model", "manifest", "gone"])
def test_a_damaged_factory_model_is_absent_and_said(tmp_path: Path, damage: str) -> None:
    folder = FACTORY.written(tmp_path / "factory" / "demand")
    SHOPPER.written(tmp_path / "factory" / "shopper")
    if damage == "gone":
        (folder / "model.onnx").unlink()
    else:
        name = "model.onnx" if damage == "model" else "manifest.json"
        (folder / name).write_bytes(b"{}")
    slots = ModelSlots(ModelFolder(tmp_path / "models"), tmp_path / "factory")
    slots.swap(asyncio.run(slots.prepare(None)))
    assert slots.current.kinds == ("shopper",)
    assert "demand that came with the program" in slots.problems[0]


def test_a_candidate_answers_in_the_shadow_what_the_champion_is_asked(slots: ModelSlots) -> None:
    candidate = asyncio.run(slots.prepare(installed(slots, NEW, SHOPPER)))
    slots.cast_shadow(candidate, 1.0)
    assert slots.pair == (slots.current, candidate)
    assert answer(slots) == 1.0  # the champion's, always
    wait_for(lambda: fared(slots).runs == 1)
    assert slots.faring.keys() == {"demand"}  # the other model is the same
    assert fared(slots).likeness == 0.0
    assert fared(slots).latency_ms is not None
    assert fared(slots).champion_latency_ms is not None
    slots.swap(candidate)
    assert (answer(slots), slots.current.release) == (2.0, 1)
    assert fared(slots).runs == 2  # the shadow's and the shopper's
    assert slots.pair is not None
    slots.settle()
    assert slots.pair is None


def test_settling_ends_the_shadow(slots: ModelSlots) -> None:
    slots.cast_shadow(asyncio.run(slots.prepare(installed(slots, NEW))), 1.0)
    shadow = shadow_of(slots)
    slots.settle()
    assert slots.pair is None
    assert answer(slots) == 1.0
    assert fared(slots).runs == 1
    wait_for(lambda: not shadow._thread.is_alive())


def test_a_candidate_that_fails_in_the_shadow_is_counted_and_nobody_sees_it(
    slots: ModelSlots,
) -> None:
    bad = described(onnx_bytes([helper.make_node("Log", ["x"], ["y"])]), FACTORY.golden)
    slots.cast_shadow(asyncio.run(slots.prepare(installed(slots, bad))), 1.0)
    assert float(slots.current.run("demand", {"x": -X["x"]})["y"][0, 0]) == -1.0
    wait_for(lambda: fared(slots).errors == 1)


def test_the_shadow_rests_by_its_share_and_holds_one_question_a_kind(slots: ModelSlots) -> None:
    work = described(busy_work(), FACTORY.golden)
    slots.cast_shadow(asyncio.run(slots.prepare(installed(slots, work))), 1e-6)
    assert answer(slots) == 1.0
    wait_for(lambda: fared(slots).runs == 1)
    for _ in range(50):  # a millisecond of work is followed by a quarter of an hour of rest
        assert answer(slots) == 1.0
    shadow = shadow_of(slots)
    assert len(shadow._waiting) == 1
    assert fared(slots).runs == 1
    slots.settle()
    wait_for(lambda: not shadow._thread.is_alive())


def test_a_run_that_does_not_end_is_seen_and_ended(slots: ModelSlots) -> None:
    slots.cast_shadow(
        asyncio.run(slots.prepare(installed(slots, described(endless(), FACTORY.golden)))), 1.0
    )
    assert answer(slots) == 1.0
    wait_for(lambda: fared(slots).under_way_s > 0.2)
    shadow = shadow_of(slots)
    slots.settle()
    wait_for(lambda: not shadow._thread.is_alive())


def test_settings_of_a_release_go_before_the_models_own(slots: ModelSlots) -> None:
    own = NEW.manifest.model_copy(
        update={"thresholds": {"sure": 0.4}, "parameters": {"share": 0.1, "names": ["a"]}}
    )
    made = installed(slots, TinyModel(own, NEW.model, NEW.golden))
    made = made.model_copy(update={"settings": {"demand": {"sure": 0.6}, "search": {"name": 2.0}}})
    site = asyncio.run(slots.prepare(made))
    assert site.setting("demand", "sure", 0.5) == 0.6
    assert site.setting("demand", "share", 0.5) == 0.1
    assert site.setting("demand", "names", 0.5) == 0.5
    assert site.setting("search", "name", 1.0) == 2.0
    assert site.setting("search", "brand", 0.8) == 0.8
    assert slots.current.setting("demand", "sure", 0.5) == 0.5
    assert site.differs(slots.current) == ("demand",)


def test_settings_that_make_no_sense_are_unfit(slots: ModelSlots) -> None:
    made = installed(slots, NEW).model_copy(update={"settings": {"gaps": {"empty": 87.0}}})
    with pytest.raises(UnfitError, match=r"release 1: setting gaps\.empty is 87"):
        asyncio.run(slots.prepare(made))


def test_the_bytes_of_what_serves_are_at_hand(slots: ModelSlots) -> None:
    assert asyncio.run(slots.model("demand")) == FACTORY.model
    slots.swap(asyncio.run(slots.prepare(installed(slots, NEW))))
    assert asyncio.run(slots.model("demand")) == NEW.model
    assert asyncio.run(slots.model("gaps")) is None
    (slots._files.folder / NEW.manifest.model.sha256).unlink()
    assert asyncio.run(slots.model("demand")) is None
