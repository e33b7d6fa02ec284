"""Crops of facings cut for training, and endless batches of them, each crop changed at random.

A batch holds as many empty facings as full ones, and a share of low and hidden ones where there
are any. Some crops come with references: the same facing full and empty at another moment where
the directory has such pictures; else another look at the crop itself, and a facing of the same
picture in the other state. Fits nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from central_sync.trainers.gaps.disturbing import disturbed
from central_sync.trainers.gaps.facing_scoring import MOST_FULL
from central_sync.trainers.gaps.layout import Labelled, read_picture
from endcap.models.gaps.boxes import Box
from endcap.models.gaps.crops import cut, large_enough
from endcap.models.gaps.states import KNOWN, STATES, State

_VIEWS = {"empty": 3, "full": 1, "low": 2, "occluded": 2}
_NOWHERE = -1
_FORGOTTEN = 0.3
_PLAIN = (STATES.index("full"), STATES.index("empty"))


@dataclass(frozen=True, slots=True)
class Crops:
    """Crops uint8 [n, side, side, 3], each one's state as a place in STATES, and its references.

    `known` [n, 2] are places in `references`, columns as KNOWN, -1 where there is none; `picture`
    [n] tells which crops are of one picture.
    """

    pixels: NDArray[np.uint8]
    states: NDArray[np.int64]
    picture: NDArray[np.int64]
    references: NDArray[np.uint8]
    known: NDArray[np.int64]

    @property
    def has_full(self) -> bool:
        """Whether there is a full facing to tell the others from."""
        return bool((self.states == STATES.index("full")).any())


@dataclass(frozen=True, slots=True)
class FacingBatch:
    """What a step learns from: crops and their states, and references of some of them.

    `references` uint8 [m, side, side, 3] belong, one each, to the crops in `whose` [m] and stand
    in column `which` [m] of KNOWN.
    """

    pixels: NDArray[np.uint8]
    states: NDArray[np.int64]
    references: NDArray[np.uint8]
    whose: NDArray[np.int64]
    which: NDArray[np.int64]


def cut_for_training(
    pictures: Sequence[Labelled], rng: np.random.Generator, most_full: int = MOST_FULL
) -> Crops:
    """Return jittered crops of every facing (three views of gaps, at most 24 full ones a picture).

    A wide gap is also shown in parts, as the facings of a planogram would cut it.
    """
    parts: list[Crops] = []
    for number, one in enumerate(pictures):
        picture = read_picture(one.path)
        views = _views(one, picture.shape[:2], rng, most_full)
        if not views:
            continue
        boxes = [box for _, box in views]
        seen = [
            cut(read_picture(one.known[s]), _nudged(boxes, rng)) for s in KNOWN if s in one.known
        ]
        known = np.full((len(boxes), len(KNOWN)), _NOWHERE, np.int64)
        for order, state in enumerate(s for s in KNOWN if s in one.known):
            known[:, KNOWN.index(state)] = np.arange(len(boxes)) + order * len(boxes)
        pixels = cut(picture, boxes)
        states = np.asarray([state for state, _ in views], np.int64)
        references = np.concatenate(seen) if seen else pixels[:0]
        parts.append(Crops(pixels, states, np.full(len(boxes), number), references, known))
    return _joined(parts)


def _joined(parts: Sequence[Crops]) -> Crops:
    begins = np.cumsum([0, *(len(one.references) for one in parts)])
    known = [
        np.where(one.known == _NOWHERE, _NOWHERE, one.known + begin)
        for one, begin in zip(parts, begins.tolist(), strict=False)
    ]
    return Crops(
        np.concatenate([one.pixels for one in parts]),
        np.concatenate([one.states for one in parts]),
        np.concatenate([one.picture for one in parts]),
        np.concatenate([one.references for one in parts]),
        np.concatenate(known),
    )


def _views(
    one: Labelled, size: tuple[int, ...], rng: np.random.Generator, most_full: int
) -> list[tuple[int, Box]]:
    """Return the boxes to cut, jittered, each with its state."""
    high, wide = size
    full = list(one.full or ())
    chosen = [full[n] for n in rng.permutation(len(full))[:most_full].tolist()]
    there = {"full": chosen, "low": one.low, "empty": one.gaps, "occluded": one.occluded}
    return [
        (place, _part(box, rng) if state == "empty" else _moved(box, rng))
        for place, state in enumerate(STATES)
        for box in there[state]
        if large_enough(box, wide, high)
        for _ in range(_VIEWS[state])
    ]


def _moved(box: Box, rng: np.random.Generator, by: float = 0.06) -> Box:
    """Return `box` as a planogram that is a little off would have it."""
    x, y = box.centre
    dx, dy, dw, dh = rng.normal(0, by, 4).tolist()
    width, height = box.width * float(np.exp(dw)), box.height * float(np.exp(dh))
    return Box.around(x + dx * box.width, y + dy * box.height, width, height)


def _nudged(boxes: Sequence[Box], rng: np.random.Generator) -> list[Box]:
    """Return where a reference was cut: nearly the same place."""
    return [_moved(box, rng, 0.02) for box in boxes]


def _part(box: Box, rng: np.random.Generator) -> Box:
    """Return `box` moved, or a part of its width: a part of a void is a void."""
    if rng.random() < 0.5:  # noqa: PLR2004 - half and half
        return _moved(box, rng)
    width = box.width * float(rng.uniform(0.4, 1.0))
    x0 = box.x0 + float(rng.random()) * (box.width - width)
    y0 = box.y0 + box.height * float(rng.uniform(-0.05, 0.3))
    return Box(x0, y0, x0 + width, box.y1)


@dataclass(frozen=True, slots=True)
class Mixture:
    """What a batch of `size` crops is made of: the shares that are low, hidden, and compared.

    The rest is half full, half empty; `compared` ones have references.
    """

    size: int = 96
    low: float = 0.12
    occluded: float = 0.08
    compared: float = 0.3


def facing_batches(
    sources: Sequence[Crops], mixture: Mixture, rng: np.random.Generator
) -> Iterator[FacingBatch]:
    """Yield batches for ever, as many crops of each source, each crop changed at random."""
    share = mixture.size // len(sources)
    while True:
        drawn = [_drawn(one, share, mixture, rng) for one in sources]
        begins = [share * n for n in range(len(drawn))]
        yield FacingBatch(
            np.concatenate([one.pixels for one in drawn]),
            np.concatenate([one.states for one in drawn]),
            np.concatenate([one.references for one in drawn]),
            np.concatenate([one.whose + n for one, n in zip(drawn, begins, strict=True)]),
            np.concatenate([one.which for one in drawn]),
        )


def _drawn(crops: Crops, size: int, mixture: Mixture, rng: np.random.Generator) -> FacingBatch:
    chosen = _chosen(crops.states, size, mixture, rng)
    pixels, seen = [], list[tuple[NDArray[np.uint8], int, int]]()
    for place, number in enumerate(chosen.tolist()):
        turn = -1 if rng.random() < 0.5 else 1  # noqa: PLR2004 - half are seen in a mirror
        pixels.append(disturbed(crops.pixels[number][:, ::turn], rng))
        if rng.random() < mixture.compared:
            known = _references(crops, number, rng)
            seen += [(disturbed(one[:, ::turn], rng), place, at) for at, one in known.items()]
    return FacingBatch(
        np.stack(pixels),
        crops.states[chosen],
        np.stack([one for one, _, _ in seen]) if seen else crops.pixels[:0],
        np.asarray([place for _, place, _ in seen], np.int64),
        np.asarray([column for _, _, column in seen], np.int64),
    )


def _chosen(
    states: NDArray[np.int64], size: int, mixture: Mixture, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Return which crops are drawn, `size` of them; a state that there is none of gives way."""
    wanted: dict[State, float] = {"low": mixture.low, "occluded": mixture.occluded}
    there = {state: np.nonzero(states == STATES.index(state))[0] for state in STATES}
    drawn = [
        rng.choice(there[state], round(share * size))
        for state, share in wanted.items()
        if there[state].size
    ]
    left = size - sum(len(one) for one in drawn)
    empty = left // 2 if there["empty"].size else 0
    drawn += [rng.choice(there["empty"], empty)] if empty else []
    return np.concatenate([*drawn, rng.choice(there["full"], left - empty)])


def _references(
    crops: Crops, number: int, rng: np.random.Generator
) -> dict[int, NDArray[np.uint8]]:
    """Return what is known of a crop's facing, by column; each is forgotten now and then."""
    found: dict[int, NDArray[np.uint8]] = {}
    for column, state in enumerate(KNOWN):
        place = int(crops.known[number, column])
        if rng.random() < _FORGOTTEN:
            continue
        if place != _NOWHERE:
            found[column] = crops.references[place]
        elif (other := _stand_in(crops, number, STATES.index(state), rng)) is not None:
            found[column] = crops.pixels[other]
    return found


def _stand_in(crops: Crops, number: int, state: int, rng: np.random.Generator) -> int | None:
    """Return which crop may stand for a reference where there is none: of empty and full ones."""
    if crops.states[number] == state:
        return number
    if crops.states[number] not in _PLAIN:
        return None
    same = crops.picture == crops.picture[number]
    others = np.nonzero(same & (crops.states == state))[0]
    return int(rng.choice(others)) if others.size else None
