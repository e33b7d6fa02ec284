"""What runs in the store now, gathered from its database and the models that serve.

Reads only; what of it is told, and when, is loops/report_state's.
"""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from edge_agent.adapters import remote_file
from edge_agent.ports.models import Models
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.commands import KindTrial, RunningModel, StoreState, Trial, UpdateStanding

_COUNTS = """
SELECT (SELECT count(*) FROM gaps WHERE closed IS NULL) AS open_gaps,
    (SELECT count(*) FROM outbox WHERE acked = 0) AS outbox_waiting,
    coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'outbox'), 0) AS last_seq
"""
_UPDATE = """
SELECT release, state, reason FROM update_journal WHERE state <> 'idle'
ORDER BY step DESC LIMIT 1
"""
_TRIAL = "SELECT release, stage, kinds FROM trial"
_ERRAND = """
SELECT counter AS errand, state AS errand_state, note AS errand_note FROM errands
ORDER BY number DESC LIMIT 1
"""
_SHOWN_FAILING = 50


@dataclass(frozen=True, slots=True)
class About:
    """What does not change while the agent runs; `region`, `device`, `size` as in StoreState."""

    store: str
    epoch: str
    agent: str
    kinds: Sequence[str]
    region: str = ""
    device: str = ""
    size: str = ""


class StoreStateTables:
    """Keeps the promises of edge_agent.ports.sync.StateSource."""

    def __init__(self, file: SqliteFile, models: Models, about: About) -> None:
        self._file = file
        self._models = models
        self._about = about

    async def state(self, at: datetime) -> StoreState:
        """Return the store's state at `at`."""
        site, about = self._models.current, self._about
        manifests = {kind: site.manifest(kind) for kind in about.kinds}
        running = {
            kind: RunningModel(version=found.version, sha256=found.model.sha256)
            for kind, found in manifests.items()
            if found is not None
        }
        return await self._file.read(
            lambda db: StoreState(
                store=about.store,
                epoch=about.epoch,
                at=at,
                agent=about.agent,
                release=site.release,
                models=running,
                update=_update(db, site.release),
                cameras={
                    row["camera"]: row["condition"]
                    for row in db.execute("SELECT camera, condition FROM camera_conditions")
                },
                failing=_failing(db),
                region=about.region,
                device=about.device,
                size=about.size,
                trial=_trial(db),
                **remote_file.told(db),
                **_errand(db),
                **dict(db.execute(_COUNTS).fetchone()),
            )
        )


def _update(db: sqlite3.Connection, release: int) -> UpdateStanding:
    """Return where the last update stands; a store that never had one is idle."""
    row = db.execute(_UPDATE).fetchone()
    if row is None:
        return UpdateStanding(state="idle", release=release)
    return UpdateStanding(**dict(row))


def _trial(db: sqlite3.Connection) -> Trial | None:
    """Return how the last release tried fared."""
    row = db.execute(_TRIAL).fetchone()
    if row is None:
        return None
    kinds = {kind: KindTrial(**one) for kind, one in json.loads(row["kinds"]).items()}
    return Trial(release=row["release"], stage=row["stage"], kinds=kinds)


def _errand(db: sqlite3.Connection) -> dict[str, Any]:
    """Return the last errand and where it stands."""
    row = db.execute(_ERRAND).fetchone()
    return dict(row) if row else {}


def _failing(db: sqlite3.Connection) -> tuple[str, ...]:
    rows = db.execute("SELECT part FROM health ORDER BY part LIMIT ?", (_SHOWN_FAILING,))
    return tuple(row["part"] for row in rows)
