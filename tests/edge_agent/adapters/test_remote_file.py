"""The file of settings from afar: whole or as it was, and every change in the audit log."""

import asyncio
from pathlib import Path

from edge_agent.adapters.remote_file import NAME, RemoteBook, RemoteFile, told
from edge_agent.core.remote_config import Event, Overlay, Standing
from endcap.plumbing.audit_log import Act, entries, first_broken
from endcap.plumbing.sqlite_file import SqliteFile
from tests.edge_agent.adapters.store_file import with_store
from tests.fakes.clock import NOON

FIRST = Overlay(7, {"cameras": [{"name": "a", "source": "rtsp://u:hunter2@cam/1"}]})
TRIAL = Standing().after(Event.ORDERED, FIRST)


def test_what_is_kept_is_read_again_by_its_owner_alone(tmp_path: Path) -> None:
    file = RemoteFile(tmp_path)
    assert file.read() == Standing()
    file.write(TRIAL.after(Event.STARTED))
    assert file.read() == TRIAL.after(Event.STARTED)
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def test_a_damaged_file_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text('{"state": "on_')
    standing = RemoteFile(tmp_path).read()
    assert standing.current == Overlay()
    assert "damaged" in standing.problem


def test_every_change_is_noted_once_without_secrets(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> tuple[tuple[Act, ...], list[dict[str, object]]]:
        book, states = RemoteBook(RemoteFile(tmp_path), file), []
        for standing in (TRIAL, TRIAL.after(Event.STARTED), TRIAL.after(Event.CAME_UP)):
            await book.keep(standing, NOON)
            states.append(await file.read(told))
        RemoteFile(tmp_path).write(Standing(current=FIRST, refused=9, problem="no kiosk"))
        assert (await book.settle(NOON)).refused == 9, "what a start decided is noted after it"
        await book.settle(NOON)
        states.append(await file.read(told))
        found = await file.read(entries)
        assert first_broken(found) is None
        return tuple(one.act for one in found), states

    acts, states = with_store(tmp_path, work)
    assert [(one.who, one.what) for one in acts] == [
        ("the centre", "settings 7 are on trial"),
        ("the store", "settings 7 are in force"),
        ("the store", "settings 9 are not in force: no kiosk"),
    ]
    assert "hunter2" not in str(acts)
    assert "rtsp://***@cam/1" in acts[0].after
    assert [one["config"] for one in states] == [0, 0, 7, 7]
    assert states[-1]["config_refused"] == 9
    assert asyncio.run(_nothing_told(tmp_path / "other")) == {}


async def _nothing_told(folder: Path) -> dict[str, object]:
    return await asyncio.to_thread(with_store, folder, lambda file: file.read(told))
