"""Models that mean harm, or are no good: what a store must refuse, each with a word of why."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from endcap.wire.manifest import Golden
from tests.fakes.tiny_models import SHAPE, TinyModel, described, golden_of, onnx_bytes, times, tiny

SOUND = tiny(2.0)
_MUL = helper.make_node("Mul", ["x", "w"], ["y"])


def external(location: str, **where: str) -> bytes:
    """Return a model whose weight lies outside the file."""
    tensor = helper.make_tensor("w", TensorProto.FLOAT, [1], [2.0])
    tensor.ClearField("float_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in {"location": location, **where}.items():
        entry = tensor.external_data.add()
        entry.key, entry.value = key, value
    return onnx_bytes([_MUL], initializer=[tensor])


def linked(folder: Path, *, hard: bool) -> bytes:
    """Return a model whose weight lies behind a link, which really is there."""
    secret = folder / "secret"
    secret.write_bytes(np.float32(2).tobytes())
    link = folder / "weights"
    link.unlink(missing_ok=True)
    if hard:
        link.hardlink_to(secret)
    else:
        link.symlink_to(secret)
    return external(str(link))


def huge() -> bytes:
    """Return a model that asks for 160 GB."""
    shape = numpy_helper.from_array(np.array([40_000_000_000], dtype=np.int64), "shape")
    nodes = [
        helper.make_node("ConstantOfShape", ["shape"], ["big"]),
        helper.make_node("ReduceSum", ["big"], ["sum"], keepdims=0),
        helper.make_node("Add", ["x", "sum"], ["y"]),
    ]
    return onnx_bytes(nodes, initializer=[shape])


def endless() -> bytes:
    """Return a model that computes for ever."""
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["go"], ["go_on"]),
            helper.make_node("Add", ["value", "one"], ["next"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("step", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("value", TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("go_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("next", TensorProto.FLOAT, None),
        ],
        initializer=[helper.make_tensor("one", TensorProto.FLOAT, [1], [1.0])],
    )
    weights = [
        helper.make_tensor("most", TensorProto.INT64, [], [2**62]),
        helper.make_tensor("yes", TensorProto.BOOL, [], [True]),
    ]
    return onnx_bytes(
        [helper.make_node("Loop", ["most", "yes", "x"], ["y"], body=body)], initializer=weights
    )


def nested(depth: int) -> bytes:
    """Return a model of If inside If."""
    yes = helper.make_tensor("yes", TensorProto.BOOL, [], [True])

    def branch(left: int) -> onnx.GraphProto:
        out = helper.make_tensor_value_info(f"o{left}", TensorProto.FLOAT, SHAPE)
        if left == 0:
            return helper.make_graph(
                [helper.make_node("Identity", ["x"], [f"o{left}"])], "leaf", [], [out]
            )
        inner = branch(left - 1)
        node = helper.make_node("If", ["yes"], [f"o{left}"], then_branch=inner, else_branch=inner)
        return helper.make_graph([node], "branch", [], [out])

    inner = branch(depth)
    return onnx_bytes(
        [helper.make_node("If", ["yes"], ["y"], then_branch=inner, else_branch=inner)],
        initializer=[yes],
    )


def chain(length: int) -> bytes:
    """Return a model of very many nodes."""
    names = ["x", *(f"n{number}" for number in range(length - 1)), "y"]
    nodes = [helper.make_node("Identity", [names[at]], [names[at + 1]]) for at in range(length)]
    return onnx_bytes(nodes)


def domain(name: str) -> bytes:
    """Return a model with an operator of a foreign domain."""
    node = helper.make_node("Steal", ["x"], ["y"], domain=name)
    graph = helper.make_graph(
        [node],
        "tiny",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, SHAPE)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, SHAPE)],
    )
    made = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid(name, 1)]
    )
    return bytes(made.SerializeToString())


def opset(version: int) -> bytes:
    """Return a model of an operator set from the future."""
    model = onnx.ModelProto.FromString(SOUND.model)
    model.opset_import[0].version = version
    return bytes(model.SerializeToString())


def twice() -> bytes:
    """Return a model that gives one weight two values."""
    weights = [helper.make_tensor("w", TensorProto.FLOAT, [1], [value]) for value in (2.0, 3.0)]
    return onnx_bytes([_MUL], initializer=weights)


def typed(kind: int, shape: tuple[int | str, ...] = SHAPE, name: str = "x") -> bytes:
    """Return a model with another input than the manifest promises."""
    graph = helper.make_graph(
        [
            helper.make_node("Cast", [name], ["f"], to=TensorProto.FLOAT),
            helper.make_node("Identity", ["f"], ["y"]),
        ],
        "tiny",
        [helper.make_tensor_value_info(name, kind, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(made.SerializeToString())


def busy_work() -> bytes:
    """Return a model that answers rightly, after some ten milliseconds of work."""
    return slow(400)


def slow(side: int = 3_000) -> bytes:
    """Return a model that answers rightly, with much work on the way."""
    weights = [
        numpy_helper.from_array(np.full((side, side), 1e-9, dtype=np.float32), "m"),
        helper.make_tensor("w", TensorProto.FLOAT, [1], [2.0]),
        helper.make_tensor("zero", TensorProto.FLOAT, [1], [0.0]),
    ]
    nodes = [helper.make_node("Mul", ["x", "w"], ["right"])]
    nodes += [helper.make_node("ReduceSum", ["x"], ["s0"], keepdims=0)]
    nodes += [helper.make_node("Add", ["m", "s0"], ["p0"])]
    nodes += [helper.make_node("MatMul", [f"p{at}", "m"], [f"p{at + 1}"]) for at in range(3)]
    nodes += [
        helper.make_node("ReduceSum", ["p3"], ["s"], keepdims=0),
        helper.make_node("Mul", ["s", "zero"], ["nothing"]),
        helper.make_node("Add", ["right", "nothing"], ["y"]),
    ]
    return onnx_bytes(nodes, initializer=weights)


def with_golden(model: bytes, golden: bytes = SOUND.golden) -> TinyModel:
    """Return `model` with the contract and the golden file of a sound one."""
    return described(model, golden)


def rounded_golden() -> bytes:
    """Return a golden file that asks for what no model of ours answers."""
    golden = Golden.model_validate_json(golden_of(times(2.5)))
    return golden.model_dump_json().encode()


Evil = Callable[[Path], bytes]

LISTED: dict[str, tuple[Evil, str]] = {
    "external data up a folder": (lambda _: external("../weights"), "external data"),
    "external data absolute": (lambda _: external("/etc/passwd"), "external data"),
    "external data symlink": (lambda folder: linked(folder, hard=False), "external data"),
    "external data hard link": (lambda folder: linked(folder, hard=True), "external data"),
    "external data environment": (lambda _: external("/proc/self/environ"), "external data"),
    "external data in memory": (
        lambda _: external("*/_ORT_MEM_ADDR_/*", offset="4096", length="4"),
        "external data",
    ),
    "external data past its end": (
        lambda _: external("weights", offset="999999999999", length="4"),
        "external data",
    ),
    "external data negative offset": (
        lambda _: external("weights", offset="-8", length="4"),
        "external data",
    ),
    "160 GB": (lambda _: huge(), ""),
    "infinite loop": (lambda _: endless(), "CPU time"),
    "unknown domain": (lambda _: domain("com.evil"), "unknown domain 'com.evil'"),
    "random": (lambda _: np.random.default_rng(5).bytes(4096), "no ONNX model"),
    "truncated": (lambda _: SOUND.model[: len(SOUND.model) // 2], "no ONNX model"),
    "empty": (lambda _: b"", "no ONNX model"),
    "NaN weights": (lambda _: times(float("nan")), "not finite"),
    "opset 99": (lambda _: opset(99), ""),
    "wrong answers": (lambda _: times(3.0), "golden case 1, output 'y': off by up to 5"),
}
"""The seventeen of the fault list."""

MORE: dict[str, tuple[Evil, str]] = {
    "input of another type": (lambda _: typed(TensorProto.INT64), "input 'x' is tensor(int64)"),
    "string input": (lambda _: typed(TensorProto.STRING), "input 'x' is tensor(string)"),
    "input of another rank": (lambda _: typed(TensorProto.FLOAT, (3,)), "has shape [3]"),
    "input without dimensions": (lambda _: typed(TensorProto.FLOAT, ()), "has shape []"),
    "input of another width": (lambda _: typed(TensorProto.FLOAT, ("n", 4)), "has shape"),
    "input of another name": (lambda _: typed(TensorProto.FLOAT, name="z"), "inputs ['z']"),
    "a hundred thousand nodes": (lambda _: chain(100_000), "more than 50000 nodes"),
    "ten levels of If": (lambda _: nested(10), "graphs inside graphs"),
    "one weight twice": (lambda _: twice(), ""),
    "infinity": (lambda _: times(float("inf")), "not finite"),
    "slow": (lambda _: slow(), ""),
    "web page": (lambda _: b"<html>404</html>", "no ONNX model"),
}
