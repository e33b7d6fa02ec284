"""The commands read the databases as they are, and their exit codes tell the answer."""

import asyncio
import json
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click import Group
from click.testing import CliRunner, Result
from pydantic_core import to_json

from central_sync.adapters.event_tables import EventTables
from central_sync.adapters.fleet_tables import FleetTables
from central_sync.adapters.letter_rows import Letter, keep
from central_sync.adapters.schema import migrate
from central_sync.commands.deadletter import deadletter
from central_sync.commands.fleet import fleet
from central_sync.commands.ledger import ledger
from central_sync.ports.stores import Delivery
from edge_agent.adapters import outbox_rows
from edge_agent.adapters.schema import migrate as migrate_store
from endcap.plumbing.sqlite_file import connect, open_sqlite
from endcap.wire.envelope import Batch, Refused, encode, event, to_cloud_event
from endcap.wire.events import KINDS, Event
from tests.fakes.store_world import (
    EPOCH,
    NOON,
    OTHER_STORE,
    STORE,
    at_place,
    gap,
    in_row,
    shed,
    state,
    travelled,
)


def ran(group: Group, *words: str | Path) -> Result:
    """Return what a command said."""
    return CliRunner().invoke(group, [str(word) for word in words])


def centre_with(folder: Path, *batches: Batch, last_seq: int = 0) -> Path:
    """Return the database of a centre that heard `batches`, and a state, from a store."""

    async def fill() -> None:
        async with open_sqlite(folder / "centre.sqlite", migrate) as file:
            for batch in batches:
                await EventTables(file).commit(Delivery(STORE, batch), NOON)
            if last_seq:
                at = datetime.now(UTC)  # noqa: TID251 - the command judges by the real clock
                await FleetTables(file).note(state(last_seq=last_seq), at, heard_at=at)

    asyncio.run(fill())
    return folder / "centre.sqlite"


def store_with(
    folder: Path, bodies: int, *, acked: Sequence[int] = (), gone: Sequence[int] = ()
) -> Path:
    """Return a store's database with an outbox of gaps, written by the store's own code."""
    path = folder / "store.sqlite"
    db = connect(path)
    migrate_store(db)
    db.execute("INSERT OR REPLACE INTO meta (name, value) VALUES ('epoch', ?)", (EPOCH,))
    outbox_rows.append(db, [gap(f"f{number}") for number in range(1, bodies + 1)], NOON)
    db.executemany("UPDATE outbox SET acked = 1 WHERE seq = ?", [(one,) for one in acked])
    db.executemany("DELETE FROM outbox WHERE seq = ?", [(one,) for one in gone])
    db.close()
    return path


def sent(store: Path, *seqs: int) -> Batch:
    """Return what arrives of a store's outbox, as its sender makes it."""
    with sqlite3.connect(store) as db:
        rows = db.execute("SELECT seq, kind, body FROM outbox ORDER BY seq").fetchall()
    db.close()
    events: list[Event] = [
        event(
            store=STORE,
            epoch=EPOCH,
            seq=seq,
            time=NOON,
            clock_ok=True,
            body=KINDS[kind].model_validate_json(body),
        )
        for seq, kind, body in rows
        if seq in seqs
    ]
    return travelled(*events)


def test_a_sound_history_is_proven(tmp_path: Path) -> None:
    store = store_with(tmp_path, 6, acked=[1, 2, 3])
    centre = centre_with(tmp_path, sent(store, 1, 2, 3, 4))
    told = ran(ledger, "verify", centre, store, "--json")
    assert told.exit_code == 0
    (proof,) = json.loads(told.stdout)["stores"]
    assert (proof["store"], proof["accepted"]) == (STORE, 6)
    assert (proof["stored"], proof["waiting"], proof["violations"]) == (4, 2, [])
    table = ran(ledger, "verify", centre, store)
    assert table.exit_code == 0
    assert table.stdout.splitlines()[1].endswith("yes")


def test_what_the_centre_forgot_since_it_is_in_the_lake_counts(tmp_path: Path) -> None:
    store = store_with(tmp_path, 4, acked=[1, 2, 3])
    centre = centre_with(tmp_path, sent(store, 1, 2, 3))
    with sqlite3.connect(centre) as db:  # as EventRetention leaves it
        db.execute("DELETE FROM events WHERE seq < 3")
        db.execute("INSERT INTO forgotten VALUES (?, ?, 1, 2)", (STORE, EPOCH))
    db.close()
    told = ran(ledger, "verify", centre, store, "--json")
    assert told.exit_code == 0
    (proof,) = json.loads(told.stdout)["stores"]
    assert (proof["stored"], proof["waiting"], proof["violations"]) == (3, 1, [])


def test_a_store_of_which_nothing_arrived_only_waits(tmp_path: Path) -> None:
    proof = ran(ledger, "verify", centre_with(tmp_path), store_with(tmp_path, 3), "--json")
    assert proof.exit_code == 0
    assert json.loads(proof.stdout)["stores"][0]["waiting"] == 3


def test_a_vanished_event_is_named(tmp_path: Path) -> None:
    store = store_with(tmp_path, 6, acked=[1], gone=[2])
    told = ran(ledger, "verify", centre_with(tmp_path, sent(store, 1)), store)
    assert told.exit_code == 1
    assert f"{STORE} breaks I1: accepted, and nowhere to be found 2" in told.stdout


def test_an_acknowledgement_of_what_the_centre_lost_is_named(tmp_path: Path) -> None:
    store = store_with(tmp_path, 3, acked=[1, 2, 3])
    told = ran(ledger, "verify", centre_with(tmp_path, sent(store, 1, 2)), store)
    assert told.exit_code == 1
    assert "acknowledged, but not at the centre 3" in told.stdout


def test_an_event_that_was_changed_is_named(tmp_path: Path) -> None:
    store = store_with(tmp_path, 2)
    centre = centre_with(tmp_path, sent(store, 1), travelled(at_place(gap("other"), 2)))
    told = ran(ledger, "verify", centre, store)
    assert told.exit_code == 1
    assert "I2: differs from what the store has 2" in told.stdout


def test_what_was_shed_is_accounted_for_before_and_after_it_is_told(tmp_path: Path) -> None:
    store = store_with(tmp_path, 4, acked=[1, 2], gone=[3, 4])
    db = connect(store)
    outbox_rows.append(db, [shed((3, 4))], NOON)
    db.close()
    centre = centre_with(tmp_path, sent(store, 1, 2))
    before = json.loads(ran(ledger, "verify", centre, store, "--json").stdout)
    assert (before["holds"], before["stores"][0]["ledgered"]) == (True, 2)
    centre_with(tmp_path, sent(store, 5))
    after = json.loads(ran(ledger, "verify", centre, store, "--json").stdout)
    assert (after["holds"], after["stores"][0]["ledgered"]) == (True, 2)


@pytest.mark.parametrize("words", [("missing.sqlite", "missing.sqlite"), ("junk", "junk")])
def test_a_database_that_cannot_be_read_is_one_line(tmp_path: Path, words: Sequence[str]) -> None:
    (tmp_path / "junk").write_bytes(b"no database" * 100)
    told = ran(ledger, "verify", *(tmp_path / word for word in words))
    assert told.exit_code == 2
    assert len(told.stderr.strip().splitlines()) == 1
    assert words[0] in told.stderr


def test_a_store_that_never_started_is_told(tmp_path: Path) -> None:
    db = connect(tmp_path / "store.sqlite")
    migrate_store(db)
    db.close()
    told = ran(ledger, "verify", centre_with(tmp_path), tmp_path / "store.sqlite")
    assert told.exit_code == 2
    assert "never started" in told.stderr


def test_a_disk_that_two_stores_claim_is_told(tmp_path: Path) -> None:
    store = store_with(tmp_path, 1)
    centre = centre_with(tmp_path, sent(store, 1))

    async def clone() -> None:
        async with open_sqlite(centre, migrate) as file:
            copy = travelled(at_place(gap(), 1, store=OTHER_STORE))
            await EventTables(file).commit(Delivery(OTHER_STORE, copy), NOON)

    asyncio.run(clone())
    told = ran(ledger, "verify", centre, store)
    assert told.exit_code == 2
    assert "a store's disk was copied" in told.stderr


def test_the_fleet_is_listed_and_shown(tmp_path: Path) -> None:
    centre = centre_with(tmp_path, travelled(*in_row([gap()], first=3)), last_seq=5)
    listed = ran(fleet, "list", centre)
    assert listed.exit_code == 0
    assert f"{STORE}  online" in listed.stdout
    assert "4 missing" in listed.stdout
    as_json = json.loads(ran(fleet, "list", centre, "--json").stdout)
    assert as_json["stores"][0]["lines"][EPOCH]["missing"] == [[1, 2], [4, 5]]
    assert "1-2, 4-5" in ran(fleet, "show", centre, STORE).stdout
    assert json.loads(ran(fleet, "show", centre, STORE, "--json").stdout)["open_gaps"] == 1
    unheard = ran(fleet, "show", centre, "s-9999")
    assert (unheard.exit_code, "never heard" in unheard.stderr) == (1, True)


def test_an_empty_fleet_is_said(tmp_path: Path) -> None:
    assert "no store was heard yet" in ran(fleet, "list", centre_with(tmp_path)).stdout


def test_gaps_are_exact_and_set_the_exit_code(tmp_path: Path) -> None:
    centre = centre_with(tmp_path, travelled(*in_row([gap()], first=3)), last_seq=5)
    told = ran(fleet, "gaps", centre)
    assert told.exit_code == 1
    assert told.stdout.strip() == f"{STORE}  {EPOCH}  1-2, 4-5"
    assert json.loads(ran(fleet, "gaps", centre, "--json").stdout) == {
        "gaps": [{"store": STORE, "epoch": EPOCH, "missing": [[1, 2], [4, 5]]}]
    }
    centre_with(tmp_path, travelled(*in_row([gap()] * 5)))
    whole = ran(fleet, "gaps", centre)
    assert (whole.exit_code, "nothing is missing" in whole.stdout) == (0, True)


def test_a_centre_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    for group, words in ((fleet, ["list"]), (fleet, ["gaps"]), (deadletter, ["list"])):
        told = ran(group, *words, tmp_path / "nothing.sqlite")
        assert told.exit_code == 2
        assert "there is no such database" in told.stderr


def refused(one: Event, reason: str = "no such thing") -> Refused:
    """Return a readable event as one that an older program refused."""
    return Refused(reason, to_json(to_cloud_event(one)).decode(), one.epoch, one.seq)


def test_a_dead_letter_is_listed_shown_and_replayed(tmp_path: Path) -> None:
    centre = centre_with(tmp_path, Batch((), (refused(at_place(gap(), 4)), Refused("bad", "7"))))
    listed = ran(deadletter, "list", centre)
    assert f"{EPOCH}-4  no such thing" in listed.stdout
    assert len(json.loads(ran(deadletter, "list", centre, "--json").stdout)["letters"]) == 2
    shown = json.loads(ran(deadletter, "show", centre, "1", "--json").stdout)
    assert json.loads(shown["raw"])["seq"] == 4
    assert '"seq":4' in ran(deadletter, "show", centre, "1").stdout

    told = ran(deadletter, "replay", centre)
    assert told.exit_code == 1
    assert "letter 1: 1 new events" in told.stdout
    assert "letter 2:" in told.stderr
    again = ran(deadletter, "replay", centre, "1")
    assert (again.exit_code, again.stdout) == (0, "letter 1: 0 new events\n")
    assert "(replayed)" in ran(deadletter, "list", centre, "--all").stdout
    with sqlite3.connect(centre) as db:
        assert db.execute("SELECT seq FROM events").fetchall() == [(4,)]
        assert db.execute("SELECT count(*) FROM gaps").fetchone() == (1,)
    db.close()


def test_whole_payloads_are_replayed_like_deliveries_and_states_never(tmp_path: Path) -> None:
    centre = centre_with(tmp_path)

    async def refuse() -> None:
        async with open_sqlite(centre, migrate) as file:
            tables = EventTables(file)
            payload = encode(in_row([gap(), gap("a2")]))
            await tables.refuse(STORE, "batch", payload, "a fault of ours", NOON)
            await tables.refuse(STORE, "state", b"{}", "no store", NOON)

    asyncio.run(refuse())
    told = ran(deadletter, "replay", centre)
    assert "letter 1: 2 new events" in told.stdout
    assert "its store tells it again" in told.stderr
    assert ran(fleet, "gaps", centre).exit_code == 0


def test_a_letter_of_another_stores_event_stays_dead(tmp_path: Path) -> None:
    centre = centre_with(tmp_path, travelled(at_place(gap(), 1, store=OTHER_STORE)))
    told = ran(deadletter, "replay", centre)
    assert told.exit_code == 1
    assert f"it says it is from {OTHER_STORE}" in told.stderr


def test_no_dead_letters_is_said(tmp_path: Path) -> None:
    centre = centre_with(tmp_path)
    assert "no dead letters" in ran(deadletter, "list", centre).stdout
    assert ran(deadletter, "show", centre, "9").exit_code == 1


def test_a_letter_is_one_however_often_it_comes(tmp_path: Path) -> None:
    db = connect(tmp_path / "centre.sqlite")
    migrate(db)
    keep(db, [Letter(STORE, "event", "bad", "{}", EPOCH, 1)] * 3, NOON)
    assert db.execute("SELECT count(*) FROM dead_letters").fetchone()[0] == 1
    db.close()


def test_a_dead_letter_that_is_not_there_is_said(tmp_path: Path) -> None:
    centre = centre_with(tmp_path)
    missing = ran(deadletter, "replay", centre, "7")
    assert (missing.exit_code, missing.stderr) == (1, "there is no dead letter 7\n")
    every = ran(deadletter, "replay", centre)
    assert (every.exit_code, every.stdout) == (0, "no dead letters\n")
