"""Brings every rollout as far as what the stores told allows, again and again.

What happens next is core/rollouts' to decide; this asks it with what is known now, and keeps the
answer. A release that was published by itself gets a rollout by itself. Does not tell the stores:
announce_releases does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from central_sync.core.rollouts.decision import Decision, Question, decide
from central_sync.core.rollouts.machine import BY_ITSELF, UNDER_WAY, Rollout, State
from central_sync.core.rollouts.plan import Plan
from central_sync.ports.rollouts import KeptRollout, Rollouts
from endcap.plumbing.clock import Clock

MAX_STEPS = 20
_OPEN = UNDER_WAY | {State.STOPPED, State.REVERTING}

Tell = Callable[[Rollout], None]
"""Hears where a rollout stands, each time that it went on."""


@dataclass(frozen=True, slots=True)
class Advancing:
    """What rollouts work with. `plan` is followed by those that nobody started; None for none."""

    rollouts: Rollouts
    plan: Plan | None
    tell: Tell


async def advance_rollouts(means: Advancing, clock: Clock, *, every: timedelta) -> None:
    """Advance, for ever."""
    while True:
        await advance_once(means, clock.now())
        await clock.sleep(every)


async def advance_once(means: Advancing, at: datetime) -> None:
    """Begin what is due, bring every open rollout as far as it can go now, and tell new stores."""
    if means.plan is not None:
        begun = await means.rollouts.start_due(means.plan, BY_ITSELF, at)
        if begun is not None:
            means.tell(begun)
    for _ in range(MAX_STEPS):
        open_ones = [one for one in await means.rollouts.rollouts() if one.rollout.state in _OPEN]
        moved = [await _advance(means, one, at) for one in open_ones]
        if not any(moved):
            break
    await means.rollouts.give_new(at)


async def _advance(means: Advancing, kept: KeptRollout, at: datetime) -> bool:
    """Decide once about a rollout; tell whether anything came of it."""
    stores = await means.rollouts.stores(kept, at)
    decision: Decision = decide(Question(kept.plan, kept.rollout, stores, kept.approvals, at))
    if not decision.changed:
        return False
    recorded = await means.rollouts.record(kept, decision, at)
    if recorded and decision.entry is not None:
        means.tell(decision.rollout)
    return True
