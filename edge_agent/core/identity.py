"""Decides when a store's certificate is renewed, tried and put in place, and when to raise alarm.

A new certificate lies beside the old one until it was tried; only then does it take its place. One
that has ended goes on asking: how long the centre listens is the centre's to say. Nothing here ever
ends what the store does. Asking and trying are the adapters'.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

WARN_BEFORE = timedelta(days=30)
_RENEW_AT = 2 / 3


@dataclass(frozen=True, slots=True)
class Held:
    """A certificate of this store: which one, and from when to when it holds."""

    serial: str
    begins: datetime
    ends: datetime

    @property
    def renew_at(self) -> datetime:
        """When two thirds of its life are over."""
        return self.begins + (self.ends - self.begins) * _RENEW_AT


class Step(Enum):
    """What to do next."""

    REST = "rest"
    RENEW = "renew"
    TRY = "try"
    DROP = "drop"


def next_step(current: Held, candidate: Held | None, at: datetime) -> Step:
    """Decide what to do with the certificate in place, and the one beside it.

    One beside it that is not newer was left by a switch that the power cut short.
    """
    if candidate is not None:
        newer = candidate.ends > current.ends and candidate.ends > at
        return Step.TRY if newer else Step.DROP
    return Step.RENEW if at >= current.renew_at else Step.REST


def rest_until(current: Held, at: datetime, look_again: timedelta) -> timedelta:
    """Return how long to rest: until the renewal, and never longer than `look_again`.

    A clock that jumps must not make a store sleep through its renewal.
    """
    return max(timedelta(seconds=1), min(current.renew_at - at, look_again))


def alarm(current: Held, at: datetime, problem: str) -> tuple[str, str] | None:
    """Return what to raise alarm about, as a code and a sentence; None while all is well.

    A renewal that failed once is no alarm yet: there is a third of the life to go.
    """
    left = current.ends - at
    why = f"; the last try to renew it: {problem}" if problem else ""
    if left <= timedelta(0):
        ended = f"the certificate ended {current.ends:%Y-%m-%d}; the store works on by itself"
        return "identity-ended", f"{ended}{why}"
    soon = min(WARN_BEFORE, (current.ends - current.begins) / 3)
    if problem and left <= soon:
        return "identity-ends-soon", f"the certificate ends {current.ends:%Y-%m-%d}{why}"
    return None
