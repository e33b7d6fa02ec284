"""A facing model that has learned nothing, for tests of everything but what it knows."""

import numpy as np

from central_sync.trainers.gaps.facing_network import FACING, SHAPES, FacingWeights
from central_sync.trainers.gaps.network import Weights
from central_sync.trainers.gaps.steps import incoming


def random_facing(seed: int = 3) -> FacingWeights:
    """Return weights drawn so that answers neither vanish nor explode."""
    rng = np.random.default_rng(seed)
    taken = incoming(FACING)

    def drawn(shape: tuple[int, ...], inputs: int) -> Weights:
        filters = rng.normal(0, (2 / inputs) ** 0.5, shape).astype(np.float32)
        return Weights(filters, np.zeros(shape[0], np.float32))

    steps = {}
    for step in FACING:
        each = 1 if step.depthwise else taken[step.name]
        shape = (step.channels, each, step.kernel, step.kernel)
        steps[step.name] = drawn(shape, each * step.kernel**2)
    dense = {name: drawn(shape, shape[1]) for name, shape in SHAPES.items()}
    unsure = Weights((dense["judge"].filters / 50).astype(np.float32), dense["judge"].biases)
    return FacingWeights(steps, dense["compare"], unsure)
