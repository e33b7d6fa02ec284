"""What a fixed camera makes of a scene through the day: light that drifts, jitter, noise, a coder.

And what it makes of it in trouble: dark, covered, moved. Who passes is drawn here too. What happens
when is plan.py's.
"""

from dataclasses import dataclass
from datetime import timedelta

import cv2
import numpy as np
from numpy.typing import NDArray

from central_sync.trainers.gaps.series.plan import Bad, Passing
from endcap.models.gaps.crops import Picture
from endcap.models.gaps.people import let_people_pass

Plane = NDArray[np.float32]
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Weather:
    """A camera's place and make: drawn once a day, the same all through it.

    `light` is how far brightness swings about its mean, over `period`; `field` where, coarsely,
    the light falls; `jitter` the camera's tremble in pixels; `grain` a bank of noise.
    """

    light: float
    period: timedelta
    phase: float
    warmth: float
    field: NDArray[np.float64]
    jitter: float
    grain: Plane
    quality: int
    knock: NDArray[np.float64]


def draw_weather(rng: np.random.Generator, shape: tuple[int, ...]) -> Weather:
    """Return the weather for pictures of this shape (height, width)."""
    high, wide = shape[:2]
    strength = float(rng.uniform(1.5, 4.0))
    return Weather(
        light=float(rng.uniform(0.1, 0.3)),
        period=_HOUR * float(rng.uniform(4, 16)),
        phase=float(rng.uniform(0, 2 * np.pi)),
        warmth=float(rng.uniform(0, 0.06)),
        field=rng.normal(0, 0.7, (6, 8)),
        jitter=float(rng.uniform(0.3, 1.2)) * wide / 640,
        grain=rng.normal(0, strength, (high + 64, wide + 64, 3)).astype(np.float32),
        quality=int(rng.integers(70, 93)),
        knock=_turned(wide, high, rng.uniform(-1.2, 1.2, 3)),
    )


def pass_by(picture: Picture, people: tuple[Passing, ...]) -> tuple[Picture, NDArray[np.bool_]]:
    """Return `picture` with people before it, and which pixels they hide."""
    hidden = np.zeros(picture.shape[:2], dtype=np.bool_)
    for one in people:
        rng = np.random.default_rng(one.seed)
        picture, more = let_people_pass(picture, 1, rng)
        hidden |= more
    return picture, hidden


def photograph(
    scene: Picture,
    weather: Weather,
    at: timedelta,
    rng: np.random.Generator,
    *,
    knocked: bool,
    bad: Bad | None = None,
) -> Picture:
    """Return what the camera's sensor gives of `scene` at this time of the day."""
    high, wide = scene.shape[:2]
    turn = _trembled(rng.normal(0, weather.jitter, 2))
    if knocked:
        turn = turn @ weather.knock
    if bad is not None and bad.trouble == "moved":
        turn = turn @ _moved(wide, high, np.random.default_rng(bad.seed))
    seen = cv2.warpPerspective(scene, turn, (wide, high), borderMode=cv2.BORDER_REFLECT_101)
    values = seen * _light(weather, at, rng, wide, high)
    if bad is not None and bad.trouble == "covered":
        values = _covered(values, np.random.default_rng(bad.seed))
    if bad is not None and bad.trouble == "dark":
        values *= np.float32(np.random.default_rng(bad.seed).uniform(0.0, 0.05))
    y, x = rng.integers(0, 64, 2).tolist()
    values += weather.grain[y : y + high, x : x + wide]
    return np.asarray(np.clip(values, 0, 255), dtype=np.uint8)


def coded(picture: Picture, weather: Weather) -> bytes:
    """Return the JPEG that the camera sends."""
    flags = [cv2.IMWRITE_JPEG_QUALITY, weather.quality]
    return cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), flags)[1].tobytes()


def damaged(jpeg: bytes, rng: np.random.Generator) -> bytes:
    """Return `jpeg` with one to twenty bytes flipped, anywhere behind its first 20."""
    content = bytearray(jpeg)
    for place in rng.integers(20, len(content), int(rng.integers(1, 21))).tolist():
        content[place] ^= int(rng.integers(1, 256))
    return bytes(content)


def _light(
    weather: Weather, at: timedelta, rng: np.random.Generator, wide: int, high: int
) -> Plane:
    """Return the gain of every pixel: the day's swing, where light falls, exposure, tint."""
    swing = float(np.sin(2 * np.pi * (at / weather.period) + weather.phase))
    gain = 0.95 + weather.light * swing + rng.normal(0, 0.03)
    field = np.exp(0.12 * weather.light * (1 + swing) * weather.field)
    tint = 1 + weather.warmth * swing * np.array([1, 0, -1])
    coarse = (gain * field[:, :, None] * tint).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (wide, high)), dtype=np.float32)


def _moved(wide: int, high: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the turn of a camera that was pushed aside, down, or rolled: never a little."""
    side = rng.choice([-1.0, 1.0], 3)
    most = np.array([(20.0, 5.0, 3.0), (5.0, 18.0, 3.0), (8.0, 8.0, 25.0)])[int(rng.integers(3))]
    return _turned(wide, high, side * most * rng.uniform(0.5, 1.0, 3))


def _turned(wide: int, high: int, degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what a turn (pan, tilt, roll) does to the picture of a lens of 58 degrees."""
    far = 0.9 * wide
    lens = np.array([[far, 0.0, wide / 2], [0.0, far, high / 2], [0.0, 0.0, 1.0]])
    pan, tilt, roll = np.radians(degrees).tolist()
    aside = np.asarray(cv2.Rodrigues(np.array([tilt, pan, 0.0]))[0])
    rolled = np.asarray(cv2.Rodrigues(np.array([0.0, 0.0, roll]))[0])
    return np.asarray(lens @ rolled @ aside @ np.linalg.inv(lens), dtype=np.float64)


def _trembled(shift: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.array([[1.0, 0.0, shift[0]], [0.0, 1.0, shift[1]], [0.0, 0.0, 1.0]])


def _covered(values: Plane, rng: np.random.Generator) -> Plane:
    """Return the picture behind something close and out of focus, over 40 to 100 % of it."""
    high, wide = values.shape[:2]
    share = float(rng.uniform(0.4, 1.1))
    across = np.linspace(0, 1, wide, dtype=np.float32)[None, :]
    down = np.linspace(0, 1, high, dtype=np.float32)[:, None]
    place = (across, 1 - across, down, 1 - down)[int(rng.integers(4))] + 0 * (across + down)
    cover = 1 / (1 + np.exp((place - share) / 0.02))
    colour = rng.uniform(15, 200) * (1 + rng.normal(0, 0.1, 3).astype(np.float32))
    shade = 1 + 0.25 * (across - 0.5) * rng.normal() + 0.25 * (down - 0.5) * rng.normal()
    hand = (shade[:, :, None] * colour).astype(np.float32)
    return np.asarray(values * (1 - cover[:, :, None]) + hand * cover[:, :, None], np.float32)
