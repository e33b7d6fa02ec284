"""Where a facing is, in words."""

import pytest

from edge_agent.core.place import Place, place_of


@pytest.mark.parametrize(
    ("across", "down", "height", "side"),
    [
        (0.0, 0.0, "top", "left"),
        (0.5, 0.5, "middle", "middle"),
        (0.9, 0.7, "bottom", "right"),
        (1.0, 1.0, "bottom", "right"),
        (-0.1, 1.2, "bottom", "left"),
    ],
)
def test_a_picture_has_three_heights_and_three_sides(
    across: float, down: float, height: str, side: str
) -> None:
    place = place_of("aisle-1", across, down)
    assert (place.height, place.side) == (height, side)


def test_a_cameras_name_is_made_readable() -> None:
    assert place_of("cold_shelf-2", 0, 0) == Place("Cold shelf 2", "top", "left")
    assert place_of("", 0, 0).aisle == ""
