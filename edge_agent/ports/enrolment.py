"""What setting up a shelf asks of the store: a picture, the plan, and what may help with names.

Every method may raise SetupRefusedError: its `code` tells programs, its message and hint people.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from edge_agent.core.feed.shelf import Facing
from edge_agent.core.vision.enrolment_import import Imported
from edge_agent.core.vision.enrolment_plan import Difference
from edge_agent.ports.cameras import Found, Frame
from endcap.models.gaps.boxes import Box

Refusal = Literal[
    "unknown-camera",
    "camera-blind",
    "picture-gone",
    "no-planogram",
    "plan-unusable",
    "plan-changed",
    "plan-unwritable",
    "draft-wrong",
    "naming-missing",
]
Stands = Literal["full", "empty", "hidden"]
"""How a facing stands on the reference picture; one that is hidden is no reference of anything."""


class SetupRefusedError(Exception):
    """A shelf cannot be set up like that; the message says why, the hint what to do."""

    def __init__(self, code: Refusal, detail: str, hint: str = "") -> None:
        super().__init__(detail)
        self.code: Refusal = code
        self.hint = hint


@dataclass(frozen=True, slots=True)
class SetupCamera:
    """A camera of the configuration, and how many facings it has."""

    camera: str
    facings: int


@dataclass(frozen=True, slots=True)
class Taken:
    """A reference picture, kept in memory for a while; `advice` says what is not good about it."""

    picture: str
    camera: str
    taken_at: datetime
    width: int
    height: int
    condition: str
    advice: str


@dataclass(frozen=True, slots=True)
class Planned:
    """A camera's facings as the plan has them, and a mark of them; see mark_of."""

    facings: tuple[Facing, ...]
    mark: str


@dataclass(frozen=True, slots=True)
class Saved:
    """What was saved: what that changed, the new mark, and how many references were kept."""

    changes: tuple[Difference, ...]
    mark: str
    references: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read off a picture: a bar code's or a QR code's digits, or a line of a price tag."""

    box: Box
    kind: Literal["code", "text"]
    text: str


@dataclass(frozen=True, slots=True)
class Named:
    """An item that a tag seems to name for a facing: by its `code`, or by `words`, which `text` is.

    `name` is empty for a code that the catalogue was not asked about.
    """

    facing: str
    gtin: str
    name: str
    how: Literal["code", "words"]
    text: str


class ShelfPlan(Protocol):
    """The store's planogram, camera by camera."""

    async def planned(self, camera: str) -> Planned: ...

    async def save(self, camera: str, facings: Sequence[Facing], mark: str) -> Saved: ...


class GapFinder(Protocol):
    """Finds gaps; raises ModelUnusableError when there is no model for it."""

    async def find(self, frame: Frame) -> Found: ...


class ShelfSetup(Protocol):
    """Everything that the page and the command for setting up shelves ask.

    `proposed` are facings on a picture that was taken; `planned` those of the plan, where they are
    on that picture. `save` changes the plan, unless somebody else has since `mark`; with a picture
    it keeps what each facing looks like there. `named` are items that tags on it seem to name,
    None while it is still being read; `imported` is what a file of another tool means there.
    """

    async def cameras(self) -> tuple[SetupCamera, ...]: ...

    async def take(self, camera: str) -> Taken: ...

    async def picture(self, picture: str) -> bytes: ...

    async def planned(self, camera: str, picture: str | None) -> Planned: ...

    async def proposed(self, picture: str) -> tuple[Box, ...]: ...

    async def named(self, picture: str, facings: Sequence[Facing]) -> tuple[Named, ...] | None: ...

    async def imported(
        self, camera: str, picture: str, lines: Sequence[bytes], *, from_below: bool
    ) -> Imported: ...

    async def save(
        self,
        camera: str,
        facings: Sequence[Facing],
        mark: str,
        picture: str | None,
        stands: Mapping[str, Stands],
    ) -> Saved: ...
