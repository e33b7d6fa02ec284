"""The file of settings from afar, beside the database: what is at work, and what stands by.

One file holds both, so that a power cut leaves the old standing or the new one. It is read before
the database is opened, for a start that fails must be counted first. Every change is noted in the
audit log of the database afterwards; what a cut kept from being noted is noted at the next start.
"""

import asyncio
import json
import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from edge_agent.adapters.store_life import get_meta, set_meta
from edge_agent.core.remote_config import Overlay, Standing, State
from endcap.plumbing import audit_log
from endcap.plumbing.files import write_atomically
from endcap.plumbing.masking import masked
from endcap.plumbing.sqlite_file import SqliteFile

NAME = "remote.json"
CENTRE, STORE = "the centre", "the store"
_NOTED = "remote_noted"
_LONGEST = 300
_DAMAGED = "the file of settings from afar was damaged; the store's own file alone is at work"
_standing = TypeAdapter(Standing)


class RemoteFile:
    """The file `remote.json` in the store's folder. Only its owner may read it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME

    def read(self) -> Standing:
        """Return where settings from afar stand; a damaged file counts as none."""
        try:
            return _standing.validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return Standing()
        except (OSError, ValidationError):
            return Standing(problem=_DAMAGED)

    def write(self, standing: Standing) -> None:
        """Keep where settings from afar stand.

        Raises:
            OSError: the folder cannot be written.
        """
        write_atomically(self._path, _standing.dump_json(standing, indent=2), mode=0o600)


class RemoteBook:
    """Keeps the promises of edge_agent.ports.remote.SettingsBook."""

    def __init__(self, remote: RemoteFile, file: SqliteFile) -> None:
        self._remote = remote
        self._file = file

    async def standing(self) -> Standing:
        """Return where settings from afar stand."""
        return await asyncio.to_thread(self._remote.read)

    async def keep(self, standing: Standing, at: datetime) -> None:
        """Keep where they stand, then note what changed."""
        await asyncio.to_thread(self._remote.write, standing)
        await self._file.write(lambda db: _note(db, standing, at))

    async def settle(self, at: datetime) -> Standing:
        """Note what changed and was not noted; return where they stand."""
        standing = await self.standing()
        await self._file.write(lambda db: _note(db, standing, at))
        return standing


def told(db: sqlite3.Connection) -> dict[str, Any]:
    """Return what the store tells the centre: which settings are proven, which are refused."""
    noted = get_meta(db, _NOTED)
    if noted is None:
        return {}
    last = json.loads(noted)
    proven = last["previous" if last["state"] == State.ON_TRIAL.value else "current"]
    return {
        "config": proven["counter"],
        "config_refused": last["refused"],
        "config_problem": last["problem"][:_LONGEST],
    }


def _note(db: sqlite3.Connection, standing: Standing, at: datetime) -> None:
    """Note a change in the audit log, unless it was noted."""
    now, before = _told(standing), get_meta(db, _NOTED) or _told(Standing())
    if now != before:
        act = audit_log.Act(*_what(standing), before=before, after=now)
        audit_log.note(db, act, at)
        set_meta(db, _NOTED, now)


def _what(standing: Standing) -> tuple[str, str]:
    """Return who changed what: an order was obeyed, or the store went back by itself."""
    if standing.refused:
        return STORE, f"settings {standing.refused} are not in force: {standing.problem}"
    if standing.state is State.ON_TRIAL:
        return CENTRE, f"settings {standing.current.counter} are on trial"
    return STORE, f"settings {standing.current.counter} are in force"


def _told(standing: Standing) -> str:
    """Return a standing without secrets; how often the program started is not told."""
    told = {
        "state": standing.state.value,
        "current": _overlay(standing.current),
        "previous": _overlay(standing.previous),
        "refused": standing.refused,
        "problem": standing.problem,
    }
    return masked(json.dumps(told, sort_keys=True))


def _overlay(overlay: Overlay) -> dict[str, object]:
    return {"counter": overlay.counter, "settings": overlay.settings}
