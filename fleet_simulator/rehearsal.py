"""A rollout to a hollow fleet, from the first wave to the last store, in simulated time."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from central_sync.core.rollouts.machine import Rollout
from central_sync.core.rollouts.plan import Plan
from fleet_simulator.faults import Faults, Outage
from fleet_simulator.fleet import draw_fleet
from fleet_simulator.hollow_centre import HollowCentre, Office, WaveTimes
from fleet_simulator.hollow_releases import HollowReleases
from fleet_simulator.hollow_store import HollowStore, World
from fleet_simulator.post import Post
from fleet_simulator.telling import running
from fleet_simulator.timeline import Timeline
from fleet_simulator.watch import Watch

BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)
"""When every rehearsal begins: a Monday morning. The same seed is the same rehearsal."""
_STARTS_WITHIN = 60.0  # seconds in which the stores come up
_LOOK = 300.0  # seconds between two looks whether all is over
_HOUR = 3600.0

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be rehearsed."""

    stores: int
    release: int
    faults: Faults
    plan: Plan
    seed: int
    longest: float


@dataclass(frozen=True, slots=True)
class Ended:
    """How a rehearsal ended."""

    asked: Asked
    rollout: Rollout
    waves: tuple[WaveTimes, ...]
    stores: Sequence[HollowStore]
    watch: Watch
    releases: HollowReleases
    seconds: float
    happenings: int
    messages: int
    written: int
    decisions: int
    unreached: int


def rehearse(asked: Asked, progress: Progress) -> Ended:
    """Roll a release out to a fleet, until every store is where it should be or time is up."""
    rng = random.Random(asked.seed)
    timeline = Timeline(BEGIN)
    releases = HollowReleases(asked.release, BEGIN)
    watch = Watch(releases)
    post = Post(asked.faults.network, timeline, rng)
    network = asked.faults.network
    world = World(
        *(timeline, post, releases, watch, asked.faults.effects, rng),
        models={number: running(one) for number, one in releases.manifests.items()},
        repeats=network.lost > 0 or network.reordered > 0 or network.duplicated > 0,
    )
    fleet = draw_fleet(asked.stores, asked.faults, rng)
    stores = [HollowStore(one, world) for one in fleet]

    def told(line: str) -> None:
        progress(f"{timeline.now / _HOUR:7.2f} h  {line}")

    by_name = {one.character.store: one for one in stores}
    office = Office(
        *(timeline, post, releases, watch, asked.plan, told),
        present=lambda name: by_name[name].online,
    )
    centre = HollowCentre(fleet, office)
    for store in stores:
        timeline.after(rng.uniform(0, _STARTS_WITHIN), store.begin)
    timeline.after(_STARTS_WITHIN, centre.start)
    for outage in asked.faults.outages:
        _plan_outage(outage, timeline, post, centre, stores)
    over = _Over(timeline, centre, stores)
    timeline.run(asked.longest, lambda: over.over)
    return Ended(
        asked=asked,
        rollout=centre.rollout,
        waves=tuple(office.waves),
        stores=stores,
        watch=watch,
        releases=releases,
        seconds=timeline.now,
        happenings=timeline.processed,
        messages=post.carried,
        written=post.written,
        decisions=centre.decisions,
        unreached=sum(
            one.standing.desired != centre.assigned(one.character.store) for one in stores
        ),
    )


class _Over:
    """Looks now and then whether every store is where the rollout wants it."""

    def __init__(
        self, timeline: Timeline, centre: HollowCentre, stores: Sequence[HollowStore]
    ) -> None:
        self._timeline, self._centre, self._stores = timeline, centre, stores
        self.over = False
        timeline.after(_LOOK, self._look)

    def _look(self) -> None:
        centre = self._centre
        self.over = centre.ended and all(
            one.settled(centre.assigned(one.character.store)) for one in self._stores
        )
        self._timeline.after(_LOOK, self._look)


def _plan_outage(
    outage: Outage,
    timeline: Timeline,
    post: Post,
    centre: HollowCentre,
    stores: Sequence[HollowStore],
) -> None:
    """Let the broker or the centre go away, and come back."""

    def broker_goes() -> None:
        post.break_down()
        for store in stores:
            store.link()

    def broker_comes() -> None:
        post.come_back()
        centre.connect()
        for store in stores:
            store.link()

    goes, comes = (
        (broker_goes, broker_comes) if outage.what == "broker" else (centre.stop, centre.start)
    )
    timeline.after(outage.begins.total_seconds(), goes)
    timeline.after((outage.begins + outage.lasts).total_seconds(), comes)
