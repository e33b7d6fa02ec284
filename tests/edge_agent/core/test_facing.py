"""What may be said of a facing, and what a gap has probably cost."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from edge_agent.core.facing import (
    FacingState,
    Opening,
    Shelf,
    Sighting,
    facing_state,
    lost_units,
    shelf_of,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
EARLIER, EARLIEST = NOON - timedelta(hours=1), NOON - timedelta(hours=5)
OPENING = Opening(time(8), time(20), UTC)


@pytest.mark.parametrize(
    ("seen", "state"),
    [
        (Sighting(None, None, None, None), ("unknown", None)),
        (Sighting("dark", NOON, EARLIER, None), ("unknown", NOON)),
        (Sighting("ok", EARLIEST, EARLIER, None), ("gap", EARLIER)),
        (Sighting("ok", EARLIEST, None, EARLIER), ("full", EARLIER)),
        (Sighting("ok", EARLIER, None, EARLIEST), ("full", EARLIER)),
        (Sighting("ok", None, None, None), ("full", None)),
    ],
)
def test_a_facing_is_what_a_sound_camera_saw(
    seen: Sighting, state: tuple[FacingState, datetime | None]
) -> None:
    assert facing_state(seen) == state


@pytest.mark.parametrize(
    ("states", "shelf"),
    [
        ((), "no facing"),
        (("gap", "full", "unknown"), "on shelf"),
        (("gap", "unknown"), "unknown"),
        (("gap", "gap"), "gap"),
    ],
)
def test_an_item_is_on_the_shelf_when_any_facing_is_full(
    states: tuple[FacingState, ...], shelf: Shelf
) -> None:
    assert shelf_of(states) == shelf


@pytest.mark.parametrize(
    ("opened", "at", "lost"),
    [
        (NOON - timedelta(hours=1), NOON, 2.0),
        (NOON - timedelta(days=3), NOON, 8.0),
        (NOON, NOON - timedelta(hours=1), 0.0),
        (NOON.replace(hour=21), NOON.replace(hour=22), 0.0),
        (NOON.replace(hour=19), NOON.replace(hour=23), 2.0),
        (NOON - timedelta(days=1), NOON.replace(hour=23), 24.0),
    ],
)
def test_only_the_opening_time_of_today_costs(opened: datetime, at: datetime, lost: float) -> None:
    assert lost_units(24.0, opened, at, OPENING) == pytest.approx(lost)


def test_the_opening_time_is_the_stores_own() -> None:
    tokyo = Opening(time(8), time(20), ZoneInfo("Asia/Tokyo"))
    morning = datetime(2026, 3, 2, 0, tzinfo=UTC)  # nine o'clock there
    assert lost_units(12.0, morning - timedelta(days=1), morning, tokyo) == pytest.approx(1.0)


def test_a_forecast_below_zero_costs_nothing() -> None:
    assert lost_units(-3.0, EARLIER, NOON, OPENING) == 0.0
