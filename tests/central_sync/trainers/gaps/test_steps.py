"""The tables of steps are EfficientNet-Lite0 and a pyramid, and their graph computes them."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from central_sync.trainers.gaps.backbone import _kept_names, trunk
from central_sync.trainers.gaps.quantised import quantised
from central_sync.trainers.gaps.step_graph import Drawing, draw_pixels, draw_steps
from central_sync.trainers.gaps.steps import PIXELS, Step, incoming
from endcap.plumbing.onnx_session import open_session
from tests.central_sync.trainers.gaps.random_detector import any_weights, random_detector


def test_the_trunk_is_efficientnet_lite0() -> None:
    steps, taken = trunk(), incoming(trunk())
    filters = [
        step.channels * (1 if step.depthwise else taken[step.name]) * step.kernel**2
        for step in steps
    ]
    normalised = 2 * sum(step.channels for step in steps)
    classifier = 1280 * 320 + 2 * 1280 + 1281 * 1000
    assert sum(filters) + normalised + classifier == 4_652_008
    stages = {step.name: step.channels for step in steps if step.name.count("_") == 0}
    assert list(stages.values()) == [32, 16, 24, 40, 80, 112, 192, 320]


def test_every_step_of_the_trunk_has_its_name_in_the_file_of_weights() -> None:
    steps = trunk()
    names = list(_kept_names(steps))
    assert len(names) == len(set(names)) == len(steps)
    assert names[0] == ("_conv_stem", "_bn0")
    assert names[1:3] == [
        ("_blocks.0._depthwise_conv", "_blocks.0._bn1"),
        ("_blocks.0._project_conv", "_blocks.0._bn2"),
    ]
    assert names[-1] == ("_blocks.15._project_conv", "_blocks.15._bn2")


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("kernel", [1, 3, 5])
def test_a_step_keeps_the_size_or_halves_it(kernel: int, stride: int) -> None:
    step = Step("one", PIXELS, 8, kernel, stride=stride)
    size = 32 + sum(step.padding) - (kernel - 1)
    assert -(-size // stride) == 32 // stride


def test_the_detector_answers_one_cell_for_eight_by_eight_pixels() -> None:
    session = open_session(random_detector())
    maps = session.run({"picture": np.full((1, 64, 96, 3), 128, np.uint8)})
    assert maps["centre"].shape == (1, 1, 8, 12)
    assert maps["sides"].shape == (1, 4, 8, 12)
    assert (maps["sides"] >= 0).all()


def small_graph() -> bytes:
    steps = (*trunk(1), Step("answer", "stage1", 5))
    drawing = Drawing()
    draw_pixels(drawing, "picture")
    draw_steps(drawing, steps, any_weights(steps))
    value = helper.make_tensor_value_info
    picture = value("picture", TensorProto.UINT8, [1, "h", "w", 3])
    answer = value("answer", TensorProto.FLOAT, [1, 5, "rows", "columns"])
    return drawing.bytes("small", [picture], [answer])


def test_in_whole_numbers_it_answers_nearly_the_same() -> None:
    rng = np.random.default_rng(5)
    graph = small_graph()
    feeds = [{"picture": rng.integers(0, 255, (1, 32, 32, 3), np.uint8)} for _ in range(3)]
    small = quantised(graph, feeds, last="answer")
    kinds = [node.op_type for node in onnx.load_model_from_string(small).graph.node]
    assert "QuantizeLinear" in kinds
    before, after = (open_session(one).run(feeds[0])["answer"] for one in (graph, small))
    assert np.corrcoef(before.ravel(), after.ravel())[0, 1] > 0.99
    assert not np.array_equal(before, after)
