"""Plays a day: every picture the camera sends, in order, with what is true of each facing then.

Deterministic given the seed. What a store makes of the pictures is not known here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from central_sync.trainers.gaps.series.plan import Plan, Trouble
from central_sync.trainers.gaps.series.scenes import Scene
from central_sync.trainers.gaps.series.weather import (
    coded,
    damaged,
    draw_weather,
    pass_by,
    photograph,
)
from endcap.models.gaps.boxes import Box

DAMAGED = 0.01
"""The share of pictures that arrive with flipped bytes."""

_HIDDEN_FROM = 0.35


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture as it arrives, and the truth at that moment.

    `empty` are the facings without product, also where `hidden` ones, before which someone stands.
    """

    at: timedelta
    jpeg: bytes
    empty: frozenset[str]
    hidden: frozenset[str]
    trouble: Trouble | None
    damaged: bool


def play(scene: Scene, plan: Plan, every: timedelta, seed: int) -> Iterator[Shot]:
    """Yield the day's pictures, one `every` so often."""
    rng = np.random.default_rng([seed, 7])
    shown, was = scene.draw(frozenset()), frozenset[str]()
    weather = draw_weather(rng, shown.shape)
    last = b""
    for number in range(int(plan.length / every)):
        at = number * every
        empty, bad = plan.empty(at), plan.trouble(at)
        if empty != was:
            shown, was = scene.draw(empty), empty
        passed, hidden = pass_by(shown, plan.people(at))
        if bad is None or bad.trouble != "frozen" or not last:
            knocked = at >= plan.knocked
            seen = photograph(passed, weather, at, rng, knocked=knocked, bad=bad)
            last = coded(seen, weather)
        broken = bool(rng.random() < DAMAGED)
        yield Shot(
            at=at,
            jpeg=damaged(last, rng) if broken else last,
            empty=empty | scene.standing,
            hidden=_hidden(hidden, scene.facings),
            trouble=bad.trouble if bad else None,
            damaged=broken,
        )


def _hidden(pixels: NDArray[np.bool_], facings: Mapping[str, Box]) -> frozenset[str]:
    """Return the facings of which someone hides more than a third."""
    if not pixels.any():
        return frozenset()
    return frozenset(name for name, box in facings.items() if _share(pixels, box) > _HIDDEN_FROM)


def _share(pixels: NDArray[np.bool_], box: Box) -> float:
    """Return how much of `box` is set: 0 for one outside the picture."""
    high, wide = pixels.shape
    part = pixels[
        max(int(box.y0 * high), 0) : int(box.y1 * high) + 1,
        max(int(box.x0 * wide), 0) : int(box.x1 * wide) + 1,
    ]
    return float(part.mean()) if part.size else 0.0
