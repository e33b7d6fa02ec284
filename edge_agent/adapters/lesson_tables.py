"""What the store learned of its forecasts, and what it has yet to learn from, in SQLite.

Sums and shifts only; what a day teaches is core/learning's.
"""

import json
import sqlite3
from collections.abc import Iterable
from datetime import date, datetime, timedelta

import numpy as np

from edge_agent.adapters.demand_reads import stock_outs_of_day
from edge_agent.adapters.hour_tables import add_hours, categories
from edge_agent.adapters.score_tables import sold_on
from edge_agent.adapters.store_life import get_meta, set_meta
from edge_agent.core.calibration.intervals import Shifts
from edge_agent.core.calibration.lessons import BUCKETS, Draft
from edge_agent.core.calibration.levels import LevelSums
from edge_agent.core.calibration.local_events import EffectSum, Event
from edge_agent.core.hours import HourLesson
from edge_agent.core.learning import DayOver, Experience
from edge_agent.core.stock_outs import missing_spans
from edge_agent.ports.demand import LessonFacts
from endcap.plumbing.sqlite_file import SqliteFile

REACH = timedelta(days=60)
"""Days older than this, seen from the last that is over, are not learned from any more."""

_UNTIL, _RELEASE, _LEVELS_UNTIL = "learned_until", "learned_release", "learned_levels_until"
_UNLEARNED = """
SELECT day FROM tallies WHERE what = 'sales' AND day > :until AND day >= :since AND day < :before
ORDER BY day
"""
_DRAFT = """
INSERT OR REPLACE INTO drafts (day, lead, release, levels, event, gtins, figures)
VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_DRAFTS = "SELECT * FROM drafts WHERE day = ? ORDER BY lead"
_SOLD_AT = "SELECT gtin, sold_at, units FROM sale_lines WHERE day = ? AND units > 0"
_EVENTS = "SELECT day, name, effect FROM local_events WHERE day BETWEEN ? AND ? ORDER BY day, name"
_LEVEL = "INSERT INTO level_sums VALUES (?, ?, ?, ?, ?, ?)"
_SHIFT = "INSERT INTO interval_shifts VALUES (?, ?, ?, ?)"
_EFFECT = "INSERT INTO event_effects VALUES (?, ?, ?)"
_COLUMNS = 4  # of a draft's figures, before its quantiles
_FAINT = 1e-4  # expected units below which a sum is forgotten


class LessonTables:
    """Keeps the promises of edge_agent.ports.demand.LessonBook."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def unlearned_days(self, before: date) -> tuple[date, ...]:
        """Return the tallied days that were not learned from, oldest first."""
        return await self._file.read(lambda db: _unlearned(db, before))

    async def facts_of(self, day: date) -> LessonFacts:
        """Return what there is to learn of a day, and what is known already."""
        return await self._file.read(lambda db: _facts(db, day))

    async def record(self, day: date, after: Experience, hours: HourLesson) -> None:
        """Keep what a day taught; what was kept of it, and of days before, to learn from goes."""
        await self._file.write(lambda db: _record(db, day, after, hours))


def _unlearned(db: sqlite3.Connection, before: date) -> tuple[date, ...]:
    named = {
        "until": get_meta(db, _UNTIL) or "",
        "since": (before - REACH).isoformat(),
        "before": before.isoformat(),
    }
    return tuple(date.fromisoformat(row["day"]) for row in db.execute(_UNLEARNED, named))


def _facts(db: sqlite3.Connection, day: date) -> LessonFacts:
    rows = db.execute(_SOLD_AT, (day.isoformat(),))
    sold_at = tuple((gtin, datetime.fromisoformat(moment), units) for gtin, moment, units in rows)
    missing = missing_spans(stock_outs_of_day(db, day))
    return LessonFacts(
        over=DayOver(
            day=day,
            drafts=tuple(_draft(row) for row in db.execute(_DRAFTS, (day.isoformat(),))),
            sold=sold_on(db, day),
            events=events_between(db, day, day).get(day, ()),
            category=categories(db),
        ),
        experience=experience(db),
        sold_at=sold_at,
        missing=tuple((gtin, *span) for gtin, spans in missing.items() for span in spans),
    )


def _record(db: sqlite3.Connection, day: date, after: Experience, hours: HourLesson) -> None:
    if day.isoformat() <= (get_meta(db, _UNTIL) or ""):
        return
    add_hours(db, hours)
    db.execute("DELETE FROM level_sums")
    db.executemany(_LEVEL, _level_rows(after.levels))
    db.execute("DELETE FROM interval_shifts")
    shifts = after.shifts.shifts.items()
    db.executemany(_SHIFT, [(*place, shift) for place, shift in sorted(shifts)])
    db.execute("DELETE FROM event_effects")
    effects = after.effects.items()
    db.executemany(_EFFECT, [(name, one.days, one.sum_log) for name, one in sorted(effects)])
    db.execute("DELETE FROM drafts WHERE day <= ?", (day.isoformat(),))
    set_meta(db, _UNTIL, day.isoformat())
    set_meta(db, _RELEASE, str(after.levels.release))
    if after.levels.until is not None:
        set_meta(db, _LEVELS_UNTIL, after.levels.until.isoformat())


def _level_rows(known: LevelSums) -> Iterable[tuple[object, ...]]:
    """Yield a row for each scope and bucket of which anything is known."""
    for (scope, name), sums in known.sums.items():
        for bucket, (sold, expected, days) in enumerate(sums.tolist()):
            if days > 0 and (expected > _FAINT or sold > _FAINT):
                yield scope, name, bucket, sold, expected, days


def experience(db: sqlite3.Connection) -> Experience:
    """Return what the store learned of its forecasts."""
    release, until = int(get_meta(db, _RELEASE) or 0), get_meta(db, _LEVELS_UNTIL)
    sums: dict[tuple[str, str], np.ndarray[tuple[int, int], np.dtype[np.float64]]] = {}
    for scope, name, bucket, *figures in db.execute("SELECT * FROM level_sums"):
        if (scope, name) not in sums:
            sums[scope, name] = np.zeros((len(BUCKETS), 3))
        sums[scope, name][bucket] = figures
    return Experience(
        levels=LevelSums(release, None if until is None else date.fromisoformat(until), sums),
        shifts=Shifts(
            release,
            {
                (size, bucket, level): shift
                for size, bucket, level, shift in db.execute("SELECT * FROM interval_shifts")
            },
        ),
        effects={
            name: EffectSum(days, sum_log)
            for name, days, sum_log in db.execute("SELECT * FROM event_effects")
        },
    )


def events_between(
    db: sqlite3.Connection, first: date, last: date
) -> dict[date, tuple[Event, ...]]:
    """Return the local events of each day that has any."""
    found: dict[date, tuple[Event, ...]] = {}
    for row in db.execute(_EVENTS, (first.isoformat(), last.isoformat())):
        day = date.fromisoformat(row["day"])
        found[day] = (*found.get(day, ()), Event(row["name"], row["effect"]))
    return found


def put_drafts(db: sqlite3.Connection, drafts: Iterable[Draft], last_closed: date) -> None:
    """Keep what was said of days to come.

    Said again of the same day from the same day, it is what was said last.
    """
    for one in drafts:
        figures = np.column_stack([one.mean, one.factor, one.fresh, one.whole, one.quantiles])
        db.execute(
            _DRAFT,
            (
                one.day.isoformat(),
                (one.day - last_closed).days,
                one.release,
                json.dumps(one.levels),
                one.event,
                json.dumps(one.gtins),
                figures.astype("<f4").tobytes(),
            ),
        )


def _draft(row: sqlite3.Row) -> Draft:
    gtins = tuple(json.loads(row["gtins"]))
    figures = np.frombuffer(row["figures"], dtype="<f4").reshape(len(gtins), -1).astype(np.float64)
    return Draft(
        day=date.fromisoformat(row["day"]),
        lead=row["lead"],
        release=row["release"],
        levels=tuple(json.loads(row["levels"])),
        gtins=gtins,
        mean=figures[:, 0],
        factor=figures[:, 1],
        fresh=figures[:, 2] > 0,
        whole=figures[:, 3] > 0,
        quantiles=figures[:, _COLUMNS:],
        event=row["event"],
    )
