"""Fitting the networks with torch: the only file that knows it, imported only inside functions.

Takes arrays, returns folded weights. Which pictures, which thresholds and which files are not
decided here.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from central_sync.ports.training import DataUnusableError, Progress
from central_sync.trainers.gaps.network import Layer, Weights

if TYPE_CHECKING:
    import torch

Batch = tuple[NDArray[np.uint8], tuple[NDArray[np.float32], ...]]
"""Pictures uint8 [n, h, w, 3], and what the network should answer."""
Loss = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Course:
    """How long and how fast to learn: one cycle of the rate, up and down, over all steps."""

    steps: int
    rate: float = 2e-3
    decay: float = 1e-3
    told_every: int = 100


def require_torch() -> None:
    """Raise one clear line where torch is not installed.

    Raises:
        DataUnusableError: it is not.
    """
    try:
        import torch  # noqa: F401, PLC0415 - the one heavy import, asked for only when fitting
    except ModuleNotFoundError as error:
        raise DataUnusableError(
            "fitting the gap models needs torch; run: pip install endcap[train-gaps]"
        ) from error


def fit_facing(
    layers: Sequence[Layer], batches: Iterator[Batch], course: Course, seed: int, progress: Progress
) -> tuple[Weights, ...]:
    """Return the weights that tell empty crops from full ones. Answers are [n] in 0..1."""
    import torch.nn.functional as F  # noqa: N812, PLC0415 - torch's own convention; lazily

    def loss(said: "torch.Tensor", empty: "torch.Tensor") -> "torch.Tensor":
        return F.binary_cross_entropy_with_logits(said.flatten(), empty)

    return _fit(layers, batches, course, loss, seed, progress)


def fit_detector(
    layers: Sequence[Layer], batches: Iterator[Batch], course: Course, seed: int, progress: Progress
) -> tuple[Weights, ...]:
    """Return the weights that mark gaps. Answers are centres [n, h, w] and sides [n, 4, h, w]."""
    return _fit(layers, batches, course, _detector_loss, seed, progress)


def _detector_loss(
    said: "torch.Tensor", heat: "torch.Tensor", sides: "torch.Tensor"
) -> "torch.Tensor":
    """Return the focal loss of the centres plus the overlap loss of the sides where a gap is."""
    import torch  # noqa: PLC0415 - lazily
    import torch.nn.functional as F  # noqa: N812, PLC0415 - torch's own convention; lazily

    logit, chance = said[:, 0], said[:, 0].sigmoid()
    peak = heat > 0.95  # noqa: PLR2004 - a centre's cell, wherever in it the centre lies
    right = -F.logsigmoid(logit) * (1 - chance) ** 2 * peak
    wrong = -F.logsigmoid(-logit) * chance**2 * (1 - heat) ** 4 * ~peak
    centres = (right + wrong).sum() / peak.sum().clamp(min=1)
    there, guess = sides.amax(1) > 0, F.softplus(said[:, 1:])
    weight = heat * there
    low = torch.minimum(guess, sides)
    shared = (low[:, 0] + low[:, 2]) * (low[:, 1] + low[:, 3])
    area = (guess[:, 0] + guess[:, 2]) * (guess[:, 1] + guess[:, 3])
    true = (sides[:, 0] + sides[:, 2]) * (sides[:, 1] + sides[:, 3])
    overlap = shared / (area + true - shared).clamp(min=1e-6)
    boxes = ((1 - overlap) * weight).sum() / weight.sum().clamp(min=1)
    return centres + 2 * boxes


def _fit(
    layers: Sequence[Layer],
    batches: Iterator[Batch],
    course: Course,
    loss: Loss,
    seed: int,
    progress: Progress,
) -> tuple[Weights, ...]:
    import torch  # noqa: PLC0415 - lazily

    torch.manual_seed(seed)
    network = _network(layers)
    optimiser = torch.optim.AdamW(network.parameters(), lr=course.rate, weight_decay=course.decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, course.rate, total_steps=course.steps, pct_start=0.1
    )
    told = 0.0
    for step in range(1, course.steps + 1):
        pixels, answers = next(batches)
        said = network(_planes(pixels))
        cost = loss(said, *(torch.from_numpy(answer) for answer in answers))
        optimiser.zero_grad()
        cost.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimiser.step()
        schedule.step()
        told += (cost.item() - told) / min(step, course.told_every)
        if step % course.told_every == 0:
            progress(f"step {step} of {course.steps}, loss {told:.4f}")
    return _folded(network)


def _planes(pixels: NDArray[np.uint8]) -> "torch.Tensor":
    """Return pixels as the graph hands them to the first layer."""
    import torch  # noqa: PLC0415 - lazily

    planes: torch.Tensor = torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 64 - 2
    return planes.contiguous(memory_format=torch.channels_last)


def _network(layers: Sequence[Layer]) -> Any:  # noqa: ANN401 - torch is not always installed
    """Return the layers as a torch module: convolution, batch normalisation, rectifier."""
    from torch import nn  # noqa: PLC0415 - lazily

    modules: list[Any] = []
    before = 3
    for layer in layers:
        groups = layer.channels if layer.depthwise else 1
        last = not layer.rectified
        convolution = nn.Conv2d(
            before,
            layer.channels,
            layer.kernel,
            stride=layer.stride,
            padding=layer.padding,
            dilation=layer.dilation,
            groups=groups,
            bias=last,
        )
        modules.append(convolution)
        if last:
            nn.init.constant_(convolution.bias[:1], -2.0)
        else:
            modules += [nn.BatchNorm2d(layer.channels), nn.ReLU(inplace=True)]
        before = layer.channels
    return nn.Sequential(*modules)


def _folded(network: Any) -> tuple[Weights, ...]:  # noqa: ANN401 - torch is not always installed
    """Return each convolution with the batch normalisation that follows folded into it."""
    from torch import nn  # noqa: PLC0415 - lazily

    found: list[Weights] = []
    modules = [one for one in network if not isinstance(one, nn.ReLU)]
    for one, after in zip(modules, [*modules[1:], None], strict=True):
        if not isinstance(one, nn.Conv2d):
            continue
        filters = one.weight.detach().numpy()
        if isinstance(after, nn.BatchNorm2d):
            gain = (after.weight / (after.running_var + after.eps).sqrt()).detach().numpy()
            biases = after.bias.detach().numpy() - after.running_mean.numpy() * gain
            filters = filters * gain[:, None, None, None]
        else:
            biases = one.bias.detach().numpy()
        found.append(Weights(filters.astype(np.float32), biases.astype(np.float32)))
    return tuple(found)
