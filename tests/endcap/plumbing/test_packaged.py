"""The models that come with the program are found beside its code."""

from endcap.plumbing.packaged import reference_models


def test_the_reference_models_are_found() -> None:
    assert reference_models().name in ("models_onnx", "reference_models")
    assert {one.parent.name for one in reference_models().glob("*/manifest.json")} >= {"gaps"}
