"""How the forecasts that a model must beat score on the same cells, by the same measures.

The simple ones, and those of the usual libraries where the extra `peers` is installed. A library
that was given a sample of the series is scored on it, and the model beside it too.
"""

from collections.abc import Mapping

import numpy as np

from central_sync.ports.training import Progress
from central_sync.trainers.demand.baselines import baseline_forecasts
from central_sync.trainers.demand.dataset import DataSet
from central_sync.trainers.demand.peers import MOST_POINTS, Peer, peer_forecasts
from central_sync.trainers.demand.scoring import counted, point_scores
from endcap.models.demand.panel import Floats

Scores = Mapping[str, float]


def baseline_scores(
    data: DataSet, model: Floats, progress: Progress, most_points: int = MOST_POINTS
) -> Mapping[str, Scores]:
    """Return the scores of every baseline by name.

    Args:
        data: the sales.
        model: [S, horizon] what the evaluated model expects.
        progress: told which library is at work, or how to install it.
        most_points: how many periods of series a slow library is given.
    """
    scores: dict[str, Scores] = {
        name: _rounded(point_scores(data, expected))
        for name, expected in baseline_forecasts(data).items()
    }
    for name, peer in peer_forecasts(data, progress, most_points).items():
        scores[name] = _of_peer(peer)
        if len(peer.series) < data.panel.series:
            beside = point_scores(peer.data, model[peer.series])
            scores[f"this_model_on_the_series_of_{name}"] = _rounded(beside)
    return scores


def _of_peer(peer: Peer) -> dict[str, float]:
    """Return a library's scores, what it was given, and what it took."""
    given = {"series": len(peer.series), "rows": int(counted(peer.data).sum())}
    return (
        _rounded(point_scores(peer.data, peer.expected)) | given | {"cpu_s": round(peer.cpu_s, 1)}
    )


def _rounded(scores: Scores) -> dict[str, float]:
    """Return the figures as they are printed."""
    return {name: round(value, 5) for name, value in scores.items() if np.isfinite(value)}
