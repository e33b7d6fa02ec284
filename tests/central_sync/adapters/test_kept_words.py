"""After a change of control keys every word to stores is signed again, of whatever it speaks."""

import asyncio
from datetime import timedelta
from pathlib import Path

from central_sync.adapters.experiment_tables import ExperimentTables
from central_sync.adapters.kept_words import sign_again
from central_sync.adapters.lease_tables import LeaseTables
from central_sync.adapters.schema import migrate
from central_sync.core.experiments import telling as experiments
from central_sync.core.media import telling as media
from central_sync.core.media.leasing import Terms
from endcap.plumbing.sqlite_file import SqliteFile, open_sqlite
from tests.fakes.store_world import NOON, STORE

END = (NOON + timedelta(days=14)).isoformat()
HALF = timedelta(days=7)
NOTHING = {
    "media_orders": media.News().digest,
    "experiment_orders": experiments.digest_of(()),
}
_TOLD = """
INSERT INTO {table} (store, counter, digest, expires, envelope, told_at, said)
VALUES (:store, 1, '{digest}', :end, x'01', :end, 1)
"""


async def _speak(file: SqliteFile) -> None:
    """Let a store have been told of everything there is, by the old key."""
    statements = [
        "INSERT INTO stores (store, first_seen, last_seen) VALUES (:store, :end, :end)",
        "INSERT INTO releases VALUES (1, :end, :end, NULL, '{}', '')",
        "INSERT INTO assignments VALUES (:store, 1, :end, :end, 1, :end, x'01')",
        "INSERT INTO config_orders VALUES (:store, 1, '{}', '', :end, '', :end, x'01', :end)",
        "INSERT INTO errand_orders VALUES (:store, 1, '', '', :end, :end, '', x'01', :end)",
        *(_TOLD.format(table=table, digest=digest) for table, digest in NOTHING.items()),
    ]
    values = {"store": STORE, "end": END}
    await file.write(lambda db: [db.execute(one, values).rowcount for one in statements])


def test_every_word_is_signed_again(tmp_path: Path) -> None:
    async def run() -> None:
        async with open_sqlite(tmp_path / "centre.sqlite", migrate) as file:
            await _speak(file)
            leases, trials = LeaseTables(file, Terms(), lambda: "l"), ExperimentTables(file)
            assert await leases.to_say(NOON, HALF, everything=False) == ()
            assert await trials.to_say(NOON, HALF, everything=False) == ()

            assert await sign_again(file) == 5

            (lease,) = await leases.to_say(NOON, HALF, everything=False)
            (trial,) = await trials.to_say(NOON, HALF, everything=False)
            orders = (
                media.to_sign(lease.spoken, lease.news, NOON),
                experiments.to_sign(trial.spoken, trial.experiments, NOON),
            )
            assert [one and one.counter > 1 for one in orders] == [True, True]
            left = await file.read(
                lambda db: db.execute("SELECT envelope FROM assignments").fetchone()["envelope"]
            )
            assert left is None

    asyncio.run(run())
