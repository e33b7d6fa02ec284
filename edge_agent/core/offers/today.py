"""Which items sell better on days like today: of like weather, or of the same season a year ago.

Decides which days are alike, and how far what they sold is believed. Reads nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from edge_agent.core.offers.catalogue import Floats, Ids

WARMER, WET = 3.0, 1.0
"""Degrees within which two days are alike, and millimetres of rain from which a day is wet."""
FEWEST = 10
"""Days that must be alike before anything is made of them."""
SEASON = timedelta(days=14)
LOOKS_BACK, NEWEST = timedelta(days=400), timedelta(days=28)
"""How long ago a day may be; of the last weeks the item's own figures tell already."""
UNITS = 20.0
"""Units that an item's sales on days alike are weighed against what they would be anyway."""


@dataclass(frozen=True, slots=True)
class Weather:
    """A day's temperature, in degrees, and its rain, in millimetres."""

    temperature: float
    rain: float

    def like(self, other: "Weather") -> bool:
        """Tell whether people would call two days alike."""
        near = abs(self.temperature - other.temperature) <= WARMER
        return near and (self.rain >= WET) == (other.rain >= WET)


def days_alike(today: date, weather: Mapping[date, Weather]) -> tuple[date, ...]:
    """Return the days that were like today: by weather where it is known, else by season."""
    first, now = today - LOOKS_BACK, weather.get(today)
    if now is not None:
        alike = [d for d, was in weather.items() if first <= d < today and now.like(was)]
        if len(alike) >= FEWEST:
            return tuple(sorted(alike))
    year_ago = today - timedelta(days=364)
    span = range(-SEASON.days, SEASON.days + 1)
    season = [year_ago + timedelta(days=n) for n in span]
    return tuple(d for d in season if first <= d <= today - NEWEST)


def lifts(items: Ids, alike: Mapping[int, float], usual: Mapping[int, float]) -> Floats:
    """Return by how much more each item sells on days alike than its share of all sales is.

    `alike` are units on those days, `usual` on all days. An item that seldom sells
    is near 1.
    """
    total = sum(usual.values())
    if total <= 0 or not alike:
        return np.ones(len(items), dtype=np.float32)
    part = sum(alike.values()) / total
    sold = np.array([alike.get(item, 0.0) for item in items.tolist()])
    expected = np.array([usual.get(item, 0.0) * part for item in items.tolist()])
    found: Floats = ((np.maximum(sold, 0.0) + UNITS) / (np.maximum(expected, 0.0) + UNITS)).astype(
        np.float32
    )
    return found
