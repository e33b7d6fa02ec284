"""Examines candidates on what the store knows by now: last week's sales, and its own baskets.

Champion and candidate are asked the same, once for each day that closes while there are both. What
follows from how they fared is core/trial's, and the update loop's to do.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from functools import partial

import numpy as np

from edge_agent.core.demand import Plan, forecasts, plan
from edge_agent.core.exam import TOP, Making, basket_truths, forecast_truths, hide_one
from edge_agent.core.offers.store import Store
from edge_agent.core.offers.two_stages import RANKER, finds
from edge_agent.core.scoring import Sold
from edge_agent.core.trial import Truths
from edge_agent.ports.demand import ForecastBook, ScoreBook
from edge_agent.ports.models import Site
from edge_agent.ports.offers import StoreFigures
from edge_agent.ports.trials import Contenders, TrialBook
from endcap.models.demand.outlook import reading_of
from endcap.models.shopper.habits import no_past
from endcap.models.shopper.ranking import Question
from endcap.models.shopper.tensors import feed, scored
from endcap.plumbing.clock import Clock
from endcap.plumbing.onnx_session import ModelUnusableError

EVERY = timedelta(seconds=2)
DAYS = 7
"""The days, the last that are over, of which both make forecasts."""
BASKETS = 300
"""The baskets, the newest, of which both are asked for a hidden item."""
DEMAND, SHOPPER = "demand", "shopper"
NOON = 12.0


@dataclass(frozen=True, slots=True)
class Exam:
    """What an examination works with; `zone` says where the store's days begin."""

    models: Contenders
    forecasts: ForecastBook
    scores: ScoreBook
    book: TrialBook
    zone: tzinfo
    figures: StoreFigures


async def examine_candidates(exam: Exam, clock: Clock) -> None:
    """Examine whatever candidate there is, for ever."""
    done = ""
    while True:
        done = await examine_once(exam, done, clock.now())
        await clock.sleep(EVERY)


async def examine_once(exam: Exam, done: str, at: datetime) -> str:
    """Examine the candidate unless that is `done`; return what was examined, to be told it again.

    Waits while days that are over have not been tallied.
    """
    pair = exam.models.pair
    if pair is None:
        return done
    standing = await exam.forecasts.standing(at.astimezone(exam.zone).date())
    champion, candidate = pair
    question = f"{champion.release} {candidate.release} {standing.last_tallied}"
    if standing.pending or standing.last_tallied is None or question == done:
        return done
    for kind, truths in (
        (DEMAND, await _demand(exam, champion, candidate, standing.last_tallied)),
        (SHOPPER, await _shopper(exam, champion, candidate)),
        (RANKER, await _ranker(exam, champion, candidate, at)),
    ):
        if truths.count or truths.failed:
            await exam.book.learn(candidate.release, kind, truths)
    return question


async def _demand(exam: Exam, champion: Site, candidate: Site, last: date) -> Truths:
    """Have both forecast the last days from the sales before them."""
    material = await exam.forecasts.material(last - timedelta(days=DAYS), DAYS)
    days = [last - timedelta(days=n) for n in range(DAYS)]
    sold = {day: (await exam.scores.facts_of(day)).sold for day in days}
    return await asyncio.to_thread(
        lambda: _forecast_truths(champion, candidate, plan(material.sales, material.ahead), sold)
    )


def _forecast_truths(
    champion: Site, candidate: Site, planned: Plan, sold: Mapping[date, Mapping[str, Sold]]
) -> Truths:
    try:
        its = _forecast(champion, planned)
    except (ModelUnusableError, ValueError):
        return Truths()  # it is no measure
    try:
        mine = _forecast(candidate, planned)
    except (ModelUnusableError, ValueError):
        return Truths(failed=1)
    return forecast_truths(mine, its, sold)


def _forecast(site: Site, planned: Plan) -> Making:
    """Return what a site's model forecasts.

    Raises:
        ModelUnusableError, ValueError: there is none, or it failed, or it cannot be read.
    """
    manifest = site.manifest(DEMAND)
    if manifest is None or not planned.gtins:
        raise ValueError("there is nothing to forecast with")
    reading = reading_of(manifest.parameters)
    share = site.setting(DEMAND, "median_share", reading.median_share)
    answer = site.run(DEMAND, {"features": planned.rows})
    shared = replace(reading, median_share=share)
    made = forecasts(planned, answer["quantiles"], answer["mean"], shared)
    return Making(reading.levels, made)


async def _shopper(exam: Exam, champion: Site, candidate: Site) -> Truths:
    """Ask both for what was hidden of the store's own baskets."""
    if champion.manifest(SHOPPER) is None or candidate.manifest(SHOPPER) is None:
        return Truths()
    baskets = await exam.book.baskets(BASKETS)
    return await asyncio.to_thread(_basket_truths, champion, candidate, baskets, _finds)


async def _ranker(exam: Exam, champion: Site, candidate: Site, at: datetime) -> Truths:
    """Ask both, item model and ranker together, as a stranger at noon would."""
    if champion.manifest(RANKER) is None or candidate.manifest(RANKER) is None:
        return Truths()
    baskets = await exam.book.baskets(BASKETS)
    store = await exam.figures.current(at)
    weekday = at.astimezone(exam.zone).weekday()
    found = partial(_finds_ranked, store, weekday)
    return await asyncio.to_thread(_basket_truths, champion, candidate, baskets, found)


def _finds_ranked(
    store: Store, weekday: int, site: Site, rest: frozenset[str], hidden: str
) -> bool:
    """Tell whether a site's ranker puts what was hidden among the first."""
    basket = np.array(sorted(int(one) for one in rest), dtype=np.int64)
    return finds(store, Question(basket, no_past(), NOON, weekday), int(hidden), site.run, TOP)


def _basket_truths(
    champion: Site,
    candidate: Site,
    baskets: Sequence[Sequence[str]],
    finds_hidden: Callable[[Site, frozenset[str], str], bool],
) -> Truths:
    failed = 0

    def found() -> Iterator[tuple[bool, bool]]:
        nonlocal failed
        for basket in baskets:
            rest, hidden = hide_one(basket)
            try:
                its = finds_hidden(champion, rest, hidden)
            except (ModelUnusableError, KeyError, ValueError):
                continue
            try:
                yield finds_hidden(candidate, rest, hidden), its
            except (ModelUnusableError, KeyError, ValueError):
                failed += 1

    truths = basket_truths(found())
    return replace(truths, failed=failed)


def _finds(site: Site, rest: frozenset[str], hidden: str) -> bool:
    """Tell whether a site recommends what was hidden."""
    return hidden in list(scored(site.run(SHOPPER, feed(rest, {}))))[:TOP]
