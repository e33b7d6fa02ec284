"""What a rehearsal refuses, how fast, and that no model can hurt the agent."""

import asyncio
import random
import time
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper

from edge_agent.adapters.onnx_scan import NotAllowedError, must_be_allowed
from edge_agent.adapters.rehearsal import ChildRehearsal, RehearsalLimits
from tests.edge_agent.adapters.evil_models import (
    LISTED,
    MORE,
    SOUND,
    Evil,
    rounded_golden,
    with_golden,
)
from tests.fakes.tiny_models import TinyModel, onnx_bytes, times

EVIL: dict[str, tuple[Evil, str]] = {**LISTED, **MORE}
LIMITS = RehearsalLimits(cpu=timedelta(seconds=4), latency=timedelta(milliseconds=800))


def rehearse(one: TinyModel, limits: RehearsalLimits = LIMITS) -> str:
    return asyncio.run(ChildRehearsal(limits).rehearse(one.manifest, one.model, one.golden))


def test_a_sound_model_passes() -> None:
    assert rehearse(SOUND) == ""


@pytest.mark.parametrize(("evil", "why"), EVIL.values(), ids=EVIL)
def test_an_evil_model_is_refused_in_time(tmp_path: Path, evil: Evil, why: str) -> None:
    one = with_golden(evil(tmp_path))
    began = time.perf_counter()
    verdict = rehearse(one)
    assert verdict
    assert why in verdict
    assert "\n" not in verdict
    assert time.perf_counter() - began < 20  # 10 s on a machine that does nothing else


def test_a_model_without_the_promised_output_is_refused() -> None:
    promised = SOUND.manifest.outputs[0].model_copy(update={"name": "quantiles"})
    manifest = SOUND.manifest.model_copy(update={"outputs": (promised,)})
    assert (
        rehearse(TinyModel(manifest, SOUND.model, SOUND.golden)) == "output 'quantiles' is missing"
    )


@pytest.mark.parametrize(
    ("change", "why"),
    [({"dtype": "int64"}, "output 'y' is float32, not int64"), ({"shape": ("n", 4)}, "has shape")],
)
def test_an_output_of_another_type_or_shape_is_refused(change: dict[str, object], why: str) -> None:
    promised = SOUND.manifest.outputs[0].model_copy(update=change)
    manifest = SOUND.manifest.model_copy(update={"outputs": (promised,)})
    assert why in rehearse(TinyModel(manifest, SOUND.model, SOUND.golden))


@pytest.mark.parametrize("golden", [b"", b"{}", b'{"cases": []}', b"\xff\x00", rounded_golden()])
def test_a_golden_file_that_does_not_fit_refuses_the_model(golden: bytes) -> None:
    assert rehearse(with_golden(SOUND.model, golden))


def test_what_only_waits_is_ended() -> None:
    limits = RehearsalLimits(wall=timedelta(milliseconds=20))
    assert rehearse(SOUND, limits) == "no verdict within 0 s"


def test_memory_has_a_limit() -> None:
    assert rehearse(SOUND, RehearsalLimits(memory=64 * 1024**2))


def test_damaged_models_end_no_scan() -> None:
    rng = random.Random(1)
    for _ in range(3000):
        damaged = bytearray(SOUND.model)
        for _ in range(rng.randrange(1, 6)):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        try:
            must_be_allowed(bytes(damaged))
        except NotAllowedError as error:
            assert str(error)  # noqa: PT017 - both ends are right; only another exception is not


@given(st.binary(max_size=300))
def test_no_bytes_end_the_scan(content: bytes) -> None:
    try:
        must_be_allowed(content)
    except NotAllowedError as error:
        assert str(error)  # noqa: PT017


def test_external_data_inside_a_branch_is_found() -> None:
    tensor = helper.make_tensor("w", TensorProto.FLOAT, [1], [2.0])
    tensor.data_location = TensorProto.EXTERNAL
    out = helper.make_tensor_value_info("o", TensorProto.FLOAT, [1])
    branch = helper.make_graph(
        [helper.make_node("Constant", [], ["o"], value=tensor)], "branch", [], [out]
    )
    yes = helper.make_tensor("yes", TensorProto.BOOL, [], [True])
    model = onnx_bytes(
        [helper.make_node("If", ["yes"], ["y"], then_branch=branch, else_branch=branch)],
        initializer=[yes],
    )
    with pytest.raises(NotAllowedError, match="external data"):
        must_be_allowed(model)


def test_a_sound_model_of_every_size_is_allowed() -> None:
    must_be_allowed(times(1.0, ballast=1_000_000))
