"""A new store makes its first release of the models of its program, and of what changed.

Real models, and a real repository over HTTP.
"""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

import httpx
import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from edge_agent.adapters.factory_models import factory_model
from edge_agent.adapters.model_files import ModelFolder
from edge_agent.adapters.tuf_releases import Source, TufReleases
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.files import sha256_of
from endcap.plumbing.packaged import reference_models
from tests.conftest import Figure
from tests.fakes.http_folder import serving
from tests.fakes.release_world import QUICK, centre
from tests.fakes.tiny_models import NOON, TinyModel, described, release, tiny

SHIPPED, RETRAINED = tiny(2.0, ballast=20_000), tiny(3.0, version="1.0.1", ballast=20_000)


def tuned(folder: Path) -> TinyModel:
    """Return the real model in `folder` with the last of its layers moved a little."""
    model = onnx.load(folder / "model.onnx")
    layer = [node for node in model.graph.node if node.op_type == "Conv"][-1].input[1]
    (tensor,) = (one for one in model.graph.initializer if one.name == layer)
    weights = numpy_helper.to_array(tensor)
    noise = np.random.default_rng(5).normal(size=weights.shape) * 0.01 * weights.std()
    tensor.CopyFrom(numpy_helper.from_array((weights + noise).astype(weights.dtype), layer))
    golden = (folder / "golden.json").read_bytes()
    return described(model.SerializeToString(), golden, kind=folder.name, version="9.0.0")


def first_fetch(folder: Path, model: TinyModel, references: Path, factory: Path) -> list[str]:
    """Publish `model` as release 1, let a new store fetch it; return what it asked for.

    `references` are the program's models as the centre has them, `factory` as the store does.
    """
    made = asyncio.run(centre(folder / "centre"))
    furnished = asyncio.run(made.furnish(release(1, model), [model], references=references))
    assert furnished.deltas
    files = ModelFolder(folder / "store" / "models", factory)
    with serving(made.folder) as http, httpx.Client(timeout=20) as client:
        source = Source(http.url, made.repository.root(), "0.1.0", QUICK, reserve=0)
        releases = TufReleases(source, folder / "store" / "tuf", files, client, SystemClock())
        asyncio.run(releases.fetch(1, NOON))
    assert files.read_now(model.manifest.model) == model.model
    assert not list(files.folder.glob("*.part"))
    return [path for path in http.asked if path.endswith((".zst", ".onnx"))]


@pytest.mark.parametrize("kind", ["gaps", "gap_detector"])
def test_a_tuned_model_comes_as_what_changed(tmp_path: Path, kind: str, figure: Figure) -> None:
    fresh = tuned(reference_models() / kind)
    (asked,) = first_fetch(tmp_path, fresh, reference_models(), reference_models())
    length = (tmp_path / "centre" / "tuf" / asked.lstrip("/")).stat().st_size
    figure(f"first release of {kind}: {length} of {len(fresh.model)} bytes")
    assert asked.endswith(".zst")
    assert length <= 0.03 * len(fresh.model)


def lacking(folder: Path) -> None:
    shutil.rmtree(folder)


def cut_manifest(folder: Path) -> None:
    file = folder / "manifest.json"
    file.write_bytes(file.read_bytes()[:-9])


def other_bytes(folder: Path) -> None:
    (folder / "model.onnx").write_bytes(SHIPPED.model[:-1] + b"?")


def lacking_file(folder: Path) -> None:
    (folder / "model.onnx").unlink()


@pytest.mark.parametrize("damage", [lacking, cut_manifest, other_bytes, lacking_file])
def test_without_the_model_that_a_delta_begins_with_the_whole_file_comes(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    SHIPPED.written(tmp_path / "references" / "demand")
    damage(SHIPPED.written(tmp_path / "factory" / "demand"))
    (asked,) = first_fetch(tmp_path, RETRAINED, tmp_path / "references", tmp_path / "factory")
    assert asked.endswith(".onnx")


def test_a_damaged_model_hides_no_other(tmp_path: Path) -> None:
    cut_manifest(tiny(9.0).written(tmp_path / "a"))
    SHIPPED.written(tmp_path / "demand")
    assert factory_model(tmp_path, SHIPPED.manifest.model.sha256) == SHIPPED.model
    assert factory_model(tmp_path, sha256_of(RETRAINED.model)) is None
