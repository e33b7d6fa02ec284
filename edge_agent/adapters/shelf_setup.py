"""Setting shelves up: a picture is taken, facings are proposed, the plan and references are kept.

Pictures stay in memory, the last few for half an hour, and never reach a disk; what is kept of one
are crops of its facings and the small grey view on which its camera is aligned.
"""

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from edge_agent.adapters.reference_pictures import ReferencePictures, judged
from edge_agent.adapters.shelf_naming import ShelfNaming
from edge_agent.adapters.shelf_proposals import propose
from edge_agent.core.feed.shelf import Facing
from edge_agent.core.vision.enrolment_import import Imported, Onto, read_plan
from edge_agent.core.vision.places import box_of
from edge_agent.ports.camera_views import CameraView, CameraViews
from edge_agent.ports.cameras import Frame
from edge_agent.ports.enrolment import (
    GapFinder,
    Named,
    Planned,
    Reading,
    Saved,
    SetupCamera,
    SetupRefusedError,
    ShelfPlan,
    Stands,
    Taken,
)
from edge_agent.ports.facings import FacingBook
from edge_agent.ports.references import Reference, References
from endcap.models.gaps.boxes import Box
from endcap.models.gaps.crops import Picture, cut, large_enough
from endcap.models.gaps.registration import align, grey_of, read_back, reference_of, written
from endcap.plumbing.clock import Clock
from endcap.plumbing.onnx_session import ModelUnusableError

MOST_PICTURES = 4
KEPT_FOR = timedelta(minutes=30)
_WAITED_S = 6.0
_ALIKE = 0.4
"""How much of its old view a camera must still show for its facings to be found again."""

Readings = Callable[[Picture], tuple[Reading, ...]]
"""Reads bar codes and price tags off a picture; raises SetupRefusedError where nothing can."""
TakeIn = Callable[[], Awaitable[None]]
"""Lets the store take in the planogram's file now."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """Where what a shelf looks like is kept, and what it is read with."""

    models: GapFinder
    references: References
    facings: FacingBook
    views: CameraViews
    take_in: TakeIn
    read: Readings
    naming: ShelfNaming


class ShelfSetupDesk:
    """Keeps the promises of edge_agent.ports.enrolment.ShelfSetup; saves nothing without `plan`."""

    def __init__(
        self,
        pictures: ReferencePictures,
        plan: ShelfPlan | None,
        keeping: Keeping,
        clock: Clock,
        new_name: Callable[[], str] = lambda: secrets.token_hex(8),
    ) -> None:
        self._new_name = new_name
        self._pictures = pictures
        self._plan = plan
        self._keeping = keeping
        self._clock = clock
        self._reading: tuple[str, asyncio.Task[tuple[Reading, ...]]] | None = None
        self._taken: OrderedDict[str, tuple[float, Frame]] = OrderedDict()

    async def cameras(self) -> tuple[SetupCamera, ...]:
        """Return the cameras of the configuration, and how many facings each has."""
        plan = self._need_plan()
        names = self._pictures.cameras
        return tuple([SetupCamera(n, len((await plan.planned(n)).facings)) for n in names])

    async def take(self, camera: str) -> Taken:
        """Take a picture now and remember it for a while."""
        return self.remember(await self._pictures.take(camera))

    def remember(self, frame: Frame) -> Taken:
        """Remember a picture for a while; return what is worth telling of it."""
        name = self._new_name()
        self._taken[name] = (self._clock.monotonic(), frame)
        while len(self._taken) > MOST_PICTURES:
            self._taken.popitem(last=False)
        height, width = frame.pixels.shape[:2]
        condition, advice = judged(frame)
        return Taken(name, frame.camera, frame.taken_at, width, height, condition, advice)

    async def picture(self, picture: str) -> bytes:
        """Return a picture as JPEG."""
        return await asyncio.to_thread(self._pictures.shown, self._frame(picture))

    async def planned(self, camera: str, picture: str | None) -> Planned:
        """Return a camera's facings, where they are on a picture that was taken."""
        self._pictures.known(camera)
        planned = await self._need_plan().planned(camera)
        if picture is None:
            return planned
        frame = self._frame(picture)
        view = await self._keeping.views.newer(camera, None)
        if view is None:
            return planned
        moved = await asyncio.to_thread(_moved, planned.facings, view, frame)
        return replace(planned, facings=moved)

    async def proposed(self, picture: str) -> tuple[Box, ...]:
        """Return where facings seem to be, from rows and repeated packs and the detector's gaps."""
        frame = self._frame(picture)
        try:
            found = await self._keeping.models.find(frame)
            gaps = [one.box for one in found.detections if one.score >= found.threshold]
        except ModelUnusableError:
            gaps = []
        return await asyncio.to_thread(propose, frame.pixels, gaps)

    async def named(self, picture: str, facings: Sequence[Facing]) -> tuple[Named, ...] | None:
        """Return the items that bar codes and price tags on a picture seem to name.

        None while it is still being read: that takes longer than anybody waits for an answer.
        """
        pixels = self._frame(picture).pixels
        if self._reading is None or self._reading[0] != picture:
            work = asyncio.create_task(asyncio.to_thread(self._keeping.read, pixels))
            self._reading = picture, work
        done, _ = await asyncio.wait([self._reading[1]], timeout=_WAITED_S)
        if not done:
            return None
        readings, self._reading = self._reading[1].result(), None
        return await self._keeping.naming.named(readings, facings)

    async def imported(
        self, camera: str, picture: str, lines: Sequence[bytes], *, from_below: bool
    ) -> Imported:
        """Return what a planogram of another tool means on a picture; nothing is saved."""
        self._pictures.known(camera)
        height, width = self._frame(picture).pixels.shape[:2]
        found = await self.proposed(picture)
        onto = Onto(camera, width, height, found, from_below)
        return await asyncio.to_thread(read_plan, lines, onto, self._keeping.naming.codes)

    async def save(
        self,
        camera: str,
        facings: Sequence[Facing],
        mark: str,
        picture: str | None,
        stands: Mapping[str, Stands],
    ) -> Saved:
        """Save the facings of a camera; with a picture, keep what they look like on it.

        The plan is taken in before references are kept: those belong to places it knows.
        """
        self._pictures.known(camera)
        frame = None if picture is None else self._frame(picture)
        if frame is not None and frame.camera != camera:
            detail = f"the picture is of {frame.camera}, not of {camera}"
            raise SetupRefusedError("picture-gone", detail, "take one of this camera")
        saved = await self._need_plan().save(camera, facings, mark)
        await self._keeping.take_in()
        if frame is None:
            return saved
        found = await asyncio.to_thread(_references, frame, facings, stands)
        await self._keeping.references.keep(found)
        for one in found:  # whoever draws a facing stands before it, and says what it is
            await self._keeping.facings.said(camera, one.facing, one.state, self._clock.now())
        view = await asyncio.to_thread(_view, frame, frame.taken_at)
        await self._keeping.views.keep(view)
        return replace(saved, references=len(found))

    def _need_plan(self) -> ShelfPlan:
        if self._plan is None:
            detail = "the configuration has no planogram file to save facings in"
            raise SetupRefusedError(
                "no-planogram", detail, 'add [planogram] with file = "planogram.csv" to it'
            )
        return self._plan

    def _frame(self, picture: str) -> Frame:
        oldest = self._clock.monotonic() - KEPT_FOR.total_seconds()
        for name in [name for name, (at, _) in self._taken.items() if at < oldest]:
            del self._taken[name]
        if picture not in self._taken:
            detail = f"the picture {picture[:32]!r} is not remembered any more"
            raise SetupRefusedError("picture-gone", detail, "take a new one; the draft stays")
        return self._taken[picture][1]


def _references(
    frame: Frame, facings: Sequence[Facing], stands: Mapping[str, Stands]
) -> tuple[Reference, ...]:
    """Return what each facing looks like that is large enough and not hidden."""
    height, width = frame.pixels.shape[:2]
    seen = [
        (one.facing, state, box_of(one))
        for one in facings
        if (state := stands.get(one.facing, "full")) != "hidden"
        and large_enough(box_of(one), width, height)
    ]
    crops = cut(frame.pixels, [box for _, _, box in seen])
    return tuple(
        Reference(frame.camera, name, "full" if state == "full" else "empty", crop, frame.taken_at)
        for (name, state, _), crop in zip(seen, crops, strict=True)
    )


def _view(frame: Frame, taken_at: datetime) -> CameraView:
    return CameraView(frame.camera, written(grey_of(frame.pixels)), taken_at)


def _moved(facings: tuple[Facing, ...], view: CameraView, frame: Frame) -> tuple[Facing, ...]:
    """Return facings of an earlier view where they are on a picture; unmoved where that is lost."""
    try:
        found = align(reference_of(read_back(view.picture)), grey_of(frame.pixels))
    except ValueError:
        return facings
    if found is None or found.likeness < _ALIKE:
        return facings
    boxes = [(one, found.moved(box_of(one))) for one in facings]
    return tuple(replace(one, x=box.x0, y=box.y0, w=box.width, h=box.height) for one, box in boxes)
