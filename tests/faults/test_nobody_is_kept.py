"""Watching people pass leaves no picture of anybody: every byte that was written is looked at."""

from datetime import timedelta
from pathlib import Path

import cv2
import numpy as np

from edge_agent.adapters.aligned_cameras import AlignedCamera
from edge_agent.adapters.camera_view_tables import CameraViewTables
from edge_agent.adapters.reference_tables import ReferenceTables
from edge_agent.adapters.shelf_tables import ShelfTables, replace_planogram
from edge_agent.core.feed.shelf import Facing
from edge_agent.core.vision.watch import PATIENCE
from edge_agent.loops.watch_shelves import Shelves, look_once, resume
from endcap.models.gaps.crops import Picture
from endcap.models.gaps.registration import grey_of, read_back
from endcap.plumbing.sqlite_file import SqliteFile
from tests.edge_agent.adapters.store_file import with_store
from tests.edge_agent.adapters.test_aligned_cameras import SHOWN, ShowingCamera
from tests.fakes.clock import FakeClock
from tests.fakes.shelf_eyes import KnowingModels

MINUTE = timedelta(minutes=1)
SIDE = 40
_NOISE = np.random.default_rng(3).integers(0, 2, (SIDE // 4, SIDE // 4, 3)).astype(np.uint8)
FACE = np.kron(_NOISE * np.uint8(255), np.ones((4, 4, 1), np.uint8))
PLACES = [(20, 40), (120, 90), (220, 60), (300, 150), (60, 200), (180, 180), (260, 220)]
STARTS = {"JPEG": b"\xff\xd8\xff\xe0", "PNG": b"\x89PNG\r\n\x1a\n"}


def somebody_at(place: tuple[int, int]) -> Picture:
    x, y = place
    picture = SHOWN.copy()
    picture[y : y + SIDE, x : x + SIDE] = FACE
    return picture


def recovered(grey: np.ndarray) -> float:
    """Return how alike the likest place of a picture is to the face, 1 for the same."""
    face = cv2.cvtColor(FACE, cv2.COLOR_RGB2GRAY)
    return float(cv2.matchTemplate(grey, face, cv2.TM_CCOEFF_NORMED).max())


async def watched_day(file: SqliteFile) -> bytes:
    """Watch people pass for a while; return the view that is kept."""
    shown = ShowingCamera()
    clock = FakeClock(shown.at)
    facing = Facing("cam", "a1", None, 0.3, 0.3, 0.2, 0.2)
    await file.write(lambda db: replace_planogram(db, [facing], shown.at))
    tables = ShelfTables(file)
    shelves = Shelves(KnowingModels("a1"), tables, tables, ReferenceTables(file))
    camera = AlignedCamera(shown, CameraViewTables(file))
    watched = await resume("cam", tables, PATIENCE)
    for place in PLACES * 3:
        shown.picture = somebody_at(place)
        clock.turn(MINUTE)
        watched = await look_once(camera, shelves, watched, clock)
    view = await CameraViewTables(file).newer("cam", None)
    assert view is not None
    return view.picture


def test_nobody_who_passed_can_be_found_in_what_was_written(tmp_path: Path) -> None:
    kept = with_store(tmp_path, watched_day)
    assert recovered(grey_of(somebody_at(PLACES[0]))) > 0.95, "what is looked for can be found"
    assert recovered(read_back(kept)) < 0.6
    written = b"".join(path.read_bytes() for path in sorted(tmp_path.rglob("*")) if path.is_file())
    assert written.count(STARTS["JPEG"]) == 0
    assert written.count(STARTS["PNG"]) == 1, "the camera's view, and nothing else"
