"""Says which of the centre's own certificates end soon. Reading them is the adapters'."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

BEFORE = timedelta(days=30)
"""How long before its end a certificate is told."""


@dataclass(frozen=True, slots=True)
class Ending:
    """A certificate by which the centre or its broker is known; `advice` says how to renew it."""

    name: str
    ends: datetime
    advice: str


def ending_soon(every: Iterable[Ending], at: datetime) -> tuple[Ending, ...]:
    """Return those that end within 30 days or have ended, the first to end first."""
    soon = [one for one in every if one.ends <= at + BEFORE]
    return tuple(sorted(soon, key=lambda one: (one.ends, one.name)))


def told(one: Ending, at: datetime) -> str:
    """Return what a person is told of a certificate that ends soon.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    >>> told(Ending("broker.pem", noon + timedelta(days=9), "renew it"), noon)
    'broker.pem ends on 2026-03-11: renew it'
    """
    word = "ended" if one.ends <= at else "ends"
    return f"{one.name} {word} on {one.ends:%Y-%m-%d}: {one.advice}"
