"""Tensors of the Open Inference Protocol, by a model's manifest."""

from datetime import UTC, datetime

import numpy as np
import pytest

from edge_agent.core.inference import Asked, TensorError, answered, chosen, metadata_of, tensors_of
from endcap.wire.manifest import FileRef, ModelManifest, Tensor

FILE = FileRef(file="model.onnx", sha256="00" * 32, length=1)
MANIFEST = ModelManifest(
    kind="odd",
    version="1.0.0",
    model=FILE,
    golden=FILE,
    inputs=(
        Tensor(name="picture", dtype="uint8", shape=(1, "h"), unit="1"),
        Tensor(name="mask", dtype="bool", shape=("h",), unit="1"),
    ),
    outputs=(Tensor(name="n", dtype="int64", shape=("h",), unit="1"),),
    licence="CC0-1.0",
    minimum_agent="0.1.0",
    created=datetime(2026, 3, 2, tzinfo=UTC),
)


def asked(picture: list[object], mask: list[object]) -> list[Asked]:
    return [
        Asked("mask", "BOOL", (len(mask),), mask),
        Asked("picture", "UINT8", (1, len(picture)), picture),
    ]


def test_each_type_of_a_manifest_has_its_word_and_its_range() -> None:
    shown = metadata_of(MANIFEST)
    assert [(one.datatype, one.shape) for one in shown.inputs] == [
        ("UINT8", (1, -1)),
        ("BOOL", (-1,)),
    ]
    found = tensors_of(asked([0, 255], [True, False]), MANIFEST)
    assert found["picture"].dtype == np.uint8
    assert found["picture"].shape == (1, 2)
    assert found["mask"].tolist() == [True, False]


@pytest.mark.parametrize(
    ("picture", "mask"),
    [([0, 256], [True, True]), ([0, -1], [True, True]), ([0, 1], [1, 0]), ([0.5, 1], [True, True])],
)
def test_what_has_no_place_in_a_type_is_refused(picture: list[object], mask: list[object]) -> None:
    with pytest.raises(TensorError, match="an element is no"):
        tensors_of(asked(picture, mask), MANIFEST)


def test_dimensions_of_one_name_must_agree() -> None:
    with pytest.raises(TensorError, match=r"picture: shape \[1, 1\] is taken, not \[1, 2\]"):
        tensors_of(asked([0, 1], [True]), MANIFEST)


def test_outputs_are_told_flat() -> None:
    [said] = answered({"n": np.array([[1], [2]])}, chosen([], MANIFEST))
    assert (said.shape, said.datatype, said.data) == ((2, 1), "INT64", [1, 2])
