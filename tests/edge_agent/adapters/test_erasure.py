"""Erasing a person leaves no byte of them: not in tables, indexes, logs, files, or older copies."""

import asyncio
import gc
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, timedelta
from pathlib import Path
from weakref import ref

from edge_agent.adapters import backup_folder, rekeying
from edge_agent.adapters.answer_tables import AnswerTables, FeedbackTables
from edge_agent.adapters.consent_tables import CardReader, ConsentTables
from edge_agent.adapters.drop_folder import DONE, REFUSED, DropFolder
from edge_agent.adapters.erasure_file import ErasureFile
from edge_agent.adapters.feed_intake import SqliteIntake
from edge_agent.adapters.offer_reads import OfferTables
from edge_agent.adapters.person_rows import tables_of_persons
from edge_agent.adapters.person_tables import Elsewhere, PersonTables, erase_copy
from edge_agent.adapters.schema import migrate
from edge_agent.core.consent import pseudonym
from edge_agent.loops.forget_shoppers import forget_once
from edge_agent.loops.read_sales import read_once
from edge_agent.ports.answers import Answer, Feedback, Shown
from endcap.plumbing.audit_log import entries
from endcap.plumbing.sqlite_file import SqliteFile, connect, open_sqlite
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.store_files import SALES_HEADER

CARD, OTHER = "2099-karta-ż-77", "other-card-1"
KEY = b"k" * 32
MILK = "04006381333931"
NAME, OTHER_NAME = pseudonym(CARD, KEY), pseudonym(OTHER, KEY)
DAY = timedelta(days=1)


class Store:
    """A store in a folder, with the real parts that ever see a card."""

    def __init__(self, folder: Path, file: SqliteFile, *, programme: bool) -> None:
        self.folder, self.file, self.clock = folder, file, FakeClock()
        self.cards = CardReader(KEY, programme, ErasureFile(folder))
        self.answers = AnswerTables(file, UTC)
        self.drop = folder / "sales"
        self.consents = ConsentTables(file, self.cards)
        self.offers = OfferTables(file, UTC, self.cards)
        read = (self.drop / DONE, self.drop / REFUSED)
        elsewhere = Elsewhere(read, self.answers.keep, self.offers.forget)
        self.persons = PersonTables(file, self.cards, elsewhere)

    async def read(self, name: str, content: bytes) -> None:
        """Let the point of sale drop a file, and read it."""
        self.drop.mkdir(exist_ok=True)
        (self.drop / name).write_bytes(content)
        folder = DropFolder(self.drop, self.clock, settle=timedelta(0))
        intake = SqliteIntake(self.file, UTC, self.cards)
        await read_once(folder, intake, self.clock.now())

    async def offer(self, number: int, shopper: str | None, session: str) -> None:
        """Answer a shopper, and hear what they did with it."""
        answer, at = f"{number:032x}", self.clock.now()
        item = Shown(MILK, 1.0)
        self.answers.note(
            Answer(answer, "search", at, 0, (item,), session, shopper, query="vegan birthday")
        )
        await self.answers.keep()
        await FeedbackTables(self.file).take([Feedback(answer, MILK, "tapped", at)])

    async def rows(self, question: str) -> list[tuple[object, ...]]:
        """Return what a query finds."""
        return await self.file.read(lambda db: [tuple(row) for row in db.execute(question)])


@asynccontextmanager
async def opened(folder: Path, *, programme: bool = True) -> AsyncIterator[Store]:
    async with open_sqlite(folder / "store.db", migrate) as file:
        yield Store(folder, file, programme=programme)


def line(transaction: str, shopper: str, gtin: str = MILK) -> str:
    at = (NOON - DAY).isoformat()
    return f"{transaction},1,{gtin},1,1.5,{at},{shopper},\n"


async def lived_in(store: Store) -> None:
    """Let two people be known everywhere that the store ever writes anything about a person."""
    cards = [CARD, OTHER] * 300
    sold = "".join(line(f"t{n}", card) for n, card in enumerate(cards))
    bad = line("bad", CARD, gtin="4711") + f"t9,1,{MILK},1,1.5,{CARD},x,,,\n" + f'"{CARD}\n'
    await store.read("till.csv", (SALES_HEADER + sold + bad).encode())
    await store.read("odd.csv", f"what,{CARD}\nis,{CARD}\n".encode("utf-16"))
    record = {"transaction_id": "j", "line": 1, "gtin": MILK, "units": 1, "amount": 1.5}
    record |= {"sold_at": (NOON - DAY).isoformat(), "shopper": CARD}
    await store.read("till.jsonl", json.dumps(record).encode())
    for number in range(200):
        await store.offer(2 * number, NAME, "visit-1")
        await store.offer(2 * number + 1, OTHER_NAME, "visit-2")
    await store.offer(999, None, "visit-1")
    await store.consents.set_diets(CARD, ["vegan"], "till 1", NOON)
    await store.file.write(_play)


def _play(db: sqlite3.Connection) -> None:
    """Show the person one item for money, whatever else is kept of a play."""
    plain = {"TEXT": "x", "INTEGER": 1, "REAL": 0.5}
    columns = db.execute("SELECT name, type FROM pragma_table_info('plays') WHERE \"notnull\"")
    values: dict[str, object] = {row["name"]: plain[row["type"]] for row in columns}
    values |= {"session": "visit-1", "shopper": NAME, "at": NOON.isoformat()}
    marks = ", ".join("?" * len(values))
    db.execute(
        f"INSERT INTO plays ({', '.join(values)}) VALUES ({marks})",  # noqa: S608 - its own names
        tuple(values.values()),
    )


def traces(folder: Path, *texts: str) -> list[str]:
    """Return the files below `folder` that hold any of `texts`, however it is spelled."""
    forms = {
        text.encode(code)
        for text in texts
        for code in ("utf-8", "utf-16-le", "utf-16-be", "cp1250")
    }
    forms |= {json.dumps(text)[1:-1].encode() for text in texts}
    forms |= {bytes.fromhex(text) for text in texts if all(c in "0123456789abcdef" for c in text)}
    return [
        str(path.relative_to(folder))
        for path in sorted(folder.rglob("*"))
        if path.is_file() and any(form in path.read_bytes() for form in forms)
    ]


def test_an_erasure_leaves_no_byte_of_a_person(tmp_path: Path) -> None:
    async def live() -> None:
        async with opened(tmp_path) as store:
            await lived_in(store)
            assert "store.db" in " ".join(traces(tmp_path, NAME)), "else this proves nothing"
            assert traces(tmp_path, CARD) == ["sales/refused/odd.csv"], "cards are kept nowhere"
            past = ref((await store.offers.known(CARD, None, NOON)).past)
            kept = past()
            assert kept is not None, "who asks again is answered from memory"
            assert len(kept.items)
            del kept
            store.clock.turn(timedelta(minutes=1))
            done = await store.persons.erase(CARD, "staff x", store.clock.now())
            assert (done.rows > 700, done.files) == (True, 1)
            assert traces(tmp_path, CARD, NAME) == [], "also while the store is open"
            gc.collect()
            assert past() is None, "nor in memory"
            await _nothing_of_them(store)
            backup_folder.make(
                tmp_path / "store.db", _config(tmp_path), tmp_path / "backup", "s-1", NOON
            )
        assert traces(tmp_path, CARD, NAME) == []
        assert traces(tmp_path, OTHER_NAME), "others are still known"

    asyncio.run(live())


async def _nothing_of_them(store: Store) -> None:
    """See that the sales count without the person, and that nothing else is there."""
    assert await store.rows("SELECT count(*) FROM sale_lines WHERE shopper IS NULL") == [(301,)]
    assert await store.rows("SELECT count(*), count(shopper) FROM plays") == [(1, 0)]
    assert await store.rows("SELECT count(*), count(DISTINCT session) FROM answers") == [(200, 1)]
    assert await store.rows("SELECT count(*) FROM feedback") == [(200,)]
    known = await store.offers.known(CARD, None, NOON)
    assert (known.shopper, len(known.past.items)) == (None, 0)
    told = await store.file.read(entries)
    assert ("staff x", "erased a shopper") in [(one.act.who, one.act.what) for one in told]
    export = await store.persons.export(CARD, "staff x", NOON)
    assert (export.remembered, export.records) == (None, {})


def _config(folder: Path) -> Path:
    path = folder / "edge.toml"
    path.write_text("version = 1\n")
    return path


def test_what_is_told_again_of_an_erased_person_has_no_person(tmp_path: Path) -> None:
    async def live() -> None:
        async with opened(tmp_path) as store:
            await store.persons.erase(CARD, "x", NOON)
            await store.read("again.csv", (SALES_HEADER + line("t1", CARD)).encode())
            assert await store.rows("SELECT shopper FROM sale_lines") == [(None,)]
            assert traces(tmp_path, CARD, NAME) == []
            store.clock.turn(DAY)
            agreed = await store.consents.agree(CARD, "till", "till 1", store.clock.now())
            assert (agreed.name, agreed.since) == (NAME, NOON + DAY)
            later = line("t2", CARD).replace((NOON - DAY).isoformat(), (NOON + DAY).isoformat())
            before = line("t3", CARD)
            await store.read("later.csv", (SALES_HEADER + later + before).encode())
            found = await store.rows("SELECT transaction_id, shopper FROM sale_lines")
            assert found == [("t1", None), ("t2", NAME), ("t3", None)], "never backdated"

    asyncio.run(live())


def test_an_older_copy_of_the_database_is_erased_again(tmp_path: Path) -> None:
    async def live() -> None:
        async with opened(tmp_path) as store:
            await lived_in(store)
            backup_folder.make(
                tmp_path / "store.db", _config(tmp_path), tmp_path.parent / "old", "s-1", NOON
            )
            await store.persons.erase(CARD, "x", NOON)
        backup_folder.restore(tmp_path.parent / "old", tmp_path / "store.db", "00" * 8)
        assert traces(tmp_path, NAME), "the copy has them"
        assert erase_copy(tmp_path / "store.db", ErasureFile(tmp_path)) == 1
        assert traces(tmp_path, NAME) == []
        backup_folder.restore(tmp_path.parent / "old", tmp_path / "store.db", "11" * 8)
        async with opened(tmp_path) as store:
            await forget_once(store.persons, DAY, NOON, NOON)
            assert traces(tmp_path, NAME) == []
            assert await store.persons.erase_again(NOON) == 0

    asyncio.run(live())


def test_a_person_can_take_along_everything_the_store_has(tmp_path: Path) -> None:
    async def live() -> None:
        async with opened(tmp_path) as store:
            await lived_in(store)
            export = await store.persons.export(CARD, "staff x", NOON)
            assert export.remembered is not None
            assert export.remembered.diets == ("vegan",)
            counts = {table: len(rows) for table, rows in export.records.items()}
            assert counts["sale_lines"] == 301
            assert (counts["answers"], counts["feedback"], counts["plays"]) == (201, 201, 1)
            said = json.dumps(export.records, default=str)
            assert "vegan birthday" in said
            assert NAME not in said

    asyncio.run(live())


def test_nobody_is_remembered_who_was_not_asked(tmp_path: Path) -> None:
    async def live() -> None:
        async with opened(tmp_path, programme=False) as store:
            await store.read("till.csv", (SALES_HEADER + line("t1", CARD)).encode())
            assert await store.rows("SELECT shopper FROM sale_lines") == [(None,)]
            assert await store.consents.remembered(CARD) is None
            assert await store.consents.set_diets(CARD, ["vegan"], "x", NOON) is None
            await store.consents.agree(CARD, "kiosk", "x", NOON)
            again = await store.consents.agree(CARD, "till", "x", NOON + DAY)
            assert (again.since, again.source) == (NOON, "kiosk")
            with_diets = await store.consents.set_diets(CARD, ["vegan"], "x", NOON)
            assert with_diets is not None
            assert (with_diets.since, with_diets.diets) == (NOON, ("vegan",))

    asyncio.run(live())


def test_histories_end_with_their_time(tmp_path: Path) -> None:
    async def live() -> None:
        async with opened(tmp_path) as store:
            await store.read("till.csv", (SALES_HEADER + line("t1", CARD)).encode())
            looked = await forget_once(store.persons, 2 * DAY, NOON, None)
            assert await store.rows("SELECT shopper FROM sale_lines") == [(NAME,)]
            assert await forget_once(store.persons, DAY / 2, NOON, looked) == looked
            await forget_once(store.persons, DAY / 2, NOON + DAY, looked)
            assert await store.rows("SELECT shopper FROM sale_lines") == [(None,)]

    asyncio.run(live())


def test_another_key_gives_other_names_and_histories_go_on(tmp_path: Path) -> None:
    path = tmp_path / "store.db"

    async def live() -> None:
        async with opened(tmp_path) as store:
            await store.file.write(
                lambda db: db.execute("INSERT INTO meta VALUES ('shopper_key', ?)", (KEY.hex(),))
            )
            await lived_in(store)

    asyncio.run(live())
    with closing(connect(path)) as db:
        assert rekeying.rekey(db, path, lambda size: b"n" * size, NOON) == 2
        key = bytes.fromhex(
            db.execute("SELECT value FROM meta WHERE name = 'shopper_key'").fetchone()[0]
        )
        name = pseudonym(CARD, key)
        assert name != NAME
        question = "SELECT count(*) FROM sale_lines WHERE shopper = ?"
        assert db.execute(question, (name,)).fetchone()[0] == 301
    assert traces(tmp_path, NAME) == []


def test_every_table_of_persons_is_known_by_its_column(tmp_path: Path) -> None:
    async def live() -> None:
        async with opened(tmp_path) as store:
            found = await store.file.read(tables_of_persons)
            assert {"answers", "plays", "sale_lines", "shoppers"} <= set(found)

    asyncio.run(live())
