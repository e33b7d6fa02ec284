"""Shelves are kept once, with their events, and found again after a restart; the fake agrees."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from edge_agent.adapters.shelf_tables import ShelfTables, replace_planogram
from edge_agent.core.facing import Opening
from edge_agent.core.feed.shelf import Facing
from edge_agent.core.vision.machine import Standing, State
from edge_agent.ports.shelf_records import (
    ShelfChange,
    ShelfRecords,
    ShelfStanding,
    StandingCamera,
    StandingGap,
)
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.body import Body
from endcap.wire.events import (
    CameraChanged,
    FacingSeen,
    FacingUnknown,
    GapClosed,
    GapOpened,
)
from tests.edge_agent.adapters.store_file import rows, told, with_store
from tests.fakes.shelf_records import MemoryShelfRecords

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
LATER = AT + timedelta(minutes=5)
OPENING = Opening(time(8), time(20), UTC)
MILK, BREAD = "04006381333931", "05000112637922"

Events = Callable[[], Awaitable[Sequence[Body]]]
Scenario = Callable[[ShelfRecords, Events], Awaitable[None]]


def opened(facing: str = "a1", since: datetime = AT) -> GapOpened:
    return GapOpened(
        camera="aisle-1", facing=facing, gtin=MILK, since=since, probability=0.9, frames=3
    )


def closed(facing: str = "a1", since: datetime = LATER, **facts: Any) -> GapClosed:  # noqa: ANN401
    return GapClosed(camera="aisle-1", facing=facing, gtin=MILK, opened=AT, since=since, **facts)


def camera(condition: str, since: datetime = AT) -> CameraChanged:
    return CameraChanged.model_validate(
        {"camera": "aisle-1", "condition": condition, "since": since, "detail": "seen"}
    )


@pytest.fixture(params=["sqlite", "memory"])
def play(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Scenario], None]:
    """Return what plays a scenario on the real records, or on the fake."""

    def on_memory(scenario: Scenario) -> None:
        records = MemoryShelfRecords()

        async def events() -> Sequence[Body]:
            return records.events

        asyncio.run(_awaited(scenario(records, events)))

    def on_sqlite(scenario: Scenario) -> None:
        async def work(file: SqliteFile) -> None:
            await scenario(ShelfTables(file), lambda: told(file))

        with_store(tmp_path, work)

    return on_sqlite if request.param == "sqlite" else on_memory


async def _awaited(work: Awaitable[None]) -> None:
    await work


def test_what_stands_open_is_found_again(play: Callable[[Scenario], None]) -> None:
    async def scenario(records: ShelfRecords, _: Events) -> None:
        await records.record([opened("a1"), camera("ok")], LATER)
        assert await records.standing() == ShelfStanding(
            (StandingGap("aisle-1", "a1", MILK, AT, 0.9),),
            {"aisle-1": StandingCamera("ok", AT, "seen")},
            {"aisle-1": {"a1": Standing(State.GAP, AT, "", AT)}},
        )

    play(scenario)


def test_each_change_is_told_once(play: Callable[[Scenario], None]) -> None:
    async def scenario(records: ShelfRecords, events: Events) -> None:
        changes: list[ShelfChange] = [opened(), camera("ok")]
        await records.record(changes, AT)
        await records.record([*changes, opened(since=LATER), camera("ok", LATER)], LATER)
        assert await events() == changes

    play(scenario)


def test_a_gap_that_is_not_open_is_not_closed(play: Callable[[Scenario], None]) -> None:
    async def scenario(records: ShelfRecords, events: Events) -> None:
        await records.record([closed()], AT)
        assert await events() == []
        await records.record([opened(), closed(), closed()], AT)
        assert await events() == [opened(), closed()]

    play(scenario)


def test_a_facing_may_become_empty_again(play: Callable[[Scenario], None]) -> None:
    async def scenario(records: ShelfRecords, events: Events) -> None:
        again = opened(since=LATER)
        await records.record([opened(), closed(), again], LATER)
        assert await events() == [opened(), closed(), again]
        assert [gap.since for gap in (await records.standing()).gaps] == [LATER]

    play(scenario)


def test_a_camera_is_told_when_it_becomes_another(play: Callable[[Scenario], None]) -> None:
    async def scenario(records: ShelfRecords, events: Events) -> None:
        changes = [camera("ok"), camera("dark", LATER), camera("ok", LATER)]
        await records.record(changes, LATER)
        assert await events() == changes

    play(scenario)


def test_shelves_survive_a_restart(tmp_path: Path) -> None:
    async def before(file: SqliteFile) -> None:
        await ShelfTables(file).record([opened(), camera("dark")], AT)

    async def after(file: SqliteFile) -> ShelfStanding:
        return await ShelfTables(file).standing()

    with_store(tmp_path, before)
    standing = with_store(tmp_path, after)
    assert [gap.facing for gap in standing.gaps] == ["a1"]
    assert standing.cameras["aisle-1"].condition == "dark"


def facing(name: str, gtin: str | None = MILK, of: str = "aisle-1") -> Facing:
    return Facing(of, name, gtin, 0.0, 0.0, 0.5, 0.5)


def test_a_planogram_replaces_that_of_its_cameras_alone(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> tuple[Facing, ...]:
        other = facing("b1", of="aisle-2")
        await file.write(lambda db: replace_planogram(db, [facing("a1"), other], AT))
        await file.write(lambda db: replace_planogram(db, [facing("a2")], AT))
        return await ShelfTables(file).facings()

    assert with_store(tmp_path, work) == (facing("a2"), facing("b1", of="aisle-2"))


def test_a_gap_without_its_facing_is_closed(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> list[Body]:
        plan = [facing("a1"), facing("a2"), facing("a3")]
        await file.write(lambda db: replace_planogram(db, plan, AT))
        await ShelfTables(file).record([opened("a1"), opened("a2"), opened("a3")], AT)
        new = [facing("a1"), facing("a2", BREAD)]
        await file.write(lambda db: replace_planogram(db, new, LATER))
        await file.write(lambda db: replace_planogram(db, new, LATER))
        assert [gap.facing for gap in (await ShelfTables(file).standing()).gaps] == ["a1"]
        return (await told(file))[3:]

    by: dict[str, Any] = {"restocked": False, "by": "planogram"}
    assert with_store(tmp_path, work) == [
        *(closed("a2", **by), unknown(LATER, "replanned", facing="a2")),
        *(closed("a3", **by), unknown(LATER, "replanned", facing="a3")),
    ]


def unknown(since: datetime = LATER, reason: str = "hidden", facing: str = "a1") -> FacingUnknown:
    return FacingUnknown.model_validate(
        {"camera": "aisle-1", "facing": facing, "gtin": MILK, "since": since, "reason": reason}
    )


def seen(state: str, since: datetime = LATER, by: str = "camera") -> FacingSeen:
    return FacingSeen.model_validate(
        {"camera": "aisle-1", "facing": "a1", "state": state, "since": since, "by": by}
    )


@pytest.mark.parametrize(
    ("changes", "standing"),
    [
        ([seen("full")], Standing(State.FULL, LATER)),
        ([seen("low", by="person")], Standing(State.LOW, LATER, said_at=LATER)),
        ([seen("full"), unknown()], Standing(State.UNKNOWN, LATER, "hidden")),
        ([unknown(), unknown(reason="camera")], Standing(State.UNKNOWN, LATER, "camera")),
        ([opened(), unknown()], Standing(State.GAP_UNSEEN, LATER, "hidden", AT)),
        ([opened(), unknown(), seen("gap")], Standing(State.GAP, LATER, "", AT)),
        ([opened(), closed(), seen("low")], Standing(State.LOW, LATER)),
    ],
)
def test_what_a_facing_is_is_kept_and_told_once(
    play: Callable[[Scenario], None], changes: list[ShelfChange], standing: Standing
) -> None:
    async def scenario(records: ShelfRecords, events: Events) -> None:
        await records.record(changes, LATER)
        await records.record(changes[-1:], LATER)
        assert await events() == changes
        # what was a gap where nothing is planned is forgotten once it is none
        known = (await records.standing()).of_camera("aisle-1")
        assert known == {"a1": standing}

    play(scenario)


def test_a_gap_that_is_not_open_is_not_seen_again(play: Callable[[Scenario], None]) -> None:
    async def scenario(records: ShelfRecords, events: Events) -> None:
        await records.record([seen("gap"), opened(), closed(), opened()], LATER)
        assert await events() == [opened(), closed()]

    play(scenario)


def test_every_change_is_journalled(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> list[tuple[Any, ...]]:
        await file.write(lambda db: replace_planogram(db, [facing("a1")], AT))
        proven = opened().model_copy(update={"picture": "d" * 64})
        await ShelfTables(file).record([proven, unknown(), seen("gap"), closed()], LATER)
        return await rows(file, "SELECT * FROM facing_journal ORDER BY step")

    found = with_store(tmp_path, work)
    at, since = AT.isoformat(), LATER.isoformat()
    place = ("aisle-1", "a1")
    assert [row[1:] for row in found] == [
        (*place, MILK, "gap", at, "", "camera", 0.9, 3, "d" * 64, since),
        (*place, MILK, "gap_unseen", since, "hidden", "camera", None, None, None, since),
        (*place, None, "gap", since, "", "camera", None, None, None, since),
        (*place, MILK, "full", since, "", "camera", None, None, None, since),
    ]


def test_a_gap_costs_what_the_forecast_says_while_it_was_in_sight(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> list[Body]:
        await file.write(lambda db: replace_planogram(db, [facing("a1"), facing("a2")], AT))
        await file.write(
            lambda db: db.execute(
                "INSERT INTO forecasts (gtin, day, made_at, made_for, release, model, expected, "
                "quantiles) VALUES (?, '2026-03-02', '', '', 1, '', 48.0, '{}')",
                (MILK,),
            )
        )
        hour = timedelta(hours=1)
        end = AT + 3 * hour
        changes: list[ShelfChange] = [opened(), unknown(AT + hour), seen("gap", AT + 2 * hour)]
        changes.append(closed(since=end))
        await ShelfTables(file, OPENING).record(changes, end)
        return (await told(file))[-1:]

    (told_last,) = with_store(tmp_path, work)
    assert isinstance(told_last, GapClosed)
    assert told_last.lost_units == pytest.approx(48 / 12 * 2 / 2)  # two hours in sight, two facings


def test_a_facing_that_was_moved_is_not_known_any_more(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> dict[str, Standing]:
        await file.write(lambda db: replace_planogram(db, [facing("a1"), facing("a2")], AT))
        await ShelfTables(file).record([seen("full"), opened("a2")], AT)
        nudged = replace(facing("a2"), x=0.02)
        moved = [replace(facing("a1"), x=0.4), nudged]
        await file.write(lambda db: replace_planogram(db, moved, LATER))
        return dict((await ShelfTables(file).standing()).of_camera("aisle-1"))

    assert with_store(tmp_path, work) == {"a2": Standing(State.GAP, AT, "", AT)}


def test_a_change_and_its_event_are_one_write(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        bad = opened().model_copy(update={"camera": None})
        with pytest.raises(Exception, match="NOT NULL"):
            await ShelfTables(file).record([opened(), bad], AT)
        assert await rows(file, "SELECT * FROM gaps") == []
        assert await told(file) == []

    with_store(tmp_path, work)
