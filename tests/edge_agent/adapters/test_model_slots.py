"""Sites of models: loaded whole, swapped by one reference, counted."""

import asyncio
from pathlib import Path

import numpy as np
import pytest
from onnx import helper

from edge_agent.adapters.model_files import ModelFolder
from edge_agent.adapters.model_slots import ModelSlots
from edge_agent.core.update import Tally
from edge_agent.ports.updates import DamagedError, UnfitError
from endcap.plumbing.files import sha256_of
from endcap.plumbing.onnx_session import ModelUnusableError
from endcap.wire.manifest import FileRef, ReleaseManifest
from tests.edge_agent.adapters.evil_models import opset
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


def test_what_came_with_the_program_is_release_0(slots: ModelSlots) -> None:
    assert slots.current.release == 0
    assert slots.current.kinds == ("demand", "shopper")
    assert slots.current.manifest("demand") == FACTORY.manifest
    assert slots.current.manifest("gaps") is None


def test_a_swap_replaces_the_site_and_begins_a_new_tally(slots: ModelSlots) -> None:
    before = slots.current
    answer(slots)
    slots.swap(asyncio.run(slots.prepare(installed(slots, NEW))))
    assert (slots.current.release, slots.tally) == (1, Tally(0, 0))
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
    assert slots.tally == Tally(runs=3, errors=2)
    with pytest.raises(ModelUnusableError, match="release 0 has no model for 'gaps'"):
        slots.current.run("gaps", X)
    assert slots.tally == Tally(runs=3, errors=2)  # nobody's fault


def test_an_answer_that_is_not_finite_is_a_failure(slots: ModelSlots) -> None:
    model = onnx_bytes([helper.make_node("Log", ["x"], ["y"])])
    slots.swap(asyncio.run(slots.prepare(installed(slots, described(model, FACTORY.golden)))))
    with pytest.raises(ModelUnusableError, match="output 'y' is not finite"):
        slots.current.run("demand", {"x": -X["x"]})
    assert slots.tally.errors == 1


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
