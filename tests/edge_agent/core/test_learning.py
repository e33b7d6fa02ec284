"""A day is learned from as a whole: levels, intervals and events, of the nearest release."""

from datetime import timedelta

from edge_agent.core.calibration.lessons import Draft
from edge_agent.core.calibration.local_events import Event
from edge_agent.core.learning import DayOver, Experience, learned
from edge_agent.core.scoring import Sold
from tests.edge_agent.core.calibration.days import FIRST, draft


def over(*drafts: Draft, sold: float = 8.0, events: tuple[Event, ...] = ()) -> DayOver:
    units = {gtin: Sold(sold, 1.0) for one in drafts for gtin in one.gtins}
    return DayOver(FIRST, drafts, units, events, {})


def test_a_day_that_nobody_spoke_of_teaches_nothing() -> None:
    before = Experience()
    assert learned(before, over()) is before


def test_levels_and_intervals_learn_from_each_lead() -> None:
    after = learned(Experience(), over(draft(), draft(lead=4)))
    assert after.levels.until == FIRST
    assert {bucket for _, bucket, _ in after.shifts.shifts} == {0, 1}


def test_drafts_of_another_release_than_the_nearest_do_not_teach() -> None:
    after = learned(Experience(), over(draft(release=2), draft(lead=4, release=1)))
    assert after.levels.release == after.shifts.release == 2
    assert {bucket for _, bucket, _ in after.shifts.shifts} == {0}


def test_a_day_with_an_event_teaches_the_event_and_not_the_level() -> None:
    after = learned(Experience(), over(draft(), events=(Event("match"),)))
    assert after.effects["match"].days == 1.0
    assert after.levels.sums == {}
    assert after.shifts.shifts


def test_nothing_that_was_there_teaches_nothing_of_events() -> None:
    said = draft()
    gone = {gtin: Sold(0.0, 0.2) for gtin in said.gtins}
    after = learned(Experience(), DayOver(FIRST, (said,), gone, (Event("match"),), {}))
    assert after.effects == {}


def test_a_release_begins_with_a_part_of_the_last() -> None:
    after = learned(Experience(), over(draft()))
    later = learned(after, DayOver(FIRST + timedelta(days=1), (draft(release=5),), {}, (), {}))
    assert later.levels.release == 5
    assert after.of(0).levels is after.levels
