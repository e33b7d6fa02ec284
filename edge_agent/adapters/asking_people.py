"""Asks people about facings of one camera: sees what is judged and recorded, and passes it on.

Wraps the gap models and the shelf records of a camera with `review = true`, and keeps their
promises. What is worth asking is core/vision/asking's to decide; a frame is held until the next one
and never longer. A store without a planogram has no facings to ask about.
"""

import asyncio
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from edge_agent.adapters.shadow import crop_digest
from edge_agent.core.vision.asking import Ask, Asking, Facts
from edge_agent.ports.cameras import Found, Frame, GapModels, Judged
from edge_agent.ports.models import Models
from edge_agent.ports.questions import Questions
from edge_agent.ports.shelf_records import (
    Planogram,
    ShelfChange,
    ShelfRecords,
    ShelfStanding,
)
from endcap.models.gaps.blanking import blanked, round_facings
from endcap.models.gaps.boxes import Box
from endcap.models.gaps.close_up import close_up
from endcap.models.gaps.crops import Picture, cut
from endcap.models.gaps.polygons import Polygon
from endcap.plumbing.files import sha256_of
from endcap.wire.events import GapClosed, GapOpened
from endcap.wire.review_events import MAX_PICTURE, FacingQuestioned

_FACTS_EVERY = timedelta(minutes=1)
_FACING = "gaps"
_CROPS = 2_000
"""The crops of the last pictures whose digests are remembered while there is a shadow."""


@dataclass(frozen=True, slots=True)
class Means:
    """What asking needs besides pictures.

    Nothing outside `mask` is shown; without one, nothing but facings and what is round about them.
    `disputed` are the digests of crops about which models in the shadow say otherwise, None while
    there are none in it.
    """

    questions: Questions
    planogram: Planogram
    models: Models
    mask: tuple[Polygon, ...] = ()
    disputed: Callable[[], frozenset[bytes] | None] = lambda: None


@dataclass(frozen=True, slots=True)
class _Look:
    """The last picture that was judged, and the SHA-256 of the model that did."""

    camera: str
    frame: Frame
    boxes: Mapping[str, Box]
    judged: Judged
    model: str

    def shown(self, mask: tuple[Polygon, ...]) -> Picture:
        """Return what of the picture a person may see."""
        frame = self.frame
        if mask:
            return blanked(frame.pixels, mask, frame.moving, frame.alignment)
        return blanked(frame.pixels, round_facings(self.boxes.values()), frame.moving)


class AskingPeople:
    """Keeps the promises of GapModels and of ShelfRecords for one camera, and asks beside it."""

    def __init__(
        self, asking: Asking, models: GapModels, records: ShelfRecords, means: Means
    ) -> None:
        self._asking = asking
        self._models = models
        self._records = records
        self._means = means
        self._last: _Look | None = None
        self._facts = Facts()
        self._facts_at: datetime | None = None
        self._resumed = False
        self._crops: dict[bytes, str] = {}

    async def judge(self, frame: Frame, facings: Mapping[str, Box]) -> Judged:
        """Return what the models say of the facings, after asking about those worth it."""
        judged = await self._models.judge(frame, facings)
        serving, at = self._means.models.current.manifest(_FACING), frame.taken_at
        name = self._asking.camera
        self._last = _Look(name, frame, facings, judged, serving.model.sha256) if serving else None
        if not self._resumed:
            self._asking = await self._means.questions.asked(self._asking, at.date())
            self._resumed = True
        facts = replace(await self._known(at), disputed=self._disputed(frame, facings))
        self._asking, asked = self._asking.looked(judged.chances, judged.threshold, facts, at)
        await self._ask(asked, at)
        return judged

    async def find(self, frame: Frame) -> Found:
        """Return the gaps the models see."""
        self._last = None
        return await self._models.find(frame)

    async def record(self, changes: Sequence[ShelfChange], at: datetime) -> None:
        """Record what changed, and ask about some of it."""
        await self._records.record(changes, at)
        self._facts_at = None
        opened = {one.facing for one in changes if isinstance(one, GapOpened)}
        closed = {
            one.facing: one.since - one.opened for one in changes if isinstance(one, GapClosed)
        }
        if (opened or closed) and self._last is not None:
            self._asking, asked = self._asking.changed(opened, closed, at)
            await self._ask(asked, at)

    async def standing(self) -> ShelfStanding:
        """Return what stands now."""
        return await self._records.standing()

    async def _known(self, at: datetime) -> Facts:
        """Return what sales and the shadow say; sales are asked once a minute."""
        if self._facts_at is None or not timedelta(0) <= at - self._facts_at < _FACTS_EVERY:
            self._facts = await self._means.questions.facts(self._asking.camera, at)
            self._facts_at = at
        return self._facts

    def _disputed(self, frame: Frame, facings: Mapping[str, Box]) -> frozenset[str]:
        """Return the facings of the last pictures about which the shadow says otherwise."""
        digests = self._means.disputed()
        if digests is None:
            self._crops = {}
            return frozenset()
        seen = zip(cut(frame.pixels, list(facings.values())), facings, strict=True)
        crops = self._crops | {crop_digest(crop): name for crop, name in seen}
        self._crops = dict(list(crops.items())[-_CROPS:])
        return frozenset(self._crops[one] for one in digests & self._crops.keys())

    async def _ask(self, asked: Sequence[Ask], at: datetime) -> None:
        """Keep and tell the questions of which there is a picture."""
        look = self._last
        if not asked or look is None:
            return
        items = {
            one.facing: one.gtin
            for one in await self._means.planogram.facings()
            if one.camera == self._asking.camera
        }
        pixels = await asyncio.to_thread(look.shown, self._means.mask)
        found = [_question(one, look, pixels, items.get(one.facing)) for one in asked]
        await self._means.questions.ask([one for one in found if one is not None], at)


def _question(
    asked: Ask, look: _Look, pixels: Picture, gtin: str | None
) -> FacingQuestioned | None:
    """Return the question with its picture, cut of `pixels`; None where the facing is not on it."""
    box, chances = look.boxes.get(asked.facing), look.judged.chances.get(asked.facing)
    if box is None or chances is None:
        return None
    shown = close_up(pixels, box, MAX_PICTURE)
    if shown is None:
        return None
    return FacingQuestioned(
        camera=look.camera,
        facing=asked.facing,
        gtin=gtin,
        taken_at=look.frame.taken_at,
        chances=(chances.full, chances.low, chances.empty, chances.occluded),
        threshold=look.judged.threshold,
        model=look.model,
        reason=asked.reason,
        sampled=asked.sampled,
        alert=asked.alert,
        picture=sha256_of(shown.jpeg),
        place=(shown.place.x0, shown.place.y0, shown.place.x1, shown.place.y1),
        masked=shown.masked,
        jpeg=b64encode(shown.jpeg).decode(),
    )
