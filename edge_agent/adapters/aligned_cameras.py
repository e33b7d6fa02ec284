"""A camera whose pictures are aligned with its reference: where its facings are on each of them.

The reference is what was kept when the facings were drawn. Where nobody drew any, it is learned
from the first sound pictures; then it stays, and follows slowly what the shelf sells, but never the
camera. Whether a camera has moved too far is core/vision's.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from edge_agent.core.vision.condition import condition_of
from edge_agent.ports.camera_views import CameraView, CameraViews
from edge_agent.ports.cameras import Camera, Frame
from endcap.models.gaps.alignment import IN_PLACE
from endcap.models.gaps.registration import (
    CameraReference,
    Grey,
    align,
    grey_of,
    middle_of,
    read_back,
    reference_of,
    renewed,
    written,
)

LEARNED_FROM = 5
"""So many pictures make a reference where nobody drew facings on one."""

APART = timedelta(seconds=20)
"""The least time from one of these to the next: who stands there is gone again."""

RENEWED_EVERY = timedelta(minutes=10)
KEPT_EVERY = timedelta(hours=6)
_FOLLOWED = 0.5


@dataclass(slots=True)
class _Known:
    """The reference, since when it counts, and when it was renewed and kept last."""

    reference: CameraReference
    taken_at: datetime
    renewed_at: datetime
    kept_at: datetime


class AlignedCamera:
    """Keeps the promises of edge_agent.ports.cameras.Camera: the pictures of another, aligned."""

    def __init__(self, camera: Camera, views: CameraViews) -> None:
        self._camera = camera
        self._views = views
        self._known: _Known | None = None
        self._last = IN_PLACE
        self._first: list[Grey] = []
        self._learned_at: datetime | None = None

    @property
    def name(self) -> str:
        """Return the camera's name."""
        return self._camera.name

    async def look(self) -> Frame:
        """Return the newest picture with its alignment.

        Raises:
            CameraBlindError: there is none.
        """
        frame = await self._camera.look()
        kept = await self._views.newer(self.name, self._known.taken_at if self._known else None)
        if kept is not None:
            with suppress(ValueError):  # one that is damaged is learned anew
                self._take_up(read_back(kept.picture), kept.taken_at, frame.taken_at)
        grey = await asyncio.to_thread(grey_of, frame.pixels)
        if self._known is None:
            await self._learn(frame, grey)
            return frame
        aligned = await asyncio.to_thread(self._aligned, self._known.reference, frame, grey)
        await self._follow(self._known, aligned, grey)
        return aligned

    def _take_up(self, grey: Grey, taken_at: datetime, at: datetime) -> None:
        self._known = _Known(reference_of(grey), taken_at, renewed_at=at, kept_at=at)
        self._last, self._first = IN_PLACE, []

    def _aligned(self, reference: CameraReference, frame: Frame, grey: Grey) -> Frame:
        found = align(reference, grey, self._last)
        if found is None:
            return replace(frame, facts=replace(frame.facts, likeness=0.0, shift=None))
        if found.likeness >= _FOLLOWED:
            self._last = found
        facts = replace(frame.facts, likeness=found.likeness, shift=found.shift)
        return replace(frame, facts=facts, alignment=found)

    async def _learn(self, frame: Frame, grey: Grey) -> None:
        """Make a reference of sound pictures, once there are enough of one shape."""
        at = frame.taken_at
        soon = self._learned_at is not None and at - self._learned_at < APART
        if soon or condition_of(frame.facts, None) != "ok":
            return
        self._learned_at = at
        self._first = [one for one in self._first if one.shape == grey.shape] + [grey]
        if len(self._first) < LEARNED_FROM:
            return
        middle = await asyncio.to_thread(middle_of, self._first)
        self._take_up(middle, at, at)
        await self._views.keep(CameraView(self.name, written(middle), at))

    async def _follow(self, known: _Known, frame: Frame, grey: Grey) -> None:
        """Let the reference take in a little of what is seen, now and then."""
        found, at = frame.alignment, frame.taken_at
        sound = condition_of(frame.facts, None) == "ok"
        if found is None or found.likeness < _FOLLOWED or not sound:
            return
        if at - known.renewed_at >= RENEWED_EVERY:
            known.reference = await asyncio.to_thread(renewed, known.reference, grey, found)
            known.renewed_at = at
        if at - known.kept_at >= KEPT_EVERY:
            known.kept_at = at
            picture = written(known.reference.grey)
            await self._views.renew(CameraView(self.name, picture, known.taken_at))
