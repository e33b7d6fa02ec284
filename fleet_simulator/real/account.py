"""Judges a rehearsal with real stores by the rules of every rehearsal, and counts its seconds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from statistics import median
from typing import Any

from central_sync.core.rollouts.machine import Event
from edge_agent.core.update import State
from fleet_simulator.real.real_store import Placed, RealStore
from fleet_simulator.real.records import Records, Told
from fleet_simulator.watch import COUNTERS, PAST_GATE, Serving, Watch

_BACK = (State.ROLLING_BACK, State.LAST_RESORT, State.REFUSED, State.IDLE)


@dataclass(frozen=True, slots=True)
class Real:
    """The releases of a rehearsal, as the watch asks for them."""

    candidate: int
    live: frozenset[int]

    def published(self, number: int) -> bool:
        """Tell whether a release is signed, or came with the program."""
        return number == 0 or number in self.live


@dataclass(frozen=True, slots=True)
class Seconds:
    """How long something took: of how many stores, the middle and the longest."""

    count: int
    middle: float
    longest: float

    def __str__(self) -> str:
        return f"{self.middle:.1f} s in the middle, {self.longest:.1f} s at most ({self.count})"


def seconds(taken: Sequence[float]) -> Seconds:
    """Return the middle and the longest of some times."""
    return Seconds(len(taken), median(taken), max(taken)) if taken else Seconds(0, 0.0, 0.0)


def judged(
    stores: Sequence[RealStore],
    records: Records,
    counters: Mapping[str, Sequence[int]],
    worse: int,
) -> Watch:
    """Return the watch after it has seen all that happened, store by store."""
    watch = Watch(Real(worse, records.live))
    for told in records.rollouts:
        if told.stopped is not None:
            watch.stops(told.stopped.timestamp(), told.kept.rollout.release)
        for wish in told.wishes:
            late = told.stopped is not None and wish.at > told.stopped
            holds = not (late and wish.release == told.kept.rollout.release)
            watch.check(wish.at.timestamp(), PAST_GATE, holds=holds, where=wish.store)
        _spread(watch, told, len(stores))
    for name, seen in counters.items():
        for before, after in pairwise(seen):
            watch.check(0.0, COUNTERS, holds=after > before, where=name)
    for store in stores:
        for one in store.placed:
            watch.serves(one.at.timestamp(), _serving(store.store, one))
    return watch


def _spread(watch: Watch, told: Told, stores: int) -> None:
    """Check that no wave gave the release to more stores than its gates had let through."""
    rollout, given = told.kept.rollout, set[str]()
    for wish in told.wishes:
        if wish.release == rollout.release:
            given.add(wish.store)
            passed = sum(
                one.event is Event.PASSED and one.at <= wish.at for one in told.kept.journal
            )
            watch.spreads(wish.at.timestamp(), len(given), told.kept.plan.limit(passed, stores))


def _serving(store: str, one: Placed) -> Serving:
    return Serving(
        store=store,
        release=one.release,
        before=one.before,
        rolled_back=one.release < one.before and one.state in _BACK,
        whole=one.whole,
        rehearsed=one.release < one.before or one.state in (State.PROBATION, State.COMMITTED),
        refused=one.release in one.refused,
    )


def commit_times(told: Told, commits: Mapping[str, Mapping[int, datetime]]) -> Seconds:
    """Return how long it took from a store's assignment to its commit."""
    release = told.kept.rollout.release
    return seconds(
        [
            (commits[wish.store][release] - wish.at).total_seconds()
            for wish in told.wishes
            if wish.release == release and release in commits.get(wish.store, {})
        ]
    )


def way_back_times(told: Told, stores: Sequence[RealStore]) -> Seconds:
    """Return how long it took from the verdict until a store served the old models again.

    A store that went back by itself before the verdict took no time.
    """
    release, stopped = told.kept.rollout.release, told.stopped
    if stopped is None:
        return seconds([])
    taken = []
    for store in stores:
        left = [one.at for one in store.placed if one.before == release]
        if left:
            taken.append(max(0.0, (left[0] - stopped).total_seconds()))
    return seconds(taken)


def as_values(one: Seconds) -> dict[str, Any]:
    """Return times for machines."""
    return {
        "stores": one.count, "median_s": round(one.middle, 2), "longest_s": round(one.longest, 2)
    }  # fmt: skip
