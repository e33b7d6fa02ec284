"""Makes candidates of the shipped demand model: one that is sound, and one that is wrong by design.

The worse one is valid and signed like any other, and answers its golden questions rightly; but to a
question beyond `BEYOND` it answers that which is no number. No rehearsal and no quiet shadow shows
it. Whether it spreads is for the stores and the centre to find out.
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper

from endcap.models.golden import case, to_array
from endcap.plumbing.files import sha256_of
from endcap.plumbing.onnx_session import open_session
from endcap.wire.manifest import FileRef, Golden, ModelManifest

KIND = "demand"
BEYOND = 1.0e6
"""A question with a feature above this is one that the worse model cannot answer."""
_INPUT, _OUTPUT = "features", "mean"


def write_candidate(champion: Path, folder: Path, *, worse: bool, share: float) -> Path:
    """Write a model that answers `share` of what `champion` does; return its folder."""
    manifest = ModelManifest.model_validate_json((champion / "manifest.json").read_bytes())
    golden = Golden.model_validate_json((champion / manifest.golden.file).read_bytes())
    model = _changed(champion / manifest.model.file, worse=worse, share=share)
    run = open_session(model).run
    cases = tuple(
        case({name: to_array(tensor) for name, tensor in one.inputs.items()}, run)
        for one in golden.cases
    )
    proof = Golden(cases=cases).model_dump_json().encode()
    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(model)
    (folder / "golden.json").write_bytes(proof)
    made = manifest.model_copy(
        update={"model": _named("model.onnx", model), "golden": _named("golden.json", proof)}
    )
    (folder / "manifest.json").write_text(made.model_dump_json())
    return folder


def _changed(path: Path, *, worse: bool, share: float) -> bytes:
    """Return the model in `path` with other answers; what is added has names of its own."""
    model = onnx.load(path)
    for node in model.graph.node:
        node.output[:] = ["drill_mean_before" if name == _OUTPUT else name for name in node.output]
    nodes = [helper.make_node("Mul", ["drill_mean_before", "drill_share"], [_OUTPUT])]
    values = {"drill_share": share}
    if worse:
        values |= {"drill_beyond": BEYOND, "drill_nothing": 0.0}
        nodes = [
            helper.make_node("ReduceMax", [_INPUT], ["drill_highest"], keepdims=0),
            helper.make_node("Sub", ["drill_beyond", "drill_highest"], ["drill_below"]),
            helper.make_node(
                "Log", ["drill_below"], ["drill_logarithm"]
            ),  # no number of what is below 0
            helper.make_node("Mul", ["drill_logarithm", "drill_nothing"], ["drill_added"]),
            helper.make_node("Mul", ["drill_mean_before", "drill_share"], ["drill_mean_shared"]),
            helper.make_node("Add", ["drill_mean_shared", "drill_added"], [_OUTPUT]),
        ]
    model.graph.node.extend(nodes)
    model.graph.initializer.extend(
        helper.make_tensor(name, TensorProto.FLOAT, [], [value]) for name, value in values.items()
    )
    return bytes(model.SerializeToString())


def questions(champion: Path) -> dict[str, np.ndarray]:
    """Return what the champion is asked all day: its own golden inputs."""
    manifest = ModelManifest.model_validate_json((champion / "manifest.json").read_bytes())
    golden = Golden.model_validate_json((champion / manifest.golden.file).read_bytes())
    return {name: to_array(tensor) for name, tensor in golden.cases[0].inputs.items()}


def _named(file: str, content: bytes) -> FileRef:
    return FileRef(file=file, sha256=sha256_of(content), length=len(content))
