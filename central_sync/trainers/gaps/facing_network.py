"""The facing model: EfficientNet-Lite0's first stages, an embedding, and a comparison with two.

A crop becomes an embedding of what stands there. That, and how far it is from the embeddings of
the same facing known to be full and known to be empty, gives the chances of the four states. A
reference that is not known (a row of zeros) says nothing. Nothing here computes.
"""

from dataclasses import dataclass

from central_sync.trainers.gaps.backbone import trunk
from central_sync.trainers.gaps.network import Weights
from central_sync.trainers.gaps.steps import Learned, Step
from endcap.models.gaps.crops import SIDE
from endcap.models.gaps.states import KNOWN, STATES

STAGES = 4
EMBEDDING = 64
HIDDEN = 64
_CELLS = SIDE // 16

FACING = (
    *trunk(STAGES),
    Step("look", f"stage{STAGES}", 80, kernel=_CELLS, stride=_CELLS, depthwise=True),
    Step("summary", "look", EMBEDDING),
)
"""A crop to its embedding. `look` weighs each place of the crop on its own: the floor of a shelf
tells more than the wall above."""

COMPARED = EMBEDDING * (1 + len(KNOWN)) + len(KNOWN)
"""The embedding, how far it is from each reference, and which references are known."""


@dataclass(frozen=True, slots=True)
class FacingWeights:
    """What is learned: the steps to the embedding, then two layers to the logits of the states.

    `compare` is [64, 194] over the embedding, the distances and what is known; `judge` is [4, 64],
    calibration folded in. Both as filters [out, in] with biases [out].
    """

    steps: Learned
    compare: Weights
    judge: Weights


SHAPES = {"compare": (HIDDEN, COMPARED), "judge": (len(STATES), HIDDEN)}
