"""What of a camera's picture people may be shown, as it is written in the configuration."""

from typing import Annotated

from pydantic import AfterValidator

from endcap.models.gaps.polygons import Polygon, flaw_of
from endcap.plumbing.config_values import refusal


def _sound(polygons: tuple[Polygon, ...]) -> tuple[Polygon, ...]:
    """Refuse a polygon that is none."""
    for number, polygon in enumerate(polygons):
        flaw = flaw_of(polygon)
        if flaw is not None:
            raise refusal(flaw, at=(number,))
    return polygons


Mask = Annotated[tuple[Polygon, ...], AfterValidator(_sound)]
"""Polygons of [x, y] in shares of the picture, each with three corners or more."""
