"""Watches a rehearsal for what must never happen, and keeps what it was told of.

Knows nothing of how stores and the centre decide: it judges by what was published, what was
ordered and what serves. A broken rule is kept with the store and the moment, and ends in a report.
"""

from dataclasses import dataclass, field
from typing import Protocol

MOST_TOLD = 20

UNVERIFIED = "no store serves a release that is not published, or is revoked"
HALF = "no store serves a release whose files it has not all brought, verified and rehearsed"
REFUSED = "no store serves a release that it has refused"
OLDER = "no store goes to an older release but back to the one before, from one that failed"
PAST_GATE = "no store is assigned a release whose rollout was stopped before"
WAVES = "no release spreads further while a gate of its rollout is not passed"
COUNTERS = "the counter of a store's assignments only grows"
RULES = (UNVERIFIED, HALF, REFUSED, OLDER, PAST_GATE, WAVES, COUNTERS)


class Published(Protocol):
    """What has been published; `candidate` is the release that is watched most of all."""

    @property
    def candidate(self) -> int:
        """Return its number."""
        ...

    def published(self, number: int) -> bool:
        """Tell whether a store can install a release."""
        ...


@dataclass(frozen=True, slots=True)
class Serving:
    """A store puts a release in place."""

    store: str
    release: int
    before: int
    rolled_back: bool
    whole: bool
    rehearsed: bool
    refused: bool


@dataclass(slots=True)
class Watch:
    """What was broken, and how often each rule was checked."""

    releases: Published
    broken: list[tuple[float, str, str]] = field(default_factory=list)
    checks: dict[str, int] = field(default_factory=lambda: dict.fromkeys(RULES, 0))
    counters: dict[str, int] = field(default_factory=dict)
    stopped: dict[int, float] = field(default_factory=dict)
    exposed: dict[str, float] = field(default_factory=dict)

    def serves(self, at: float, one: Serving) -> None:
        """Check what a store puts in place."""
        back = one.rolled_back
        self.check(
            at, UNVERIFIED, holds=back or self.releases.published(one.release), where=one.store
        )
        self.check(at, HALF, holds=one.whole and (back or one.rehearsed), where=one.store)
        self.check(at, REFUSED, holds=not one.refused, where=one.store)
        self.check(at, OLDER, holds=back or one.release > one.before, where=one.store)
        if one.release == self.releases.candidate:
            self.exposed.setdefault(one.store, at)

    def assigns(self, at: float, store: str, release: int, counter: int) -> None:
        """Check what the centre orders."""
        grows = counter > self.counters.get(store, 0)
        self.check(at, COUNTERS, holds=grows, where=store)
        self.counters[store] = counter
        self.check(at, PAST_GATE, holds=release not in self.stopped, where=store)

    def stops(self, at: float, release: int) -> None:
        """Note that a rollout was stopped."""
        self.stopped.setdefault(release, at)

    def spreads(self, at: float, exposed: int, allowed: int) -> None:
        """Check how many stores have the candidate, given which gates it has passed."""
        where = f"{exposed} stores, {allowed} allowed"
        self.check(at, WAVES, holds=exposed <= allowed, where=where)

    def exposed_until(self, at: float) -> int:
        """Return how many stores had served the candidate by then."""
        return sum(since <= at for since in self.exposed.values())

    def check(self, at: float, rule: str, *, holds: bool, where: str) -> None:
        """Count a check, and keep what does not hold."""
        self.checks[rule] += 1
        if not holds:
            self.broken.append((at, rule, where))
