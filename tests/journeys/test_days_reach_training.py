"""What a person says of days at the centre: in a training as in the store that was told."""

import asyncio
import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from central_sync.__main__ import main
from central_sync.adapters.day_files import DayFiles
from central_sync.adapters.event_tables import EventTables
from central_sync.adapters.feed_tables import FeedTables as SaidFeeds
from central_sync.adapters.fleet_tables import FleetTables
from central_sync.adapters.lake_files import LakeFiles
from central_sync.adapters.parquet_lake import ParquetLake
from central_sync.adapters.schema import migrate as migrate_centre
from central_sync.loops.announce_feeds import Feeding, announce_once
from central_sync.ports.stores import Delivery
from central_sync.trainers.demand.layouts import read
from edge_agent.adapters.feed_tables import FeedTables
from edge_agent.adapters.forecast_material import material
from edge_agent.adapters.schema import migrate as migrate_store
from edge_agent.core.store_panel import store_panel
from endcap.models.demand.features import FEATURES, features_at
from endcap.models.demand.panel import Panel
from endcap.plumbing.sqlite_file import SqliteFile, open_sqlite
from endcap.wire.commands import Feed
from endcap.wire.events import ItemTally, SalesTallied
from endcap.wire.identifiers import check_digit
from tests.fakes.central_world import NotedLink
from tests.fakes.clock import FakeClock
from tests.fakes.store_world import STORE, in_row, state, travelled

FIRST, DAYS, HORIZON = date(2026, 3, 2), 42, 7  # a Monday
GTINS = tuple(f"{n:013}" + check_digit(f"{n:013}") for n in range(3))
SHUT, RUNG = 33, 36  # closed: without a sale, and with some that were rung all the same


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def weather(first: int, count: int, warm: float) -> dict[str, Any]:
    rows = [
        {"day": str(day(first + n)), "temperature": warm + n, "rain": n / 4} for n in range(count)
    ]
    return {"weather": rows}


def marked(**days: int) -> dict[str, Any]:
    return {"calendar": [{"day": str(day(at)), "kind": kind} for kind, at in days.items()]}


def said() -> Mapping[int, Mapping[str, dict[str, Any]]]:
    """Return what is said on which day, to whom."""
    year: dict[str, Any] = {
        "calendar": [
            {"day": str(day(at)), "kind": kind}
            for kind, at in (
                ("holiday", 12), ("school", 20), ("holiday", SHUT), ("closed", SHUT),
                ("closed", RUNG), ("holiday", 38), ("closed", 30),
            )
        ],
        "local_events": [{"day": str(day(22)), "name": "Match", "effect": 0.5}],
    }  # fmt: skip
    open_after_all = {"calendar": [one for one in year["calendar"] if one["day"] != str(day(30))]}
    return {
        1: {"--all": year, "--region": weather(1, 7, 5.0)},
        3: {"--region": weather(3, 7, 9.0)},
        # Nobody renews it until the 9th, so the last of it is worth nothing.
        9: {"--region": weather(9, 6, 3.0) | marked(special=10)},
        12: {"--region": weather(12, 4, 4.0)},
        14: {"--region": marked(special=13)},  # the day after; the weather is taken back
        28: {"--all": open_after_all, "--region": weather(28, 7, 11.0)},
        31: {"--region": weather(31, 7, 12.0)},
        33: {"--region": weather(33, 7, 10.0)},
        36: {"--region": weather(36, 6, 8.0)},
        39: {"--region": weather(39, 3, 7.0)},
    }


@dataclass(frozen=True)
class Both:
    """A centre and one of its stores, between them a link whose words the store hears."""

    folder: Path
    centre: SqliteFile
    store: SqliteFile

    @property
    def lake(self) -> Path:
        return self.folder / "data" / "lake"

    def say(self, audience: str, rows: dict[str, Any]) -> None:
        """Say it as a person does, beside the centre that runs."""
        (self.folder / "said.json").write_text(json.dumps(rows))
        whom = [audience, "north"] if audience == "--region" else [audience]
        config, file = self.folder / "central.toml", self.folder / "said.json"
        told = CliRunner().invoke(main, ["feed", "set", str(config), str(file), *whom])
        assert told.exit_code == 0, told.output

    async def live(self, number: int) -> None:
        """Let a day go by: the centre, just started, tells what is new, the store takes it."""
        at = datetime(2026, 3, 2, 8, tzinfo=UTC) + timedelta(days=number)
        clock, link = FakeClock(at), NotedLink()
        here = state(store=STORE).model_copy(update={"region": "north"})
        await FleetTables(self.centre).note(here, at, heard_at=at)
        means = Feeding(SaidFeeds(self.centre), DayFiles(self.lake), link, clock, pytest.fail)
        await announce_once(means, everything=True)
        known = FeedTables(self.store, UTC)
        for _, payload, _ in link.published:
            await known.take(Feed.model_validate_json(payload), at)
        await known.drop_stale(at + timedelta(hours=12))

    async def sell(self, told: list[SalesTallied]) -> None:
        """Let the store keep its days and the centre hear of them."""
        at = datetime(2026, 4, 20, 12, tzinfo=UTC)
        await EventTables(self.centre).commit(Delivery(STORE, travelled(*in_row(told))), at)
        assert await ParquetLake(self.centre, self.lake).fill(1000, at) == len(told)
        rows = [
            (str(one.day), item.gtin, item.units, item.revenue, item.price)
            for one in told
            for item in one.items
        ]
        insert = "INSERT INTO day_sales VALUES (?, ?, ?, 0, ?, ?, 0, 1.0)"
        await self.store.write(lambda db: db.executemany(insert, rows).close())


def tallies() -> list[SalesTallied]:
    """Return each day's sales; on one of the closed days there were none."""
    rng = np.random.default_rng(5)
    found: list[SalesTallied] = []
    for number in range(DAYS):
        units = rng.poisson(6.0, len(GTINS)) + 1.0
        items = tuple(
            ItemTally(gtin=gtin, units=count, revenue=count * 2, price=2.0)
            for gtin, count in zip(GTINS, units.tolist(), strict=True)
        )
        if number != SHUT:
            found.append(SalesTallied(day=day(number), revision=1, part=1, parts=1, items=items))
    return found


async def live(folder: Path) -> None:
    """Let six weeks go by."""
    async with (
        open_sqlite(folder / "data" / "centre.sqlite", migrate_centre) as centre,
        open_sqlite(folder / "store.db", migrate_store) as store,
    ):
        both = Both(folder, centre, store)
        await both.live(0)
        told = said()
        for number in range(1, DAYS):
            for audience, rows in told.get(number, {}).items():
                await asyncio.to_thread(both.say, audience, rows)
            await both.live(number)
        await both.sell(tallies())


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a centre and a store that have lived for six weeks."""
    folder = tmp_path_factory.mktemp("lived")
    config = '[centre]\nfolder = "data"\n[mqtt]\nhost = "127.0.0.1"\n'
    (folder / "central.toml").write_text(config)
    asyncio.run(live(folder))
    LakeFiles(folder / "data" / "lake").export("demand", folder / "out")
    return folder


@pytest.fixture(scope="module")
def trained(lived: Path) -> Panel:
    """Return the panel that a training sees."""
    return read(lived / "out").panel


@pytest.fixture(scope="module")
def known(lived: Path) -> Panel:
    """Return the panel that the store's forecasts see."""
    db = sqlite3.connect(lived / "store.db")
    db.row_factory = sqlite3.Row
    found = material(db, day(DAYS - 1), HORIZON)
    db.close()
    return store_panel(found.sales, found.ahead).panel


def of(panel: Panel, name: str) -> list[float | None]:
    """Return what a panel says of the last DAYS days that are over, None where not known."""
    values = getattr(panel, name)[0]
    ends = len(values) if len(values) == DAYS else len(values) - HORIZON
    return [None if np.isnan(one) else float(one) for one in values[ends - DAYS : ends]]


@pytest.mark.parametrize(
    "name",
    ["units", "in_stock", "price", "promotion", "holiday", "special", "temperature", "rain"],
)
def test_a_training_sees_a_day_as_the_store_does(trained: Panel, known: Panel, name: str) -> None:
    assert of(trained, name) == of(known, name)


def test_it_is_what_was_said_last_before_the_day_was_over(trained: Panel) -> None:
    assert np.flatnonzero(trained.holiday[0]).tolist() == [12, SHUT, 38]
    assert np.flatnonzero(trained.special[0]).tolist() == [10, 13, 20]
    warm = of(trained, "temperature")
    assert warm[:6] == [None, 5.0, 6.0, 9.0, 10.0, 11.0]
    assert warm[6:9] == [None, None, None]  # told on the 3rd, and not again
    assert warm[9:16] == [3.0, 4.0, 5.0, 4.0, 5.0, None, None]
    shut = [at for at, units in enumerate(of(trained, "units")) if units is None]
    assert shut == [SHUT, RUNG]


def test_the_features_are_equal_to_the_bit(trained: Panel, known: Panel) -> None:
    leads, back = range(1, HORIZON + 1), HORIZON + 1
    taught = features_at(trained, DAYS - back, leads)
    asked = features_at(known, known.periods - HORIZON - back, leads)
    unlike = [
        name
        for at, name in enumerate(FEATURES)
        if not np.array_equal(taught.rows[..., at], asked.rows[..., at])
    ]
    assert unlike == []


def test_a_store_has_one_file_however_often_it_was_told(lived: Path) -> None:
    files = [path.name for path in (lived / "data" / "lake" / "days").iterdir()]
    assert files == [f"store={STORE}.parquet"]
    told = pq.read_table(lived / "out" / "days.parquet")
    assert set(told.column("store").to_pylist()) == {STORE}
    assert len(set(told.column("day").to_pylist())) == told.num_rows
