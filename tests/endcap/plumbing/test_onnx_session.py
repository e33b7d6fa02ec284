"""ONNX Runtime, made the one safe way."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from endcap.plumbing.onnx_session import ModelUnusableError, open_session


def doubling() -> bytes:
    graph = helper.make_graph(
        [helper.make_node("Add", ["x", "x"], ["y"])],
        "doubling",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n"])],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    onnx.checker.check_model(made)
    return bytes(made.SerializeToString())


def test_a_model_answers_by_name() -> None:
    session = open_session(doubling())
    assert (session.inputs, session.outputs) == (("x",), ("y",))
    found = session.run({"x": np.array([1, 2], np.float32)})
    assert found["y"].tolist() == [2, 4]


@pytest.mark.parametrize("model", [b"", b"not a model", doubling()[:40]])
def test_what_is_no_model_is_one_line(model: bytes) -> None:
    with pytest.raises(ModelUnusableError) as caught:
        open_session(model)
    assert "\n" not in str(caught.value)


def test_a_wrong_feed_is_one_line() -> None:
    with pytest.raises(ModelUnusableError) as caught:
        open_session(doubling()).run({"x": np.array(["a"])})
    assert "\n" not in str(caught.value)


def test_external_data_outside_is_refused() -> None:
    graph = helper.make_graph(
        [helper.make_node("Identity", ["w"], ["y"])],
        "stealing",
        [],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [4])],
    )
    weight = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[4])
    weight.data_location = TensorProto.EXTERNAL
    weight.external_data.add(key="location", value="/etc/hostname")
    graph.initializer.append(weight)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    with pytest.raises(ModelUnusableError):
        open_session(made.SerializeToString())
