"""Where a fixed camera looks, compared with its reference picture: found again, picture by picture.

A reference is a small grey copy of what the camera saw when its facings were drawn. Features (ORB,
Rublee et al. 2011) find it again after any push; the alignment is refined on locally normalised
light (ECC, Evangelidis and Psarakis 2008), so that neither the day's light nor people before the
shelf mislead it. Pictures are not warped: an alignment moves boxes. Whether a camera has moved too
far is decided elsewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from endcap.models.gaps.alignment import IN_PLACE, Alignment
from endcap.models.gaps.crops import Picture, halved

Grey = NDArray[np.uint8]
Plane = NDArray[np.float32]
Matrix = NDArray[np.float64]
Values = TypeVar("Values", Grey, Plane)

WIDE = 384
"""Pixels across of the copy on which a camera is aligned; its height keeps the picture's shape."""

_CELL = 24
_DETAIL = 6.0
_ALIKE = 0.4
_SURE, _FOUND = 0.75, 0.65
"""From which likeness on an alignment is kept as it is, and from which it need not be sought."""

_FEATURES, _LEAST_INLIERS, _OFF = 600, 14, 2.5
_STEPS, _EPSILON = 20, 1e-4
_RENEWED = 0.1
_TREMBLE = 0.02
_ROUNDING = 2
_HALF, _WHOLE = np.diag([0.5, 0.5, 1.0]), np.diag([2.0, 2.0, 1.0])


@dataclass(frozen=True, slots=True)
class CameraReference:
    """What a camera saw when its facings were drawn, ready to be found again.

    `texture` is the picture without its light, `faded` half of its size and fading to its edges;
    `mean` and `spread` are the texture's in each cell, and `detailed` says which of them show
    anything that could be found again.
    """

    grey: Grey
    texture: Plane
    faded: Plane
    mean: Plane
    spread: Plane
    detailed: NDArray[np.bool_]
    corners: Plane
    descriptors: NDArray[np.uint8]


def grey_of(picture: Picture) -> Grey:
    """Return the grey copy of a picture, uint8 [h, 384]."""
    high, wide = picture.shape[:2]
    size = WIDE, max(round(high * WIDE / wide), _CELL)
    while picture.shape[1] >= 2 * WIDE:
        picture = halved(picture)
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


def reference_of(grey: Grey) -> CameraReference:
    """Return the reference that a grey copy makes: all there is to it follows from the copy."""
    texture = _texture(grey)
    mean, spread = _per_cell(texture), _spread(texture)
    corners, descriptors = _features(grey)
    return CameraReference(
        grey, texture, _faded(_halved(texture)), mean, spread, _details(grey), corners, descriptors
    )


def middle_of(copies: Sequence[Grey]) -> Grey:
    """Return the median of copies of one shape: who passed is in none of it."""
    return np.asarray(np.median(np.stack(copies), axis=0), dtype=np.uint8)


def renewed(reference: CameraReference, grey: Grey, alignment: Alignment) -> CameraReference:
    """Return the reference with a tenth of a picture in it: so it follows what the shelf sells.

    The places stay where they are: the picture is turned back first. What it does not show stays.
    """
    grey = _as_large(grey, reference.grey)
    turn = _in_pixels(alignment, grey.shape)
    back, shown = _seen(grey, turn), _seen(np.ones_like(grey), turn)
    mixed = cv2.addWeighted(reference.grey, 1 - _RENEWED, back, _RENEWED, 0)
    return reference_of(np.where(shown > 0, mixed, reference.grey).astype(np.uint8))


def _as_large(grey: Grey, other: Grey) -> Grey:
    if grey.shape == other.shape:
        return grey
    return np.asarray(cv2.resize(grey, (other.shape[1], other.shape[0])), dtype=np.uint8)


def written(grey: Grey) -> bytes:
    """Return a grey copy as a PNG, to be kept."""
    return cv2.imencode(".png", grey)[1].tobytes()


def read_back(content: bytes) -> Grey:
    """Return the grey copy that `written` made these bytes of.

    Raises:
        ValueError: they are no such copy.
    """
    found = (
        cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE) if content else None
    )
    if found is None or found.shape[1] != WIDE or found.shape[0] < _CELL:
        raise ValueError(f"{len(content)} bytes are no grey copy of a camera's picture")
    return np.asarray(found, dtype=np.uint8)


def align(reference: CameraReference, grey: Grey, last: Alignment = IN_PLACE) -> Alignment | None:
    """Return where `reference` is on a picture; None where it cannot be found.

    The place where it was last is tried first; the features are asked only when it is not there.
    A picture of another shape than the reference is none of the same camera; that of one decoded
    smaller may differ by a rounding.
    """
    if abs(grey.shape[0] - reference.grey.shape[0]) > _ROUNDING:
        return None
    grey = _as_large(grey, reference.grey)
    texture = _texture(grey)
    best = _nudged(reference, texture, _in_pixels(last, grey.shape))
    if best.likeness < _SURE:
        best = max(best, _refined(reference, texture, best), key=_likeness_of)
    if best.likeness < _FOUND and (turn := _found(reference, grey)) is not None:
        far = _judged(reference, texture, turn)
        best = max(best, _refined(reference, texture, far), key=_likeness_of)
    return best if best.likeness > 0 else None


def _likeness_of(alignment: Alignment) -> float:
    return alignment.likeness


def _texture(grey: Grey) -> Plane:
    """Return the picture without its light: what is left of local mean and contrast."""
    rest = grey - cv2.boxFilter(grey, cv2.CV_32F, (17, 17))
    spread = cv2.boxFilter(np.abs(rest), -1, (33, 33))
    return np.asarray(rest / (spread + 4), dtype=np.float32)


def _details(grey: Grey) -> NDArray[np.bool_]:
    """Return which cells of the picture show anything that could be found again."""
    values = grey.astype(np.float32)
    return np.asarray(np.sqrt(np.maximum(_spread(values), 0)) > _DETAIL)


def _spread(values: Plane) -> Plane:
    """Return the variance in each cell."""
    return np.asarray(_per_cell(values * values) - _per_cell(values) ** 2, dtype=np.float32)


def _per_cell(values: Plane) -> Plane:
    """Return the mean of each whole cell of 24 by 24 pixels."""
    rows, columns = values.shape[0] // _CELL, values.shape[1] // _CELL
    whole = values[: rows * _CELL, : columns * _CELL]
    return np.asarray(cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA), np.float32)


def _features(grey: Grey) -> tuple[Plane, NDArray[np.uint8]]:
    """Return up to 600 corners (x, y in pixels) and what is round each, spread over the picture."""
    orb = cv2.ORB.create(nfeatures=_FEATURES, fastThreshold=10)
    found, descriptors = orb.detectAndCompute(grey, None)
    if not found:
        return np.zeros((0, 2), np.float32), np.zeros((0, 32), np.uint8)
    places = np.asarray([one.pt for one in found], dtype=np.float32)
    return places, np.asarray(descriptors, dtype=np.uint8)


def _found(reference: CameraReference, grey: Grey) -> Matrix | None:
    """Return the turn, in pixels, on which enough features agree."""
    places, descriptors = _features(grey)
    if min(len(places), len(reference.corners)) < _LEAST_INLIERS:
        return None
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(
        reference.descriptors, descriptors
    )
    if len(pairs) < _LEAST_INLIERS:
        return None
    there = reference.corners[[pair.queryIdx for pair in pairs]]
    here = places[[pair.trainIdx for pair in pairs]]
    turn, agree = cv2.findHomography(there, here, cv2.USAC_MAGSAC, _OFF, maxIters=600)
    found = np.asarray(turn, dtype=np.float64)
    return found if found.shape == (3, 3) and int(agree.sum()) >= _LEAST_INLIERS else None


def _nudged(reference: CameraReference, texture: Plane, turn: Matrix) -> Alignment:
    """Return the alignment that differs from `turn` by a shift at most: a camera that trembles."""
    half = _HALF @ turn @ _WHOLE
    (x, y), _ = cv2.phaseCorrelate(reference.faded, _faded(_seen(_halved(texture), half)))
    nudge = np.array([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]])
    if max(abs(x), abs(y)) > _TREMBLE * reference.faded.shape[1]:
        return _judged(reference, texture, turn)
    return _judged(reference, texture, _WHOLE @ half @ nudge @ _HALF)


def _faded(values: Plane) -> Plane:
    """Return a picture that fades to its edges: its left and right are no neighbours."""
    window = cv2.createHanningWindow((values.shape[1], values.shape[0]), cv2.CV_32F)
    return np.asarray(values * window, dtype=np.float32)


def _refined(reference: CameraReference, texture: Plane, start: Alignment) -> Alignment:
    """Return the alignment near `start` that fits best, where anything is alike to begin with."""
    turn = _in_pixels(start, texture.shape)
    alike = _alike(reference, texture, turn)
    if alike.mean() < 0.1:  # noqa: PLR2004 - ECC would follow anything
        return start
    theirs, ours = _halved(texture), _halved(reference.texture)
    wide, high = ours.shape[1], ours.shape[0]
    mask = cv2.resize(alike.astype(np.uint8), (wide, high), interpolation=cv2.INTER_NEAREST)
    limits = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, _STEPS, _EPSILON)
    guess = (_HALF @ turn @ _WHOLE).astype(np.float32)
    try:
        fine = cv2.findTransformECC(ours, theirs, guess, cv2.MOTION_HOMOGRAPHY, limits, mask, 1)[1]
    except cv2.error:  # it did not converge
        return start
    back = _WHOLE @ np.asarray(fine, np.float64) @ _HALF
    return _judged(reference, texture, back)


def _halved(texture: Plane) -> Plane:
    wide, high = texture.shape[1] // 2, texture.shape[0] // 2
    return np.asarray(cv2.resize(texture, (wide, high), interpolation=cv2.INTER_AREA), np.float32)


def _judged(reference: CameraReference, texture: Plane, turn: Matrix) -> Alignment:
    """Return `turn` with the share of the reference's details that are alike under it."""
    seen = _alike(reference, texture, turn)[reference.detailed]
    return _in_shares(turn, texture.shape, float(seen.mean()) if seen.size else 0.0)


def _alike(reference: CameraReference, texture: Plane, turn: Matrix) -> NDArray[np.bool_]:
    """Return which cells of the reference look the same under `turn`."""
    seen = _seen(texture, turn)
    both = _per_cell(reference.texture * seen) - reference.mean * _per_cell(seen)
    likeness = both / np.sqrt(np.maximum(reference.spread * _spread(seen), 1e-6))
    return np.asarray(likeness > _ALIKE)


def _seen(values: Values, turn: Matrix) -> Values:
    """Return the picture as the reference's camera would have seen it, 0 where it does not show."""
    high, wide = values.shape
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    seen = cv2.warpPerspective(values, turn, (wide, high), flags=flags)
    return np.asarray(seen, dtype=values.dtype)


def _in_pixels(alignment: Alignment, shape: tuple[int, ...]) -> Matrix:
    scale = np.diag([shape[1], shape[0], 1.0])
    turn = np.reshape(np.asarray(alignment.matrix), (3, 3))
    return np.asarray(scale @ turn @ np.linalg.inv(scale), dtype=np.float64)


def _in_shares(turn: Matrix, shape: tuple[int, ...], likeness: float) -> Alignment:
    scale = np.diag([shape[1], shape[0], 1.0])
    shares = np.linalg.inv(scale) @ turn @ scale
    return Alignment(tuple((shares / shares[2, 2]).ravel().tolist()), likeness)
