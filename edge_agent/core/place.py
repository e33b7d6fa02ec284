"""Says where a facing is as a shopper looks for it: which aisle, how high, how far along.

Knows the camera's name and the place in its picture, nothing of the building.
"""

from dataclasses import dataclass
from typing import Literal

Height = Literal["top", "middle", "bottom"]
Side = Literal["left", "middle", "right"]

_HEIGHTS: tuple[Height, ...] = ("top", "middle", "bottom")
_SIDES: tuple[Side, ...] = ("left", "middle", "right")


@dataclass(frozen=True, slots=True)
class Place:
    """Where to look: `aisle` is the camera's name made readable ("aisle-1" is "Aisle 1")."""

    aisle: str
    height: Height
    side: Side


def place_of(camera: str, across: float, down: float) -> Place:
    """Return the place whose middle is at these shares of the camera's picture, from top left."""
    words = camera.replace("-", " ").replace("_", " ").strip()
    return Place(words[:1].upper() + words[1:], _HEIGHTS[_third(down)], _SIDES[_third(across)])


def _third(share: float) -> int:
    return min(max(int(share * 3), 0), 2)
