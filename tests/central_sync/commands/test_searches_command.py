"""`central-sync searches` says what shoppers look for in vain, from the stores' own words."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from central_sync.adapters import search_rows
from central_sync.adapters.schema import migrate
from central_sync.commands.searches import searches
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.sqlite_file import open_sqlite
from endcap.wire.body import Priority
from endcap.wire.events import Event
from endcap.wire.shopper_events import Miss, SearchesTallied

YESTERDAY = (SystemClock().now().astimezone(UTC) - timedelta(days=1)).date()


def tallied(store: str, seq: int, *misses: Miss, revision: int = 1) -> Event:
    body = SearchesTallied(
        day=YESTERDAY,
        revision=revision,
        searches=40,
        empty=4,
        rescued=2,
        tapped=20,
        minimum_group=5,
        suppressed=1,
        misses=misses,
    )
    return Event(
        store=store,
        epoch="00112233445566aa",
        seq=seq,
        kind=body.kind,
        priority=Priority.NORMAL,
        time=datetime(2026, 3, 1, tzinfo=UTC),
        clock_ok=True,
        body=body,
    )


@pytest.fixture
def centre(tmp_path: Path) -> Path:
    """Return the database of a centre that two stores told of searches."""
    kimchi, tofu = (Miss(query=q, searches=6, empty=q == "kimchi") for q in ("kimchi", "tofu"))
    told = [
        tallied("s-1", 2, kimchi, revision=2),
        tallied("s-1", 1, tofu, revision=1),  # late: a newer word is kept
        tallied("s-2", 1, kimchi, tofu),
    ]

    async def fill() -> None:
        async with open_sqlite(tmp_path / "centre.sqlite", migrate) as file:
            await file.write(lambda db: search_rows.apply(db, told))

    asyncio.run(fill())
    return tmp_path / "centre.sqlite"


def test_what_is_missed_most_comes_first(centre: Path) -> None:
    said = CliRunner().invoke(searches, [str(centre), "--json"])
    told = json.loads(said.output)
    assert (told["searches"], told["empty"], told["rescued"], told["tapped"]) == (80, 8, 4, 40)
    assert told["misses"] == [
        {"query": "kimchi", "searches": 12, "stores": 2, "empty": True},
        {"query": "tofu", "searches": 6, "stores": 1, "empty": False},
    ]


def test_one_store_is_told_in_lines(centre: Path) -> None:
    said = CliRunner().invoke(searches, [str(centre), "--store", "s-1"]).output.splitlines()
    assert said[0].startswith("40 searches: 4 found nothing")
    assert [line.split()[-1] for line in said[1:]] == ["kimchi"]
