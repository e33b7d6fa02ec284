"""The journal of errands: an errand that comes twice is one."""

from datetime import timedelta
from pathlib import Path

from edge_agent.adapters.errand_tables import ErrandTables
from edge_agent.core.errands import Event, State
from endcap.plumbing.audit_log import entries
from endcap.plumbing.sqlite_file import SqliteFile
from tests.edge_agent.adapters.store_file import with_store
from tests.fakes.clock import NOON
from tests.fakes.remote_world import errand_order


def test_an_errand_is_kept_once_until_it_is_over(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> list[str]:
        book, order = ErrandTables(file), errand_order(7, "upload-bundle")
        assert await book.take(order, NOON)
        assert not await book.take(order, NOON)
        (one,) = await book.open()
        assert (one.counter, one.expires) == (7, NOON + timedelta(hours=1))
        begun = one.errand.after(Event.BEGUN)
        await book.advance(begun, NOON)
        assert (await book.open())[0].errand.state is State.UNDER_WAY
        await book.advance(begun.after(Event.FAILED, "too large"), NOON)
        assert await book.open() == ()
        assert not await book.take(order, NOON), "not again when it is over either"
        return [one.act.what for one in await file.read(entries)]

    assert with_store(tmp_path, work) == [
        "errand 7: upload-bundle",
        "errand of upload-bundle: failed",
    ]
