"""Fitting the detector's steps with torch, imported only inside functions.

The trunk starts from ImageNet with its normalisation folded in; the first stages stay as they are,
every other filter learns on a scale of its own. What is kept is the running mean of the weights.
Which pictures, which thresholds and which files are not decided here.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from central_sync.ports.training import Progress
from central_sync.trainers.gaps.backbone import MEAN, SPREAD
from central_sync.trainers.gaps.network import Weights
from central_sync.trainers.gaps.steps import PIXELS, Learned, Step, incoming
from central_sync.trainers.gaps.training import Batch

if TYPE_CHECKING:
    import torch

FROZEN = ("stem", "stage1", "stage2")
"""Edges and colours: ImageNet's are good enough, and they cost most of the time to learn. So do the
trunk's depthwise filters, which stay too: the filters about them learn what to feed them."""


@dataclass(frozen=True, slots=True)
class Schooling:
    """How long and how fast to learn: the rate rises over `warm` steps, then falls as a cosine.

    `trunk_rate` is of filters scaled to a mean square of one. A checkpoint is written to `kept`
    (if any) every `kept_every` steps, and training goes on from there when it is run again.
    """

    steps: int
    rate: float = 2e-3
    trunk_rate: float = 1e-3
    decay: float = 1e-2
    warm: int = 100
    memory: float = 0.998
    told_every: int = 50
    kept: Path | None = None
    kept_every: int = 200


def fit_steps(
    steps: Sequence[Step],
    start: Learned,
    batches: Iterator[Batch],
    schooling: Schooling,
    progress: Progress,
    *,
    seed: int = 1,
) -> Learned:
    """Return each step's weights. Answers are centres [n, h, w] and sides [n, 4, h, w].

    Steps that `start` names begin with its weights.
    """
    import torch  # noqa: PLC0415 - lazily

    torch.manual_seed(seed)
    pupil = Pupil(steps, start)
    optimiser = torch.optim.AdamW(
        pupil.groups(schooling), weight_decay=schooling.decay, betas=(0.9, 0.99)
    )
    mean = {name: value.clone() for name, value in pupil.state().items()}
    done = _resumed(schooling, pupil, optimiser, mean)
    told = 0.0
    for step in range(done + 1, schooling.steps + 1):
        _set_rates(optimiser, schooling, step)
        pixels, answers = next(batches)
        said = pupil(planes(pixels))
        cost = detector_loss(said, *(torch.from_numpy(answer) for answer in answers))
        optimiser.zero_grad()
        cost.backward()
        torch.nn.utils.clip_grad_norm_(pupil.learning(), 10.0)
        optimiser.step()
        _remember(mean, pupil.state(), min(schooling.memory, step / (step + 10)))
        told += (cost.item() - told) / min(step - done, schooling.told_every)
        if step % schooling.told_every == 0:
            progress(f"step {step} of {schooling.steps}, loss {told:.4f}")
        if schooling.kept and step % schooling.kept_every == 0:
            about = {"step": step, "pupil": pupil.state(), "mean": mean}
            torch.save(about | {"optimiser": optimiser.state_dict()}, schooling.kept)
    pupil.become(mean)
    return pupil.folded()


def _set_rates(optimiser: Any, schooling: Schooling, step: int) -> None:  # noqa: ANN401 - torch
    falling = 0.5 + 0.5 * float(np.cos(np.pi * step / (schooling.steps + 1)))
    share = min(step / schooling.warm, 1.0) * max(falling, 0.01)
    for group in optimiser.param_groups:
        group["lr"] = share * group["top"]


def _remember(
    mean: Mapping[str, "torch.Tensor"], now: Mapping[str, "torch.Tensor"], memory: float
) -> None:
    for name, value in now.items():
        mean[name].lerp_(value, 1 - memory)


def _resumed(
    schooling: Schooling,
    pupil: "Pupil",
    optimiser: Any,  # noqa: ANN401 - torch is not always installed
    mean: dict[str, "torch.Tensor"],
) -> int:
    """Take up the checkpoint, if there is one, and return how many steps it had done."""
    import torch  # noqa: PLC0415 - lazily

    if schooling.kept is None or not schooling.kept.is_file():
        return 0
    kept = torch.load(schooling.kept, map_location="cpu", weights_only=True)
    pupil.become(kept["pupil"])
    mean.update(kept["mean"])
    optimiser.load_state_dict(kept["optimiser"])
    return int(kept["step"])


def planes(pixels: np.ndarray[Any, np.dtype[np.uint8]]) -> "torch.Tensor":
    """Return pixels uint8 [n, h, w, 3] standardised as ImageNet's, as [n, 3, h, w]."""
    import torch  # noqa: PLC0415 - lazily

    values = torch.from_numpy(pixels).float().div_(255)
    values.sub_(torch.tensor(MEAN)).div_(torch.tensor(SPREAD))
    return values.permute(0, 3, 1, 2)


class Pupil:
    """The steps as torch tensors that learn.

    A step that starts from known weights has its filters scaled to a mean square of one for each
    output, the scale kept aside, so that one rate suits all. A new step is followed by batch
    normalisation, but the last, which has only a bias.
    """

    def __init__(self, steps: Sequence[Step], start: Learned) -> None:
        self._steps = tuple(steps)
        self._tensors: dict[str, torch.Tensor] = {}
        self._old = frozenset(start)
        self._still = frozenset(
            step.name
            for step in steps
            if step.name in start and (step.depthwise or step.name.startswith(FROZEN))
        )
        taken = incoming(steps)
        for step in steps:
            if step.name in start:
                self._know(step.name, start[step.name])
            else:
                self._invent(step, 1 if step.depthwise else taken[step.name])
        for name in self._learning_names():
            self._tensors[name].requires_grad_(requires_grad=True)

    def _know(self, name: str, weights: Weights) -> None:
        import torch  # noqa: PLC0415 - lazily

        filters = torch.from_numpy(weights.filters)
        scale = filters.pow(2).mean((1, 2, 3), keepdim=True).sqrt().clamp(min=1e-6)
        self._tensors[f"{name}.filters"] = filters / scale
        self._tensors[f"{name}.scale"] = scale
        self._tensors[f"{name}.biases"] = torch.from_numpy(weights.biases).clone()

    def _invent(self, step: Step, taken: int) -> None:
        import torch  # noqa: PLC0415 - lazily

        shape = (step.channels, taken, step.kernel, step.kernel)
        spread = (2 / (taken * step.kernel**2)) ** 0.5
        last = step is self._steps[-1]
        self._tensors[f"{step.name}.filters"] = torch.randn(shape) * (0.01 if last else spread)
        biases = torch.zeros(step.channels)
        if last:
            biases[0] = -4.0
        else:
            self._tensors[f"{step.name}.gain"] = torch.ones(step.channels)
            self._tensors[f"{step.name}.seen_mean"] = torch.zeros(step.channels)
            self._tensors[f"{step.name}.seen_spread"] = torch.ones(step.channels)
        self._tensors[f"{step.name}.biases"] = biases

    def _learning_names(self) -> list[str]:
        parts = ("filters", "biases", "gain")
        split = ((name, *name.split(".")) for name in self._tensors)
        return [name for name, step, part in split if part in parts and step not in self._still]

    def learning(self) -> list["torch.Tensor"]:
        """Return the tensors that learn."""
        return [self._tensors[name] for name in self._learning_names()]

    def groups(self, schooling: Schooling) -> list[dict[str, Any]]:
        """Return the tensors that learn with the highest rate of each: new steps learn faster."""
        old = [name for name in self._learning_names() if name.split(".")[0] in self._old]
        new = [name for name in self._learning_names() if name.split(".")[0] not in self._old]
        named = ((old, schooling.trunk_rate), (new, schooling.rate))
        return [
            {"params": [self._tensors[name] for name in names], "top": rate, "lr": rate}
            for names, rate in named
            if names
        ]

    def state(self) -> dict[str, "torch.Tensor"]:
        """Return every tensor by its name, detached."""
        return {name: tensor.detach() for name, tensor in self._tensors.items()}

    def become(self, state: Mapping[str, "torch.Tensor"]) -> None:
        """Take over every tensor of another state."""
        self._old = frozenset(name.split(".")[0] for name in state if name.endswith(".scale"))
        for name in [name for name in self._tensors if name not in state]:
            del self._tensors[name]
        for name, value in state.items():
            if name in self._tensors:
                self._tensors[name].data.copy_(value)
            else:
                self._tensors[name] = value.clone()

    def __call__(self, pixels: "torch.Tensor") -> "torch.Tensor":
        """Return the last step's answer to planes [n, 3, h, w], sides a multiple of 32."""
        import torch.nn.functional as F  # noqa: N812, PLC0415 - torch's own convention; lazily

        answers = {PIXELS: pixels}
        for step in self._steps:
            made = self._convolved(step, answers[step.takes])
            if step.adds:
                other = answers[step.adds]
                made = made + (F.interpolate(other, scale_factor=2.0) if step.doubled else other)
            answers[step.name] = made if step.most is None else F.hardtanh(made, 0.0, step.most)
        return answers[self._steps[-1].name]

    def _convolved(self, step: Step, taken: "torch.Tensor") -> "torch.Tensor":
        import torch.nn.functional as F  # noqa: N812, PLC0415 - torch's own convention; lazily

        parts = self._tensors
        filters, biases = parts[f"{step.name}.filters"], parts[f"{step.name}.biases"]
        normal = f"{step.name}.gain" in parts
        if step.name in self._old:
            filters = filters * parts[f"{step.name}.scale"]
        bias = None if normal else biases
        made = _through(step, taken, filters, bias)
        if not normal:
            return made
        return F.batch_norm(
            made,
            parts[f"{step.name}.seen_mean"],
            parts[f"{step.name}.seen_spread"],
            parts[f"{step.name}.gain"],
            biases,
            training=True,
            momentum=0.05,
        )

    def folded(self) -> Learned:
        """Return each step's weights with its scale or its normalisation folded in."""
        return {step.name: self._folded(step.name) for step in self._steps}

    def _folded(self, name: str) -> Weights:
        parts = {
            key.split(".")[1]: value.numpy()
            for key, value in self.state().items()
            if key.split(".")[0] == name
        }
        filters, biases = parts["filters"], parts["biases"]
        if "scale" in parts:
            filters = filters * parts["scale"]
        if "gain" in parts:
            gain = parts["gain"] / np.sqrt(parts["seen_spread"] + 1e-5)
            filters = filters * gain[:, None, None, None]
            biases = biases - parts["seen_mean"] * gain
        return Weights(filters.astype(np.float32), biases.astype(np.float32))


def detector_loss(
    said: "torch.Tensor", heat: "torch.Tensor", sides: "torch.Tensor"
) -> "torch.Tensor":
    """Return the varifocal loss of the centres plus the overlap loss of the sides where a gap is.

    A cell near a gap's centre should say how well its box overlaps the gap (Zhang et al.,
    VarifocalNet, 2021); far cells should say nothing, those that are sure of a gap above all.
    """
    import torch  # noqa: PLC0415 - lazily
    import torch.nn.functional as F  # noqa: N812, PLC0415 - torch's own convention; lazily

    logit, guess = said[:, 0], F.softplus(said[:, 1:])
    there = sides.amax(1) > 0
    shared = overlap_of_sides(guess, sides)
    wanted = torch.where(there, 0.3 + 0.7 * shared.detach(), 0.0)
    chance = logit.detach().sigmoid()
    weight = torch.where(there, wanted, 0.75 * chance**2 * (1 - heat) ** 2)
    centres = F.binary_cross_entropy_with_logits(logit, wanted, weight, reduction="sum")
    near = heat * there
    total = near.sum().clamp(min=1)
    return centres / there.sum().clamp(min=1) + 2 * ((1 - shared) * near).sum() / total


def overlap_of_sides(guess: "torch.Tensor", true: "torch.Tensor") -> "torch.Tensor":
    """Return the overlap (intersection over union) of boxes given as four sides of one cell."""
    import torch  # noqa: PLC0415 - lazily

    low = torch.minimum(guess, true)
    shared = (low[:, 0] + low[:, 2]) * (low[:, 1] + low[:, 3])
    area = (guess[:, 0] + guess[:, 2]) * (guess[:, 1] + guess[:, 3])
    wanted = (true[:, 0] + true[:, 2]) * (true[:, 1] + true[:, 3])
    return shared / (area + wanted - shared).clamp(min=1e-6)


def _through(
    step: Step, taken: "torch.Tensor", filters: "torch.Tensor", biases: "torch.Tensor | None"
) -> "torch.Tensor":
    """Return the step's convolution of channels-last planes; one of a single cell is a product."""
    import torch.nn.functional as F  # noqa: N812, PLC0415 - torch's own convention; lazily

    if step.kernel == 1 and step.stride == 1:
        mixed = F.linear(taken.permute(0, 2, 3, 1), filters[:, :, 0, 0], biases)
        return mixed.permute(0, 3, 1, 2)
    before, after = step.padding
    if before != after:
        taken = F.pad(taken, (before, after, before, after))
    padding = before if before == after else 0
    groups = step.channels if step.depthwise else 1
    return F.conv2d(taken, filters, biases, step.stride, padding, step.dilation, groups)
