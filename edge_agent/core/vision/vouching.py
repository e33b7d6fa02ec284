"""Which facings a person vouched for: the next picture shows how they look full, or empty.

Once for each answer, and only while the facing still is what was said. Cuts and keeps nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from edge_agent.core.vision.evidence import HIDDEN_FROM
from edge_agent.core.vision.machine import Standing, State
from endcap.models.gaps.states import Chances, Known

FRESH = timedelta(minutes=5)
"""What a person said is worth so long: later the facing may be another."""

_SHOWS: Mapping[State, Known] = {State.FULL: "full", State.GAP: "empty"}


@dataclass(frozen=True, slots=True)
class Vouching:
    """When a person said something of each facing, and of which that is still to be kept."""

    said: Mapping[str, datetime] = field(default_factory=dict)
    wanted: Mapping[str, Known] = field(default_factory=dict)

    def known(self, standing: Mapping[str, Standing]) -> "Vouching":
        """Return it with all that was said before as kept."""
        return Vouching({f: one.said_at for f, one in standing.items() if one.said_at is not None})

    def heard(self, standing: Mapping[str, Standing]) -> "Vouching":
        """Take in what is written down of a camera's facings."""
        now = self.known(standing)
        fresh = {facing for facing, at in now.said.items() if self.said.get(facing) != at}
        wanted = {
            facing: _SHOWS[standing[facing].state]
            for facing in (self.wanted.keys() & now.said.keys()) | fresh
            if standing[facing].state in _SHOWS
        }
        return replace(now, wanted=wanted)

    def shown(self, chances: Mapping[str, Chances], at: datetime) -> dict[str, Known]:
        """Return what a picture of `at` shows, of facings that nobody hides."""
        return {
            facing: state
            for facing, state in sorted(self.wanted.items())
            if facing in chances
            and chances[facing].occluded < HIDDEN_FROM
            and self.said[facing] < at <= self.said[facing] + FRESH
        }

    def kept(self, facings: Iterable[str]) -> "Vouching":
        """Return it once these are kept."""
        gone = set(facings)
        return replace(self, wanted={f: one for f, one in self.wanted.items() if f not in gone})
