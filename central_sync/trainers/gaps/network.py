"""The two networks as tables of layers: both their training and their ONNX graph follow from these.

Nothing here computes. Weights are learned in training.py; the graph is written in graph.py.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Layer:
    """A convolution; a rectifier follows unless it is the last. `depthwise`: one filter a channel.

    `padded` keeps the size (divided by the stride); otherwise only whole windows count.
    """

    channels: int
    kernel: int = 3
    stride: int = 1
    dilation: int = 1
    depthwise: bool = False
    padded: bool = True
    rectified: bool = True

    @property
    def padding(self) -> int:
        """Pixels of zeros at each side."""
        return self.dilation * (self.kernel // 2) if self.padded else 0


@dataclass(frozen=True, slots=True)
class Weights:
    """A layer's filters [out, in or 1, k, k] and biases [out], normalisation folded in."""

    filters: NDArray[np.float32]
    biases: NDArray[np.float32]


def separable(channels: int, dilation: int = 1) -> tuple[Layer, Layer]:
    """Return a depthwise layer and the pointwise one that mixes its channels."""
    return Layer(channels, dilation=dilation, depthwise=True), Layer(channels, kernel=1)


FACING = (
    Layer(16, stride=2),
    Layer(32),
    Layer(32, stride=2),
    Layer(48),
    Layer(64, stride=2),
    Layer(64, kernel=7, depthwise=True, padded=False),
    Layer(32, kernel=1),
    Layer(1, kernel=1, rectified=False),
)
"""A crop of 56 pixels to one logit: is the facing empty? 60,000 parameters, 9 MMAC."""

DETECTOR = (
    Layer(16, stride=2),
    Layer(32, stride=2),
    Layer(48, stride=2),
    Layer(64),
    *separable(64, 2),
    *separable(64, 2),
    *separable(64, 4),
    *separable(64, 8),
    *separable(64, 4),
    *separable(64, 2),
    *separable(64),
    Layer(5, kernel=1, rectified=False),
)
"""A picture to a map of one cell per 8 by 8 pixels: a centre's logit and four side distances."""
