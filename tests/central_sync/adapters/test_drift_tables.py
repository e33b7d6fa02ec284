"""Scores come in with events; drift is judged once, whenever the centre ends and begins."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from central_sync.adapters.demand_reads import DemandReads
from central_sync.adapters.drift_tables import DriftTables
from central_sync.adapters.event_tables import keep_events
from central_sync.adapters.schema import migrate
from central_sync.ports.drift import Drifted
from endcap.plumbing.sqlite_file import SqliteFile, open_sqlite
from endcap.wire.body import Priority
from endcap.wire.events import Event, ForecastScored, GroupScore

EPOCH = "00112233445566aa"
FIRST = date(2026, 1, 1)
AT = datetime(2026, 6, 1, 6, tzinfo=UTC)


def scored(store: str, day: int, factor: float, *, seq: int | None = None) -> Event:
    """Return a day's score: 100 units in a group and 200 in all, off by `factor` and a ripple."""
    ripple = 5.0 * (day % 7 - 3)
    group = GroupScore(
        group="dairy",
        items=20,
        covered=18,
        units=100.0,
        absolute_error=30.0,
        error=100.0 * (factor - 1.0) + ripple,
    )
    body = ForecastScored(
        day=FIRST + timedelta(day),
        release=1,
        model="1.0.0",
        items=40,
        units=200.0,
        absolute_error=60.0,
        error=200.0 * (factor - 1.0) + ripple,
        groups=(group,),
    )
    return Event(
        store=store,
        epoch=EPOCH,
        seq=seq or day + 1,
        kind=ForecastScored.kind,
        priority=Priority.NORMAL,
        time=AT,
        clock_ok=True,
        body=body,
    )


def drifting(store: str, days: Iterable[int]) -> list[Event]:
    return [scored(store, day, 1.3 if 40 <= day < 60 else 1.0) for day in days]


def with_tables(path: Path, play: Callable[[SqliteFile], Awaitable[Any]]) -> Any:  # noqa: ANN401 - what `play` returns
    async def whole() -> Any:  # noqa: ANN401 - likewise
        async with open_sqlite(path / "centre.db", migrate) as file:
            return await play(file)

    return asyncio.run(whole())


async def take(file: SqliteFile, events: Sequence[Event]) -> None:
    """Take in events, as a delivery brings them."""
    await file.write(lambda db: keep_events(db, events, AT))


async def judged(file: SqliteFile) -> list[Drifted]:
    tables = DriftTables(file)
    changes: list[Drifted] = []
    while (step := await tables.judge(1, AT)).stores:
        changes += step.changes
    return changes


def test_an_alarm_opens_and_ends_and_is_journaled(tmp_path: Path) -> None:
    async def play(file: SqliteFile) -> None:
        await take(file, drifting("s-1", range(60)))
        await take(file, [scored("s-2", day, 1.0) for day in range(60)])
        opened = await judged(file)
        assert {(one.store, one.group, one.change.sign) for one in opened} == {
            ("s-1", "", "high"),
            ("s-1", "dairy", "high"),
        }
        reads = DemandReads(file)
        assert await reads.open_alarms() == {"high": 2}
        await take(file, drifting("s-1", range(60, 90)))
        ended = await judged(file)
        assert [one.change.opened for one in ended] == [False, False]
        assert await reads.alarms(10) == ()
        first, _ = await reads.alarms(10, FIRST)
        assert (first.store, first.sign) == ("s-1", "high")
        assert abs((first.since - FIRST).days - 40) <= 2
        assert first.closed is not None

    with_tables(tmp_path, play)


@pytest.mark.parametrize("steps", [1, 7, 60])
def test_in_one_step_or_in_many_the_alarms_are_the_same(tmp_path: Path, steps: int) -> None:
    async def play(file: SqliteFile) -> None:
        for begin in range(0, 60, 60 // steps):
            await take(file, drifting("s-1", range(begin, begin + 60 // steps)))
            await judged(file)
        await take(file, drifting("s-1", range(60)))  # all of it once more
        assert await judged(file) == []
        rows = await file.read(
            lambda db: db.execute("SELECT item_group, sign, opened FROM drift_alarms").fetchall()
        )
        day = (FIRST + timedelta(45)).isoformat()
        assert min(tuple(row) for row in rows)[:2] == ("", "high")
        assert all(row["opened"] <= day for row in rows)

    with_tables(tmp_path, play)


def test_a_clock_gone_wrong_does_not_end_the_tests(tmp_path: Path) -> None:
    async def play(file: SqliteFile) -> None:
        await take(file, [scored("s-1", 9_000, 1.0)])
        assert await judged(file) == []
        await take(file, drifting("s-1", range(60)))
        assert await judged(file)

    with_tables(tmp_path, play)


def test_the_fleet_s_sums_are_those_of_its_stores(tmp_path: Path) -> None:
    async def play(file: SqliteFile) -> None:
        await take(file, [scored("s-1", 3, 1.0), scored("s-2", 3, 1.5), scored("s-1", 4, 1.0)])
        await take(file, [scored("s-1", 3, 1.2, seq=99)])  # the same day, scored again
        reads = DemandReads(file)
        days = await reads.score_days(None, "", FIRST)
        assert [(one.day, one.stores) for one in days] == [
            (FIRST + timedelta(3), 2),
            (FIRST + timedelta(4), 1),
        ]
        assert days[0].sums.units == 400.0
        assert days[0].sums.bias == pytest.approx((40.0 + 100.0) / 400.0)
        assert days[0].sums.coverage is None
        (alone,) = await reads.score_days("s-2", "dairy", FIRST)
        assert (alone.sums.wape, alone.sums.coverage) == (0.3, 0.9)
        (dairy,) = await reads.score_groups(None, FIRST, 10)
        assert (dairy.group, dairy.sums.units) == ("dairy", 300.0)
        (dairy,) = await reads.score_groups("s-2", FIRST, 10)
        assert dairy.sums.items == 20
        worst = await reads.worst_stores(FIRST, 2)
        assert {one.store: one.sums.units for one in worst} == {"s-1": 400.0, "s-2": 200.0}
        assert len(await reads.worst_stores(FIRST, 1)) == 1

    with_tables(tmp_path, play)


def test_old_scores_are_forgotten_and_alarms_are_not(tmp_path: Path) -> None:
    async def play(file: SqliteFile) -> None:
        await take(file, drifting("s-1", range(60)))
        await judged(file)
        tables = DriftTables(file)
        day = FIRST + timedelta(20)
        assert await tables.forget(day, 5) == 0  # a month late, to do it seldom
        assert await tables.forget(day + timedelta(30), 5) == 1
        days = await DemandReads(file).score_days("s-1", "", FIRST)
        assert days[0].day == day + timedelta(30)
        assert len(await DemandReads(file).alarms(10)) == 2

    with_tables(tmp_path, play)


def test_a_group_without_a_name_is_not_the_whole_store(tmp_path: Path) -> None:
    async def play(file: SqliteFile) -> None:
        event = scored("s-1", 1, 1.0)
        assert isinstance(event.body, ForecastScored)
        (group,) = event.body.groups
        nameless = event.body.model_copy(
            update={"groups": (group.model_copy(update={"group": ""}),)}
        )
        await take(file, [event.model_copy(update={"body": nameless})])
        (day,) = await DemandReads(file).score_days("s-1", "", FIRST)
        assert day.sums.units == 200.0
        (found,) = await DemandReads(file).score_groups("s-1", FIRST, 9)
        assert found.group == "other"

    with_tables(tmp_path, play)


def test_rows_of_a_damaged_watch_are_told(tmp_path: Path) -> None:
    async def play(file: SqliteFile) -> None:
        await take(file, [scored("s-1", 1, 1.0)])
        await judged(file)
        await file.write(lambda db: db.execute("UPDATE drift_watches SET watch = '{'"))
        await take(file, [scored("s-1", 2, 1.0)])
        with pytest.raises(ValueError, match="JSON"):
            await judged(file)
        left = "SELECT count(*) FROM forecast_scores WHERE judged = 0"
        assert (await file.read(lambda db: db.execute(left).fetchone()))[0] == 2

    with_tables(tmp_path, play)
