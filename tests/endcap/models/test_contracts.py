"""What is expected of each kind: every way to break it is told by name."""

import pytest

from endcap.models.contracts import CONTRACTS, breach
from endcap.plumbing.packaged import reference_models
from endcap.wire.manifest import ModelManifest


def shipped(name: str, **change: object) -> ModelManifest:
    path = reference_models() / name / "manifest.json"
    return ModelManifest.model_validate_json(path.read_bytes()).model_copy(update=change)


@pytest.mark.parametrize("kind", CONTRACTS)
def test_every_departure_is_told(kind: str) -> None:
    fine = shipped(kind)
    assert breach(fine) == ""
    for what in ("inputs", "outputs"):
        tensors, wanted = getattr(fine, what), getattr(CONTRACTS[kind], what)
        for at, one in enumerate(tensors):
            if one.name not in wanted:
                continue  # a model may answer more than is asked for
            others = [*tensors[:at], *tensors[at + 1 :]]
            for change in ({"dtype": "bool"}, {"shape": (*one.shape, "more")}):
                broken = shipped(kind, **{what: (*others, one.model_copy(update=change))})
                assert breach(broken).startswith(f"{what[:-1]} {one.name!r} ")
            assert breach(shipped(kind, **{what: tuple(others)})) == (
                f"{what[:-1]} {one.name!r} is missing"
            )
    fixed = fine.inputs[0].model_copy(update={"shape": tuple(7 for _ in fine.inputs[0].shape)})
    assert "has shape (7," in breach(shipped(kind, inputs=(fixed, *fine.inputs[1:])))
    more = fine.inputs[0].model_copy(update={"name": "a"})
    assert breach(shipped(kind, inputs=(*fine.inputs, more))).startswith("input 'a' is not one")
    assert breach(shipped(kind, outputs=(*fine.outputs, more))) == ""


def test_a_demand_model_of_other_features_is_told() -> None:
    parameters = {**shipped("demand").parameters, "features": ["lead"]}
    assert "other features" in breach(shipped("demand", parameters=parameters))


def test_nothing_is_expected_of_a_kind_that_nobody_asks() -> None:
    assert breach(shipped("demand", kind="later", inputs=())) == ""
