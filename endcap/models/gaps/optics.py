"""What stands between a shelf and its picture: light, people, the lens, the sensor, the coder.

Deterministic given the generator. `Moment` says how strong each is; where things stand is not
known here.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from endcap.models.gaps.crops import Picture
from endcap.models.gaps.packs import draw_colour

Plane = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Moment:
    """A picture's circumstances. Strengths are 0..1; 0 is a perfect picture.

    `light` multiplies the brightness, `warmth` tilts it to red (positive) or blue; `seed` drives
    noise and people, while what belongs to the place (uneven light, glare) follows the shelf.
    """

    seed: int = 0
    light: float = 1.0
    warmth: float = 0.0
    uneven: float = 0.3
    glare: float = 0.0
    blur: float = 0.1
    noise: float = 0.1
    vignette: float = 0.2
    quality: int = 85
    people: int = 0


def light_up(picture: Picture, moment: Moment, place: np.random.Generator) -> Picture:
    """Return `picture` under the moment's light: uneven over the place, tinted, with glare."""
    high, wide = picture.shape[:2]
    coarse = place.normal(0, 0.5, (4, 5)).astype(np.float32)
    field = cv2.resize(coarse, (wide, high), interpolation=cv2.INTER_CUBIC)
    gain = moment.light * np.exp(moment.uneven * field)
    tint = np.array([1 + 0.25 * moment.warmth, 1.0, 1 - 0.25 * moment.warmth], np.float32)
    lit = picture * gain[:, :, None] * tint
    for _ in range(round(6 * moment.glare)):
        lit += _glare(place, high, wide)[:, :, None] * 160 * moment.glare
    return np.asarray(np.clip(lit, 0, 255), dtype=np.uint8)


def _glare(place: np.random.Generator, high: int, wide: int) -> Plane:
    """Return a soft bright spot, drawn small and enlarged."""
    spot = np.zeros((48, 64), np.float32)
    centre = int(place.uniform(0, 64)), int(place.uniform(0, 48))
    axes = int(place.uniform(2, 10)), int(place.uniform(1, 4))
    cv2.ellipse(spot, centre, axes, place.uniform(0, 180), 0, 360, 1.0, -1)
    blurred = cv2.GaussianBlur(spot, (0, 0), 2.0)
    return np.asarray(cv2.resize(blurred, (wide, high)), dtype=np.float32)


def let_people_pass(
    picture: Picture, moment: Moment, rng: np.random.Generator
) -> tuple[Picture, NDArray[np.bool_]]:
    """Return `picture` with people before it, and which pixels they hide."""
    hidden = np.zeros(picture.shape[:2], dtype=np.uint8)
    painted = picture.copy()
    for _ in range(moment.people):
        _draw_person(rng, painted, hidden)
    if moment.people:
        soft = cv2.GaussianBlur(hidden, (0, 0), 1.5)[:, :, None].astype(np.float32) / 255
        painted = np.asarray(painted * soft + picture * (1 - soft), dtype=np.uint8)
    return painted, hidden > 0


def _draw_person(rng: np.random.Generator, picture: Picture, hidden: NDArray[np.uint8]) -> None:
    """Draw a head, shoulders and a coat, cut off by the lower edge."""
    high, wide = hidden.shape
    x, size = int(rng.uniform(0, wide)), rng.uniform(0.1, 0.22) * wide
    top = int(rng.uniform(0.05, 0.5) * high)
    head, body = int(size * 0.32), int(size * 0.8)
    coat = [(x - body, high), (x - body, top + 3 * head), (x, top + 2 * head)]
    coat += [(x + body, top + 3 * head), (x + body, high)]
    outline = [np.array(coat, dtype=np.int32)]
    skin = (int(rng.uniform(90, 225)), int(rng.uniform(65, 180)), int(rng.uniform(50, 150)))
    for canvas, coat_colour, head_colour in (
        (picture, draw_colour(rng), skin),
        (hidden, (255,), (255,)),
    ):
        cv2.fillPoly(canvas, outline, coat_colour)
        cv2.ellipse(canvas, (x, top + head), (head, int(head * 1.3)), 0, 0, 360, head_colour, -1)


def look(picture: Picture, moment: Moment, rng: np.random.Generator) -> Picture:
    """Return `picture` as a lens, a sensor and a JPEG coder leave it."""
    seen = picture
    if moment.blur > 0:
        seen = np.asarray(cv2.GaussianBlur(seen, (0, 0), 0.2 + 2.0 * moment.blur), np.uint8)
    shown = seen.astype(np.float32) * _vignette(seen.shape[:2], moment.vignette)[:, :, None]
    if moment.noise > 0:
        grain = rng.standard_normal(seen.shape, dtype=np.float32)
        shown += grain * np.float32(25 * moment.noise)
    pixels = np.clip(shown, 0, 255).astype(np.uint8)
    return _coded(pixels, moment.quality)


def _vignette(shape: tuple[int, ...], strength: float) -> Plane:
    high, wide = shape
    y = np.linspace(-1, 1, high, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, wide, dtype=np.float32)[None, :]
    return np.asarray(1 - 0.35 * strength * (x * x + y * y), dtype=np.float32)


def _coded(picture: Picture, quality: int) -> Picture:
    """Return what a JPEG of this quality keeps, in memory."""
    _, coded = cv2.imencode(".jpg", picture[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    seen = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), dtype=np.uint8)
    return np.ascontiguousarray(seen[:, :, ::-1])
