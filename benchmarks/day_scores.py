"""What a store made of a played day, against what was true: counted, not judged."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from central_sync.trainers.gaps.series.plan import Gap, Plan
from central_sync.trainers.gaps.series.playing import Shot
from central_sync.trainers.gaps.series.scenes import Scene
from edge_agent.ports.shelf_records import ShelfChange
from endcap.wire.events import CameraChanged, GapClosed, GapOpened

LASTING, IN_TIME = timedelta(minutes=10), timedelta(minutes=5)
STANDING_IN = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was shown, what the camera was worth at each picture, and what was recorded when."""

    shots: tuple[Shot, ...]
    seen: tuple[str, ...]
    recorded: tuple[tuple[timedelta, ShelfChange], ...]

    def opened(self) -> list[tuple[timedelta, GapOpened]]:
        """Return the alerts and when each came."""
        return [(at, one) for at, one in self.recorded if isinstance(one, GapOpened)]


@dataclass(frozen=True, slots=True)
class DayScore:
    """How a day went. `false` are the alerts of facings that were not empty: which, and when.

    `lasting` gaps are those put there for ten minutes or more, `standing` those that the photograph
    shows all day; `doubted` of the `sound` pictures were not believed.
    """

    facings: int
    false: tuple[str, ...]
    from_bad: int
    lasting: int
    in_time: int
    found: int
    seconds_to_find: tuple[float, ...]
    missed: tuple[str, ...]
    standing: int
    standing_found: int
    closed_early: int
    troubles: int
    troubles_told: int
    doubted: int
    sound: int

    def told(self) -> str:
        """Return the day in a line."""
        return (
            f"{self.facings} facings: {len(self.false)} false, {self.from_bad} from bad cameras, "
            f"{self.in_time} of {self.lasting} in time, {self.found} at all, "
            f"{self.standing_found} of {self.standing} standing, {self.troubles_told} of "
            f"{self.troubles} troubles told, {self.doubted} of {self.sound} doubted"
        )


def score_day(scene: Scene, plan: Plan, outcome: Outcome) -> DayScore:
    """Return how a day went."""
    opened = outcome.opened()
    bad = [(at, one) for at, one in opened if plan.trouble(at) is not None]
    false = [(at, one) for at, one in opened if not _was_empty(scene, plan, one.facing, at)]
    lasting = [gap for gap in plan.gaps if gap.span.lasts >= LASTING]
    delays = {gap: _delay(gap, opened) for gap in lasting}
    late = [gap for gap, delay in delays.items() if delay is None or delay > IN_TIME]
    sound = [worth for shot, worth in zip(outcome.shots, outcome.seen, strict=True) if _fine(shot)]
    early = {one.facing for at, one in opened if at <= STANDING_IN}
    return DayScore(
        facings=len(scene.facings),
        false=tuple(f"{one.facing} {at}" for at, one in false),
        from_bad=len(bad),
        lasting=len(lasting),
        in_time=len(lasting) - len(late),
        found=sum(delay is not None for delay in delays.values()),
        seconds_to_find=tuple(d.total_seconds() for d in delays.values() if d is not None),
        missed=tuple(f"{gap.facing} {gap.span.begins}" for gap in late),
        standing=len(scene.standing),
        standing_found=len(scene.standing & early),
        closed_early=sum(_closed_early(plan, at, one) for at, one in outcome.recorded),
        troubles=len(plan.bad),
        troubles_told=sum(_told(plan, number, outcome) for number in range(len(plan.bad))),
        doubted=sum(worth != "ok" for worth in sound),
        sound=len(sound),
    )


def _fine(shot: Shot) -> bool:
    return shot.trouble is None and not shot.damaged


def _was_empty(scene: Scene, plan: Plan, facing: str, at: timedelta) -> bool:
    """Whether an alert is true: the facing was empty now, or is restocked only since a moment."""
    if facing in scene.standing:
        return True
    since = at - IN_TIME
    return any(
        gap.facing == facing and gap.span.begins <= at and gap.span.ends > since
        for gap in plan.gaps
    )


def _delay(gap: Gap, opened: Sequence[tuple[timedelta, GapOpened]]) -> timedelta | None:
    """Return how long after its beginning a gap was told of; None for never while it lasted."""
    told = [at for at, one in opened if one.facing == gap.facing and gap.span.holds(at)]
    return min(told) - gap.span.begins if told else None


def _closed_early(plan: Plan, at: timedelta, change: ShelfChange) -> bool:
    return isinstance(change, GapClosed) and any(
        gap.facing == change.facing and gap.span.holds(at) for gap in plan.gaps
    )


def _told(plan: Plan, number: int, outcome: Outcome) -> bool:
    """Whether a trouble was told of while it lasted."""
    span = plan.bad[number].span
    return any(
        isinstance(one, CameraChanged) and one.condition != "ok" and span.holds(at)
        for at, one in outcome.recorded
    )
