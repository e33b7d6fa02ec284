"""Days before cameras are played the store's own way, and counted against what was true."""

import json
from datetime import timedelta

from click.testing import CliRunner

from benchmarks.camera_days import MORNING, main
from benchmarks.day_scores import Outcome, score_day
from central_sync.trainers.gaps.series.plan import Bad, Gap, Plan, Span
from central_sync.trainers.gaps.series.playing import Shot
from central_sync.trainers.gaps.series.scenes import Scene
from edge_agent.ports.shelf_records import ShelfChange
from endcap.models.gaps.boxes import Box
from endcap.models.gaps.crops import Picture
from endcap.wire.events import CameraChanged, GapClosed, GapOpened

MINUTE = timedelta(minutes=1)
PLAN = Plan(
    length=120 * MINUTE,
    gaps=(
        Gap("a", Span(10 * MINUTE, 40 * MINUTE)),
        Gap("b", Span(50 * MINUTE, 54 * MINUTE)),
        Gap("c", Span(60 * MINUTE, 80 * MINUTE)),
    ),
    passings=(),
    bad=(Bad("dark", Span(90 * MINUTE, 100 * MINUTE), 1),),
    knocked=120 * MINUTE,
)


def undrawn(empty: frozenset[str]) -> Picture:
    raise AssertionError(empty)


SCENE = Scene("shelf", dict.fromkeys("abcds", Box(0.1, 0.1, 0.2, 0.2)), frozenset("s"), undrawn)


def opened(facing: str, minute: float) -> tuple[timedelta, ShelfChange]:
    at = MORNING + minute * MINUTE
    event = GapOpened(camera="cam", facing=facing, gtin=None, since=at, probability=0.9, frames=3)
    return minute * MINUTE, event


def shots() -> tuple[Shot, ...]:
    def shot(minute: int) -> Shot:
        at = minute * MINUTE
        bad = PLAN.trouble(at)
        return Shot(at, b"", PLAN.empty(at), frozenset(), bad.trouble if bad else None, minute == 3)

    return tuple(map(shot, range(120)))


def outcome(*recorded: tuple[timedelta, ShelfChange]) -> Outcome:
    return Outcome(shots(), ("ok",) * 120, recorded)


def test_gaps_are_found_in_time_late_or_never() -> None:
    score = score_day(SCENE, PLAN, outcome(opened("s", 4), opened("a", 13), opened("c", 68)))
    assert (score.lasting, score.in_time, score.found) == (2, 1, 2)
    assert score.seconds_to_find == (180.0, 480.0)
    assert score.missed == ("c 1:00:00",)
    assert (score.standing, score.standing_found) == (1, 1)
    assert (score.false, score.from_bad) == ((), 0)
    assert (score.sound, score.doubted) == (109, 0)


def test_an_alert_of_a_full_facing_is_false_unless_it_was_empty_a_moment_ago() -> None:
    alerts = opened("d", 20), opened("a", 8), opened("b", 57), opened("b", 70)
    score = score_day(SCENE, PLAN, outcome(*alerts))
    assert score.false == ("d 0:20:00", "a 0:08:00", "b 1:10:00")


def test_alerts_from_a_bad_camera_count_whatever_is_true() -> None:
    dark = CameraChanged(camera="cam", condition="dark", since=MORNING)
    quiet = score_day(SCENE, PLAN, outcome((92 * MINUTE, dark)))
    assert (quiet.from_bad, quiet.troubles, quiet.troubles_told) == (0, 1, 1)
    loud = score_day(SCENE, PLAN, outcome(opened("s", 95)))
    assert (loud.from_bad, loud.troubles_told) == (1, 0)


def test_a_gap_that_is_closed_while_it_lasts_is_counted() -> None:
    closed = GapClosed(camera="cam", facing="a", gtin=None, opened=MORNING, since=MORNING)
    assert score_day(SCENE, PLAN, outcome((20 * MINUTE, closed))).closed_early == 1
    assert score_day(SCENE, PLAN, outcome((41 * MINUTE, closed))).closed_early == 0


def test_a_short_day_is_played_through_the_store() -> None:
    answer = CliRunner().invoke(main, ["--days", "1", "--hours", "0.25", "--every", "60", "--json"])
    assert answer.exit_code == 0, answer.output
    (told, *_) = json.loads(answer.stdout).values()
    assert told["cameras"] == 1
    assert told["camera_days"] == 0.25 / 12
    assert told["gaps_of_10_minutes"] == 0
    assert told["share_found_within_5_minutes"] is None
    assert told["facings_a_camera"] > 5
