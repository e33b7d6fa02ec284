"""A store that is killed at any moment has paid for each play it answered, and tells each once."""

import multiprocessing
import random
from collections import Counter
from pathlib import Path

from edge_agent.adapters.media_reports import MediaReportTables
from edge_agent.loops.run_media import tell_once
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.shopper_events import LeaseClosed, MediaPlayed
from tests.edge_agent.adapters.media_store import lease, order, stocked
from tests.edge_agent.adapters.store_file import rows, told, with_store
from tests.edge_agent.core.media.campaigns import DAY, MILK, NOON, campaign
from tests.faults.playing_store import play_until_killed
from tests.faults.test_killed_store import heard

LIVES = 8
AMOUNT = 7_777_777


def live(path: Path, rng: random.Random) -> list[str]:
    """Let a store play, kill it at a random moment, and return the plays it had answered."""
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["tests.faults.playing_store"])
    ours, theirs = processes.Pipe(duplex=False)
    store = processes.Process(target=play_until_killed, args=(path, theirs))
    store.start()
    theirs.close()
    with ours:
        ours.poll(20)
        store.join(rng.uniform(0.01, 0.25))
        store.kill()
        store.join()
        return heard(ours)


def test_every_play_is_paid_and_told_once_whenever_the_store_is_killed(tmp_path: Path) -> None:
    async def begin(file: SqliteFile) -> None:
        both = [campaign(), campaign("milk", gtins=(MILK,), bid=700_000)]
        await stocked(file, order(1, both, [lease(amount=AMOUNT), lease("milk-1", AMOUNT)]))

    with_store(tmp_path, begin)
    rng = random.Random(11)
    path = tmp_path / "store.db"
    answered = [name for _ in range(LIVES) for name in live(path, rng)]

    async def end(file: SqliteFile) -> None:
        await tell_once(MediaReportTables(file), NOON + 2 * DAY)
        events = await told(file)
        plays = [one for event in events if isinstance(event, MediaPlayed) for one in event.plays]
        closed = {event.lease: event for event in events if isinstance(event, LeaseClosed)}
        names = Counter(one.play for one in plays)
        assert set(names.values()) == {1}
        assert {name for (name,) in await rows(file, "SELECT play FROM plays")} == set(names)
        assert set(answered) <= set(names)
        assert len(answered) > LIVES
        for name in ("oats-1", "milk-1"):
            paid = [one.price for one in plays if one.lease == name]
            assert (closed[name].spent, closed[name].plays) == (sum(paid), len(paid))
            assert sum(paid) <= AMOUNT

    with_store(tmp_path, end)
