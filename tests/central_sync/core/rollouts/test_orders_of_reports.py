"""What holds for a rollout in every order of reports, orders, pauses and restarts."""

from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from central_sync.core.rollouts.decision import Approval, decide
from central_sync.core.rollouts.facts import Outcome, Report
from central_sync.core.rollouts.gates import read_gates
from central_sync.core.rollouts.machine import TRANSITIONS, Event, State, replayed
from central_sync.core.rollouts.plan import Plan, Wave
from endcap.wire.commands import KindTrial
from tests.fakes.hollow_fleet import BASE, CANDIDATE, FALLBACK, HollowFleet

NAMES = [f"store-{number:02}" for number in range(12)]
PLAN = Plan(
    waves=(
        Wave(count=3, soak=timedelta(minutes=10), patience=timedelta(hours=1)),
        Wave(share=0.5, approvals=1, patience=timedelta(hours=1)),
        Wave(share=1.0, patience=timedelta(hours=1)),
    )
)
GOOD = KindTrial(runs=30, errors=0, truths=30, error=1.0, champion_error=1.0)
BAD = KindTrial(runs=30, errors=0, truths=30, error=2.0, champion_error=1.0)
FORWARD = (Event.ANSWERED, Event.PASSED, Event.FINISHED)

stores = st.sampled_from(NAMES)


class AnyOrder(RuleBasedStateMachine):
    """Stores report what they like, when they like; people order; the centre decides, or not."""

    def __init__(self) -> None:
        super().__init__()
        self.fleet = HollowFleet(NAMES, PLAN, datetime(2026, 1, 1, tzinfo=UTC))
        self.sent: list[tuple[str, Report]] = []
        self.passed_canary = False

    @rule(
        store=stores,
        outcome=st.sampled_from(Outcome),
        trial=st.sampled_from([None, GOOD, BAD]),
        delivered=st.booleans(),
    )
    def reports(
        self, store: str, outcome: Outcome, trial: KindTrial | None, *, delivered: bool
    ) -> None:
        if not self.fleet.stores[store].exposed:
            return
        report = Report(outcome, kinds={"demand": trial} if trial else {})
        self.sent.append((store, report))
        if delivered:
            self.fleet.told(store, report)

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def reports_late_or_again(self, data: st.DataObject) -> None:
        store, report = data.draw(st.sampled_from(self.sent))
        self.fleet.told(store, report)

    @rule(store=stores)
    def serves_what_it_should(self, store: str) -> None:
        self.fleet.told(store, Report(), serving=self.fleet.stores[store].assigned)

    @rule(minutes=st.sampled_from([1, 10, 60]))
    def time_goes_by(self, minutes: int) -> None:
        self.fleet.at += timedelta(minutes=minutes)

    @rule(by=st.sampled_from(["Ann Other", "Bo"]), wave=st.sampled_from([0, 1, 2]))
    def somebody_agrees(self, by: str, wave: int) -> None:
        self.fleet.approvals.append(Approval(wave, by))

    @rule(event=st.sampled_from([Event.PAUSE, Event.RESUME, Event.ABORT, Event.REVERT]))
    def somebody_orders(self, event: Event) -> None:
        if (self.fleet.rollout.state, event) in TRANSITIONS:
            self.fleet.ordered(event)

    @rule()
    def the_centre_decides(self) -> None:
        before, stand = set(self.fleet.ever), self.fleet.rollout
        exposed = self.fleet.exposed
        found = self.fleet.decided()
        if found.entry is not None and found.entry.event in FORWARD:
            readings = read_gates(exposed, PLAN.gates)
            assert not any(one.stop or one.at_end or one.hold for one in readings)
            self.passed_canary |= found.entry.event is Event.PASSED
        if stand.state is State.PAUSED or found.rollout.state in (State.PAUSED, State.ABORTED):
            assert self.fleet.ever == before
        if found.entry is not None and found.entry.event is Event.GATE_FAILED:
            assert self.fleet.ever == before

    @invariant()
    def only_the_canary_has_it_until_the_gate_passed(self) -> None:
        if not self.passed_canary:
            assert len(self.fleet.exposed) <= PLAN.limit(0, len(NAMES))

    @invariant()
    def after_a_stop_everyone_who_got_it_is_sent_back(self) -> None:
        if self.fleet.rollout.state in (State.REVERTING, State.REVERTED):
            found = decide(self.fleet.question())
            back = {wish.store for wish in found.wishes if wish.release == FALLBACK}
            for one in self.fleet.exposed:
                assert one.assigned == FALLBACK or one.store in back

    @invariant()
    def nobody_wants_anything_that_was_not_decided(self) -> None:
        for one in self.fleet.stores.values():
            assert one.assigned in (BASE, CANDIDATE, FALLBACK)
            assert one.assigned == BASE or one.store in self.fleet.ever

    @invariant()
    def a_restart_changes_nothing(self) -> None:
        again = replayed(self.fleet.begun, self.fleet.journal)
        assert again == self.fleet.rollout
        stores_again = tuple(reversed(self.fleet.question().stores))
        asked = self.fleet.question()
        same = decide(type(asked)(asked.plan, again, stores_again, asked.approvals, asked.at))
        now = decide(asked)
        assert (same.rollout, same.entry, set(same.wishes)) == (
            now.rollout,
            now.entry,
            set(now.wishes),
        )


AnyOrder.TestCase.settings = settings(max_examples=60, stateful_step_count=60, deadline=None)
TestAnyOrder = AnyOrder.TestCase
