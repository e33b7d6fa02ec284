"""Simulated time: what is to happen, in order, each at its moment.

Nothing here reads a clock or draws a number; the same happenings in the same order give the same
run. What happens is the others'.
"""

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta

Happening = Callable[[], None]


class Timeline:
    """What is still to come. `now` is in seconds since `begin`."""

    def __init__(self, begin: datetime) -> None:
        self.begin = begin
        self.now = 0.0
        self.processed = 0
        self._coming: list[tuple[float, int, Happening]] = []
        self._number = 0

    @property
    def moment(self) -> datetime:
        """Return the simulated moment, in UTC."""
        return self.moment_at(self.now)

    def moment_at(self, seconds: float) -> datetime:
        """Return the moment `seconds` after the begin."""
        return self.begin + timedelta(seconds=seconds)

    def after(self, delay: float, happening: Happening) -> None:
        """Let something happen in `delay` seconds; of equal moments the first that was asked."""
        self._number += 1
        heapq.heappush(self._coming, (self.now + max(0.0, delay), self._number, happening))

    def run(self, until: float, ended: Callable[[], bool]) -> None:
        """Let everything happen until `until`, until nothing is left, or until `ended` says so."""
        while self._coming and not ended():
            when, _, happening = self._coming[0]
            if when > until:
                self.now = until
                return
            heapq.heappop(self._coming)
            self.now = when
            self.processed += 1
            happening()
