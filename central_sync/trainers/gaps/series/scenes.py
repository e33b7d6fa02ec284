"""What a fixed camera sees in fair weather, with any of its facings empty.

A photographed scene is one real photograph; where a facing is to be empty, the pixels of a real gap
(of the same photograph or of another) are put over its product, in the light of the place. A
rendered scene is drawn anew. Light, people and the camera are weather.py's.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from central_sync.trainers.gaps.layout import Labelled, read_picture
from endcap.models.gaps.boxes import Box, as_array, overlap
from endcap.models.gaps.crops import Picture, large_enough
from endcap.models.gaps.optics import Moment
from endcap.models.gaps.rendering import render_shelf
from endcap.models.gaps.shelves import Style, build_shelf

MOST_FACINGS = 40
LEAST_FACINGS = 8
Colour = NDArray[np.float32]

_WIDEST_GAP = 90
_DONORS = 40
_FITS = 1.0
_OVER = (1.08, 1.04)
"""A transplant covers a little more than the product's box, so that no edge of it stays."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A shelf before a camera. `standing` are facings that are empty all day.

    `draw` returns the RGB picture with these facings empty, beside the standing ones.
    """

    name: str
    facings: Mapping[str, Box]
    standing: frozenset[str]
    draw: Callable[[frozenset[str]], Picture]


def rendered_scene(seed: int, style: Style | None = None) -> Scene:
    """Return a shelf that the project draws itself: nobody's photograph."""
    shelf = build_shelf(seed, style or Style(facings=10))

    def draw(empty: frozenset[str]) -> Picture:
        calm = Moment(uneven=0.2, blur=0.05, noise=0.0, quality=95)
        return render_shelf(shelf, dict.fromkeys(empty, "empty"), calm).picture

    boxes = shelf.facing_boxes()
    width, height = shelf.style.width, shelf.style.height
    seen = {name: box for name, box in boxes.items() if large_enough(box, width, height)}
    return Scene(f"rendered-{seed}", seen, frozenset(), draw)


@dataclass(frozen=True, slots=True)
class Donor:
    """A real gap's RGB pixels, the mean colour round about it, and of which photograph it is."""

    pixels: Picture
    surroundings: Colour
    source: str


def donors(pictures: Sequence[Labelled], rng: np.random.Generator, most: int = 400) -> list[Donor]:
    """Return the gaps of up to `most` boxes of these photographs, none much wider than a facing."""
    found: list[Donor] = []
    for number in rng.permutation(len(pictures)).tolist():
        one = pictures[number]
        picture = read_picture(one.path)
        found += [d for d in (_donor(one, picture, box) for box in one.gaps) if d]
        if len(found) >= most:
            break
    return found


def _donor(one: Labelled, picture: Picture, box: Box) -> Donor | None:
    x0, y0, x1, y1 = _pixels(picture, box)
    if x1 - x0 < 12 or y1 - y0 < 16 or x1 - x0 > _WIDEST_GAP:  # noqa: PLR2004 - too few pixels, or several facings
        return None
    return Donor(picture[y0:y1, x0:x1].copy(), _ring(picture, box), one.path.stem)


def photographed_scene(one: Labelled, given: Sequence[Donor], rng: np.random.Generator) -> Scene:
    """Return a photograph as a scene; its labelled gaps stand empty all day.

    At most 40 of its products are facings, those that overlap no other.
    """
    picture = read_picture(one.path)
    high, wide = picture.shape[:2]
    gaps = [box for box in one.gaps if large_enough(box, wide, high)]
    full = _apart([box for box in one.full or () if large_enough(box, wide, high)], gaps, rng)
    products = {f"product-{n + 1:02d}": box for n, box in enumerate(full)}
    standing = {f"gap-{n + 1:02d}": box for n, box in enumerate(gaps)}
    own = [d for d in (_donor(one, picture, box) for box in gaps) if d]
    pasted = {name: _fitting(picture, box, own, given, rng) for name, box in products.items()}

    def draw(empty: frozenset[str]) -> Picture:
        shown = picture.copy()
        for name in sorted(empty & pasted.keys()):
            _paste(shown, products[name], pasted[name])
        return shown

    return Scene(one.path.stem, {**products, **standing}, frozenset(standing), draw)


def _apart(full: Sequence[Box], gaps: Sequence[Box], rng: np.random.Generator) -> list[Box]:
    """Return up to 40 boxes, drawn at random, that share next to nothing with any other."""
    chosen: list[Box] = []
    for number in rng.permutation(len(full)).tolist():
        others = as_array([*chosen, *gaps])
        if not len(others) or overlap(as_array([full[number]]), others).max() < 0.02:  # noqa: PLR2004
            chosen.append(full[number])
        if len(chosen) == MOST_FACINGS:
            break
    return chosen


def _fitting(
    picture: Picture,
    box: Box,
    own: Sequence[Donor],
    given: Sequence[Donor],
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Return a gap's pixels for the place of `box`: of like shape, in the light of the place.

    One of the photograph's own is taken where one fits: the same shelf, seen from the same side.
    """
    x0, y0, x1, y1 = _pixels(picture, box.widened(*_OVER))
    wide, high = x1 - x0, y1 - y0
    some = [given[n] for n in rng.integers(0, len(given), _DONORS).tolist()]
    fitting = [one for one in own if _unlike(one.pixels.shape, wide, high) < _FITS]
    donor = (
        fitting[int(rng.integers(len(fitting)))]
        if fitting
        else min(some, key=lambda one: _unlike(one.pixels.shape, wide, high))
    )
    how = cv2.INTER_AREA if donor.pixels.shape[1] > wide else cv2.INTER_CUBIC
    shown = cv2.resize(donor.pixels, (wide, high), interpolation=how).astype(np.float32)
    gain = np.clip(_ring(picture, box) / np.maximum(donor.surroundings, 1.0), 0.5, 1.8)
    return np.asarray(np.clip(shown * gain, 0, 255), dtype=np.float32)


def _unlike(shape: tuple[int, ...], wide: int, high: int) -> float:
    """Return how much a patch must be bent to fit: its shape counts more than its size."""
    across, down = np.log(shape[1] / wide), np.log(shape[0] / high)
    return float(2 * abs(across - down) + abs(across + down))


def _paste(shown: Picture, box: Box, patch: NDArray[np.float32]) -> None:
    """Blend a patch over its place with soft edges."""
    x0, y0, x1, y1 = _pixels(shown, box.widened(*_OVER))
    edge = max(2, round(0.06 * min(x1 - x0, y1 - y0)))
    cover = np.zeros((y1 - y0, x1 - x0), dtype=np.float32)
    cover[edge // 2 : -(edge // 2), edge // 2 : -(edge // 2)] = 1.0
    soft = cv2.GaussianBlur(cover, (0, 0), edge / 2)[:, :, None]
    place = shown[y0:y1, x0:x1]
    place[:] = np.clip(patch * soft + place * (1 - soft), 0, 255).astype(np.uint8)


def _ring(picture: Picture, box: Box) -> Colour:
    """Return the mean colour round about a box."""
    x0, y0, x1, y1 = _pixels(picture, box.widened(2.2, 1.6))
    return np.asarray(picture[y0:y1, x0:x1].mean(axis=(0, 1)), dtype=np.float32)


def _pixels(picture: Picture, box: Box) -> tuple[int, int, int, int]:
    """Return a box in whole pixels within the picture, at least four each way."""
    high, wide = picture.shape[:2]
    x0, y0 = (
        min(max(round(box.x0 * wide), 0), wide - 4),
        min(max(round(box.y0 * high), 0), high - 4),
    )
    return (
        x0,
        y0,
        min(max(round(box.x1 * wide), x0 + 4), wide),
        min(max(round(box.y1 * high), y0 + 4), high),
    )
