"""The power goes at any moment: nothing that a store confirmed is lost, and its file opens."""

import asyncio
import random
import sqlite3
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from edge_agent.adapters.outbox_table import OutboxTable
from edge_agent.adapters.schema import migrate
from endcap.plumbing.sqlite_file import open_sqlite
from tests.faults.effort import effort
from tests.faults.power_cut import Call, Said, Survival, Synced, Tree, images
from tests.faults.recording import lay_out, needs_strace, record, tree_of
from tests.faults.sending_store import EPOCH, STORE, tell

IMAGES = effort("images of a power cut", 500, 2_500)


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
def test_no_confirmed_event_is_lost_when_the_power_goes(life: Life, tmp_path: Path) -> None:
    wrong = all_wrong(life.start, life.calls, IMAGES, tmp_path / "found")
    print(f"outbox: {IMAGES} images of {len(life.calls)} calls, {len(wrong)} bad")  # noqa: T201 - the figure
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


def chosen(calls: Sequence[Call], many: int) -> dict[int, list[Survival]]:
    """Return how the power goes: after each call once as a kill does, then at random moments."""
    rng = random.Random(11)
    picked: dict[int, list[Survival]] = {}
    kills = range(1, len(calls) + 1)
    for number in rng.sample(kills, min(len(kills), many // 3)):
        picked.setdefault(number, []).append(Survival.ALL)
    others = [Survival.NONE, Survival.SOME, Survival.TORN, Survival.TORN]
    for nth in range(many - len(picked)):
        picked.setdefault(rng.choice(kills), []).append(others[nth % len(others)])
    return picked


async def broken(path: Path, said: Sequence[str]) -> str:
    """Return what is wrong with the store that starts from `path`, or an empty text."""
    told, acks, acked = promised(said)
    async with open_sqlite(path, migrate) as file:
        outbox = OutboxTable(file, STORE, EPOCH)
        check = await file.read(lambda db: db.execute("PRAGMA integrity_check").fetchone()[0])
        gaps = await file.read(lambda db: names(db, "SELECT facing FROM gaps"))
        seqs = await file.read(lambda db: names(db, "SELECT seq FROM outbox ORDER BY seq"))
        waiting = await file.read(lambda db: names(db, "SELECT seq FROM outbox WHERE acked = 0"))
        last = await outbox.last()
        await tell(file, "after")
        goes_on = await outbox.last() == last + 1
    facts = {
        f"the file is damaged: {check}": check != "ok",
        f"lost: {sorted(told - set(gaps))}": not told <= set(gaps),
        f"{len(gaps)} gaps, but the last event is {last}": len(gaps) != last,
        f"numbers with a hole: {seqs}": seqs != list(range(last - len(seqs) + 1, last + 1)),
        f"unacknowledged events are gone: {seqs[:1]}": last - len(seqs) > acks,
        f"acknowledged up to {acked}, and sent again": bool(waiting) and min(waiting) <= acked,
        "no event can be told any more": not goes_on,
    }
    return "; ".join(text for text, wrong in facts.items() if wrong)


def promised(said: Sequence[str]) -> tuple[set[str], int, int]:
    """Return the facings that were confirmed, and up to where was acknowledged, begun and done."""
    words = [line.split() for line in "".join(said).splitlines()]
    told = {facing for verb, *facings in words if verb == "told" for facing in facings}
    acks = [int(rest[0]) for verb, *rest in words if verb == "acks"]
    acked = [int(rest[0]) for verb, *rest in words if verb == "acked"]
    return told, max(acks, default=0), max(acked, default=0)


def names(db: sqlite3.Connection, question: str) -> list[Any]:
    """Return the first column of what is asked for."""
    return [row[0] for row in db.execute(question)]
