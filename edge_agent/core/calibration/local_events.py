"""What a kind of local event does to a day, from past days of its name and what people typed.

An event's effect multiplies the whole day's forecasts. It is learned as the mean logarithm of what
sold over what was expected without it, drawn to the typed effect, or to none, by a prior worth two
days. A day with an event teaches its event and not the store's level.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log

from edge_agent.core.calibration.lessons import Lesson

PRIOR_DAYS = 2.0
"""How many past days weigh as much as what was typed."""
_LEAST, _MOST = 0.05, 5.0


@dataclass(frozen=True, slots=True)
class Event:
    """An event of a day, and its effect as it was typed: 0.3 is a third more. None: not known."""

    name: str
    effect: float | None = None


@dataclass(frozen=True, slots=True)
class EffectSum:
    """How many past days a kind of event had, and the sum of the logarithms of its effect."""

    days: float = 0.0
    sum_log: float = 0.0


@dataclass(frozen=True, slots=True)
class DayEffect:
    """What the events of a day multiply its forecasts by, and why, as lines for people."""

    factor: float = 1.0
    reasons: tuple[str, ...] = ()


def effect_of(events: Iterable[Event], past: Mapping[str, EffectSum]) -> DayEffect:
    """Return what the events of one day do to it."""
    factor, reasons = 1.0, []
    for event in events:
        one = _factor(event, past.get(event.name, EffectSum()))
        factor *= one
        reasons.append(_reason(event, one, past.get(event.name, EffectSum())))
    return DayEffect(min(_MOST, max(_LEAST, factor)), tuple(reasons))


def learned(
    past: Mapping[str, EffectSum], events: Sequence[Event], lesson: Lesson
) -> dict[str, EffectSum]:
    """Return what is known once a day with `events` is over; events of one day share its effect."""
    after = dict(past)
    expected = float((lesson.draft.mean * lesson.draft.factor).sum())
    sold = float(lesson.sold.sum())
    if not events or expected <= 0:
        return after
    effect = log(min(_MOST, max(_LEAST, sold / expected))) / len(events)
    for event in events:
        known = after.get(event.name, EffectSum())
        after[event.name] = EffectSum(known.days + 1.0, known.sum_log + effect)
    return after


def _factor(event: Event, known: EffectSum) -> float:
    """Return what an event multiplies a day by."""
    typed = log(max(_LEAST, 1.0 + (event.effect or 0.0)))
    return exp((known.sum_log + PRIOR_DAYS * typed) / (known.days + PRIOR_DAYS))


def _reason(event: Event, factor: float, known: EffectSum) -> str:
    """Return a line for people."""
    said = "nothing typed" if event.effect is None else f"typed {event.effect:+.0%}"
    learnt = f"learned from {known.days:.0f} past days" if known.days else "no past day known"
    return f"{event.name}: {factor - 1.0:+.0%} ({said}, {learnt})"
