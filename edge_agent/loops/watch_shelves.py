"""Watches the shelves of one camera: look, judge, weigh over time, write down what changed.

What each facing is is read before each picture is weighed, for a person or a planogram may have
changed it meanwhile, and a restart begins like that too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from edge_agent.core.feed.shelf import Facing
from edge_agent.core.vision.condition import CameraWatch
from edge_agent.core.vision.machine import FacingEvent
from edge_agent.core.vision.places import Places, box_of, hidden_facings
from edge_agent.core.vision.vouching import Vouching
from edge_agent.core.vision.watch import PATIENCE, Looks, Patience, ShelfWatch
from edge_agent.ports.cameras import Camera, CameraBlindError, Frame, GapModels, Judged
from edge_agent.ports.references import Reference, References
from edge_agent.ports.shelf_records import Planogram, ShelfChange, ShelfRecords, ShelfStanding
from endcap.models.gaps.alignment import as_drawn, in_sight
from endcap.models.gaps.boxes import Box
from endcap.models.gaps.crops import cut
from endcap.models.gaps.states import Chances
from endcap.plumbing.clock import Clock
from endcap.wire.events import FacingSeen

_NO_PLACES = Places()
_UNTIL_A_MODEL_SAYS = 0.5
_SHOWS_MOTION = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Watched:
    """All that is remembered of one camera between two pictures."""

    camera: CameraWatch
    shelf: ShelfWatch
    places: Places = _NO_PLACES
    vouched: Vouching = field(default_factory=Vouching)


@dataclass(frozen=True, slots=True)
class Shelves:
    """What judging a picture needs, and where what changed is written down.

    Where there are `references`, what a person said of a facing is kept as what it looks like.
    """

    models: GapModels
    planogram: Planogram
    records: ShelfRecords
    references: References | None = None


async def watch_shelves(
    camera: Camera, shelves: Shelves, clock: Clock, patience: Patience = PATIENCE
) -> None:
    """Watch for ever; the camera sets the pace."""
    watched = await resume(camera.name, shelves.records, patience)
    while True:
        watched = await look_once(camera, shelves, watched, clock)


async def resume(camera: str, records: ShelfRecords, patience: Patience) -> Watched:
    """Return what is known of a camera from before a restart: what stood open still does."""
    standing = await records.standing()
    before = standing.cameras.get(camera)
    return Watched(
        CameraWatch(camera, told=before.condition if before else None),
        ShelfWatch(
            camera, _UNTIL_A_MODEL_SAYS, patience, standing=dict(standing.of_camera(camera))
        ),
        vouched=Vouching().known(standing.of_camera(camera)),
    )


async def look_once(camera: Camera, shelves: Shelves, watched: Watched, clock: Clock) -> Watched:
    """Take in the next picture, or that there is none, and record what changed."""
    changes: list[ShelfChange] = []
    frame: Frame | None = None
    try:
        frame = await camera.look()
        condition, told = watched.camera.saw(frame.facts, frame.taken_at)
    except CameraBlindError as blind:
        condition, told = watched.camera.missed(blind.condition, str(blind)[:300], clock.now())
    changes += told
    facings = await _facings_of(camera.name, shelves.planogram)
    watched = _recorded(replace(watched, camera=condition), await shelves.records.standing())
    seen: Sequence[FacingEvent] = ()
    if frame is not None and condition.believed:
        watched, seen = await _judge(frame, shelves, facings, watched)
    elif condition.told != "ok":
        watched, seen = _blinded(watched, facings, clock.now())
    changes += seen
    if changes:
        await shelves.records.record(changes, clock.now())
    return watched


async def _facings_of(camera: str, planogram: Planogram) -> Mapping[str, Facing]:
    return {one.facing: one for one in await planogram.facings() if one.camera == camera}


def _recorded(watched: Watched, standing: ShelfStanding) -> Watched:
    """Take over what is written down, and note what people have said since the last picture."""
    facings = standing.of_camera(watched.camera.camera)
    shelf, vouched = watched.shelf.recorded(facings), watched.vouched.heard(facings)
    return replace(watched, shelf=shelf, vouched=vouched)


_Judgement = tuple[Watched, Sequence[FacingEvent]]


def _blinded(watched: Watched, facings: Mapping[str, Facing], at: datetime) -> _Judgement:
    since = watched.camera.since or at
    shelf, changes = watched.shelf.blinded(since, _items(facings))
    return replace(watched, shelf=shelf), changes


async def _judge(
    frame: Frame, shelves: Shelves, facings: Mapping[str, Facing], watched: Watched
) -> _Judgement:
    """Judge the facings of the planogram, or, without any, look for gaps anywhere."""
    if facings:
        return await _judge_facings(frame, shelves, facings, watched)
    return await _find_gaps(frame, shelves.models, watched)


async def _judge_facings(
    frame: Frame, shelves: Shelves, facings: Mapping[str, Facing], watched: Watched
) -> _Judgement:
    drawn = {name: box_of(facing) for name, facing in facings.items()}
    boxes = in_sight(drawn, frame.alignment)
    hidden = _hidden(frame, boxes, watched.shelf)
    seen = {name: box for name, box in boxes.items() if name not in hidden}
    judged = await shelves.models.judge(frame, seen)
    looks = Looks(judged.chances, frame.taken_at, frame.sha256)
    shelf, changes = watched.shelf.with_threshold(judged.threshold).saw(looks, _items(facings))
    watched = await _vouched(frame, shelves, boxes, judged, watched)
    return replace(watched, shelf=shelf), changes


def _hidden(frame: Frame, boxes: Mapping[str, Box], shelf: ShelfWatch) -> frozenset[str]:
    """Return the facings before which something moves.

    Pictures a minute apart do not tell: they differ where somebody stood, and where a pack is gone.
    """
    before = shelf.looked_at
    if before is not None and frame.taken_at - before > _SHOWS_MOTION:
        return frozenset()
    return hidden_facings(boxes, frame.moving)


async def _vouched(
    frame: Frame, shelves: Shelves, boxes: Mapping[str, Box], judged: Judged, watched: Watched
) -> Watched:
    """Keep what a facing looks like of which a person just said what it is."""
    shown = watched.vouched.shown(judged.chances, frame.taken_at)
    if not shown or shelves.references is None:
        return watched
    crops = cut(frame.pixels, [boxes[name] for name in shown])
    await shelves.references.keep(
        tuple(
            Reference(watched.camera.camera, name, state, crop, frame.taken_at)
            for (name, state), crop in zip(shown.items(), crops, strict=True)
        )
    )
    return replace(watched, vouched=watched.vouched.kept(shown))


async def _find_gaps(frame: Frame, models: GapModels, watched: Watched) -> _Judgement:
    """Look for gaps anywhere; of a place nothing is told but its gaps."""
    found = await models.find(frame)
    places, probabilities = watched.places.saw(as_drawn(found.detections, frame.alignment))
    hidden = _hidden(frame, in_sight(places.known, frame.alignment), watched.shelf)
    shown = {name: one for name, one in probabilities.items() if name not in hidden}
    shown |= {name: 0.0 for name in watched.shelf.open_gaps if name not in places.known}
    chances = {name: Chances.of_empty(one) for name, one in shown.items()}
    looks = Looks(chances, frame.taken_at, frame.sha256)
    shelf, changes = watched.shelf.with_threshold(found.threshold).saw(looks, {})
    watched = replace(watched, shelf=shelf, places=places.keeping(shelf.of_interest))
    return watched, [one for one in changes if not isinstance(one, FacingSeen)]


def _items(facings: Mapping[str, Facing]) -> dict[str, str | None]:
    return {name: facing.gtin for name, facing in facings.items()}
