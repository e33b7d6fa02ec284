"""/v1/shelf-setup: take a picture, get facings proposed, compare, name and save them.

Pictures may show people: they are for staff with a key, whatever else is open; see roles.py. What
is proposed and saved is decided behind the port.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from edge_agent.core.feed.shelf import Facing
from edge_agent.core.vision.enrolment_import import Imported
from edge_agent.core.vision.enrolment_plan import (
    MOST,
    Difference,
    DraftError,
    difference,
    remarks,
    tidied,
)
from edge_agent.kiosk.facts import StoreFacts
from edge_agent.ports.enrolment import (
    Named,
    Refusal,
    SetupCamera,
    SetupRefusedError,
    ShelfSetup,
    Taken,
)
from endcap.plumbing.http_face.problems import Problem, documented
from endcap.wire.identifiers import NAME_PATTERN, Finite

_STATUS: dict[Refusal, int] = {
    "unknown-camera": 404,
    "picture-gone": 404,
    "camera-blind": 409,
    "no-planogram": 409,
    "plan-unusable": 409,
    "plan-changed": 409,
    "draft-wrong": 422,
    "naming-missing": 409,
    "plan-unwritable": 503,
}
_REFUSALS = documented(404, 409)

CameraPath = Annotated[str, Path(max_length=63, description="the camera's name")]
PicturePath = Annotated[str, Path(max_length=32, description="a picture's name, as it was taken")]
PictureName = Annotated[str, Field(max_length=32)]
PictureQuery = Annotated[str | None, Query(max_length=32, description="where they are on it")]
Name = Annotated[str, Field(min_length=1, max_length=63, pattern=NAME_PATTERN)]
Share = Annotated[Finite, Field(ge=0, le=1)]


class DraftedFacing(BaseModel):
    """A facing as it is drawn: shares of the picture, and the item by any form of its GTIN.

    `stands` says how it stands on the reference picture.
    """

    model_config = ConfigDict(extra="forbid")
    facing: Name
    gtin: Annotated[str | None, Field(max_length=20)] = None
    x: Share
    y: Share
    w: Share
    h: Share
    stands: Literal["full", "empty", "hidden"] = "full"


class Draft(BaseModel):
    """All facings of a camera; `mark` is what the plan had when they were loaded.

    With `picture`, what the facings look like on it is kept.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "facings": [{"facing": "r1-1", "x": 0.1, "y": 0.1, "w": 0.1, "h": 0.2}],
                    "mark": "e3b0c44298fc1c14",
                }
            ]
        },
    )
    facings: Annotated[tuple[DraftedFacing, ...], Field(max_length=MOST)]
    mark: Annotated[str, Field(max_length=32)] = ""
    picture: PictureName | None = None


class PlanFile(BaseModel):
    """A planogram as another tool exported it, laid onto a picture that was taken."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "csv": "EAN,Left,Top,Width,Height\n4006381333931,10,20,5,30\n",
                    "picture": "0123456789abcdef",
                }
            ]
        },
    )
    csv: Annotated[str, Field(max_length=900_000)]
    picture: PictureName
    from_below: bool = True


@dataclass(frozen=True, slots=True)
class SetupCameras:
    """The cameras whose shelves can be set up."""

    cameras: tuple[SetupCamera, ...]


@dataclass(frozen=True, slots=True)
class PlannedAnswer:
    """A camera's facings as the plan has them, and the mark to save with."""

    camera: str
    facings: tuple[Facing, ...]
    mark: str


@dataclass(frozen=True, slots=True)
class Place:
    """A proposed facing, in shares of the picture."""

    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True, slots=True)
class Proposed:
    """Where facings seem to be; a person corrects them."""

    picture: str
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Names:
    """The items that tags seem to name; a person confirms them. Reading takes a while: `done`."""

    picture: str
    done: bool
    names: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """What saving a draft would change, and what to look at before."""

    camera: str
    mark: str
    changes: tuple[Difference, ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SavedAnswer:
    """What was saved, and of how many facings a reference was kept."""

    camera: str
    mark: str
    changes: tuple[Difference, ...]
    references: int


def enrolment_routes(setup: ShelfSetup, store: StoreFacts) -> APIRouter:
    """Return the routes that set shelves up."""
    router = APIRouter(prefix="/v1/shelf-setup", tags=["shelf setup"], responses=_REFUSALS)

    @router.get("")
    async def cameras() -> SetupCameras:
        """The cameras of the store, and how many facings each has."""
        return SetupCameras(await setup.cameras())

    router.include_router(_picture_routes(setup, store))
    router.include_router(_camera_routes(setup, store))
    return router


def _picture_routes(setup: ShelfSetup, store: StoreFacts) -> APIRouter:
    """Return the routes about a picture that was taken."""
    router = APIRouter(prefix="/pictures/{picture}")

    @router.get(
        "",
        response_class=Response,
        responses={200: {"content": {"image/jpeg": {}}}},
    )
    async def picture(picture: PicturePath) -> Response:
        """The picture itself."""
        return Response(await setup.picture(picture), media_type="image/jpeg")

    @router.post("/proposals")
    async def propose(picture: PicturePath) -> Proposed:
        """Where facings seem to be: shelf boards, packs that repeat, and gaps."""
        found = await setup.proposed(picture)
        places = (Place(one.x0, one.y0, one.width, one.height) for one in found)
        return Proposed(picture, tuple(places))

    @router.post("/names")
    async def names(picture: PicturePath, draft: Draft) -> Names:
        """Items that tags on the picture seem to name; ask again while that is not `done`."""
        found = await setup.named(picture, _facings("", draft, store))
        return Names(picture, found is not None, found or ())

    return router


def _camera_routes(setup: ShelfSetup, store: StoreFacts) -> APIRouter:
    """Return the routes about a camera's facings."""
    router = APIRouter(prefix="/cameras/{camera}")

    @router.post("/pictures", status_code=201)
    async def take(camera: CameraPath) -> Taken:
        """Take a reference picture. It stays in memory for half an hour, never on a disk."""
        return await setup.take(camera)

    @router.get("/facings")
    async def planned(camera: CameraPath, picture: PictureQuery = None) -> PlannedAnswer:
        """The facings that the plan has, where they are on a picture that was taken."""
        found = await setup.planned(camera, picture)
        return PlannedAnswer(camera, found.facings, found.mark)

    @router.post("/import")
    async def plan_of(camera: CameraPath, told: PlanFile) -> Imported:
        """What a planogram of another tool means on the picture; nothing is saved."""
        lines = told.csv.encode("utf-8", "replace").splitlines()
        return await setup.imported(camera, told.picture, lines, from_below=told.from_below)

    @router.post("/compare")
    async def compare(camera: CameraPath, draft: Draft) -> Compared:
        """What saving the draft would change; nothing is saved."""
        before = await setup.planned(camera, None)
        after = _tidied(camera, draft, store)
        changes = difference(before.facings, after)
        return Compared(camera, before.mark, changes, remarks(after))

    @router.put("/facings")
    async def save(camera: CameraPath, draft: Draft) -> SavedAnswer:
        """Save the draft in place of the camera's facings, unless `mark` is no longer theirs."""
        stands = {one.facing: one.stands for one in draft.facings}
        drafted = _facings(camera, draft, store)
        saved = await setup.save(camera, drafted, draft.mark, draft.picture, stands)
        return SavedAnswer(camera, saved.mark, saved.changes, saved.references)

    return router


def refused(error: Exception) -> Problem:
    """Return the problem of a shelf that cannot be set up like that."""
    assert isinstance(error, SetupRefusedError)  # noqa: S101 - registered for this class alone
    return Problem(_STATUS[error.code], error.code, str(error), error.hint)


def _facings(camera: str, draft: Draft, store: StoreFacts) -> tuple[Facing, ...]:
    """Return the facings of a draft, with their items' GTINs in one form."""
    return tuple(
        Facing(camera, one.facing, _gtin(one, store), one.x, one.y, one.w, one.h)
        for one in draft.facings
    )


def _gtin(one: DraftedFacing, store: StoreFacts) -> str | None:
    if not (one.gtin or "").strip():
        return None
    try:
        return store.codes.read(one.gtin).gtin
    except ValueError as error:
        hint = "type it again, or pick the item from the list"
        raise SetupRefusedError("draft-wrong", f"{one.facing}: {error}", hint) from None


def _tidied(camera: str, draft: Draft, store: StoreFacts) -> tuple[Facing, ...]:
    try:
        return tidied(camera, _facings(camera, draft, store))
    except DraftError as error:
        raise SetupRefusedError("draft-wrong", str(error)) from None
