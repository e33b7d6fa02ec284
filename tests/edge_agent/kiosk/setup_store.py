"""A store whose shelves can be set up: a camera over a folder with one picture, a plan, no tags."""

import tempfile
from datetime import UTC, time
from itertools import chain, count
from pathlib import Path
from typing import Any

import cv2

from edge_agent.adapters.camera_view_tables import CameraViewTables
from edge_agent.adapters.catalogue_index import CatalogueIndex
from edge_agent.adapters.facing_tables import FacingTables
from edge_agent.adapters.planogram_file import PlanogramFile
from edge_agent.adapters.reference_pictures import ReferencePictures
from edge_agent.adapters.reference_tables import ReferenceTables
from edge_agent.adapters.shelf_naming import ShelfNaming
from edge_agent.adapters.shelf_setup import Keeping, ShelfSetupDesk
from edge_agent.adapters.shelf_tables import replace_planogram
from edge_agent.core.facing import Opening
from edge_agent.core.feed.item_codes import PLAIN
from edge_agent.core.vision.enrolment_plan import facings_in, mark_of
from edge_agent.ports.cameras import Found, Frame
from edge_agent.ports.enrolment import Reading
from edge_agent.ports.models import Models
from endcap.models.gaps.boxes import Box, Detection
from endcap.models.gaps.crops import Picture
from endcap.plumbing.clock import Clock
from endcap.plumbing.sqlite_file import SqliteFile
from tests.edge_agent.adapters.test_shelf_proposals import drawn_shelf
from tests.fakes.clock import NOON

CAMERA = "aisle-1"
PLAN = "camera,facing,gtin,x,y,w,h,note\naisle-1,f0,04006381333931,0.1,0.1,0.2,0.3,by the door\n"
TAG = Reading(Box(0.12, 0.4, 0.2, 0.43), "text", "Whole milk 1 l")


MARK = mark_of(facings_in(PLAN, CAMERA))
PICTURE = "0123456789abcdef"
"""What the first picture of this store is called."""

DRAFT = {
    "facings": [{"facing": "f0", "gtin": "4006381333931", "x": 0.1, "y": 0.1, "w": 0.2, "h": 0.3}],
    "mark": MARK,
}
SETUP_ROUTES: list[tuple[str, str, dict[str, Any] | None]] = [
    (method, f"/v1/shelf-setup{path}", body)
    for method, path, body in (
        ("GET", "", None),
        ("POST", f"/cameras/{CAMERA}/pictures", {}),
        ("GET", f"/pictures/{PICTURE}", None),
        ("POST", f"/pictures/{PICTURE}/proposals", {}),
        ("POST", f"/pictures/{PICTURE}/names", DRAFT),
        ("POST", f"/cameras/{CAMERA}/import", {"csv": PLAN, "picture": PICTURE}),
        ("POST", f"/cameras/{CAMERA}/compare", DRAFT),
        ("PUT", f"/cameras/{CAMERA}/facings", DRAFT),
        ("GET", f"/cameras/{CAMERA}/facings", None),
    )
]


class OneGap:
    """A detector that sees one gap."""

    async def find(self, frame: Frame) -> Found:
        """Return it."""
        _ = frame
        return Found((Detection(Box(0.4, 0.02, 0.5, 0.05), 0.9),), 0.5)


def read_one_tag(picture: Picture) -> tuple[Reading, ...]:
    """Return the one tag that is on any picture."""
    _ = picture
    return (TAG,)


def setup_of(
    file: SqliteFile, clock: Clock, models: Models, folder: Path | None = None
) -> ShelfSetupDesk:
    """Return a desk at which the shelf before aisle-1 can be set up; aisle-2 is switched off."""
    folder = folder or Path(tempfile.mkdtemp(prefix="shelf-setup-"))
    pictures = folder / "pictures"
    pictures.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(pictures / "1.png"), drawn_shelf()[0])
    plan = folder / "planogram.csv"
    plan.write_text(PLAN)

    async def take_in() -> None:
        facings = facings_in(plan.read_text(), CAMERA)
        await file.write(lambda db: replace_planogram(db, facings, NOON))

    keeping = Keeping(
        models=OneGap(),
        references=ReferenceTables(file),
        facings=FacingTables(file, Opening(time(8), time(20), UTC)),
        views=CameraViewTables(file),
        take_in=take_in,
        read=read_one_tag,
        naming=ShelfNaming(CatalogueIndex(file, clock, models), models, PLAIN),
    )
    sources = {CAMERA: str(pictures), "aisle-2": ""}
    names = chain([PICTURE], (f"picture-{number}" for number in count(2)))
    pictures_of = ReferencePictures(sources, clock)
    return ShelfSetupDesk(pictures_of, PlanogramFile(plan), keeping, clock, names.__next__)
