"""Steps with weights that nobody learned."""

import numpy as np

from central_sync.trainers.gaps.detector_graph import detector_graph
from central_sync.trainers.gaps.detector_network import DETECTOR
from central_sync.trainers.gaps.network import Weights
from central_sync.trainers.gaps.steps import Learned, Step, incoming


def any_weights(steps: tuple[Step, ...]) -> Learned:
    rng, taken, found = np.random.default_rng(3), incoming(steps), {}
    for step in steps:
        across = 1 if step.depthwise else taken[step.name]
        shape = (step.channels, across, step.kernel, step.kernel)
        spread = (2 / (across * step.kernel**2)) ** 0.5
        filters = rng.normal(0, spread, shape).astype(np.float32)
        found[step.name] = Weights(filters, np.zeros(step.channels, np.float32))
    return found


def random_detector() -> bytes:
    return detector_graph(any_weights(DETECTOR))
