"""A person at the device reads in the log what the store writes down, and it is written down."""

import asyncio
import io
import json
from datetime import UTC
from pathlib import Path

import pytest

from edge_agent.adapters.consent_tables import CardReader
from edge_agent.adapters.feed_intake import SqliteIntake
from edge_agent.adapters.spoken import (
    SpokenCamera,
    SpokenHealth,
    SpokenIntake,
    SpokenJournal,
    SpokenShelves,
)
from edge_agent.adapters.store_life import HealthTable
from edge_agent.adapters.update_tables import UpdateTables
from edge_agent.core.update import Event, Update, toward
from edge_agent.ports.cameras import CameraBlindError
from endcap.plumbing.json_logs import Log
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.events import CameraChanged, HealthChanged
from tests.edge_agent.adapters.store_file import with_store
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.shelf_eyes import SOUND, ScriptedCamera
from tests.fakes.shelf_records import MemoryShelfRecords
from tests.fakes.store_files import SALES_HEADER, dropped


class Heard:
    """A log, and what was said in it."""

    def __init__(self) -> None:
        self._stream = io.StringIO()
        self.log = Log(FakeClock(), stream=self._stream)

    @property
    def lines(self) -> list[tuple[str, str, str]]:
        """Return level, code and message of each line."""
        told = [json.loads(line) for line in self._stream.getvalue().splitlines()]
        return [(one["level"], one["code"], one["msg"]) for one in told]


def test_a_part_that_fails_and_recovers_is_said_and_kept(tmp_path: Path) -> None:
    heard = Heard()

    async def work(file: SqliteFile) -> None:
        health = SpokenHealth(HealthTable(file), heard.log)
        bad = HealthChanged(part="broker", ok=False, code="broker-unreachable", detail="no answer")
        await health.record(bad, NOON)
        assert await health.failing() == ("broker",)
        await health.record(HealthChanged(part="broker", ok=True, code="broker-reached"), NOON)
        assert await health.failing() == ()

    with_store(tmp_path, work)
    assert heard.lines == [
        ("warning", "broker-unreachable", "no answer"),
        ("info", "broker-reached", "works again"),
    ]


def test_a_camera_that_goes_and_comes_is_said_and_kept() -> None:
    heard, records = Heard(), MemoryShelfRecords()
    shelves = SpokenShelves(records, heard.log)
    gone = CameraChanged(camera="cam", condition="missing", since=NOON, detail="no such file")
    back = CameraChanged(camera="cam", condition="ok", since=NOON)
    dark = CameraChanged(camera="cam", condition="dark", since=NOON)
    asyncio.run(shelves.record([gone, back, dark], NOON))
    assert records.events == [gone, back, dark]
    assert set(asyncio.run(shelves.standing()).cameras) == {"cam"}
    assert heard.lines == [
        ("warning", "camera-missing", "no such file"),
        ("info", "camera-ok", "sees its shelf"),
        ("warning", "camera-dark", "its picture is dark"),
    ]


def test_a_damaged_picture_is_said_once() -> None:
    heard = Heard()
    bad, worse = (CameraBlindError("damaged", f"{name}: no picture") for name in ("a.jpg", "b.jpg"))
    gone = CameraBlindError("missing", "unplugged")
    shown = ScriptedCamera([SOUND, bad, SOUND, bad, gone, bad, worse], FakeClock())
    camera = SpokenCamera(shown, heard.log)

    async def work() -> None:
        for expected in (None, bad, None, bad, gone, bad, worse):
            if expected is None:
                assert (await camera.look()).facts == SOUND
            else:
                with pytest.raises(CameraBlindError) as caught:
                    await camera.look()
                assert caught.value is expected

    asyncio.run(work())
    assert [message for _, _, message in heard.lines] == ["a.jpg: no picture", "b.jpg: no picture"]


def test_what_came_of_a_file_is_said(tmp_path: Path) -> None:
    heard = Heard()
    row = "t1,1,04006381333931,1,1.5,2026-03-01T10:00:00,,\n"

    async def work(file: SqliteFile) -> None:
        intake = SpokenIntake(SqliteIntake(file, UTC, CardReader(b"k" * 32)), heard.log)
        whole, poor = (dropped(n, SALES_HEADER + row + x) for n, x in (("a", ""), ("b", "no\n")))
        await intake.take(whole, NOON)
        outcome = await intake.take(poor, NOON)
        assert await intake.outcome_of(poor.sha256) is not None
        assert heard.lines == [
            ("info", "file-read", "a: 1 rows taken in"),
            (
                "warning",
                "rows-refused",
                f"b: 1 rows taken in, 1 refused; line 3: {outcome.refusals[0].reason}",
            ),
        ]

    with_store(tmp_path, work)


def test_an_update_is_said_at_every_step_that_is_news(tmp_path: Path) -> None:
    heard = Heard()

    async def work(file: SqliteFile) -> None:
        journal = SpokenJournal(UpdateTables(file), heard.log)
        fetching = toward(7)
        refused = fetching.after(Event.FAILED, "no model for demand")
        for update in (fetching, refused):
            await journal.advance(update, NOON)
        assert (await journal.standing()).refused == frozenset({7})
        await journal.serve(Update(), None, NOON)

    with_store(tmp_path, work)
    assert heard.lines == [
        ("info", "update-fetching", "release 7: fetching"),
        ("warning", "update-refused", "release 7: no model for demand"),
    ]
