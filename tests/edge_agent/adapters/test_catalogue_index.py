"""The index of a store's items follows whatever is done to them."""

from datetime import timedelta
from pathlib import Path

import pytest

from edge_agent.adapters.catalogue_index import LOOK_EVERY, CatalogueIndex
from endcap.plumbing.sqlite_file import SqliteFile
from tests.edge_agent.adapters.store_file import with_store
from tests.edge_agent.kiosk.corner_store import FakeModels
from tests.fakes.clock import FakeClock

OATS = ("00000000000017", "Rolled oats")


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("INSERT INTO items (gtin, name) VALUES ('00000000000024', 'Oat oats')", 2),
        ("UPDATE items SET name = 'Rye flakes'", 0),
        ("DELETE FROM items", 0),
        ("UPDATE stock SET on_hand = 1", 1),
    ],
)
def test_a_change_of_items_is_found_at_the_next_look(
    tmp_path: Path, change: str, found: int
) -> None:
    async def work(file: SqliteFile) -> None:
        clock, models = FakeClock(), FakeModels()
        index = CatalogueIndex(file, clock, models)
        assert (await index.search("oats", 5, models.current)).total == 0
        add = "INSERT INTO items (gtin, name) VALUES (?, ?)"
        await file.write(lambda db: db.execute(add, OATS))
        clock.turn(LOOK_EVERY + timedelta(seconds=1))
        assert (await index.search("oats", 5, models.current)).total == 1
        await file.write(lambda db: db.execute(change))
        assert (await index.search("oats", 5, models.current)).total == 1, "not looked again yet"
        clock.turn(LOOK_EVERY + timedelta(seconds=1))
        assert (await index.search("oats", 5, models.current)).total == found

    with_store(tmp_path, work)
