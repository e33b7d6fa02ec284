"""The store's models over the Open Inference Protocol, asked by a client of its text."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import numpy as np
import pytest

from edge_agent.adapters.loaded_site import Loaded, LoadedSite
from endcap.plumbing.onnx_session import open_session
from endcap.plumbing.packaged import reference_models
from endcap.wire.manifest import Golden, GoldenTensor, ModelManifest
from tests.edge_agent.kiosk.corner_store import corner_store
from tests.edge_agent.kiosk.v2_client import Client, RefusedError
from tests.fakes.clock import FakeClock
from tests.fakes.tiny_models import tiny
from tests.serving import served

ONES = np.ones((2, 3), np.float32)
GOLDEN_KINDS = ("demand", "shopper")


@dataclass(slots=True)
class OneSite:
    """Hands out one site."""

    current: LoadedSite


def shipped(kind: str) -> Loaded:
    """Return a model that comes with the program."""
    folder = reference_models() / kind
    manifest = ModelManifest.model_validate_json((folder / "manifest.json").read_bytes())
    return Loaded(manifest, open_session((folder / manifest.model.file).read_bytes()))


@pytest.fixture(scope="module")
def http(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("models")
    models = {kind: shipped(kind) for kind in GOLDEN_KINDS}
    one = tiny(kind="tiny")
    models["tiny"] = Loaded(one.manifest, open_session(one.model))
    site: Any = OneSite(LoadedSite(0, models))
    with (
        served(lambda: corner_store(folder, FakeClock(), models=site)) as address,
        httpx.Client(base_url=address, timeout=20) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def client(http: httpx.Client) -> Client:
    return Client(http)


def array(tensor: GoldenTensor) -> np.ndarray[Any, Any]:
    content = base64.b64decode(tensor.data)
    return np.frombuffer(content, np.dtype(tensor.dtype)).reshape(tensor.shape)


def test_the_server_and_its_models_say_what_they_are(client: Client) -> None:
    assert client.server()["name"] == "endcap"
    assert client.is_live()
    assert client.is_ready()
    assert client.is_ready("tiny")
    assert client.is_ready("tiny", "1.0.0")
    assert not client.is_ready("tiny", "2.0.0")
    assert not client.is_ready("nothing")
    said = client.metadata("tiny", "1.0.0")
    assert said["versions"] == ["1.0.0"]
    assert said["inputs"] == [{"name": "x", "datatype": "FP32", "shape": [-1, 3]}]


@pytest.mark.parametrize("flat", [True, False], ids=["flat", "nested"])
def test_a_model_answers_as_it_does_in_the_store(client: Client, *, flat: bool) -> None:
    found = client.infer("tiny", {"x": ONES}, flat=flat, outputs=("y",), ident="42")
    assert found["y"].dtype == np.float32
    assert found["y"].shape == (2, 3)
    assert (found["y"] == found["y"][0, 0]).all()
    assert client.infer("tiny", {"x": ONES[:0]})["y"].shape == (0, 3)


@pytest.mark.parametrize("kind", GOLDEN_KINDS)
def test_the_store_s_own_models_pass_their_golden_cases(client: Client, kind: str) -> None:
    golden = Golden.model_validate_json((reference_models() / kind / "golden.json").read_bytes())
    one = min(golden.cases, key=lambda case: sum(len(t.data) for t in case.inputs.values()))
    found = client.infer(kind, {name: array(tensor) for name, tensor in one.inputs.items()})
    assert found.keys() == one.outputs.keys()
    for name, tensor in one.outputs.items():
        np.testing.assert_allclose(found[name], array(tensor), rtol=one.rtol, atol=one.atol)


def test_what_is_not_there_is_told_as_the_protocol_has_it(client: Client) -> None:
    for model, version in (("nothing", ""), ("tiny", "9")):
        with pytest.raises(RefusedError) as refused:
            client.metadata(model, version)
        assert refused.value.status == 404
    with pytest.raises(RefusedError, match="there is no model"):
        client.infer("nothing", {"x": ONES})


def one_input(**changes: object) -> dict[str, object]:
    sound = {"name": "x", "shape": [1, 3], "datatype": "FP32", "data": [1, 2.5, 3]}
    return {"inputs": [{**sound, **changes}]}


BAD = {
    "no inputs": ({"inputs": []}, "the inputs are 'x'"),
    "another name": (one_input(name="z"), "the inputs are 'x'"),
    "twice": ({"inputs": one_input()["inputs"] * 2}, "the inputs are 'x'"),  # type: ignore[operator]  # a list
    "another type": (one_input(datatype="INT64"), "FP32 is taken, not INT64"),
    "an unknown type": (one_input(datatype="BYTES"), "FP32 is taken"),
    "another shape": (one_input(shape=[3, 1]), "is taken, not [3, 1]"),
    "another rank": (one_input(shape=[3]), "is taken, not [3]"),
    "a negative size": (one_input(shape=[-1, 3]), "is taken, not [-1, 3]"),
    "too few": (one_input(data=[1, 2]), "has 3 elements, the data 2"),
    "ragged": (one_input(data=[[1, 2], [3]]), "different lengths"),
    "a text": (one_input(data=[1, "2", 3]), "is no FP32"),
    "a null": (one_input(data=[1, None, 3]), "is no FP32"),
    "too large": (one_input(data=[1, 1e300, 3]), "is no FP32"),
    "too many": (one_input(shape=[10**6, 3]), "at most 1000000 elements"),
    "an output that is not": ({**one_input(), "outputs": [{"name": "z"}]}, "the outputs are 'y'"),
    "no tensor": ({"inputs": ["x"]}, "inputs.0"),
    "nothing": ({}, "inputs"),
}


@pytest.mark.parametrize(("asked", "why"), BAD.values(), ids=BAD)
def test_what_does_not_fit_is_refused_before_a_model_sees_it(
    http: httpx.Client, asked: object, why: str
) -> None:
    answer = http.post("/v2/models/tiny/infer", json=asked)
    assert answer.status_code == 400
    assert answer.json().keys() == {"error"}
    assert why in answer.json()["error"]


def test_a_version_may_be_named(http: httpx.Client) -> None:
    answer = http.post("/v2/models/tiny/versions/1.0.0/infer", json=one_input())
    assert (answer.status_code, answer.json()["model_version"]) == (200, "1.0.0")
    assert http.post("/v2/models/tiny/versions/9/infer", json=one_input()).status_code == 404


def test_free_dimensions_of_one_name_must_agree(http: httpx.Client) -> None:
    inputs = [
        {"name": "basket", "shape": [0], "datatype": "INT64", "data": []},
        {"name": "history", "shape": [1], "datatype": "INT64", "data": [1]},
        {"name": "history_weight", "shape": [2], "datatype": "FP32", "data": [1, 1]},
    ]
    answer = http.post("/v2/models/shopper/infer", json={"inputs": inputs})
    assert answer.status_code == 400
    assert "history_weight: shape [1] is taken, not [2]" in answer.json()["error"]


def test_a_body_is_bounded(http: httpx.Client) -> None:
    answer = http.post("/v2/models/tiny/infer", json=one_input(data=[1.5] * 300_000))
    assert answer.status_code == 413
