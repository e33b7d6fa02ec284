"""When the stores have sent enough that is new: fit a candidate, judge it, promote or reject it.

Each training is a row before it begins and has its reason when it ends. One that was under way
when the centre ended is marked failed, and tried again when it is due. Does not release what it
promotes: publish_releases does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from central_sync.core.training import Outcome, Rule, judge, why_due
from central_sync.ports.training import (
    DataUnusableError,
    Registry,
    TrainingBook,
    TrainingFailedError,
    Workshop,
)
from endcap.plumbing.clock import Clock

BY_HAND = "a person asked for it"


@dataclass(frozen=True, slots=True)
class Retraining:
    """What retraining works with."""

    book: TrainingBook
    registry: Registry
    workshop: Workshop


async def retrain(
    means: Retraining, rules: Mapping[str, Rule], clock: Clock, every: timedelta
) -> None:
    """Try every kind that is due, one after the other, for ever."""
    await means.book.abandon(clock.now())
    while True:
        for kind, rule in rules.items():
            await retrain_when_due(means, kind, rule, clock)
        await clock.sleep(every)


async def retrain_when_due(
    means: Retraining, kind: str, rule: Rule, clock: Clock
) -> Outcome | None:
    """Try `kind` if it is due; return how that ended."""
    past, events = await means.book.standing(kind)
    why = why_due(rule, past, events, clock.now())
    return None if why is None else await retrain_now(means, kind, rule, clock, cause=why)


async def retrain_now(
    means: Retraining, kind: str, rule: Rule, clock: Clock, *, cause: str = BY_HAND
) -> Outcome:
    """Try `kind`, due or not, because of `cause`; return how that ended."""
    _, events = await means.book.standing(kind)
    training = await means.book.begin(kind, events, clock.now(), cause)
    outcome, version = await _tried(means, kind, rule, clock)
    await means.book.finish(training, outcome, version, clock.now())
    return outcome


async def _tried(
    means: Retraining, kind: str, rule: Rule, clock: Clock
) -> tuple[Outcome, str | None]:
    """Fit, judge and register a candidate; return what became of it, and its version."""
    champion = await means.registry.champion(kind)
    try:
        folder = champion.folder if champion else None
        fitted = await means.workshop.fit(kind, folder, rule.time_limit)
        outcome = judge(fitted.verdict, rule.margin)
        manifest = await means.registry.register(kind, fitted.folder, clock.now())
    except (TrainingFailedError, DataUnusableError) as error:
        return Outcome("failed", str(error)), None
    return outcome, manifest.version
