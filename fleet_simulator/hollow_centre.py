"""The centre of a hollow fleet: the real rollout machine on the real evidence.

What stores tell is joined by core/rollouts/facts, what follows decided by core/rollouts/decision;
here it is only kept, and who is assigned what is sent. Rows stand in memory for those of the
database: the journal alone is what a centre that starts again has of its rollout.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from central_sync.core.rollouts.decision import Approval, Question, Wish, decide
from central_sync.core.rollouts.facts import Outcome, Report, Store, reports_in
from central_sync.core.rollouts.machine import UNDER_WAY, Entry, Event, Rollout, State, replayed
from central_sync.core.rollouts.plan import Plan
from central_sync.loops.advance_rollouts import MAX_STEPS
from endcap.wire.commands import StoreState
from endcap.wire.orders import Assignment
from endcap.wire.topics import Channel, Topic
from endcap.wire.values import Value
from fleet_simulator.fleet import Character
from fleet_simulator.hollow_releases import HollowReleases
from fleet_simulator.post import Post
from fleet_simulator.timeline import Timeline
from fleet_simulator.watch import Watch

_OFTEN = 20.0
"""Seconds between two decisions, while few stores have the release."""
_A_STORE = 0.2
"""Seconds more for each store that has it: a decision looks at them all."""
_SELDOM = 900.0
"""Seconds after which it is decided without news, because time alone can tell something."""
_GOOD_FOR = timedelta(days=90)
_ENDS = frozenset({State.COMPLETE, State.REVERTED, State.ABORTED})


@dataclass(slots=True)
class _Record:
    """What the centre knows of a store."""

    fact: Store
    counter: int = 0
    seq: int = 0


@dataclass(frozen=True, slots=True)
class WaveTimes:
    """When a wave began and ended, in seconds, and how many stores had the release at its end."""

    wave: int
    began: float
    ended: float | None = None
    exposed: int = 0


@dataclass(slots=True)
class Office:
    """What the centre works with.

    `present` tells whether a store is connected: real ones tell so every minute, and hollow
    ones are spared the minutes without news.
    """

    timeline: Timeline
    post: Post
    releases: HollowReleases
    watch: Watch
    plan: Plan
    told: Callable[[str], None]
    present: Callable[[str], bool]
    waves: list[WaveTimes] = field(default_factory=list)


class HollowCentre:
    """Rolls a release out to a fleet that begins with `champion`."""

    def __init__(self, fleet: Sequence[Character], office: Office) -> None:
        releases = office.releases
        self._office = office
        self._records = {
            one.store: _Record(
                Store(
                    one.store,
                    stratum=tuple(str(getattr(one, name)) for name in office.plan.strata),
                    assigned=releases.champion,
                    serving=releases.champion,
                    present=False,
                )
            )
            for one in fleet
        }
        self._begun = Rollout(
            number=1,
            release=releases.candidate,
            since=office.timeline.moment,
            base=releases.champion,
            fallback=releases.fallback,
            started_by="rehearsal",
        )
        self.rollout = self._begun
        self.journal: list[Entry] = []
        self.decisions = 0
        self.exposed = 0
        self.heard = 0
        self._up = False
        self._life = 0
        self._news = False
        self._last = 0.0

    @property
    def ended(self) -> bool:
        """Tell whether the rollout has come to an end."""
        return self.rollout.state in _ENDS

    def assigned(self, store: str) -> int:
        """Return the release that a store should want."""
        return self._records[store].fact.assigned

    def start(self) -> None:
        """Begin, or begin again with what the journal says."""
        self._up = True
        self._life += 1
        self.rollout = replayed(self._begun, self.journal)
        self.connect()
        self._look(self._life)

    def connect(self) -> None:
        """Listen to every store, and tell each again what it should want: brokers forget."""
        if not self._up:
            return
        for store, record in self._records.items():
            self._office.post.connect(str(Topic(store, Channel.STATE)), self._hear)
            if record.counter:
                self._send(record)

    def stop(self) -> None:
        """Be gone for a while."""
        self._up = False
        for store in self._records:
            self._office.post.disconnect(str(Topic(store, Channel.STATE)))

    # ---- what stores tell

    def _hear(self, message: Value) -> None:
        """Keep what a store told."""
        if not isinstance(message, StoreState):
            return
        record = self._records[message.store]
        self.heard += 1
        fact = record.fact
        report = reports_in(message).get(self._office.releases.candidate, Report())
        serving = fact.serving
        if message.last_seq >= record.seq:
            record.seq, serving = message.last_seq, message.release
        joined = fact.report.joined(report)
        exposed = fact.exposed or joined.outcome >= Outcome.TRYING
        after = replace(fact, serving=serving, exposed=exposed, unheard_since=None, report=joined)
        if after != fact:
            record.fact = after
            self._news = True

    # ---- what follows

    def _look(self, life: int) -> None:
        """Decide if there is something to decide on, and look again soon."""
        if not self._up or self.ended or life != self._life:
            return
        timeline = self._office.timeline
        since, least = timeline.now - self._last, _OFTEN + _A_STORE * self.exposed
        if (self._news and since >= least) or since >= max(_SELDOM, least) or not self.decisions:
            self._last, self._news = timeline.now, False
            self._decide()
        timeline.after(_OFTEN, partial(self._look, life))

    def _decide(self) -> None:
        """Decide until nothing changes."""
        for _ in range(MAX_STEPS):
            self.decisions += 1
            stores = [self._fact(one) for one in self._records.values()]
            asked = Question(
                self._office.plan,
                self.rollout,
                stores,
                self._agreed(),
                self._office.timeline.moment,
            )
            decision = decide(asked)
            before, self.rollout = self.rollout, decision.rollout
            if decision.entry is not None:
                self._enter(before, decision.entry)
            for wish in decision.wishes:
                self._assign(wish)
            self._count()
            if not decision.changed:
                return

    def _count(self) -> None:
        """Count who has the release, and check that no gate was gone around."""
        self.exposed = sum(one.fact.exposed for one in self._records.values())
        passed = sum(one.event is Event.PASSED for one in self.journal)
        allowed = self._office.plan.limit(passed, len(self._records))
        self._office.watch.spreads(self._office.timeline.now, self.exposed, allowed)

    def _fact(self, record: _Record) -> Store:
        """Return a store as it counts now."""
        present = self._office.present(record.fact.store)
        if present is not record.fact.present:
            record.fact = replace(record.fact, present=present)
        return record.fact

    def _agreed(self) -> tuple[Approval, ...]:
        """Return what people would say: in a rehearsal all agree at once."""
        wave = self.rollout.wave
        return tuple(Approval(wave, name) for name in ("first", "second"))

    def _enter(self, before: Rollout, entry: Entry) -> None:
        """Keep a line of the journal, and what follows from it for the report."""
        office, now = self._office, self._office.timeline.now
        self.journal.append(entry)
        office.told(f"{before.state.value} -> {self.rollout.state.value}: {entry.reason}")
        if entry.event is Event.APPROVED:
            office.waves.append(WaveTimes(before.wave, now))
        elif office.waves and before.state in UNDER_WAY and entry.event is not Event.ANSWERED:
            office.waves[-1] = replace(office.waves[-1], ended=now, exposed=self.exposed)
        if entry.event in (Event.GATE_FAILED, Event.ABORT, Event.REVERT):
            office.watch.stops(now, before.release)

    def _assign(self, wish: Wish) -> None:
        """Let a store want a release."""
        record, releases = self._records[wish.store], self._office.releases
        record.counter += 1
        given = wish.release == releases.candidate
        taken_back = wish.release < releases.candidate
        record.fact = replace(
            record.fact,
            assigned=wish.release,
            exposed=(record.fact.exposed or given) and not taken_back,
            unheard_since=self._office.timeline.moment,
        )
        office = self._office
        office.watch.assigns(office.timeline.now, wish.store, wish.release, record.counter)
        self._send(record)

    def _send(self, record: _Record) -> None:
        """Tell a store what it should want; try again while there is no broker."""
        at = self._office.timeline.moment
        order = Assignment(
            store=record.fact.store,
            counter=record.counter,
            issued=at,
            expires=_ends(at),
            release=record.fact.assigned,
        )
        self._office.post.send(str(Topic(order.store, Channel.DESIRED)), order)


def _ends(at: datetime) -> datetime:
    return at + _GOOD_FOR
