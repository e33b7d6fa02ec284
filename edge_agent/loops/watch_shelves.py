"""Watches the shelves of one camera: look, judge, weigh over time, write down what changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from edge_agent.core.feed.shelf import Facing
from edge_agent.core.vision.condition import CameraWatch
from edge_agent.core.vision.places import Places, box_of, hidden_facings
from edge_agent.core.vision.watch import PATIENCE, GapWatch, Patience
from edge_agent.ports.cameras import Camera, CameraBlindError, Frame, GapModels
from edge_agent.ports.shelf_records import Planogram, ShelfChange, ShelfRecords
from endcap.plumbing.clock import Clock

_NO_PLACES = Places()
_UNTIL_A_MODEL_SAYS = 0.5


@dataclass(frozen=True, slots=True)
class Watched:
    """All that is remembered of one camera between two pictures."""

    camera: CameraWatch
    gaps: GapWatch
    places: Places = _NO_PLACES


@dataclass(frozen=True, slots=True)
class Shelves:
    """What judging a picture needs, and where what changed is written down."""

    models: GapModels
    planogram: Planogram
    records: ShelfRecords


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
    gaps = {gap.facing: gap.since for gap in standing.gaps if gap.camera == camera}
    watch = GapWatch(camera, _UNTIL_A_MODEL_SAYS, patience, open_since=gaps)
    before = standing.cameras.get(camera)
    return Watched(CameraWatch(camera, told=before.condition if before else None), watch)


async def look_once(camera: Camera, shelves: Shelves, watched: Watched, clock: Clock) -> Watched:
    """Take in the next picture, or that there is none, and record what changed."""
    changes: list[ShelfChange] = []
    try:
        frame = await camera.look()
        condition, told = watched.camera.saw(frame.facts, frame.taken_at)
        watched = replace(watched, camera=condition)
        changes += told
        if condition.believed:
            watched, seen = await _judge(frame, shelves, watched)
            changes += seen
    except CameraBlindError as blind:
        condition, told = watched.camera.missed(blind.condition, str(blind)[:300], clock.now())
        watched = replace(watched, camera=condition)
        changes += told
    if watched.camera.told != "ok":
        watched = replace(watched, gaps=watched.gaps.blinded())
    if changes:
        await shelves.records.record(changes, clock.now())
    return watched


_Judgement = tuple[Watched, Sequence[ShelfChange]]


async def _judge(frame: Frame, shelves: Shelves, watched: Watched) -> _Judgement:
    """Judge the facings of the planogram, or, without any, look for gaps anywhere."""
    all_facings = await shelves.planogram.facings()
    facings = {one.facing: one for one in all_facings if one.camera == watched.camera.camera}
    if facings:
        return await _judge_facings(frame, shelves.models, facings, watched)
    return await _find_gaps(frame, shelves.models, watched)


async def _judge_facings(
    frame: Frame, models: GapModels, facings: Mapping[str, Facing], watched: Watched
) -> _Judgement:
    boxes = {name: box_of(facing) for name, facing in facings.items()}
    hidden = hidden_facings(boxes, frame.moving)
    seen = {name: box for name, box in boxes.items() if name not in hidden}
    judged = await models.judge(frame, seen)
    items = {name: facing.gtin for name, facing in facings.items()}
    gaps = watched.gaps.only(facings).with_threshold(judged.threshold)
    empty = {name: chances.empty for name, chances in judged.chances.items()}
    gaps, changes = gaps.saw(empty, items, frame.taken_at)
    return replace(watched, gaps=gaps), changes


async def _find_gaps(frame: Frame, models: GapModels, watched: Watched) -> _Judgement:
    found = await models.find(frame)
    places, probabilities = watched.places.saw(found.detections)
    hidden = hidden_facings(places.known, frame.moving)
    shown = {name: one for name, one in probabilities.items() if name not in hidden}
    shown |= {name: 0.0 for name in watched.gaps.open_since if name not in places.known}
    gaps = watched.gaps.with_threshold(found.threshold)
    gaps, changes = gaps.saw(shown, {}, frame.taken_at)
    return replace(watched, gaps=gaps, places=places.keeping(gaps.of_interest)), changes
