"""What cameras prove of a day: gaps while in sight, and not those that a person says were none."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from edge_agent.adapters.shelf_tables import ShelfTables, replace_planogram
from edge_agent.adapters.witness_rows import witnesses
from edge_agent.core.feed.shelf import Facing
from edge_agent.core.stock_outs import Absence, Witnesses
from edge_agent.ports.shelf_records import ShelfChange
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.events import FacingSeen, FacingUnknown, GapClosed, GapOpened
from tests.edge_agent.adapters.store_file import with_store

MILK = "04006381333931"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
PLAN = [Facing("cam", name, MILK, 0.1, 0.1, 0.2, 0.5) for name in ("a", "b")]


def opened(facing: str) -> GapOpened:
    return GapOpened(camera="cam", facing=facing, gtin=MILK, since=NOON, probability=0.9, frames=4)


def closed(facing: str, by: str) -> GapClosed:
    end = {"opened": NOON, "since": NOON + 4 * HOUR, "by": by}
    return GapClosed.model_validate({"camera": "cam", "facing": facing, "gtin": MILK, **end})


def heard(folder: Path, *changes: ShelfChange) -> Witnesses:
    async def work(file: SqliteFile) -> Witnesses:
        await file.write(lambda db: replace_planogram(db, PLAN, NOON))
        await ShelfTables(file).record(changes, NOON)
        return await file.read(lambda db: witnesses(db, date(2026, 3, 2), listens=False))

    return with_store(folder, work)


def test_a_gap_counts_while_it_was_in_sight(tmp_path: Path) -> None:
    gone = FacingUnknown(camera="cam", facing="a", since=NOON + HOUR, reason="hidden")
    back = FacingSeen(camera="cam", facing="a", state="gap", since=NOON + 2 * HOUR)
    found = heard(tmp_path, opened("a"), gone, back, closed("a", "camera"))
    assert found.absences == (
        Absence("cam/a", MILK, NOON, NOON + HOUR),
        Absence("cam/a", MILK, NOON + 2 * HOUR, NOON + 4 * HOUR),
    )
    assert found.unseen == (Absence("cam/a", MILK, NOON + HOUR, NOON + 2 * HOUR),)


def test_a_gap_that_a_person_says_was_none_is_no_absence(tmp_path: Path) -> None:
    found = heard(tmp_path, opened("a"), opened("b"), closed("a", "person"))
    assert [one.facing for one in found.absences] == ["cam/b"]


def test_a_facing_that_is_out_of_sight_still_has_no_end(tmp_path: Path) -> None:
    gone = FacingUnknown(camera="cam", facing="b", since=NOON, reason="camera")
    found = heard(tmp_path, opened("a"), gone)
    assert found.unseen == (Absence("cam/b", MILK, NOON, None),)
