"""What changes in the store is told to who listens, over real connections."""

import asyncio
import contextlib
import json
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path

import httpx
import pytest

from edge_agent.adapters.change_tables import ChangeTables
from edge_agent.adapters.schema import migrate
from edge_agent.core.changes import Change, Look
from edge_agent.kiosk import updates
from edge_agent.kiosk.updates import Pace, Told, Updates
from edge_agent.ports.kiosk import StoreUnreadableError
from endcap.plumbing.http_face.problems import Problem
from endcap.plumbing.sqlite_file import connect, open_sqlite
from tests.edge_agent.kiosk.corner_store import QUICK, corner_store, fill, gtin_of
from tests.fakes.clock import NOON, FakeClock
from tests.serving import served

Event = tuple[str, str, dict[str, object]]


def events(answer: httpx.Response) -> Iterator[Event]:
    """Yield (event, id, data) of a stream; a heartbeat is ("", "", {})."""
    block: dict[str, str] = {}
    for line in answer.iter_lines():
        if line:
            name, _, value = line.partition(": ")
            block[name] = value
        elif "event" in block:
            yield block["event"], block["id"], json.loads(block["data"])
            block = {}
        else:
            if "" in block:
                yield "", "", {}
            block = {}


@pytest.fixture
def change(tmp_path: Path) -> Callable[[str], None]:
    """Return what writes into the store's database, as another program would."""

    def change(statement: str) -> None:
        with contextlib.closing(connect(tmp_path / "store.db")) as db:
            db.execute(statement)

    return change


@pytest.fixture
def kiosk(tmp_path: Path) -> Iterator[httpx.Client]:
    pace = replace(QUICK, heartbeat=timedelta(seconds=0.3))
    with (
        served(lambda: corner_store(tmp_path, FakeClock(), pace=pace)) as address,
        httpx.Client(base_url=address, timeout=30) as client,
    ):
        yield client


def test_each_kind_of_change_is_told_by_its_name(
    kiosk: httpx.Client, change: Callable[[str], None]
) -> None:
    bread = gtin_of(1)
    with kiosk.stream("GET", "/v1/updates") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        told = (one for one in events(answer) if one[0])
        assert next(told)[0] == "reset"
        for statement, topic, gtins in (
            ("UPDATE gaps SET closed = opened WHERE closed IS NULL", "shelves", [bread]),
            ("UPDATE stock SET on_hand = 0", "stock", [gtin_of(0)]),
            ("UPDATE items SET price = 9 WHERE name LIKE 'Rye%'", "prices", None),
            ("DELETE FROM health", "health", None),
            ("INSERT INTO orders VALUES ('down/media', 7, '', '', '')", "media", None),
            ("UPDATE camera_conditions SET condition = 'dark'", "shelves", None),
        ):
            change(statement)
            name, _, data = next(told)
            assert (name, data) == (topic, {"gtins": gtins})


def test_who_comes_back_hears_what_it_missed_and_a_stranger_starts_anew(
    kiosk: httpx.Client, change: Callable[[str], None]
) -> None:
    with kiosk.stream("GET", "/v1/updates") as answer:
        told = events(answer)
        assert next(told)[0] == "reset"
        change("UPDATE stock SET on_hand = 5")
        _, place, _ = next(one for one in told if one[0])
        change("DELETE FROM health")
        assert next(one for one in told if one[0])[0] == "health"
    with kiosk.stream("GET", "/v1/updates", headers={"last-event-id": place}) as answer:
        assert next(one for one in events(answer) if one[0])[0] == "health"
    for strange in ("gone-1", "", "-", f"{place}999"):
        with kiosk.stream("GET", "/v1/updates", headers={"last-event-id": strange}) as answer:
            assert next(one for one in events(answer) if one[0])[0] == "reset"


def test_silence_is_told_too(kiosk: httpx.Client) -> None:
    with kiosk.stream("GET", "/v1/updates") as answer:
        told = events(answer)
        assert [next(told)[0], next(told)[0], next(told)[0]] == ["reset", "", ""]


def test_a_server_that_ends_lets_its_listeners_go(tmp_path: Path) -> None:
    with httpx.Client(timeout=30) as client:
        with served(lambda: corner_store(tmp_path, FakeClock())) as address:
            asked = client.build_request("GET", f"{address}/v1/updates")
            answer = client.send(asked, stream=True)
            told = events(answer)
            assert next(told)[0] == "reset"
        assert list(told) == []  # whole, not cut off: httpx would raise
        answer.close()


class FakeChanges:
    """Looks that a test sets; None fails as a disk does."""

    def __init__(self) -> None:
        self.now: Look | None = Look({}, {}, {})

    async def look(self, at: object, last: Look | None) -> Look:
        _ = at, last
        if self.now is None:
            raise StoreUnreadableError("unplugged")
        return self.now


FAST = Pace(timedelta(milliseconds=1), timedelta(milliseconds=20), linger=timedelta(0))


def stock(units: float) -> Look:
    return Look({}, {"a": units}, {})


async def news(told: AsyncIterator[Told | None]) -> Told:
    while (one := await anext(told)) is None:
        pass
    return one


def test_a_disk_that_fails_and_comes_back_costs_no_change() -> None:
    async def run() -> None:
        reads = FakeChanges()
        watch = Updates(reads, FakeClock(), FAST)
        told = watch.follow("")
        assert (await news(told)).change is None
        reads.now = None
        assert await anext(told) is None
        reads.now = stock(1)
        assert (await news(told)).change == Change("stock", ("a",))
        watch.end()
        assert [one async for one in told] == []

    asyncio.run(run())


def test_a_disk_that_answers_late_makes_everything_new() -> None:
    async def run() -> None:
        reads = FakeChanges()
        reads.now = None
        told = Updates(reads, FakeClock(), FAST).follow("")
        assert (await news(told)).change is None
        reads.now = stock(1)
        assert {(await news(told)).change for _ in updates.ANY} == set(updates.ANY)
        await told.aclose()

    asyncio.run(run())


def test_who_falls_too_far_behind_asks_for_all_again() -> None:
    async def run() -> None:
        reads = FakeChanges()
        watch = Updates(reads, FakeClock(), FAST)
        quick, slow = watch.follow(""), watch.follow("")
        for one in (quick, slow):
            await news(one)
        for units in range(updates.KEPT + 1):
            reads.now = stock(units + 1)
            assert (await news(quick)).change == Change("stock", ("a",))
        assert (await news(slow)).change is None
        for one in (quick, slow):
            await one.aclose()

    asyncio.run(run())


def test_there_is_an_end_to_listeners_and_to_each_connection() -> None:
    async def run() -> None:
        watch = Updates(FakeChanges(), FakeClock(), replace(FAST, lifetime=timedelta(0)))
        assert [one.change async for one in watch.follow("") if one] == [None]
        crowd = [watch.follow("") for _ in range(updates.LISTENERS)]
        for one in crowd:
            await news(one)
        with pytest.raises(Problem, match="listen already"):
            watch.admit()
        for one in crowd:
            await one.aclose()
        watch.admit()

    asyncio.run(run())


def test_a_store_in_which_nothing_was_written_is_not_read(tmp_path: Path) -> None:
    async def run() -> None:
        async with open_sqlite(tmp_path / "store.db", migrate) as file:
            await file.write(fill)
            tables = ChangeTables(file, UTC)
            looks = [await tables.look(NOON, None)]
            for _ in range(8):  # by each of the readers
                looks.append(await tables.look(NOON, looks[-1]))
            assert looks[-1] is looks[-2]
            await file.write(_count)
            after = await tables.look(NOON, looks[-1])
            assert after.stock[gtin_of(0)] == 1
            tomorrow = await tables.look(NOON + timedelta(days=2), after)
            assert tomorrow.prints["prices"] != after.prints["prices"]

    asyncio.run(run())


def _count(db: sqlite3.Connection) -> None:
    db.execute("UPDATE stock SET on_hand = 1")
