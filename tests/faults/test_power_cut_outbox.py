"""The power goes at any moment: nothing that a store confirmed is lost, and its file opens."""

import asyncio
import sqlite3
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import Figure
from tests.faults.effort import effort
from tests.faults.power_cut import Call, Said, Synced, Tree, chosen, images
from tests.faults.recording import lay_out, needs_strace, record, tree_of
from tests.faults.sending_store import broken

IMAGES = effort(500, 2_500)


@dataclass(frozen=True, slots=True)
class Life:
    """What a store did to its folder."""

    start: Tree
    calls: list[Call]


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Life:
    folder = tmp_path_factory.mktemp("outbox")
    live = folder / "live"
    live.mkdir()
    start = tree_of(live)
    program = [sys.executable, "-m", "tests.faults.sending_store", str(live / "store.db"), "12"]
    calls = record(program, live, folder / "log", Path(__file__).parents[2])
    assert sum(isinstance(call, Said) for call in calls) == 36, "the recorder misses something"
    return Life(start, calls)


@needs_strace
def test_no_confirmed_event_is_lost_when_the_power_goes(
    life: Life, tmp_path: Path, figure: Figure
) -> None:
    wrong = all_wrong(life.start, life.calls, IMAGES, tmp_path / "found")
    figure(f"outbox: {IMAGES} images of {len(life.calls)} calls, {len(wrong)} bad")
    assert not wrong, wrong[:5]


@needs_strace
def test_the_same_store_without_its_syncs_would_lose(life: Life, tmp_path: Path) -> None:
    careless = [call for call in life.calls if not isinstance(call, Synced)]
    assert all_wrong(life.start, careless, 40, tmp_path / "found"), "the images prove nothing"


def all_wrong(start: Tree, calls: Sequence[Call], many: int, folder: Path) -> list[str]:
    """Return what is wrong with the stores that start from `many` images."""
    wrong = []
    for number, survival, tree, said in images(calls, start, chosen(calls, many), seed=5):
        lay_out(tree, folder)
        try:
            problem = asyncio.run(broken(folder / "store.db", said))
        except sqlite3.DatabaseError as error:
            problem = f"it does not start: {error}"
        if problem:
            wrong.append(f"after call {number}, {survival.name}: {problem}")
    return wrong
