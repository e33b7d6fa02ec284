"""A centre of three stores in a real database: one well, one late with a hole, one silent."""

import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

from fastapi import FastAPI

from central_sync.adapters.bundle_files import BundleFiles
from central_sync.adapters.dashboard_reads import DashboardReads
from central_sync.adapters.schema import migrate
from central_sync.dashboard.app import create_app
from central_sync.dashboard.bundle_routes import bundle_routes
from endcap.plumbing.clock import Clock
from endcap.plumbing.http_face.guard import Limits
from endcap.plumbing.sqlite_file import open_sqlite
from endcap.wire.commands import RunningModel, StoreState, UpdateStanding
from endcap.wire.manifest import Metric, ModelManifest, ReleaseManifest
from tests.fakes.clock import NOON
from tests.fakes.tiny_models import tiny

GENEROUS = Limits(requests_per_second=5000, burst=5000)
EPOCH = "00112233445566aa"
OLD_EPOCH = "ffeeddccbbaa9988"
GTIN = "04006381333931"
RESEARCH = "research, non-commercial"


def ago(**length: float) -> str:
    """Return a moment before NOON as the tables have it."""
    return (NOON - timedelta(**length)).isoformat()


def fill(db: sqlite3.Connection) -> None:
    """Write the three stores, their books, and what was learned from them."""
    _stores(db)
    _books(db)
    _learning(db)


def _state(store: str, release: int, **changes: object) -> str:
    state = StoreState(
        store=store,
        epoch=EPOCH,
        at=NOON,
        agent="0.1.0",
        release=release,
        models={"demand": RunningModel(version="1.0.1", sha256="a" * 64)},
        update=UpdateStanding(state="committed", release=release),
        cameras={"aisle-1": "ok"},
        open_gaps=1,
        outbox_waiting=3,
        last_seq=120,
    )
    return state.model_copy(update=changes).model_dump_json()


def _stores(db: sqlite3.Connection) -> None:
    rows = [
        ("s-0001", ago(days=9), ago(seconds=20), EPOCH, _state("s-0001", 2), ago(seconds=20)),
        (
            "s-0002",
            ago(days=9),
            ago(minutes=24),
            EPOCH,
            _state("s-0002", 1, cameras={"door": "covered"}, failing=("uplink",)),
            ago(minutes=24),
        ),
        ("s-0003", ago(days=9), ago(hours=7), None, None, None),
    ]
    db.executemany("INSERT INTO stores VALUES (?, ?, ?, ?, ?, ?)", rows)
    db.executemany(
        "INSERT INTO gaps VALUES (?, ?, ?, ?, ?, ?)",
        [
            ("s-0001", "aisle-1", "f1", GTIN, ago(minutes=50), None),
            ("s-0002", "door", "<img src=x>", None, ago(hours=3), None),
            ("s-0002", "door", "f2", GTIN, ago(hours=9), ago(hours=8)),
        ],
    )

    rows = [
        ("s-0001", "aisle-1", "f1", GTIN, ago(minutes=9), "hidden"),
        ("s-0002", "door", "f3", None, ago(minutes=30), "camera"),
        ("s-0002", "door", "f2", GTIN, ago(hours=8), ""),
    ]
    db.executemany(
        "INSERT INTO facing_sights VALUES (?, ?, ?, ?, ?, ?, 'e', 1, '')",
        rows,
    )


def _books(db: sqlite3.Connection) -> None:
    db.executemany(
        "INSERT INTO committed VALUES (?, ?, ?, ?)",
        [
            ("s-0001", EPOCH, 1, 120),
            ("s-0002", EPOCH, 1, 70),
            ("s-0002", EPOCH, 81, 110),
            ("s-0002", OLD_EPOCH, 1, 40),
        ],
    )
    db.execute(
        "INSERT INTO losses VALUES ('s-0002', ?, 71, 75, 'disk full', ?)", (EPOCH, ago(hours=1))
    )
    db.execute(
        "INSERT INTO dead_letters (store, epoch, seq, form, reason, raw, digest, at) "
        "VALUES ('s-0001', ?, 7, 'event', 'no time', '{}', 'd', ?)",
        (EPOCH, ago(hours=2)),
    )


def _learning(db: sqlite3.Connection) -> None:
    metric = Metric(name="wape_instock", value=0.312, data="fleet")
    demand, shopper = tiny().manifest, tiny(kind="shopper", licence=RESEARCH).manifest
    for version, day in (("1.0.0", 5), ("1.0.1", 1)):
        found = demand.model_copy(update={"version": version, "metrics": (metric,)})
        manifest = found.model_dump_json()
        db.execute(
            "INSERT INTO model_versions VALUES ('demand', ?, ?, ?, ?, ?)",
            (version, f"demand/{version}", "a" * 64, ago(days=day), manifest),
        )
    db.execute(
        "INSERT INTO model_aliases VALUES ('demand', 'champion', '1.0.1', ?), "
        "('demand', 'candidate', '1.0.1', ?)",
        (ago(days=1), ago(days=1)),
    )
    better = "wape_instock 0.3120 is less than the champion's 0.3350 on 840 rows"
    db.executemany(
        "INSERT INTO trainings (kind, started, finished, outcome, reason, version, metric, "
        "candidate, champion, rows, events) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                *("demand", ago(hours=30), ago(hours=29), "promoted", better, "1.0.1"),
                *("wape_instock", 0.312, 0.335, 840, 200),
            ),
            (
                *("shopper", ago(minutes=9), None, "running", "fitting", None),
                *(None, None, None, None, 60),
            ),
        ],
    )
    newer = demand.model_copy(update={"version": "1.0.1"})
    models = {"demand": newer, "shopper": shopper}
    for number, signed in ((1, ago(days=4)), (2, ago(hours=28)), (3, None)):
        db.execute(
            "INSERT INTO releases VALUES (?, ?, ?, NULL, ?, 'after retraining')",
            (number, ago(days=4), signed, _manifest(number, models)),
        )
    db.execute(
        "INSERT INTO assignments (store, release, assigned, told_at)"
        " VALUES ('s-0001', 2, ?, ?), ('s-0002', 2, ?, NULL)",
        (ago(hours=27), ago(hours=27), ago(hours=27)),
    )


def _manifest(number: int, models: dict[str, ModelManifest]) -> str:
    return ReleaseManifest(release=number, created=NOON, models=models).model_dump_json()


@contextlib.asynccontextmanager
async def three_stores(
    folder: Path, clock: Clock, *, fill_with: Callable[[sqlite3.Connection], None] = fill
) -> AsyncIterator[FastAPI]:
    """Open the centre's database in `folder` and yield its dashboard."""
    async with open_sqlite(folder / "centre.db", migrate) as file:
        await file.write(fill_with)
        app = create_app(DashboardReads(file), folder / "tuf", clock, GENEROUS, "Test centre")
        app.include_router(bundle_routes(BundleFiles(file, folder / "bundles"), clock))
        yield app
