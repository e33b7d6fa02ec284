"""What a rehearsal refuses, how fast, and that no model can hurt the agent."""

import asyncio
import random
import resource
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper

from edge_agent.adapters.onnx_scan import NotAllowedError, must_be_allowed
from edge_agent.adapters.rehearsal import ChildRehearsal, RehearsalLimits
from endcap.models.contracts import CONTRACTS
from endcap.plumbing.packaged import reference_models
from endcap.wire.manifest import ModelManifest
from tests.edge_agent.adapters.evil_models import (
    LISTED,
    MORE,
    SOUND,
    Evil,
    rounded_golden,
    slow,
    with_golden,
)
from tests.fakes.tiny_models import TinyModel, onnx_bytes, times

EVIL: dict[str, tuple[Evil, str]] = {**LISTED, **MORE}
LIMITS = RehearsalLimits(cpu=timedelta(seconds=4), latency=timedelta(milliseconds=800))


def rehearse(
    one: TinyModel, limits: RehearsalLimits = LIMITS, champion: bytes | None = None
) -> str:
    """Rehearse a model of no contract but its own."""
    rehearsal = ChildRehearsal(limits, {})
    return asyncio.run(rehearsal.rehearse(one.manifest, one.model, one.golden, champion))


def test_a_sound_model_passes() -> None:
    assert rehearse(SOUND) == ""


@pytest.mark.parametrize(("evil", "why"), EVIL.values(), ids=EVIL)
def test_an_evil_model_is_refused_within_ten_seconds(tmp_path: Path, evil: Evil, why: str) -> None:
    """By the limits of production; in CPU time, so that a busy machine does not matter."""
    one = with_golden(evil(tmp_path))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    verdict = rehearse(one, RehearsalLimits(), SOUND.model)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert verdict
    assert why in verdict
    assert "\n" not in verdict
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 8.5


def test_a_slow_model_is_refused_by_what_the_champion_takes() -> None:
    one = with_golden(slow(700))
    limits = RehearsalLimits(quick=timedelta(milliseconds=5))
    verdict = rehearse(one, limits, SOUND.model)
    assert "5 times the champion's" in verdict
    assert rehearse(one, limits, one.model) == ""
    assert rehearse(one, limits) == ""
    assert rehearse(one, limits, times(1.0)[:40]) == ""  # a champion that answers nothing
    assert rehearse(SOUND, limits, one.model) == ""


def test_a_slow_model_is_refused_by_itself() -> None:
    limits = RehearsalLimits(latency=timedelta(milliseconds=1))
    assert "ms; 1 are allowed" in rehearse(with_golden(slow(700)), limits)


@pytest.mark.parametrize("kind", CONTRACTS)
def test_the_models_that_come_with_the_program_keep_their_contracts(kind: str) -> None:
    folder = reference_models() / kind
    manifest = ModelManifest.model_validate_json((folder / "manifest.json").read_bytes())
    model, golden = (folder / "model.onnx").read_bytes(), (folder / "golden.json").read_bytes()
    rehearsal = ChildRehearsal(RehearsalLimits())
    assert asyncio.run(rehearsal.rehearse(manifest, model, golden, model)) == ""


@pytest.mark.parametrize("kind", CONTRACTS)
def test_a_sound_model_of_another_contract_is_refused(kind: str) -> None:
    one = SOUND.manifest.model_copy(update={"kind": kind})
    verdict = asyncio.run(
        ChildRehearsal(RehearsalLimits()).rehearse(one, SOUND.model, SOUND.golden)
    )
    assert verdict == f"input 'x' is not one that {kind} models take"


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
