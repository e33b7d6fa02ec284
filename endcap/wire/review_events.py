"""What a store asks of a facing that it is not sure of, with a small picture of it, and the answer.

Only a camera with `review = true` ever asks. What is worth asking is the store's to decide, who
answers and what follows is the centre's.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from endcap.wire.body import Body, Priority
from endcap.wire.identifiers import Gtin, Name, Sha256, Share
from endcap.wire.values import Instant

MAX_PICTURE = 12_000
"""Bytes of a picture of one facing, at most."""

Base64 = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9+/]*={0,2}$", max_length=MAX_PICTURE // 3 * 4)
]
"""A JPEG as base64; empty once the picture is too old to be kept."""

Reason = Literal["sold", "disputed", "brief", "flips", "unsold", "uncertain", "random"]
"""Why a facing is asked about.

    sold       the item sold while the gap stood open
    disputed   the models that serve and those in the shadow say otherwise
    brief      a gap closed within moments
    flips      empty, not empty, empty, not empty
    unsold     nothing sold for long, though it shows full
    uncertain  the chances lie about the threshold
    random     by chance alone, so that estimates are not biased
"""

Seen = Literal["full", "low", "empty", "occluded"]
"""What a person says a facing is."""


class FacingQuestioned(Body):
    """Is this facing empty? `chances` are of full, low, empty and occluded, as the model said.

    `sampled` is the probability with which it was drawn, 1 for what was chosen; `alert` says that a
    gap stood open there. `picture` is the SHA-256 of `jpeg`, in which the facing is at `place`
    (x0, y0, x1, y1 in shares), and of which the share `masked` was blanked.
    """

    kind: ClassVar[str] = "endcap.shelf.facing-questioned.v1"
    priority: ClassVar[Priority] = Priority.LOW
    camera: Name
    facing: Name
    gtin: Gtin | None = None
    taken_at: Instant
    chances: tuple[Share, Share, Share, Share]
    threshold: Share
    model: Sha256
    reason: Reason
    sampled: float = Field(gt=0, le=1)
    alert: bool
    picture: Sha256
    place: tuple[Share, Share, Share, Share]
    masked: Share = 0.0
    jpeg: Base64 = ""


class FacingAnswered(Body):
    """A person in the store says what a facing is; `picture` is what they were shown, if any."""

    kind: ClassVar[str] = "endcap.shelf.facing-answered.v1"
    camera: Name
    facing: Name
    gtin: Gtin | None = None
    at: Instant
    answer: Seen
    picture: Sha256 | None = None
