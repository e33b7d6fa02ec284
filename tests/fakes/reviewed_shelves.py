"""Rendered shelves of several stores as their cameras ask about them, and what a person would say.

One kind of store has a habit that misleads a model which never saw it: its shelves are seen through
a reflection, so that what is empty looks far too bright.
"""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from endcap.models.gaps.boxes import Box
from endcap.models.gaps.close_up import close_up
from endcap.models.gaps.crops import Picture
from endcap.models.gaps.optics import Moment
from endcap.models.gaps.rendering import Stock, Truth, render_shelf
from endcap.models.gaps.shelves import Style, build_shelf
from endcap.models.gaps.states import State
from endcap.plumbing.files import sha256_of
from endcap.wire.review_events import MAX_PICTURE, FacingQuestioned

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
STATES: tuple[Stock, ...] = ("full", "empty", "full", "empty", "low")


def reflected(picture: Picture) -> Picture:
    """Return a picture as through a pane that shows lamps."""
    high, wide = picture.shape[:2]
    stripes = 90 * (np.sin(np.arange(wide) / 3) > 0) + 60 * (np.sin(np.arange(high)[:, None]) > 0)
    dimmed = picture.astype(np.float32) * 0.5 + stripes[:, :, None]
    return np.asarray(np.clip(dimmed, 0, 255), np.uint8)


@dataclass(frozen=True, slots=True)
class Seen:
    """A picture that a store's camera took, and what each of its facings is."""

    at: datetime
    picture: Picture
    truth: tuple[Truth, ...]


def seen(store: int, shelves: int) -> Iterator[Seen]:
    """Yield pictures of a store, one an hour, each of another shelf."""
    for number in range(shelves):
        rng = np.random.default_rng([store, number])
        shelf = build_shelf(int(rng.integers(2**31)), Style(400, 300, 3, 7, 0.02))
        stock = {one.name: STATES[int(rng.integers(len(STATES)))] for one in shelf.facings}
        drawn = render_shelf(shelf, stock, Moment(seed=number))
        yield Seen(AT + timedelta(hours=number), reflected(drawn.picture), drawn.truth)


def asked(store: int, shelves: int = 3) -> Iterator[tuple[FacingQuestioned, State]]:
    """Yield questions of a store, each with the truth."""
    for number, one in enumerate(seen(store, shelves)):
        for place, truth in enumerate(one.truth):
            shown = close_up(one.picture, truth.box, MAX_PICTURE)
            if shown is None or truth.state == "occluded":
                continue
            at = one.at + timedelta(seconds=place)
            yield _question(f"{truth.name}-{number}", shown.jpeg, shown.place, at), truth.state


def _question(facing: str, jpeg: bytes, box: Box, at: datetime) -> FacingQuestioned:
    return FacingQuestioned(
        camera="aisle-1",
        facing=facing,
        taken_at=at,
        chances=(0.5, 0.0, 0.5, 0.0),
        threshold=0.5,
        model="a" * 64,
        reason="uncertain",
        sampled=1.0,
        alert=False,
        picture=sha256_of(jpeg),
        place=(box.x0, box.y0, box.x1, box.y1),
        jpeg=b64encode(jpeg).decode(),
    )
