"""Makes the report of a store: what the doctor finds, what runs, what was logged, how it is set.

All of it is made in this process, in threads, within a bounded size. The lines of the log are those
since the program started: those before are with whoever keeps its standard error, such as journald.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from edge_agent.adapters.bundle_sections import from_database, of_device, redacted, shown
from edge_agent.core.bundle import fitted
from endcap.plumbing.json_logs import Line
from endcap.plumbing.sqlite_file import SqliteFile, StorageError

KIND = "endcap.bundle.v1"
_ROWS_OF_STRANGERS = ("rows-refused",)
_FEEDS = "feeds"
Findings = Callable[[], Sequence[Mapping[str, str]]]


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose report it is: the store, the program's version, its settings and its folder."""

    store: str
    agent: str
    settings: Mapping[str, Any]
    folder: Path


class StoreBundle:
    """Keeps the promises of edge_agent.ports.remote.BundleMaker.

    `examine` returns what the doctor finds, `lines` the last lines of the log.
    """

    def __init__(
        self,
        subject: Subject,
        file: SqliteFile,
        examine: Findings,
        lines: Callable[[], Sequence[Line]],
    ) -> None:
        self._subject = subject
        self._file = file
        self._examine = examine
        self._lines = lines

    async def make(self, at: datetime) -> bytes:
        """Return the report, as JSON."""
        findings = await asyncio.to_thread(self._examine)
        try:
            journals = await self._file.read(from_database)
        except StorageError as error:
            journals = {"database": str(error)}
        return bundle_of(self._subject, at, journals, findings, self._lines())


def bundle_of(
    subject: Subject,
    at: datetime,
    journals: Mapping[str, object],
    findings: Sequence[Mapping[str, str]],
    lines: Sequence[Line] = (),
) -> bytes:
    """Return a report of these parts, as JSON without anything personal or secret."""
    sections = {
        "kind": KIND,
        "store": subject.store,
        "agent": subject.agent,
        "made": at.isoformat(),
        "findings": [_finding(one) for one in findings],
        "settings": redacted(subject.settings),
        "device": of_device(subject.folder),
        **journals,
    }
    return fitted(sections, [_line(one) for one in lines]).encode()


def read_journals(database: Path) -> dict[str, object]:
    """Return what the journals of a database say that no agent of ours has open."""
    try:
        db = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=5)
    except sqlite3.Error as error:
        return {"database": str(error)}
    try:
        return from_database(db)
    finally:
        db.close()


def _finding(one: Mapping[str, str]) -> dict[str, str]:
    """Return a finding; of refused rows not what is in them."""
    seen = one["seen"].partition(";")[0] if one["check"] == _FEEDS else one["seen"]
    return {**one, "seen": shown(seen), "advice": shown(one["advice"])}


def _line(one: Line) -> dict[str, object]:
    """Return a line of the log; of refused rows not what is in them."""
    said = one.msg.partition(";")[0] if one.code in _ROWS_OF_STRANGERS else one.msg
    fields = {
        name: value if _is_plain(value) else shown(value) for name, value in one.fields.items()
    }
    told = {"at": one.at.isoformat(timespec="milliseconds"), "level": one.level, "code": one.code}
    return {**told, "msg": shown(said), **({"fields": fields} if fields else {})}


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, bool | float)
