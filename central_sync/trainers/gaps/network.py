"""What a step of a network has learned, whatever the network. Nothing here computes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Weights:
    """A layer's filters [out, in or 1, k, k] and biases [out], normalisation folded in."""

    filters: NDArray[np.float32]
    biases: NDArray[np.float32]
