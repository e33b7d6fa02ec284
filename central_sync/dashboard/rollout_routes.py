"""GET /v1/rollouts: how releases go to the stores, wave by wave, and why one stopped.

Only reads. Starting, approving, pausing and going back are `central-sync rollout`'s.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query

from central_sync.core.overview import Moment
from central_sync.core.rollouts.facts import Store
from central_sync.core.rollouts.progress import Progress
from central_sync.ports.reads import RolloutReads
from central_sync.ports.rollouts import KeptRollout
from endcap.plumbing.clock import Clock
from endcap.plumbing.http_face.problems import Problem, documented
from endcap.wire.identifiers import STORE_PATTERN

Limit = Annotated[int, Query(ge=1, le=1000)]


@dataclass(frozen=True, slots=True)
class Summary:
    """A rollout in a line; `wave` counts from 1, of `waves`."""

    rollout: int
    release: int
    state: str
    wave: int
    waves: int
    started: datetime
    started_by: str
    since: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Rollouts:
    """The last rollouts, newest first."""

    at: datetime
    rollouts: tuple[Summary, ...]


@dataclass(frozen=True, slots=True)
class ExposedStore:
    """A store that got the release: what it should want, what it serves, what it told."""

    store: str
    stratum: tuple[str, ...]
    assigned: int
    serving: int
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True)
class ExposedStores:
    """Stores that got the release, by name; `next` goes into `after` for those that follow."""

    at: datetime
    stores: tuple[ExposedStore, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Timeline:
    """What a store was given in a rollout, and what it told of it, in order."""

    at: datetime
    store: str
    moments: tuple[Moment, ...]


def rollout_routes(reads: RolloutReads, clock: Clock) -> APIRouter:
    """Return the routes about rollouts."""
    router = APIRouter(prefix="/v1/rollouts", tags=["rollouts"])

    @router.get("")
    async def rollouts(limit: Limit = 20) -> Rollouts:
        """Rollouts: of which release, where they stand, and why."""
        found = await reads.rollouts(limit)
        return Rollouts(clock.now(), tuple(_summary(one) for one in found))

    @router.get("/{number}", responses=documented(404))
    async def rollout(number: int) -> Progress:
        """One rollout: its waves, its gates, its journal, and what it waits for."""
        found = await reads.rollout(number, clock.now())
        if found is None:
            raise Problem(
                404, "no-such-rollout", f"there is no rollout {number}", "see /v1/rollouts"
            )
        return found

    @router.get("/{number}/stores")
    async def stores(number: int, after: str = "", limit: Limit = 100) -> ExposedStores:
        """The stores that got the release of a rollout."""
        found = await reads.exposed(number, after, limit, clock.now())
        lines = tuple(_shown(one) for one in found)
        return ExposedStores(clock.now(), lines, lines[-1].store if len(lines) == limit else None)

    @router.get("/{number}/stores/{store}")
    async def timeline(number: int, store: Annotated[str, Path(pattern=STORE_PATTERN)]) -> Timeline:
        """What happened to one store in a rollout."""
        return Timeline(clock.now(), store, await reads.timeline(number, store))

    return router


def _summary(kept: KeptRollout) -> Summary:
    """Return a rollout in a line."""
    one = kept.rollout
    return Summary(
        rollout=one.number,
        release=one.release,
        state=one.state.value,
        wave=one.wave + 1,
        waves=len(kept.plan.waves),
        started=kept.begun,
        started_by=one.started_by,
        since=one.since,
        reason=one.reason,
    )


def _shown(one: Store) -> ExposedStore:
    """Return a store as the dashboard shows it."""
    return ExposedStore(
        store=one.store,
        stratum=one.stratum,
        assigned=one.assigned,
        serving=one.serving,
        outcome=one.report.outcome.name.lower(),
        reason=one.report.reason,
    )
