"""What the centre says of facings: the store's last word, in whatever order its words arrive."""

import itertools
import sqlite3
from datetime import timedelta

import pytest

from central_sync.adapters import shelf_rows
from central_sync.adapters.schema import migrate
from central_sync.core.overview import OpenGap, UnknownFacing
from endcap.wire.events import Event, FacingSeen, FacingUnknown
from tests.fakes.store_world import GTIN, NOON, OTHER_EPOCH, STORE, at_place, gap, gap_over, in_row

LATER = NOON + timedelta(minutes=5)


def unknown(facing: str = "a1", reason: str = "hidden") -> FacingUnknown:
    named = {"camera": "aisle-1", "facing": facing, "gtin": GTIN, "since": LATER}
    return FacingUnknown.model_validate({**named, "reason": reason})


def seen(facing: str = "a1", state: str = "full") -> FacingSeen:
    named = {"camera": "aisle-1", "facing": facing, "gtin": GTIN, "since": LATER}
    return FacingSeen.model_validate({**named, "state": state})


def heard(*events: Event) -> tuple[tuple[OpenGap, ...], tuple[UnknownFacing, ...]]:
    """Return the gaps and the unknown facings after `events`, which come one by one."""
    db = sqlite3.connect(":memory:")
    db.row_factory = sqlite3.Row
    migrate(db)
    for one in events:
        shelf_rows.apply(db, [one])
    return shelf_rows.open_gaps(db, None, 9), shelf_rows.unknown_facings(db, STORE, 9)


@pytest.mark.parametrize(
    ("bodies", "unseen", "reasons"),
    [
        ([unknown()], [], ["hidden"]),
        ([unknown(), unknown(reason="camera")], [], ["camera"]),
        ([unknown(), seen()], [], []),
        ([seen(), unknown(reason="together")], [], ["together"]),
        ([unknown(), gap()], [""], []),
        ([gap(), unknown()], ["hidden"], ["hidden"]),
        ([gap(), unknown(), seen(state="gap")], [""], []),
        ([gap(), unknown(), gap_over()], [], []),
        ([unknown(), unknown(reason="replanned")], [], []),
    ],
)
def test_the_last_word_counts_in_any_order(
    bodies: list[FacingUnknown], unseen: list[str], reasons: list[str]
) -> None:
    for events in itertools.permutations(in_row(bodies)):
        gaps, found = heard(*events, *events)
        assert [one.unseen for one in gaps] == unseen
        assert [one.reason for one in found] == reasons


def test_a_new_epoch_goes_by_the_time() -> None:
    old = at_place(unknown(), 900, time=NOON)
    new = at_place(seen(), 1, epoch=OTHER_EPOCH, time=LATER)
    assert heard(old, new) == heard(new, old) == ((), ())


def test_facings_are_told_with_their_place_and_since_when() -> None:
    gaps, found = heard(*in_row([gap("a2"), unknown("a1"), unknown("a3", "camera")]))
    assert gaps == (OpenGap(STORE, "aisle-1", "a2", GTIN, NOON),)
    assert found == (
        UnknownFacing(STORE, "aisle-1", "a1", GTIN, LATER, "hidden"),
        UnknownFacing(STORE, "aisle-1", "a3", GTIN, LATER, "camera"),
    )
