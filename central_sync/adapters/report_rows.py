"""What each store told of each release, as rows that are joined with whatever comes.

States and events tell of the same things, in any order and more than once: the row is their join,
which core/rollouts/facts defines. Judges nothing.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from functools import lru_cache

from pydantic import TypeAdapter

from central_sync.core.rollouts.facts import Outcome, Report, outcome_of, reports_in
from endcap.wire.commands import KindTrial, StoreState
from endcap.wire.events import Event, UpdateAdvanced

_KINDS = TypeAdapter(dict[str, KindTrial])
_ONE = "SELECT outcome, reason, kinds FROM release_reports WHERE release = ? AND store = ?"
_KEEP = """
INSERT INTO release_reports (release, store, outcome, reason, kinds) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (release, store) DO UPDATE SET
    outcome = excluded.outcome, reason = excluded.reason, kinds = excluded.kinds
"""


def apply(db: sqlite3.Connection, events: Iterable[Event]) -> None:
    """Take in the events that tell of an update; others are passed over."""
    for one in events:
        if isinstance(one.body, UpdateAdvanced):
            report = Report(outcome_of(one.body.state), one.body.reason)
            _join(db, one.store, {one.body.release: report})


def note(db: sqlite3.Connection, state: StoreState) -> None:
    """Take in what a store's state tells of releases."""
    _join(db, state.store, reports_in(state))


def report_of(row: sqlite3.Row) -> Report:
    """Return a row's report; an empty one where the store told nothing."""
    if row["outcome"] is None:
        return Report()
    kinds = _kinds(row["kinds"]) if row["kinds"] else {}
    return Report(Outcome(row["outcome"]), row["reason"], kinds)


@lru_cache(maxsize=20_000)
def _kinds(text: str) -> Mapping[str, KindTrial]:
    """Return the trials in a row; a fleet's are read every few seconds and seldom change."""
    return _KINDS.validate_json(text)


def _join(db: sqlite3.Connection, store: str, told: Mapping[int, Report]) -> None:
    """Join what a store told with what it told before."""
    for release, report in told.items():
        row = db.execute(_ONE, (release, store)).fetchone()
        before = report_of(row) if row else Report()
        after = before.joined(report)
        if row is None or after != before:
            kinds = _KINDS.dump_json(dict(after.kinds)).decode() if after.kinds else None
            db.execute(_KEEP, (release, store, int(after.outcome), after.reason, kinds))
