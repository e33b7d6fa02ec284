"""Chances that come true as often as they say: a temperature and a shift for each state.

Fitted on facings that taught nothing, and folded into the last layer, so that the store computes
nothing for it (Guo et al., On Calibration of Modern Neural Networks, 2017; vector scaling).
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from central_sync.trainers.gaps.network import Weights

_LEAST_STATE = 20
"""A state with fewer facings keeps its temperature and shift."""
_HELD = 0.001
"""How strongly each is held near 1 and 0."""


def calibrated(judge: Weights, chances: NDArray[np.float64], truth: NDArray[np.int64]) -> Weights:
    """Return the last layer with its logits scaled and shifted to fit the truth.

    `chances` [n, 4] are what the layer says now of facings whose states are `truth` [n]. Logits
    that sum to zero can be told from the chances; so the layer is centred first.
    """
    states = chances.shape[1]
    logits = np.log(np.clip(chances, 1e-9, 1.0))
    logits -= logits.mean(axis=1, keepdims=True)
    filters = judge.filters - judge.filters.mean(axis=0)
    biases = judge.biases - judge.biases.mean()
    seen = np.bincount(truth, minlength=states) >= _LEAST_STATE

    def loss(values: NDArray[np.float64]) -> float:
        scale, shift = np.split(values, 2)
        said = _log_softmax(logits * scale + shift)
        held = _HELD * float(((scale - 1) ** 2).sum() + (shift**2).sum())
        return held - float(said[np.arange(len(truth)), truth].mean())

    begin = np.concatenate([np.ones(states), np.zeros(states)])
    bounds = [(0.2, 5.0) if one else (1.0, 1.0) for one in seen]
    bounds += [(-5.0, 5.0) if one else (0.0, 0.0) for one in seen]
    found = minimize(loss, begin, method="L-BFGS-B", bounds=bounds)
    scale, shift = np.split(found.x.astype(np.float32), 2)
    return Weights(filters * scale[:, None], biases * scale + shift)


def _log_softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    high = logits.max(axis=1, keepdims=True)
    found: NDArray[np.float64] = logits - high
    found -= np.log(np.exp(found).sum(axis=1, keepdims=True))
    return found
