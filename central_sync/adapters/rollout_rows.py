"""Reads rollouts, and what is known of the stores that matter to them, from the centre's database.

Works on any connection, so that the server, the commands and the dashboard read the same. Writes
nothing.
"""

import sqlite3
from datetime import datetime, timedelta

from central_sync.adapters.plan_file import plan_from_json
from central_sync.adapters.report_rows import report_of
from central_sync.core.rollouts.decision import Approval
from central_sync.core.rollouts.facts import Outcome, Store
from central_sync.core.rollouts.machine import Entry, Event, Rollout, replayed
from central_sync.ports.rollouts import KeptRollout

PRESENT = timedelta(minutes=5)
"""A store that was heard within this time can be heard; it tells its state every minute."""

_ROLLOUTS = "SELECT * FROM rollouts WHERE ?1 IS NULL OR rollout = ?1 ORDER BY rollout DESC LIMIT ?2"
_JOURNAL = "SELECT * FROM rollout_journal WHERE rollout = ? ORDER BY entry"
_APPROVALS = "SELECT wave, by FROM rollout_approvals WHERE rollout = ? ORDER BY at"
_LIVE = "SELECT release FROM releases WHERE signed_at IS NOT NULL AND revoked_at IS NULL"
_STORES = """
SELECT s.store, s.last_seen, a.release AS assigned, a.assigned AS assigned_at,
    json_extract(s.state, '$.release') AS serving,
    json_extract(s.state, '$.region') AS region, json_extract(s.state, '$.device') AS device,
    json_extract(s.state, '$.size') AS size,
    r.outcome, r.reason, r.kinds, w.given
FROM stores s
LEFT JOIN assignments a ON a.store = s.store
LEFT JOIN release_reports r ON r.release = :release AND r.store = s.store
LEFT JOIN (
    SELECT store, release AS given, max(wish) FROM rollout_wishes
    WHERE rollout = :rollout GROUP BY store
) w ON w.store = s.store
ORDER BY s.store
"""
ALL = -1


def read_rollouts(
    db: sqlite3.Connection, number: int | None = None, limit: int = ALL
) -> tuple[KeptRollout, ...]:
    """Return the rollouts, or the one given, newest first."""
    rows = db.execute(_ROLLOUTS, (number, limit)).fetchall()
    return tuple(_kept(db, row) for row in rows)


def read_stores(db: sqlite3.Connection, kept: KeptRollout, at: datetime) -> list[Store]:
    """Return every known store, as it matters to one rollout."""
    rollout = kept.rollout
    values = {"release": rollout.release, "rollout": rollout.number}
    return [_store(row, kept, at) for row in db.execute(_STORES, values)]


def live_releases(db: sqlite3.Connection) -> frozenset[int]:
    """Return the releases that stores can install."""
    return frozenset(row["release"] for row in db.execute(_LIVE))


def ways_back(db: sqlite3.Connection) -> dict[int, int]:
    """Return the releases that lead back, by the release they lead back from."""
    return {row["release"]: row["back"] for row in db.execute("SELECT * FROM ways_back")}


def _kept(db: sqlite3.Connection, row: sqlite3.Row) -> KeptRollout:
    """Return a row and its journal as a value."""
    number, started = row["rollout"], datetime.fromisoformat(row["started"])
    begun = Rollout(
        number=number,
        release=row["release"],
        since=started,
        base=row["base"],
        fallback=row["fallback"],
        started_by=row["started_by"],
    )
    journal = tuple(
        Entry(Event(one["event"]), datetime.fromisoformat(one["at"]), one["reason"], one["by"])
        for one in db.execute(_JOURNAL, (number,))
    )
    approvals = tuple(Approval(one["wave"], one["by"]) for one in db.execute(_APPROVALS, (number,)))
    return KeptRollout(
        replayed(begun, journal), plan_from_json(row["plan"]), started, journal, approvals
    )


def _store(row: sqlite3.Row, kept: KeptRollout, at: datetime) -> Store:
    """Return a row of the question about stores as a value."""
    rollout, report = kept.rollout, report_of(row)
    assigned, given = row["assigned"] or 0, row["given"]
    exposed = given is not None and given in (rollout.release, rollout.fallback)
    exposed = exposed or assigned == rollout.release or report.outcome >= Outcome.TRYING
    last_seen, assigned_at = row["last_seen"], row["assigned_at"]
    unheard = assigned_at is not None and last_seen < assigned_at
    return Store(
        store=row["store"],
        stratum=tuple(row[name] or "" for name in kept.plan.strata),
        assigned=assigned,
        serving=row["serving"] or 0,
        exposed=exposed,
        present=datetime.fromisoformat(last_seen) >= at - PRESENT,
        unheard_since=datetime.fromisoformat(assigned_at) if unheard else None,
        report=report,
    )
