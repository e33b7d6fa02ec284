"""What a facing is follows from what is seen of it over time, at any pace of pictures."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from edge_agent.adapters.facing_rows import standing_after
from edge_agent.core.vision.machine import (
    NEVER_SEEN,
    OPEN,
    FacingEvent,
    Finding,
    Place,
    Proof,
    Standing,
    State,
    told,
)
from edge_agent.core.vision.watch import PATIENCE, Looks, ShelfWatch
from endcap.models.gaps.states import Chances
from endcap.wire.events import FacingSeen, FacingUnknown, GapClosed, GapOpened
from tests.fakes.clock import NOON

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
ITEMS = {"f1": "04006381333931"}
FULL = Chances(0.96, 0.02, 0.01, 0.01)
LOW = Chances(0.04, 0.94, 0.01, 0.01)
EMPTY = Chances(0.01, 0.01, 0.97, 0.01)
BARE = Chances(0.002, 0.002, 0.996, 0.0)
PERSON = Chances(0.05, 0.02, 0.03, 0.9)
PACES = (SECOND, 10 * SECOND, MINUTE)


class Play:
    """A camera before facings that all look alike, played at a pace."""

    def __init__(self, pace: timedelta, facings: Iterable[str] = ("f1",)) -> None:
        self.watch = ShelfWatch("cam", 0.6)
        self.pace = pace
        self.items: dict[str, str | None] = dict.fromkeys(facings)
        self.now = NOON
        self.events: list[tuple[datetime, FacingEvent]] = []

    def show(self, chances: Chances | Mapping[str, Chances], length: timedelta) -> "Play":
        until = self.now + length
        while self.now < until:
            self.now += self.pace
            shown = dict.fromkeys(self.items, chances) if isinstance(chances, Chances) else chances
            looks = Looks(shown, self.now, "a" * 64)
            self.take(self.watch.saw(looks, self.items))
        return self

    def blind(self, length: timedelta) -> "Play":
        since = self.now
        self.now += length
        return self.take(self.watch.blinded(since, self.items))

    def say(self, finding: Finding) -> "Play":
        """Let a person say something, as the store writes it down."""
        place, was = Place("cam", "f1"), self.watch.of("f1")
        now, events = told(place, was, finding, Proof(self.now, at=self.now))
        self.watch = self.watch.recorded({**self.watch.standing, "f1": now})
        self.events += [(self.now, event) for event in events]
        return self

    def take(self, seen: tuple[ShelfWatch, Sequence[FacingEvent]]) -> "Play":
        self.watch, events = seen
        self.events += [(self.now, event) for event in events]
        return self

    def of(self, kind: type[FacingEvent]) -> list[tuple[datetime, FacingEvent]]:
        return [(at, event) for at, event in self.events if isinstance(event, kind)]

    @property
    def kinds(self) -> list[type[FacingEvent]]:
        return [type(event) for _, event in self.events]


def settled(pace: timedelta, facings: Iterable[str] = ("f1",)) -> Play:
    """Return a play in which all is known to be full, and the camera has been sound for long."""
    play = Play(pace, facings).show(FULL, 6 * MINUTE)
    play.events.clear()
    return play


@pytest.mark.parametrize("pace", PACES)
def test_a_gap_is_found_within_five_minutes_and_its_filling_too(pace: timedelta) -> None:
    play = settled(pace)
    emptied = play.now
    play.show(EMPTY, 10 * MINUTE)
    ((found_at, opened),) = play.of(GapOpened)
    assert isinstance(opened, GapOpened)
    assert found_at - emptied <= 5 * MINUTE
    assert opened.since == emptied + pace
    assert 0.96 < opened.probability <= 1
    assert opened.frames >= 3
    filled = play.now
    play.show(FULL, 10 * MINUTE)
    ((closed_at, closed),) = play.of(GapClosed)
    assert isinstance(closed, GapClosed)
    assert closed_at - filled <= 5 * MINUTE
    assert (closed.opened, closed.since, closed.restocked) == (opened.since, filled + pace, True)


@pytest.mark.parametrize("pace", PACES[:2])
def test_what_nobody_ever_saw_is_known_within_a_minute(pace: timedelta) -> None:
    for state, kind in ((FULL, FacingSeen), (EMPTY, GapOpened)):
        play = Play(pace, ("f1",)).show(state, MINUTE)
        ((known_at, _),) = play.of(kind)
        assert known_at - (play.now - MINUTE) < MINUTE


@pytest.mark.parametrize("pace", PACES)
def test_what_a_shopper_makes_of_a_minute_is_no_gap(pace: timedelta) -> None:
    play = settled(pace)
    for _ in range(10):
        play.show(EMPTY, MINUTE).show(FULL, 3 * MINUTE)
    assert play.events == []


@pytest.mark.parametrize("pace", PACES)
def test_someone_who_stands_before_a_facing_leaves_its_evidence_as_it_is(pace: timedelta) -> None:
    play = settled(pace).show(EMPTY, MINUTE).show(PERSON, 10 * MINUTE)
    assert play.events == []
    play.show(EMPTY, 2 * MINUTE)
    assert play.kinds == [GapOpened]


def test_one_that_is_hidden_for_long_is_unknown_and_then_told_what_it_is() -> None:
    play = settled(MINUTE)
    last_seen = play.now
    play.show({}, 20 * MINUTE)
    ((_, unknown),) = play.events
    assert isinstance(unknown, FacingUnknown)
    assert (unknown.since, unknown.reason) == (last_seen, "hidden")
    play.show(LOW, 10 * MINUTE)
    assert play.watch.of("f1").state is State.LOW
    assert play.kinds == [FacingUnknown, FacingSeen]


def test_a_facing_that_was_never_seen_is_unknown_after_a_while() -> None:
    play = Play(MINUTE).show({}, 20 * MINUTE)
    assert play.kinds == [FacingUnknown]


def test_low_is_told_and_is_no_gap_and_full_again_is_told_too() -> None:
    play = settled(MINUTE).show(LOW, 10 * MINUTE).show(FULL, 10 * MINUTE)
    assert [event.state for _, event in play.events if isinstance(event, FacingSeen)] == [
        "low",
        "full",
    ]
    assert play.kinds == [FacingSeen, FacingSeen]


def test_a_gap_that_is_filled_a_little_ends_and_is_low() -> None:
    play = settled(MINUTE).show(EMPTY, 10 * MINUTE).show(LOW, 10 * MINUTE)
    assert play.kinds == [GapOpened, GapClosed, FacingSeen]
    assert play.watch.of("f1").state is State.LOW


def test_a_blind_camera_makes_its_facings_unknown_and_leaves_gaps_open() -> None:
    play = settled(MINUTE, ("f1", "f2"))
    play.show({"f1": EMPTY, "f2": FULL}, 10 * MINUTE).blind(MINUTE).blind(MINUTE)
    assert play.kinds == [GapOpened, FacingUnknown, FacingUnknown]
    assert play.watch.of("f1").state is State.GAP_UNSEEN
    play.show({"f1": EMPTY, "f2": FULL}, 10 * MINUTE)
    again = [(e.facing, e.state) for _, e in play.of(FacingSeen) if isinstance(e, FacingSeen)]
    assert sorted(again) == [("f1", "gap"), ("f2", "full")]


def test_after_blindness_a_gap_must_be_more_certain() -> None:
    sure, fresh = settled(MINUTE), settled(MINUTE).blind(MINUTE)
    times = []
    for play in (sure, fresh):
        began = play.now
        play.show(EMPTY, 10 * MINUTE)
        times.append(play.of(GapOpened)[0][0] - began)
    assert times[0] < times[1] <= 6 * MINUTE


def test_what_was_seen_before_blindness_is_no_evidence_after() -> None:
    play = settled(MINUTE).show(EMPTY, 2 * MINUTE).blind(MINUTE)
    play.events.clear()
    play.show(EMPTY, 2 * MINUTE)
    assert play.events == []


@pytest.mark.parametrize("pace", PACES)
def test_who_stands_before_several_facings_for_two_minutes_empties_none(pace: timedelta) -> None:
    facings = [f"f{number}" for number in range(8)]
    play = settled(pace, facings)
    behind = {name: EMPTY if name < "f2" else FULL for name in facings}
    play.show(behind, 2 * MINUTE).show(FULL, 10 * MINUTE)
    assert play.events == []
    play.show(behind, 10 * MINUTE)
    assert play.kinds == [GapOpened] * 2


def test_what_turned_empty_long_before_is_no_company() -> None:
    play = settled(MINUTE, ["f1", "f2"])
    play.show({"f1": EMPTY, "f2": FULL}, 2 * MINUTE)
    play.show({"f1": EMPTY, "f2": EMPTY}, 3 * MINUTE)
    assert play.kinds == [GapOpened] * 2


def test_half_of_the_shelf_at_once_is_the_light() -> None:
    facings = [f"f{number}" for number in range(8)]
    play = settled(MINUTE, facings)
    dark = {name: EMPTY if name < "f5" else FULL for name in facings}
    play.show(dark, 30 * MINUTE)
    assert [(e.facing, e.reason) for _, e in play.events if isinstance(e, FacingUnknown)] == [
        (name, "together") for name in facings if name < "f5"
    ]
    assert GapOpened not in play.kinds
    play.events.clear()
    play.show(FULL, 10 * MINUTE)
    assert play.kinds == [FacingSeen] * 5
    play.show({**dict.fromkeys(facings, FULL), "f0": EMPTY}, 10 * MINUTE)
    assert play.kinds[5:] == [GapOpened]


def test_a_few_facings_at_once_or_one_after_the_other_are_gaps() -> None:
    facings = [f"f{number}" for number in range(8)]
    play = settled(MINUTE, facings)
    play.show({name: EMPTY if name < "f3" else FULL for name in facings}, 10 * MINUTE)
    for last in range(4, 9):
        play.show({name: EMPTY if name < f"f{last}" else FULL for name in facings}, 10 * MINUTE)
    assert play.kinds == [GapOpened] * 8


def test_what_was_empty_from_the_first_picture_on_did_not_turn_so() -> None:
    play = Play(MINUTE, [f"f{number}" for number in range(8)]).show(EMPTY, 10 * MINUTE)
    assert play.kinds == [GapOpened] * 8


def test_a_person_who_says_it_is_full_is_not_contradicted_for_hours() -> None:
    play = settled(MINUTE).show(BARE, 10 * MINUTE).say(Finding.SAID_FULL)
    play.show(BARE, PATIENCE.said_for - 5 * MINUTE)
    assert play.kinds == [GapOpened, GapClosed]
    play.show(BARE, 15 * MINUTE)
    assert play.kinds == [GapOpened, GapClosed, GapOpened]


def test_once_pictures_agree_with_a_person_they_count_again() -> None:
    play = settled(MINUTE).show(EMPTY, 10 * MINUTE).say(Finding.SAID_FULL)
    play.show(FULL, 10 * MINUTE).show(EMPTY, 10 * MINUTE)
    assert play.kinds == [GapOpened, GapClosed, GapOpened]


def test_a_person_who_says_it_is_empty_opens_a_gap_that_a_refill_closes() -> None:
    play = settled(MINUTE).say(Finding.SAID_EMPTY).show(FULL, 30 * MINUTE)
    assert play.kinds == [GapOpened]
    play.show(EMPTY, 10 * MINUTE).show(FULL, 10 * MINUTE)
    assert play.kinds == [GapOpened, GapClosed]


WRONG = Chances(0.2, 0.1, 0.7, 0.0)
"""What a model says of a full facing that it takes for an empty one."""
FAINT = Chances(0.7, 0.05, 0.25, 0.0)
"""What it says of an empty one that it takes for a full one."""


def test_a_facing_that_always_looks_empty_raises_no_second_alarm() -> None:
    play = settled(MINUTE).show(WRONG, 30 * MINUTE).say(Finding.SAID_FULL)
    play.show(WRONG, timedelta(hours=8))
    assert play.kinds == [GapOpened, GapClosed]
    play.show(BARE, 10 * MINUTE)
    assert play.kinds == [GapOpened, GapClosed, GapOpened]


def test_what_looks_much_emptier_than_usual_is_a_gap_though_the_model_doubts_it() -> None:
    play = settled(MINUTE).show(FULL, 10 * MINUTE).show(FAINT, 10 * MINUTE)
    ((_, opened),) = play.events
    assert isinstance(opened, GapOpened)
    assert opened.probability > play.watch.threshold
    play.show(FULL, 10 * MINUTE)
    assert play.kinds == [GapOpened, GapClosed]


def test_what_is_written_down_counts_and_its_old_evidence_does_not() -> None:
    play = settled(MINUTE).show(EMPTY, 2 * MINUTE)
    assert play.watch.recorded(play.watch.standing) is play.watch
    other = play.watch.recorded({"f1": Standing(State.LOW, NOON)})
    assert other.of("f1").state is State.LOW
    assert "f1" not in other.evidence
    gone = play.watch.recorded({})
    assert gone.of("f1") == NEVER_SEEN


def test_another_model_has_another_threshold() -> None:
    watch = ShelfWatch("cam", 0.5)
    assert watch.with_threshold(0.5) is watch
    assert watch.with_threshold(0.9).threshold == 0.9


def test_what_has_a_gap_or_may_get_one_is_of_interest() -> None:
    play = settled(MINUTE, ("f1", "f2", "f3"))
    play.show({"f1": EMPTY, "f2": FULL, "f3": FULL}, 10 * MINUTE)
    play.show({"f1": EMPTY, "f2": EMPTY, "f3": FULL}, MINUTE)
    assert play.watch.of_interest == {"f1", "f2"}
    assert play.watch.open_gaps == {"f1"}


def test_a_clock_that_goes_back_proves_nothing() -> None:
    play = settled(MINUTE)
    for _ in range(9):
        play.now -= 2 * MINUTE
        play.show(EMPTY, MINUTE)
    assert play.events == []


NAMES = [f"f{number}" for number in range(6)]
LOOKS = st.dictionaries(st.sampled_from(NAMES), st.sampled_from([FULL, LOW, EMPTY, PERSON]))


class AnyCamera(RuleBasedStateMachine):
    """Whatever is seen, said, planned and cut off: what is told is what is known."""

    @initialize()
    def begin(self) -> None:
        self.now = NOON
        self.watch = ShelfWatch("cam", 0.6)
        self.recorded: dict[str, Standing] = {}
        self.lost: Sequence[FacingEvent] = ()
        self.open: set[str] = set()

    @rule(looks=LOOKS, seconds=st.integers(-5, 700), times=st.integers(1, 6))
    def see(self, looks: dict[str, Chances], seconds: int, times: int) -> None:
        for _ in range(times):
            self.now += timedelta(seconds=seconds)
            seen = self.watch.recorded(self.recorded).saw(
                Looks(looks, self.now), dict.fromkeys(NAMES)
            )
            self.watch, events = seen
            self.record(events)

    @rule()
    def fail(self) -> None:
        seen = self.watch.recorded(self.recorded).blinded(self.now, dict.fromkeys(NAMES))
        self.watch, events = seen
        self.record(events)

    @rule(looks=LOOKS)
    def lose_power_before_it_is_written(self, looks: dict[str, Chances]) -> None:
        self.now += MINUTE
        self.watch.recorded(self.recorded).saw(Looks(looks, self.now), dict.fromkeys(NAMES))
        self.restart()

    @rule()
    def restart(self) -> None:
        self.watch = ShelfWatch("cam", 0.6, standing=dict(self.recorded))

    @rule(
        facing=st.sampled_from(NAMES),
        finding=st.sampled_from([Finding.SAID_EMPTY, Finding.SAID_LOW, Finding.SAID_FULL]),
    )
    def say(self, facing: str, finding: Finding) -> None:
        was = self.recorded.get(facing, NEVER_SEEN)
        now, events = told(Place("cam", facing), was, finding, Proof(self.now, at=self.now))
        self.record(events)
        self.recorded[facing] = now

    @rule(facing=st.sampled_from(NAMES))
    def plan_anew(self, facing: str) -> None:
        was = self.recorded.get(facing, NEVER_SEEN)
        _, events = told(Place("cam", facing), was, Finding.REPLANNED, Proof(self.now))
        self.record(events)
        self.recorded.pop(facing, None)

    def record(self, events: Sequence[FacingEvent]) -> None:
        """Write down as the store does, and again, as after a power cut."""
        for event in (*events, *events):
            now = standing_after(self.recorded.get(event.facing, NEVER_SEEN), event)
            if now is None:
                continue
            self.recorded[event.facing] = now
            if isinstance(event, GapOpened):
                assert event.facing not in self.open
                self.open.add(event.facing)
            elif isinstance(event, GapClosed):
                assert event.since >= event.opened
                self.open.remove(event.facing)

    @invariant()
    def what_is_told_is_what_is_known(self) -> None:
        watch = self.watch.recorded(self.recorded)
        assert watch.standing == self.recorded
        for facing, one in self.recorded.items():
            assert (one.state in OPEN) is (one.opened is not None) is (facing in self.open)
            assert bool(one.reason) is (one.state in {State.UNKNOWN, State.GAP_UNSEEN})


TestAnyCamera = AnyCamera.TestCase
TestAnyCamera.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
