"""One picture for setting a shelf up: from a camera's source, or from a file that a person names.

Opens the source for itself, for the whole picture: those that are watched may be made smaller. Kept
in memory alone.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType

import cv2

from edge_agent.adapters.camera_sources import Pace, Shown, SourceLostError, pictures_of
from edge_agent.adapters.pictures import MOST_BYTES, PictureDamagedError, decode
from edge_agent.adapters.stages import Stages
from edge_agent.core.vision.condition import PictureFacts, condition_of
from edge_agent.ports.cameras import Frame
from edge_agent.ports.enrolment import SetupRefusedError
from endcap.models.gaps.blanking import blanked
from endcap.models.gaps.crops import Picture
from endcap.models.gaps.picture_facts import small, statistics
from endcap.models.gaps.polygons import Polygon
from endcap.plumbing.clock import Clock

_PATIENCE_S = 8.0
_QUALITY = 88
_ADVICE = {
    "dark": "it is too dark to see a shelf: switch the light on and take another",
    "covered": "hardly anything is to be seen: look whether something covers the lens",
}


Newest = Callable[[str], Frame | None]
"""Returns the last picture of a camera that is watched; None where there is none."""


def nothing_watched(camera: str) -> None:
    """Return that no camera is watched: a command's own answer."""
    _ = camera


class ReferencePictures:
    """Takes pictures of the cameras in `sources`, by name; those without one are switched off.

    People are shown nothing outside a camera's mask, where `masks` has one. A source that only one
    may open, such as a device, gives its `newest` picture instead.
    """

    def __init__(
        self,
        sources: Mapping[str, str],
        clock: Clock,
        masks: Mapping[str, tuple[Polygon, ...]] = MappingProxyType({}),
        newest: Newest = nothing_watched,
    ) -> None:
        self._sources = sources
        self._clock = clock
        self._masks = masks
        self._newest = newest

    @property
    def cameras(self) -> tuple[str, ...]:
        """Return the names of the cameras, in the configuration's order."""
        return tuple(self._sources)

    def known(self, camera: str) -> str:
        """Return a camera's source.

        Raises:
            SetupRefusedError: there is no such camera.
        """
        if camera in self._sources:
            return self._sources[camera]
        near = get_close_matches(camera, self._sources, n=1)
        guess = f"did you mean {near[0]}?" if near else ""
        hint = guess or f"cameras are: {', '.join(self._sources) or 'none; see [[cameras]]'}"
        raise SetupRefusedError("unknown-camera", f"no camera {camera[:63]!r}", hint)

    async def take(self, camera: str) -> Frame:
        """Return a new picture of a camera.

        Raises:
            SetupRefusedError: there is no such camera, or it gives no picture.
        """
        source = self.known(camera)
        if not source:
            hint = "set enabled = true for it in the configuration"
            raise SetupRefusedError("camera-blind", f"{camera} is switched off", hint)
        with _blind(camera):
            try:
                async with asyncio.timeout(_PATIENCE_S):
                    pixels = await asyncio.to_thread(_first, source)
            except SourceLostError:
                watched = self._newest(camera)
                if watched is None:
                    raise
                pixels = watched.pixels
        return self._frame(camera, pixels)

    async def read(self, camera: str, file: Path) -> Frame:
        """Return the picture in a file as if a camera had taken it.

        Raises:
            SetupRefusedError: there is no such camera, or the file is no picture.
        """
        self.known(camera)
        with _blind(camera):
            pixels = await asyncio.to_thread(_in_file, file)
        return self._frame(camera, pixels)

    def shown(self, frame: Frame) -> bytes:
        """Return what people may see of a picture, as a browser shows it."""
        mask = self._masks.get(frame.camera)
        return _as_jpeg(blanked(frame.pixels, mask) if mask else frame.pixels)

    def _frame(self, camera: str, pixels: Picture) -> Frame:
        measured = statistics(small(pixels))
        facts = PictureFacts(measured.brightness, measured.contrast, measured.sharpness)
        return Frame(self._clock.now(), pixels, facts, camera=camera)


def judged(frame: Frame) -> tuple[str, str]:
    """Return what a picture says of its camera, and what to do about it."""
    condition = condition_of(frame.facts, None)
    return condition, _ADVICE.get(condition, "")


def _as_jpeg(pixels: Picture) -> bytes:
    """Return a picture as a browser shows it."""
    flags = [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]
    _, content = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), flags)
    return content.tobytes()


def _first(source: str) -> Picture:
    """Return the first picture that a source gives."""
    pace = Pace(lambda: True, lambda: True, lambda: 1, Stages())
    with closing(pictures_of(source, pace)) as shown:
        for one in shown:
            return _sound(one)
    raise SourceLostError("it gives no picture")


def _in_file(file: Path) -> Picture:
    with file.open("rb") as opened:
        return decode(opened.read(MOST_BYTES + 1))


def _sound(shown: Shown) -> Picture:
    if not isinstance(shown, PictureDamagedError):
        return shown.pixels
    raise shown


@contextmanager
def _blind(camera: str) -> Iterator[None]:
    """Turn a source that gives no picture into a refusal."""
    hint = "look at its cable and its address in the configuration; edge-agent doctor tells more"
    try:
        yield
    except TimeoutError:
        detail = f"{camera}: no picture came within {_PATIENCE_S:g} s"
        raise SetupRefusedError("camera-blind", detail, hint) from None
    except PictureDamagedError as error:
        detail = f"{camera}: the picture is damaged: {error}"
        raise SetupRefusedError("camera-blind", detail, "take another") from None
    except (SourceLostError, OSError) as error:
        raise SetupRefusedError("camera-blind", f"{camera}: {error}", hint) from None
