"""Fitting the facing model with torch, imported only inside functions.

The trunk starts from ImageNet, its first stages stay as they are (detector_training.Pupil). What
is kept is the running mean of the weights. References are embedded by the model as it is, and
teach only by what they are compared with. Which pictures and which thresholds is not decided here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from central_sync.ports.training import Progress
from central_sync.trainers.gaps.backbone import imagenet_weights
from central_sync.trainers.gaps.detector_training import Pupil, Schooling, planes
from central_sync.trainers.gaps.facing_material import FacingBatch
from central_sync.trainers.gaps.facing_network import (
    EMBEDDING,
    FACING,
    SHAPES,
    STAGES,
    FacingWeights,
)
from central_sync.trainers.gaps.network import Weights
from endcap.models.gaps.states import KNOWN

if TYPE_CHECKING:
    import torch

_SMOOTHED = 0.04


@dataclass(frozen=True, slots=True)
class FacingStart:
    """What training starts from: the weights of an earlier model, or (None) ImageNet's."""

    weights: FacingWeights | None = None
    seed: int = 1


def fit_facing(
    start: FacingStart, batches: Iterator[FacingBatch], schooling: Schooling, progress: Progress
) -> FacingWeights:
    """Return the weights that tell the four states apart; chances are not calibrated yet."""
    import torch  # noqa: PLC0415 - lazily

    torch.manual_seed(start.seed)
    pupil = FacingPupil(start.weights)
    groups = pupil.groups(schooling)
    optimiser = torch.optim.AdamW(groups, weight_decay=schooling.decay, betas=(0.9, 0.99))
    mean = {name: value.clone() for name, value in pupil.state().items()}
    told = 0.0
    for step in range(1, schooling.steps + 1):
        _set_rates(optimiser, schooling, step)
        cost = _cost(pupil, next(batches))
        optimiser.zero_grad()
        cost.backward()
        torch.nn.utils.clip_grad_norm_([one for g in groups for one in g["params"]], 5.0)
        optimiser.step()
        memory = min(schooling.memory, step / (step + 10))
        for name, value in pupil.state().items():
            mean[name].lerp_(value, 1 - memory)
        told += (cost.item() - told) / min(step, schooling.told_every)
        if step % schooling.told_every == 0:
            progress(f"step {step} of {schooling.steps}, loss {told:.4f}")
    pupil.become(mean)
    return pupil.folded()


def _set_rates(optimiser: Any, schooling: Schooling, step: int) -> None:  # noqa: ANN401 - torch
    falling = 0.5 + 0.5 * float(np.cos(np.pi * step / (schooling.steps + 1)))
    share = min(step / schooling.warm, 1.0) * max(falling, 0.01)
    for group in optimiser.param_groups:
        group["lr"] = share * group["top"]


def _cost(pupil: "FacingPupil", batch: FacingBatch) -> "torch.Tensor":
    import torch  # noqa: PLC0415 - lazily
    import torch.nn.functional as F  # noqa: N812, PLC0415 - torch's own convention; lazily

    references = torch.zeros(len(batch.pixels), len(KNOWN), EMBEDDING)
    if len(batch.references):
        with torch.no_grad():
            seen = pupil.embed(batch.references)
        references[torch.from_numpy(batch.whose), torch.from_numpy(batch.which)] = seen
    said = pupil.judge(pupil.embed(batch.pixels), references)
    truth = torch.from_numpy(batch.states)
    return F.cross_entropy(said, truth, label_smoothing=_SMOOTHED)


class FacingPupil:
    """The facing model as torch tensors that learn."""

    def __init__(self, start: FacingWeights | None) -> None:
        import torch  # noqa: PLC0415 - lazily

        self._trunk = Pupil(FACING, start.steps if start else imagenet_weights(STAGES))
        self._dense: dict[str, torch.Tensor] = {}
        for name, (out, taken) in SHAPES.items():
            filters = torch.randn(out, taken) * (2 / taken) ** 0.5
            biases = torch.zeros(out)
            if start:
                before: Weights = getattr(start, name)
                filters = torch.from_numpy(before.filters).clone()
                biases = torch.from_numpy(before.biases).clone()
            self._dense[f"{name}.filters"] = filters
            self._dense[f"{name}.biases"] = biases
        for one in self._dense.values():
            one.requires_grad_(requires_grad=True)

    def groups(self, schooling: Schooling) -> list[dict[str, Any]]:
        """Return the tensors that learn with the highest rate of each."""
        own = {"params": list(self._dense.values()), "top": schooling.rate, "lr": schooling.rate}
        return [*self._trunk.groups(schooling), own]

    def embed(self, pixels: np.ndarray[Any, np.dtype[np.uint8]]) -> "torch.Tensor":
        """Return the embedding [n, d] of crops."""
        return self._trunk(planes(pixels)).flatten(1)

    def judge(self, embedding: "torch.Tensor", references: "torch.Tensor") -> "torch.Tensor":
        """Return the logits [n, 4] of the states, as the graph does."""
        import torch  # noqa: PLC0415 - lazily
        import torch.nn.functional as F  # noqa: N812, PLC0415 - torch's own convention; lazily

        known = (references.abs().sum(2, keepdim=True) > 0).float()
        away = ((embedding[:, None] - references).abs() * known).flatten(1)
        row = torch.cat([embedding, away, known.flatten(1)], 1)
        part = self._dense
        hidden = F.relu(F.linear(row, part["compare.filters"], part["compare.biases"]))
        return F.linear(hidden, part["judge.filters"], part["judge.biases"])

    def state(self) -> dict[str, "torch.Tensor"]:
        """Return every tensor by its name, detached."""
        return self._trunk.state() | {name: one.detach() for name, one in self._dense.items()}

    def become(self, state: "dict[str, torch.Tensor]") -> None:
        """Take over every tensor of another state."""
        self._trunk.become({n: v for n, v in state.items() if n not in self._dense})
        for name, one in self._dense.items():
            one.data.copy_(state[name])

    def folded(self) -> FacingWeights:
        """Return what was learned, normalisation folded in."""
        dense = {name: one.detach().numpy().copy() for name, one in self._dense.items()}
        parts = {n: Weights(dense[f"{n}.filters"], dense[f"{n}.biases"]) for n in SHAPES}
        return FacingWeights(self._trunk.folded(), parts["compare"], parts["judge"])
