"""What one more day teaches the store of its forecasts: levels, intervals, events.

Each day is learned from once, in order, from what was said of it before it began. Decides which
of a day's drafts teach what; keeps nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from edge_agent.core.calibration import intervals, levels, local_events
from edge_agent.core.calibration.intervals import Shifts
from edge_agent.core.calibration.lessons import Draft, Lesson, lesson_of
from edge_agent.core.calibration.levels import LevelSums
from edge_agent.core.calibration.local_events import EffectSum, Event
from edge_agent.core.scoring import Sold


@dataclass(frozen=True, slots=True, eq=False)
class Experience:
    """All that the store learned of its forecasts."""

    levels: LevelSums = field(default_factory=lambda: LevelSums(0))
    shifts: Shifts = field(default_factory=lambda: Shifts(0))
    effects: Mapping[str, EffectSum] = field(default_factory=dict)

    def of(self, release: int) -> "Experience":
        """Return what a release begins with: itself, or a part of what the last one left."""
        return replace(
            self,
            levels=levels.inherited(self.levels, release),
            shifts=intervals.inherited(self.shifts, release),
        )


@dataclass(frozen=True, slots=True, eq=False)
class DayOver:
    """A day that is over: what was said of it, what sold, its events, the items' categories."""

    day: date
    drafts: Sequence[Draft]
    sold: Mapping[str, Sold]
    events: Sequence[Event]
    category: Mapping[str, str]


def learned(before: Experience, over: DayOver) -> Experience:
    """Return what the store knows after one more day.

    Drafts of another release than the nearest one's teach nothing. A day with local events teaches
    what they do, and how sure a forecast of such a day may be, but not the store's level.
    """
    if not over.drafts:
        return before
    nearest = min(over.drafts, key=lambda one: one.lead)
    known = before.of(nearest.release)
    lessons = [
        lesson_of(draft, over.sold, over.category)
        for draft in over.drafts
        if draft.release == nearest.release
    ]
    lessons = [one for one in lessons if one.draft.gtins]
    shifts = known.shifts
    for lesson in lessons:
        shifts = intervals.learned(shifts, lesson)
    return Experience(
        levels=known.levels if over.events else levels.learned(known.levels, lessons, over.day),
        shifts=shifts,
        effects=_effects(known.effects, over.events, lessons),
    )


def _effects(
    known: Mapping[str, EffectSum], events: Sequence[Event], lessons: Sequence[Lesson]
) -> Mapping[str, EffectSum]:
    """Return what is known of local events after a day; the nearest forecast is compared."""
    if not events or not lessons:
        return known
    return local_events.learned(known, events, min(lessons, key=lambda one: one.draft.lead))
