"""What may be said of a facing, and of where an item stands."""

from datetime import UTC, datetime, timedelta

import pytest

from edge_agent.core.facing import (
    FacingState,
    Shelf,
    Shown,
    Sighting,
    shelf_of,
    shown_as,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
EARLIER, EARLIEST = NOON - timedelta(hours=1), NOON - timedelta(hours=5)


@pytest.mark.parametrize(
    ("seen", "shown"),
    [
        (
            Sighting(None, None, "full", EARLIER),
            Shown("unknown", None, "its camera was never seen"),
        ),
        (Sighting("dark", NOON, "gap", EARLIER), Shown("unknown", NOON, "its camera is dark")),
        (Sighting("ok", EARLIEST, "gap", EARLIER), Shown("gap", EARLIER)),
        (Sighting("ok", EARLIEST, "full", EARLIER), Shown("full", EARLIER)),
        (Sighting("ok", EARLIEST, "low", EARLIER), Shown("low", EARLIER)),
        (Sighting("ok", EARLIEST, None, None), Shown("unknown", EARLIEST, "never seen yet")),
        (
            Sighting("ok", EARLIEST, "unknown", EARLIER, "hidden"),
            Shown("unknown", EARLIER, "nothing was seen of it for long"),
        ),
        (
            Sighting("ok", EARLIEST, "gap_unseen", EARLIER, "of a later program"),
            Shown("unknown", EARLIER, "never seen yet"),
        ),
    ],
)
def test_a_facing_is_what_a_sound_camera_saw(seen: Sighting, shown: Shown) -> None:
    assert shown_as(seen) == shown


@pytest.mark.parametrize(
    ("states", "shelf"),
    [
        ((), "no facing"),
        (("gap", "full", "unknown"), "on shelf"),
        (("gap", "unknown"), "unknown"),
        (("gap", "low"), "on shelf"),
        (("gap", "gap"), "gap"),
    ],
)
def test_an_item_is_on_the_shelf_when_any_facing_is_full(
    states: tuple[FacingState, ...], shelf: Shelf
) -> None:
    assert shelf_of(states) == shelf
