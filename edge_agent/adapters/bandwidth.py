"""Holds downloads to so many bytes a second: a bucket that fills by the clock that never jumps."""

from collections.abc import Callable

Wait = Callable[[float], object]
"""Waits so many seconds, on the caller's thread."""


class Bandwidth:
    """At most `rate` bytes a second, a second's worth at once; without a rate all that comes."""

    def __init__(self, rate: int | None, monotonic: Callable[[], float], wait: Wait) -> None:
        self._rate = rate
        self._monotonic = monotonic
        self._wait = wait
        self._level = float(rate or 0)
        self._at = monotonic()

    def take(self, amount: int) -> None:
        """Wait until `amount` bytes that came may have come.

        What came cannot be sent back: the debt is waited for, and the sender is slowed down by it.
        """
        if self._rate is None:
            return
        now = self._monotonic()
        self._level = min(self._level + (now - self._at) * self._rate, self._rate) - amount
        self._at = now
        if self._level < 0:
            self._wait(-self._level / self._rate)
