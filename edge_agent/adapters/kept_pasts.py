"""Keeps the pasts of the shoppers who ask now, in memory alone, and for a minute at most.

Who stands at a kiosk asks again with each item, and reading a past takes as long as all the rest.
Whether a past may be used at all is asked anew each time, and not here.
"""

from datetime import datetime, timedelta

from edge_agent.ports.shoppers import Remembered
from endcap.models.shopper.habits import Past

FRESH = timedelta(minutes=1)
"""How old a past may be: what was bought since is not in it."""
MOST_ROWS = 200_000
"""Items of visits that are kept, of all shoppers together: some thirty megabytes."""


class KeptPasts:
    """Pasts by shopper, the oldest first. One who was erased and agreed anew is another."""

    def __init__(self, most: int = MOST_ROWS) -> None:
        self._most = most
        self._rows = 0
        self._kept: dict[tuple[str, datetime | None], tuple[datetime, Past]] = {}

    def find(self, shopper: Remembered, at: datetime) -> Past | None:
        """Return what was kept of a shopper, unless it is too old by now; drop all that is."""
        for key, (made, _) in tuple(self._kept.items()):
            if timedelta(0) <= at - made < FRESH:
                break
            self._drop(key)
        found = self._kept.get((shopper.name, shopper.since))
        return None if found is None else found[1]

    def keep(self, shopper: Remembered, past: Past, at: datetime) -> None:
        """Keep what a shopper bought before `at`; the oldest make room."""
        self._kept[shopper.name, shopper.since] = (at, past)
        self._rows += len(past.items)
        while self._rows > self._most:
            self._drop(next(iter(self._kept)))

    def forget(self) -> None:
        """Drop all: for when someone is erased."""
        self._kept.clear()
        self._rows = 0

    def _drop(self, key: tuple[str, datetime | None]) -> None:
        self._rows -= len(self._kept.pop(key)[1].items)
