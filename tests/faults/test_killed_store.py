"""A store that is killed at any moment keeps what it confirmed, and its numbers have no holes."""

import contextlib
import multiprocessing
import random
import sqlite3
from multiprocessing.connection import Connection
from pathlib import Path

from endcap.wire.events import GapOpened
from tests.faults.outbox_writer import write_until_killed

LIVES = 20
SHORTEST, LONGEST = 0.01, 0.25


def live(path: Path, life: int, rng: random.Random) -> list[str]:
    """Let a store write, kill it at a random moment, and return what it had confirmed."""
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["tests.faults.outbox_writer"])
    ours, theirs = processes.Pipe(duplex=False)
    store = processes.Process(target=write_until_killed, args=(path, life, theirs))
    store.start()
    theirs.close()
    with ours:
        ours.poll(20)
        store.join(rng.uniform(SHORTEST, LONGEST))
        store.kill()
        store.join()
        return heard(ours)


def heard(confirmed: Connection) -> list[str]:
    names: list[str] = []
    with contextlib.suppress(EOFError, OSError):  # the end, or a word cut off by the kill
        while True:
            names += confirmed.recv()
    return names


def test_nothing_confirmed_is_missing_and_no_number_is(tmp_path: Path) -> None:
    path, rng = tmp_path / "store.db", random.Random(7)
    confirmed = [name for life in range(LIVES) for name in live(path, life, rng)]

    with contextlib.closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA quick_check").fetchone() == ("ok",)
        rows = db.execute("SELECT seq, body FROM outbox ORDER BY seq").fetchall()
        gaps = {facing for (facing,) in db.execute("SELECT facing FROM gaps")}

    assert [seq for seq, _ in rows] == list(range(1, len(rows) + 1))
    told = [GapOpened.model_validate_json(body).facing for _, body in rows]
    assert len(told) == len(set(told))
    assert set(told) == gaps
    assert len(confirmed) > LIVES
    assert set(confirmed) <= gaps
