"""A network that branches, as a table of steps: its training and its ONNX graph follow from it.

Each step is one convolution, named, that takes an earlier step's answer and may add another's, as
inverted residuals and top-down pyramids do. Nothing here computes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from central_sync.trainers.gaps.network import Weights

PIXELS = "pixels"
"""What the first step takes: RGB planes, scaled as the trunk wants them."""


@dataclass(frozen=True, slots=True)
class Step:
    """A convolution with the padding "same": an answer of the size taken, divided by the stride.

    `most` is the rectifier's upper end (6 in EfficientNet-Lite), None where nothing is rectified.
    `adds` names a step whose answer is added before the rectifier; `doubled` repeats each of its
    cells twice across and down first.
    """

    name: str
    takes: str
    channels: int
    kernel: int = 1
    stride: int = 1
    dilation: int = 1
    depthwise: bool = False
    most: float | None = None
    adds: str | None = None
    doubled: bool = False

    @property
    def padding(self) -> tuple[int, int]:
        """Zeros before and after, for a size that the stride divides (TensorFlow's "same")."""
        total = self.dilation * (self.kernel - 1) + 1 - self.stride
        return total // 2, total - total // 2


Learned = Mapping[str, Weights]
"""Each step's filters and biases by its name, normalisation folded in."""


def incoming(steps: Sequence[Step]) -> dict[str, int]:
    """Return how many channels each step takes."""
    channels = {PIXELS: 3} | {step.name: step.channels for step in steps}
    return {step.name: channels[step.takes] for step in steps}
