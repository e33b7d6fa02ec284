"""Made-up days of many items: what a model said of them, and what then sold."""

from datetime import date, timedelta

import numpy as np

from edge_agent.core.calibration.lessons import Draft, Lesson, lesson_of
from edge_agent.core.scoring import Sold

LEVELS = (0.05, 0.5, 0.95)
FIRST = date(2026, 3, 2)


def draft(  # noqa: PLR0913 - each test names what it is about
    *,
    items: int = 40,
    day: int = 0,
    lead: int = 1,
    mean: float | np.ndarray = 4.0,
    width: float = 2.0,
    release: int = 0,
    event: float = 1.0,
    fresh: bool = False,
    whole: bool = False,
    factor: float = 1.0,
) -> Draft:
    """Return what was said of a day: `mean` of each item, and an interval of `width` around it."""
    middle = np.broadcast_to(np.asarray(mean, dtype=np.float64), (items,)).copy()
    return Draft(
        day=FIRST + timedelta(days=day),
        lead=lead,
        release=release,
        levels=LEVELS,
        gtins=tuple(f"{number:014}" for number in range(items)),
        mean=middle,
        quantiles=np.stack([middle - width / 2, middle, middle + width / 2], axis=1),
        factor=np.full(items, factor),
        event=event,
        fresh=np.full(items, fresh),
        whole=np.full(items, whole),
    )


def lesson(said: Draft, sold: np.ndarray, categories: int = 4) -> Lesson:
    """Return the lesson of a day on which everything was there."""
    units = {gtin: Sold(float(one), 1.0) for gtin, one in zip(said.gtins, sold, strict=True)}
    kinds = {gtin: f"kind {at % categories}" for at, gtin in enumerate(said.gtins)}
    return lesson_of(said, units, kinds)
