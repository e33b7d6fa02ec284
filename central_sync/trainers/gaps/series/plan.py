"""Draws what happens before a camera in a day: gaps, people, a knock, troubles of the camera.

Times count from the day's beginning. Nothing here sees a picture.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import numpy as np

Trouble = Literal["frozen", "dark", "covered", "moved"]
TROUBLES: tuple[Trouble, ...] = ("frozen", "dark", "covered", "moved")

OPEN = timedelta(hours=12)
"""A camera-day: the hours a store is open."""

_GAPS, _TYPICAL, _SPREAD = 10, 45.0, 1.1
_SHORTEST, _LONGEST = 2.0, 300.0
_PASS_EVERY = timedelta(minutes=4)
_LINGERS = 45.0
_CLEAR = timedelta(minutes=12)


@dataclass(frozen=True, slots=True)
class Span:
    """From `begins` on, until before `ends`."""

    begins: timedelta
    ends: timedelta

    def holds(self, at: timedelta) -> bool:
        """Return whether `at` lies within."""
        return self.begins <= at < self.ends

    def meets(self, other: "Span") -> bool:
        """Return whether the two have a moment in common."""
        return self.begins < other.ends and other.begins < self.ends

    @property
    def lasts(self) -> timedelta:
        """How long it is."""
        return self.ends - self.begins


@dataclass(frozen=True, slots=True)
class Gap:
    """A facing stands empty for a while."""

    facing: str
    span: Span


@dataclass(frozen=True, slots=True)
class Passing:
    """One person before the camera; `seed` says how they look and where they stand."""

    span: Span
    seed: int


@dataclass(frozen=True, slots=True)
class Bad:
    """The camera is not to be believed."""

    trouble: Trouble
    span: Span
    seed: int


@dataclass(frozen=True, slots=True)
class Plan:
    """A day. From `knocked` on the camera looks a little elsewhere, which must not matter."""

    length: timedelta
    gaps: tuple[Gap, ...]
    passings: tuple[Passing, ...]
    bad: tuple[Bad, ...]
    knocked: timedelta

    def empty(self, at: timedelta) -> frozenset[str]:
        """Return the facings that stand empty."""
        return frozenset(gap.facing for gap in self.gaps if gap.span.holds(at))

    def people(self, at: timedelta) -> tuple[Passing, ...]:
        """Return who is before the camera."""
        return tuple(one for one in self.passings if one.span.holds(at))

    def trouble(self, at: timedelta) -> Bad | None:
        """Return what is wrong with the camera, None for nothing."""
        return next((one for one in self.bad if one.span.holds(at)), None)


def draw_plan(facings: Sequence[str], rng: np.random.Generator, length: timedelta = OPEN) -> Plan:
    """Return a day before `facings`: some ten gaps, a person every four minutes, each trouble once.

    Gaps last minutes to hours (log-normal, median 45 min). None begins in a trouble or shortly
    before one, so that what is not found in time is nobody else's fault; a facing is empty at most
    once. Troubles last 20 to 40 minutes.
    """
    bad = _troubles(rng, length)
    share = length / OPEN
    count = min(int(rng.poisson(_GAPS * share)), len(facings))
    chosen = rng.permutation(len(facings))[:count].tolist()
    gaps = (_gap(facings[number], rng, length, bad) for number in chosen)
    passings = []
    at = timedelta(0)
    while (at := at + _PASS_EVERY * float(rng.exponential())) < length:
        lasts = timedelta(seconds=_LINGERS * float(rng.exponential()))
        passings.append(Passing(Span(at, at + lasts), int(rng.integers(1 << 31))))
    knocked = length * float(rng.uniform(0.1, 0.9))
    return Plan(length, tuple(gap for gap in gaps if gap), tuple(passings), bad, knocked)


def _troubles(rng: np.random.Generator, length: timedelta) -> tuple[Bad, ...]:
    """Return each trouble once, in any order, each in its own part of the day."""
    part = length / len(TROUBLES)
    found = []
    for place, number in enumerate(rng.permutation(len(TROUBLES)).tolist()):
        lasts = min(timedelta(minutes=float(rng.uniform(20, 40))), part / 3)
        begins = part * place + (part - lasts) * float(rng.uniform(0.2, 1.0))
        seed = int(rng.integers(1 << 31))
        found.append(Bad(TROUBLES[number], Span(begins, begins + lasts), seed))
    return tuple(found)


def _gap(
    facing: str, rng: np.random.Generator, length: timedelta, bad: Sequence[Bad]
) -> Gap | None:
    """Return a gap whose first minutes can be seen; None when chance finds no place for one."""
    for _ in range(20):
        minutes = float(np.clip(_TYPICAL * np.exp(rng.normal(0, _SPREAD)), _SHORTEST, _LONGEST))
        begins = length * float(rng.uniform(0.01, 0.97))
        first = Span(begins, begins + _CLEAR)
        if not any(first.meets(one.span) for one in bad):
            return Gap(facing, Span(begins, min(begins + timedelta(minutes=minutes), length)))
    return None
