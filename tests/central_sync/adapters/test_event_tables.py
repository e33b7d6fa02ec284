"""The tables give the same rows for any order, and keep what they do not understand."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from pydantic_core import to_json
from zstandard import ZstdCompressor

from central_sync.adapters.event_tables import EventTables, claim_centre_id
from central_sync.adapters.letter_rows import PAYLOADS_KEPT
from central_sync.adapters.schema import migrate
from central_sync.ports.stores import Delivery
from endcap.plumbing.sqlite_file import SqliteFile, open_sqlite
from endcap.wire.envelope import Batch, Refused, decode, to_cloud_event
from endcap.wire.seqset import SeqSet
from tests.fakes.store_world import (
    EPOCH,
    OTHER_EPOCH,
    OTHER_STORE,
    STORE,
    at_place,
    gap,
    gap_over,
    in_row,
    shed,
    travelled,
)

AT = datetime(2026, 9, 1, 13, tzinfo=UTC)
STATE_OF_THE_TABLES = (
    "SELECT store, epoch, seq, kind, priority, time, clock_ok, body, attributes FROM events",
    "SELECT * FROM committed",
    "SELECT store, epoch, first, last, reason FROM losses",
    "SELECT * FROM gaps",
    "SELECT store, epoch, seq, form, reason, raw FROM dead_letters ORDER BY digest",
)


def in_database(
    path: Path, work: Callable[[SqliteFile, EventTables], Awaitable[Any]]
) -> dict[str, list[tuple[Any, ...]]]:
    """Run `work` on a database; return what its tables say afterwards."""

    async def run() -> None:
        async with open_sqlite(path, migrate) as file:
            await work(file, EventTables(file))

    asyncio.run(run())
    with sqlite3.connect(path) as db:
        found = {question: db.execute(question).fetchall() for question in STATE_OF_THE_TABLES}
    db.close()
    return found


def delivered(path: Path, *batches: Batch) -> dict[str, list[tuple[Any, ...]]]:
    """Return the tables after `batches` came from one store, in this order."""

    async def deliver(_: SqliteFile, tables: EventTables) -> None:
        for batch in batches:
            await tables.commit(Delivery(STORE, batch), AT)

    return in_database(path, deliver)


def rows(found: dict[str, list[tuple[Any, ...]]], table: str) -> list[tuple[Any, ...]]:
    """Return the rows of a table among the answers."""
    return next(answer for question, answer in found.items() if f"FROM {table}" in question)


def test_any_order_with_duplicates_and_resends_ends_in_the_same_rows(tmp_path: Path) -> None:
    events = [
        *in_row([gap("a1"), gap("a2"), gap_over("a1"), gap("a3")]),
        at_place(shed((5, 6)), 7),
        at_place(shed((1, 3), epoch=OTHER_EPOCH), 8),
        at_place(gap(), 9, store=OTHER_STORE),
        at_place(gap_over("a3"), 10),
        at_place(gap(), 4, epoch=OTHER_EPOCH),
    ]
    parts = [travelled(one) for one in events] + [Batch((), (Refused("bad", "{}", EPOCH, 11),))]
    expected = delivered(tmp_path / "ordered.db", *parts)
    assert rows(expected, "committed") == [
        (STORE, EPOCH, 1, 4),
        (STORE, EPOCH, 7, 11),
        (STORE, OTHER_EPOCH, 4, 4),
    ]
    rng = Random(7)
    for attempt in range(12):
        shuffled = parts + rng.choices(parts, k=4)
        rng.shuffle(shuffled)
        assert delivered(tmp_path / f"{attempt}.db", *shuffled) == expected


def test_what_is_committed_comes_back_after_each_delivery(tmp_path: Path) -> None:
    async def work(_: SqliteFile, tables: EventTables) -> None:
        first = await tables.commit(Delivery(STORE, travelled(*in_row([gap()], first=3))), AT)
        assert [(one.epoch, one.just.ranges) for one in first] == [(EPOCH, ((3, 3),))]
        again = await tables.commit(Delivery(STORE, travelled(*in_row([gap()] * 3))), AT)
        assert again[0].line.committed == SeqSet(((1, 3),))
        assert (await tables.line(STORE, EPOCH)).line == again[0].line
        assert (await tables.line(STORE, OTHER_EPOCH)).line.accounted.ranges == ()

    in_database(tmp_path / "centre.db", work)


def test_stores_that_deliver_at_once_share_a_commit(tmp_path: Path) -> None:
    async def work(_: SqliteFile, tables: EventTables) -> None:
        stores = [f"s-{number:04}" for number in range(20)]
        batches = [travelled(*in_row([gap()] * 5, store=store)) for store in stores]
        done = await asyncio.gather(
            *(tables.commit(Delivery(*one), AT) for one in zip(stores, batches, strict=True))
        )
        assert [one[0].line.committed.ranges for one in done] == [((1, 5),)] * 20

    assert len(rows(in_database(tmp_path / "centre.db", work), "events")) == 100


def future(raw: dict[str, Any]) -> Batch:
    """Return a batch of one CloudEvent that a later program wrote."""
    return decode(ZstdCompressor().compress(to_json([raw])))


def test_unknown_kinds_fields_and_attributes_are_kept(tmp_path: Path) -> None:
    known = to_cloud_event(at_place(gap(), 1)) | {"traceparent": "00-abc"}
    known["data"]["shelf_height"] = {"mm": 300}
    unknown = to_cloud_event(at_place(gap(), 2)) | {
        "type": "endcap.robot.seen.v3",
        "data": {"robot": "r2", "path": [1, 2]},
    }
    found = delivered(tmp_path / "centre.db", future(known), future(unknown))
    first, second = rows(found, "events")
    assert '"shelf_height":{"mm":300}' in first[7]
    assert first[8] == '{"traceparent":"00-abc"}'
    assert second[3] == "endcap.robot.seen.v3"
    assert second[7] == '{"robot":"r2","path":[1,2]}'
    assert rows(found, "dead_letters") == []


def test_a_kind_without_a_version_or_of_an_unknown_envelope_is_a_dead_letter(
    tmp_path: Path,
) -> None:
    versionless = to_cloud_event(at_place(gap(), 1)) | {"type": "endcap.robot.seen"}
    newer = to_cloud_event(at_place(gap(), 2)) | {"specversion": "2.0"}
    found = delivered(tmp_path / "centre.db", future(versionless), future(newer))
    assert rows(found, "committed") == [(STORE, EPOCH, 1, 2)]
    assert {letter[2] for letter in rows(found, "dead_letters")} == {1, 2}


def test_a_poison_event_does_not_hold_up_its_neighbours(tmp_path: Path) -> None:
    batch = Batch(tuple(in_row([gap(), gap("a2")])), (Refused("no kind", "[7]", EPOCH, 3),))
    found = delivered(tmp_path / "centre.db", batch, batch)
    assert rows(found, "committed") == [(STORE, EPOCH, 1, 3)]
    assert rows(found, "dead_letters") == [(STORE, EPOCH, 3, "event", "no kind", "[7]")]
    assert len(rows(found, "events")) == 2


def test_an_unreadable_payload_is_kept_once_and_only_the_newest_of_each_store(
    tmp_path: Path,
) -> None:
    async def work(_: SqliteFile, tables: EventTables) -> None:
        for number in range(PAYLOADS_KEPT + 5):
            await tables.refuse(STORE, "batch", b"junk %d" % number, "not zstandard", AT)
        await tables.refuse(STORE, "batch", b"junk 104", "not zstandard", AT)
        await tables.refuse(OTHER_STORE, "batch", b"junk 104", "not zstandard", AT)

    letters = rows(in_database(tmp_path / "centre.db", work), "dead_letters")
    assert [letter[0] for letter in letters].count(STORE) == PAYLOADS_KEPT
    assert [letter[0] for letter in letters].count(OTHER_STORE) == 1


def test_the_centre_keeps_the_identity_it_was_made_with(tmp_path: Path) -> None:
    async def work(file: SqliteFile, _: EventTables) -> None:
        assert await claim_centre_id(file, "0" * 16) == "0" * 16
        assert await claim_centre_id(file, "1" * 16) == "0" * 16

    in_database(tmp_path / "centre.db", work)


def test_ten_thousand_scattered_numbers_stay_quick_to_commit(tmp_path: Path) -> None:
    """A backlog sent by priority leaves a hole after every event."""

    async def work(file: SqliteFile, tables: EventTables) -> None:
        def scatter(db: sqlite3.Connection) -> None:
            db.executemany(
                "INSERT INTO committed VALUES (?, ?, ?, ?)",
                ((STORE, EPOCH, 2 * n, 2 * n) for n in range(1, 10_001)),
            )

        await file.write(scatter)
        (done,) = await tables.commit(Delivery(STORE, travelled(at_place(gap(), 9_999))), AT)
        assert (9_998, 10_000) in done.line.committed.ranges

    assert len(rows(in_database(tmp_path / "centre.db", work), "committed")) == 9_999
