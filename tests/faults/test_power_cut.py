"""The model of a disk: it loses what it may lose, and keeps what was synced."""

import random
import sys
from pathlib import Path

from tests.faults.power_cut import (
    Call,
    Disk,
    Folder,
    Opened,
    Removed,
    Renamed,
    Survival,
    SyncBegan,
    Synced,
    Tree,
    Wrote,
)
from tests.faults.recording import lay_out, needs_strace, record, tree_of

OLD, NEW = b"old", b"n" * 2_000


def survivors(calls: list[Call], start: Tree, *, chances: int = 200) -> list[Tree]:
    """Return what may be found after `calls`, in many chances."""
    disk = Disk(start)
    for call in calls:
        disk.apply(call)
    return [
        disk.survivors(survival, random.Random(seed))
        for seed in range(chances)
        for survival in Survival
    ]


def synced(path: str) -> list[Call]:
    return [SyncBegan(path, 1), Synced(path, 1)]


def test_a_file_renamed_before_its_sync_may_be_torn_or_empty() -> None:
    calls: list[Call] = [Opened("t"), Wrote("t", 0, NEW), Renamed("t", "f"), *synced(".")]
    found = {tree["f"] for tree in survivors(calls, {"f": OLD})}
    assert {b"", NEW} < found
    assert OLD not in found


def test_a_file_renamed_after_its_sync_is_old_or_new() -> None:
    calls: list[Call] = [Opened("t"), Wrote("t", 0, NEW), *synced("t"), Renamed("t", "f")]
    assert {tree["f"] for tree in survivors(calls, {"f": OLD})} == {OLD, NEW}
    assert {tree["f"] for tree in survivors([*calls, *synced(".")], {"f": OLD})} == {NEW}


def test_a_file_whose_folder_was_not_synced_may_be_gone() -> None:
    calls: list[Call] = [Opened("f"), Wrote("f", 0, NEW), *synced("f")]
    assert {tree.get("f") for tree in survivors(calls, {})} == {None, NEW}


def test_a_removed_file_may_be_there_again() -> None:
    assert {tree.get("f") for tree in survivors([Removed("f")], {"f": OLD})} == {None, OLD}


def test_a_write_during_a_sync_is_not_covered_by_it() -> None:
    begun: list[Call] = [SyncBegan("f", 1), Wrote("f", 3, b"!"), Synced("f", 1)]
    assert {tree["f"] for tree in survivors(begun, {"f": OLD})} == {OLD, OLD + b"!"}


def test_what_lies_in_a_folder_that_is_lost_is_lost() -> None:
    calls: list[Call] = [Opened("a/f"), *synced("a/f"), *synced("a")]
    assert all("a/f" in tree for tree in survivors(calls, {"a": Folder()}))


RENAMER = """
import os, pathlib, sys
folder = pathlib.Path(sys.argv[1])
with (folder / "a file").open("ab") as file:
    file.write(b"one"); file.flush(); file.write(b"two"); file.flush(); os.fsync(file.fileno())
(folder / "a file").rename(folder / "b")
(folder / "c").mkdir(); (folder / "c" / "l").symlink_to("../b"); (folder / "gone").unlink()
with (folder / "b").open("r+b") as file:
    file.seek(1); file.write(b"NE"); file.truncate(5)
"""


@needs_strace
def test_what_is_recorded_and_replayed_is_what_was_done(tmp_path: Path) -> None:
    live = tmp_path / "live"
    lay_out({"gone": OLD, "kept": OLD}, live)
    start = tree_of(live)
    calls = record([sys.executable, "-c", RENAMER, str(live)], live, tmp_path / "log", tmp_path)
    disk = Disk(start)
    for call in calls:
        disk.apply(call)
    assert disk.survivors(Survival.ALL, random.Random(0)) == tree_of(live)
    assert tree_of(live)["b"] == b"oNEtw"
