"""A hollow store: the real update machine and the real judgement of trials, around no models.

What a store's loop does in hours is done here at moments of simulated time: the table in
edge_agent/core/update.py says which state follows, core/trial whether a candidate is good enough,
core/orders which order is obeyed. How long work takes and what goes wrong in it was drawn by
fleet.py; what a candidate is worth comes from trials.py.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import ClassVar

from edge_agent.core.maintenance import is_return
from edge_agent.core.orders import News, Taken, judge
from edge_agent.core.trial import ShadowRules, TrialRules, settled, verdict
from edge_agent.core.update import (
    TRANSITIONS,
    Event,
    ProbationRules,
    Standing,
    State,
    Update,
    toward,
)
from endcap.wire.commands import RunningModel, StoreState, Trial
from endcap.wire.orders import Assignment
from endcap.wire.topics import Channel, Topic
from endcap.wire.values import Value
from fleet_simulator.faults import Effect
from fleet_simulator.fleet import Character
from fleet_simulator.hollow_releases import HollowReleases
from fleet_simulator.post import Post
from fleet_simulator.telling import tell_state, tell_trial
from fleet_simulator.timeline import Timeline
from fleet_simulator.trials import Observation, Stage, effects_in, turned_round
from fleet_simulator.watch import Serving, Watch

LOOK = 300.0
"""Seconds between two looks at a trial, each of which is told; real stores look every second."""
_AGAIN = 60.0  # seconds between two tries of what waits: the longest pause of a real store
_METADATA = 2.0  # seconds to bring and verify what is signed
_REHEARSAL = 12.0  # seconds of a store of middling pace
_TIDY = 1.0
_REPEAT = 90.0  # seconds after which a state is told again that nothing younger followed
_KEYS = frozenset({"control-key"})


@dataclass(frozen=True, slots=True)
class World:
    """What every store of a rehearsal shares."""

    timeline: Timeline
    post: Post
    releases: HollowReleases
    watch: Watch
    effects: tuple[Effect, ...]
    rng: random.Random
    models: Mapping[int, dict[str, RunningModel]]
    repeats: bool = False
    shadow: ShadowRules = field(default_factory=ShadowRules)
    probation: ProbationRules = field(default_factory=ProbationRules)
    rules: TrialRules = field(default_factory=TrialRules)


class HollowStore:
    """One store. `begin` once; then it lives by what happens to it."""

    def __init__(self, character: Character, world: World) -> None:
        champion = world.releases.champion
        self.character = character
        self.standing = Standing(serving=champion, desired=champion, committed=champion)
        self.online = False
        self._observation: Observation | None = None
        self._entered = 0.0
        self._trial: Trial | None = None
        self._last = Update()
        self._world = world
        self._present = False
        self._off = False
        self._turn = 0
        self._taken: Taken | None = None
        self._held = frozenset(world.releases.missing(champion, frozenset()))
        self._bytes = 0.0
        self._damaged = character.damaged
        self._crashes = character.crashes
        self._rehearsed = 0
        self._seq = 0
        self._desired = str(Topic(character.store, Channel.DESIRED))
        self._state = str(Topic(character.store, Channel.STATE))

    @property
    def now(self) -> datetime:
        """Return what the store's own clock says."""
        return self._world.timeline.moment + self.character.skew

    @property
    def state(self) -> State:
        """Return the state of its update."""
        return self.standing.update.state

    def settled(self, assigned: int) -> bool:
        """Tell whether there is nothing left to do toward the release that it should want."""
        standing = self.standing
        done = standing.desired == assigned and standing.wanted is None
        return done and self.state is State.IDLE and not self._off

    # ---- the line to the centre

    def begin(self) -> None:
        """Be switched on."""
        timeline = self._world.timeline
        here, lasting = self.character.presence(timeline.now, timeline.begin)
        self._present = here
        if lasting is not None:
            timeline.after(lasting, self.begin)
        self.link()

    def link(self) -> None:
        """Connect or let go, as presence, power and the broker have it."""
        there = self._present and not self._off and self._world.post.up
        if there and not self.online:
            self.online = True
            self._world.post.connect(self._desired, self._take)
            self.report()
        elif not there and self.online:
            self.online = False
            self._world.post.disconnect(self._desired)

    def report(self) -> None:
        """Tell the centre what runs, if it can be told."""
        self._seq += 1
        if self.online:
            self._world.post.send(self._state, self._told())
            if self._world.repeats:
                self._world.timeline.after(_REPEAT, partial(self._repeat, self._seq))

    def _repeat(self, seq: int) -> None:
        """Tell again what was told last, if nothing was told since."""
        if self.online and seq == self._seq:
            self._world.post.send(self._state, self._told())

    def _told(self) -> StoreState:
        """Return what the store says of itself."""
        return tell_state(
            self.character,
            self.now,
            (self.standing.serving, self._world.models.get(self.standing.serving, {})),
            self._last,
            self._trial,
            self._seq,
        )

    def _take(self, message: Value) -> None:
        """Take an order, if it is to be obeyed."""
        if not isinstance(message, Assignment):
            return
        if judge(message, self.character.store, self._taken, _KEYS, self.now) is not News.NEW:
            return
        self._taken = Taken(message.counter, message.model_dump_json(), _KEYS)
        self.standing = replace(self.standing, desired=message.release)
        trying = self.state in (State.SHADOW, State.PROBATION)
        if self.state is State.IDLE or (trying and self._superseded()):
            self._work()

    # ---- the update

    def _advance(self, event: Event, reason: str = "") -> None:
        """Journal what came of a state's work, and go on."""
        self._journal(self.standing.update.after(event, reason))
        self._work()

    def _journal(self, update: Update) -> None:
        """Remember where the update stands, and tell it."""
        before = self.standing.update
        self.standing = replace(self.standing, update=update)
        if update.state is State.IDLE:
            return  # an end was told already
        self._last = update
        if update.state is not before.state:
            self._entered = self._world.timeline.now
            self._remember(update.release)
        self.report()

    def _remember(self, release: int) -> None:
        """Remember the ends of updates, as the journal does."""
        standing = self.standing
        if self.state is State.COMMITTED:
            self.standing = replace(standing, committed=max(standing.committed, release))
        elif self.state is State.REFUSED:
            self.standing = replace(standing, refused=standing.refused | {release})

    def _work(self) -> None:
        """Begin the work of the state the journal stands in."""
        self._turn += 1
        if self._crashes and self.character.crash_in == self.state.value:
            self._crashes -= 1
            self._later(self._world.rng.uniform(0.1, 5.0), self._power_fails)
        elif self._superseded():
            self._later(0.0, partial(self._advance, Event.SUPERSEDED))
        else:
            self._WORK[self.state](self)

    def _superseded(self) -> bool:
        """Tell whether another release is wanted by now, where that matters."""
        known = (self.state, Event.SUPERSEDED) in TRANSITIONS
        return known and self.standing.desired != self.standing.update.release

    def _later(self, delay: float, work: Callable[[], None]) -> None:
        """Do `work` in `delay` seconds, unless the update went on in another way until then."""
        self._world.timeline.after(delay, partial(self._if_still, self._turn, work))

    def _if_still(self, turn: int, work: Callable[[], None]) -> None:
        if turn == self._turn:
            work()

    def _power_fails(self) -> None:
        """Lose all that is not in the journal, and start again after a while."""
        self._turn += 1
        self._off = True
        self._observation = None
        self.link()
        self._world.timeline.after(self.character.down, self._start_again)

    def _start_again(self) -> None:
        """Start as a store does: the journal learns of it before anything else."""
        self._off = False
        self.link()
        if self.state is State.IDLE:
            self._work()
        else:
            self._advance(Event.POWER_LOST, f"the program ended while {self.state.value}")

    def _idle(self) -> None:
        """Begin what is wanted."""
        wanted = self.standing.wanted
        if wanted is None:
            return
        self._bytes = 0.0
        self._journal(toward(wanted))
        self._work()

    def _fetch(self) -> None:
        """Bring the release: what came before a line broke stays."""
        world, release = self._world, self.standing.update.release
        here, lasting = self.character.presence(world.timeline.now, world.timeline.begin)
        if not here or not world.post.up:
            self._later(lasting or _AGAIN, partial(self._wait, "nobody answers"))
            return
        if not world.releases.published(release):
            self._later(_AGAIN, partial(self._wait, f"release {release} is not among the signed"))
            return
        missing = sum(world.releases.missing(release, self._held).values()) - self._bytes
        needed = _METADATA + max(0.0, missing) / self.character.bytes_per_second
        if lasting is not None and lasting < needed:
            self._bytes += max(0.0, lasting - _METADATA) * self.character.bytes_per_second
            self._later(lasting, partial(self._wait, "nobody answers"))
        else:
            self._later(needed, self._fetched)

    def _wait(self, reason: str) -> None:
        """Try again, without telling it twice."""
        if self.standing.update.reason == reason:
            self._work()
        else:
            self._advance(Event.WAITING, reason)

    def _fetched(self) -> None:
        """Verify what came."""
        self._bytes = 0.0
        if self._damaged:
            self._damaged -= 1
            self._advance(Event.DAMAGED, "a file is not what was signed")
            return
        release = self.standing.update.release
        self._held |= frozenset(self._world.releases.missing(release, self._held))
        self._advance(Event.DONE)

    def _rehearse(self) -> None:
        """Try the models where they can do no harm."""
        self._later(_REHEARSAL * self.character.pace, self._rehearsed_it)

    def _rehearsed_it(self) -> None:
        release = self.standing.update.release
        if self.character.refuses and release == self._world.releases.candidate:
            self._advance(Event.FAILED, "demand 1.1.0: golden case 1: the outputs differ")
            return
        self._rehearsed = release
        self._advance(Event.DONE)

    def _shadow(self) -> None:
        """Begin to ask the candidate what the champion is asked."""
        standing, manifests = self.standing, self._world.releases.manifests
        if is_return(manifests[standing.update.release], manifests.get(standing.previous)):
            self._later(0.0, partial(self._advance, Event.DONE, "the models that served before"))
        else:
            self._observe("shadow")

    def _probation(self) -> None:
        """Let the candidate serve, and begin to watch it."""
        release = self.standing.update.release
        if self.standing.serving != release:
            self._serve(release, rolled_back=False)
            self.report()  # what serves has changed since the stand was told
        self._observe("probation")

    def _observe(self, stage: Stage) -> None:
        """Begin to look at a trial of the models that are new here."""
        world, release = self._world, self.standing.update.release
        champion = self.standing.serving if stage == "shadow" else self.standing.previous
        kinds = world.releases.changed(release, champion)
        effects = effects_in(self.character, world.effects, stage)
        if release != world.releases.candidate:  # it is the way back
            shown = effects_in(self.character, world.effects, "probation")
            effects = turned_round(shown) if champion == world.releases.candidate else {}
        self._observation = Observation(self.character, stage, effects, kinds, world.rng)
        self._later(min(LOOK, self._longest(stage)), partial(self._look, stage))

    def _longest(self, stage: Stage) -> float:
        rules = self._world.shadow if stage == "shadow" else self._world.probation
        return rules.duration.total_seconds()

    def _look(self, stage: Stage) -> None:
        """Look at a trial: go on, go back, or look again."""
        observation, world, update = self._observation, self._world, self.standing.update
        assert observation is not None  # noqa: S101 - a power cut, which drops it, ends the turn
        longest = self._longest(stage)
        observation.look(min(LOOK, longest))
        self._trial = tell_trial(update.release, observation, self._trial)
        lasted = world.timeline.now - self._entered
        enough = stage == "shadow" and settled(observation.trial, world.shadow)
        if bad := verdict(observation.trial, world.rules):
            self._advance(Event.FAILED, bad)
        elif update.unsteady:
            self._steady(update.after(Event.STEADY))
        elif enough or lasted > longest - _TIDY:
            self._advance(Event.DONE)
        else:
            self.report()
            self._later(min(LOOK, longest - lasted), partial(self._look, stage))

    def _steady(self, update: Update) -> None:
        """Note that the last start was a good one; the trial goes on, as the state has it."""
        self._journal(update)
        if update.state is self.state and self._observation is not None:
            self._later(_TIDY, partial(self._look, self._observation.stage))
        else:
            self._work()

    def _roll_back(self) -> None:
        """Put the release before this one back in place."""
        self._later(_TIDY, self._rolled_back)

    def _rolled_back(self) -> None:
        if self.standing.serving == self.standing.update.release:
            last = self.state is State.LAST_RESORT
            self._serve(0 if last else self.standing.previous, rolled_back=True)
        self._advance(Event.DONE)

    def _tidy(self) -> None:
        """Remove what is not needed, and rest."""
        self._later(_TIDY, partial(self._advance, Event.DONE))

    def _serve(self, release: int, *, rolled_back: bool) -> None:
        """Put a release in place, under the eyes of the watch."""
        standing = self.standing
        releases = self._world.releases
        self._world.watch.serves(
            self._world.timeline.now,
            Serving(
                store=self.character.store,
                release=release,
                before=standing.serving,
                rolled_back=rolled_back and release in (0, standing.previous),
                whole=not releases.missing(release, self._held),
                rehearsed=self._rehearsed == release,
                refused=release in standing.refused,
            ),
        )
        previous = 0 if rolled_back else standing.serving
        self.standing = replace(standing, serving=release, previous=previous)

    _WORK: ClassVar[Mapping[State, Callable[["HollowStore"], None]]] = {
        State.IDLE: _idle,
        State.FETCHING: _fetch,
        State.REHEARSING: _rehearse,
        State.SHADOW: _shadow,
        State.PROBATION: _probation,
        State.ROLLING_BACK: _roll_back,
        State.LAST_RESORT: _roll_back,
        State.COMMITTED: _tidy,
        State.REFUSED: _tidy,
    }
