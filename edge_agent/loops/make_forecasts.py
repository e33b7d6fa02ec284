"""Makes the store's forecasts whenever what they are made from became another.

That is when a day closed, another model serves, or the centre said more of the days to come. Days
that are over are learned from first, once each. An item of which nothing is known gets no
forecast; it is unknown, not zero.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import numpy as np

from edge_agent.core.calibration.local_events import DayEffect, effect_of
from edge_agent.core.demand import Learned, drafts, plan, said, served
from edge_agent.core.facing import Opening
from edge_agent.core.hours import HourLesson, lesson_of
from edge_agent.core.learning import Experience, learned
from edge_agent.ports.demand import (
    Basis,
    ForecastBook,
    LessonBook,
    LessonFacts,
    Made,
    Material,
)
from edge_agent.ports.models import Arrays, Models, Site
from endcap.models.demand.outlook import reading_of
from endcap.plumbing.clock import Clock
from endcap.wire.manifest import ModelManifest

EVERY = timedelta(seconds=2)
HORIZON = 28
"""Days to come that are forecast, today first."""

KIND = "demand"
_NO_ANSWER: Arrays = {"quantiles": np.empty((0, 1)), "mean": np.empty(0)}


@dataclass(frozen=True, slots=True)
class Forecasting:
    """What forecasts are made with."""

    book: ForecastBook
    lessons: LessonBook
    models: Models
    opening: Opening
    horizon: int = HORIZON


async def make_forecasts(work: Forecasting, clock: Clock) -> None:
    """Make forecasts whenever what they are made from changed, for ever."""
    while True:
        await forecast_once(work, clock.now())
        await clock.sleep(EVERY)


async def forecast_once(work: Forecasting, at: datetime) -> bool:
    """Make forecasts if what they are made from changed; return whether they were made.

    Waits while days that are over have not been tallied, and does nothing without a model.
    """
    today = at.astimezone(work.opening.zone).date()
    standing, site = await work.book.standing(today), work.models.current
    basis = Basis(
        today - timedelta(days=1),
        standing.last_tallied,
        site.release,
        standing.feed,
        standing.chain,
    )
    if standing.pending or standing.last_tallied is None or standing.basis == str(basis):
        return False
    await _learn(work, today)
    manifest = site.manifest(KIND)
    if manifest is None:
        return False
    material = await work.book.material(basis.last_closed, work.horizon)
    await work.book.record(await asyncio.to_thread(_made, site, manifest, basis, material), at)
    return True


async def _learn(work: Forecasting, today: date) -> None:
    """Learn from every day that is over and was not learned from yet, in order."""
    for day in await work.lessons.unlearned_days(today):
        facts = await work.lessons.facts_of(day)
        after, hours = await asyncio.to_thread(_taught, facts, work.opening)
        await work.lessons.record(day, after, hours)


def _taught(facts: LessonFacts, opening: Opening) -> tuple[Experience, HourLesson]:
    """Return what the store knows after a day."""
    hours = lesson_of(facts.over.day, facts.sold_at, facts.missing, opening)
    return learned(facts.experience, facts.over), hours


def _made(site: Site, manifest: ModelManifest, basis: Basis, material: Material) -> Made:
    """Return the forecasts that the site's model makes of `material`."""
    reading = reading_of(manifest.parameters)
    share = site.setting(KIND, "median_share", reading.median_share)
    reading = replace(reading, median_share=share)
    planned = plan(material.sales, material.ahead)
    if not planned.gtins and not planned.newcomers:
        return Made(basis, manifest.version, reading.levels, ())
    answer = site.run(KIND, {"features": planned.rows}) if planned.gtins else _NO_ANSWER
    known = _learned(material, site.release)
    spoken = said(planned, answer["quantiles"], answer["mean"], reading, known)
    return Made(
        basis=basis,
        model=manifest.version,
        levels=reading.levels,
        forecasts=served(spoken, known),
        drafts=drafts(spoken, site.release),
        planned=planned,
        events=tuple(one.factor for one in spoken.effects),
    )


def _learned(material: Material, release: int) -> Learned:
    """Return what the store learned of a release, and what its events do to the days to come."""
    known = material.experience.of(release)
    return Learned(known.levels, known.shifts, _effects(material, known))


def _effects(material: Material, known: Experience) -> Mapping[date, DayEffect]:
    """Return what the local events of each day to come do to it."""
    return {day: effect_of(events, known.effects) for day, events in material.events.items()}
