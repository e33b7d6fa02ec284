"""The tables of the centre's database, as a list of migrations that only grows.

Each migration runs in one transaction with the record that it ran. A released one never changes.
"""

import sqlite3

from central_sync.adapters import (
    schema_experiments,
    schema_media,
    schema_review,
    schema_searches,
)
from endcap.plumbing import audit_log
from endcap.plumbing.sqlite_tools import Database, Migrations

migrations = Migrations("central_sync")

_FIRST = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

CREATE TABLE stores (
    store TEXT PRIMARY KEY, first_seen TEXT NOT NULL, last_seen TEXT NOT NULL,
    epoch TEXT, state TEXT, state_at TEXT
) STRICT;
CREATE TABLE events (
    store TEXT NOT NULL, epoch TEXT NOT NULL, seq INTEGER NOT NULL,
    kind TEXT NOT NULL, priority INTEGER NOT NULL, time TEXT NOT NULL, clock_ok INTEGER NOT NULL,
    received_at TEXT NOT NULL, body TEXT NOT NULL,
    attributes TEXT, arrival INTEGER NOT NULL,
    PRIMARY KEY (store, epoch, seq)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX events_by_arrival ON events (arrival);
CREATE INDEX events_by_kind ON events (kind, time);
CREATE TABLE committed (
    store TEXT NOT NULL, epoch TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    PRIMARY KEY (store, epoch, first)
) STRICT, WITHOUT ROWID;
CREATE TABLE forgotten ( -- committed events that are in the lake alone
    store TEXT NOT NULL, epoch TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    PRIMARY KEY (store, epoch, first)
) STRICT, WITHOUT ROWID;
CREATE TABLE losses (
    store TEXT NOT NULL, epoch TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    reason TEXT NOT NULL, told_at TEXT NOT NULL,
    PRIMARY KEY (store, epoch, first, last)
) STRICT, WITHOUT ROWID;
CREATE TABLE dead_letters (
    letter INTEGER PRIMARY KEY, store TEXT NOT NULL, epoch TEXT, seq INTEGER,
    form TEXT NOT NULL CHECK (form IN ('event', 'batch', 'state')),
    reason TEXT NOT NULL, raw TEXT NOT NULL, digest TEXT NOT NULL UNIQUE, at TEXT NOT NULL,
    replayed_at TEXT
) STRICT;
CREATE INDEX dead_letters_by_place ON dead_letters (store, epoch, seq);

CREATE TABLE gaps (
    store TEXT NOT NULL, camera TEXT NOT NULL, facing TEXT NOT NULL, gtin TEXT,
    opened TEXT NOT NULL, closed TEXT, PRIMARY KEY (store, camera, facing, opened)
) STRICT, WITHOUT ROWID;
CREATE TABLE facing_sights (
    store TEXT NOT NULL, camera TEXT NOT NULL, facing TEXT NOT NULL, gtin TEXT,
    since TEXT NOT NULL, reason TEXT NOT NULL, -- why nothing is known of it; '' where it is
    epoch TEXT NOT NULL, seq INTEGER NOT NULL, told TEXT NOT NULL,
    PRIMARY KEY (store, camera, facing)
) STRICT, WITHOUT ROWID;
CREATE TABLE lake_files (
    file TEXT PRIMARY KEY, kind TEXT NOT NULL, store TEXT NOT NULL, epoch TEXT NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL, rows INTEGER NOT NULL, bytes INTEGER NOT NULL,
    written_at TEXT NOT NULL
) STRICT;
CREATE INDEX lake_files_by_place ON lake_files (kind, store, epoch, first);
CREATE TABLE lake_leftovers (file TEXT PRIMARY KEY, since TEXT NOT NULL) STRICT;

CREATE TABLE model_versions (
    kind TEXT NOT NULL, version TEXT NOT NULL, folder TEXT NOT NULL, sha256 TEXT NOT NULL,
    created TEXT NOT NULL, manifest TEXT NOT NULL, PRIMARY KEY (kind, version)
) STRICT;
CREATE TABLE model_aliases (
    kind TEXT NOT NULL, alias TEXT NOT NULL CHECK (alias IN ('champion', 'candidate')),
    version TEXT NOT NULL, since TEXT NOT NULL, PRIMARY KEY (kind, alias),
    FOREIGN KEY (kind, version) REFERENCES model_versions (kind, version)
) STRICT;
CREATE TABLE trainings (
    training INTEGER PRIMARY KEY, kind TEXT NOT NULL, started TEXT NOT NULL, finished TEXT,
    outcome TEXT NOT NULL CHECK (outcome IN ('running', 'promoted', 'rejected', 'failed')),
    reason TEXT NOT NULL, version TEXT, metric TEXT, candidate REAL, champion REAL, rows INTEGER,
    events INTEGER NOT NULL, cause TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE training_parts (
    training INTEGER NOT NULL REFERENCES trainings (training), place INTEGER NOT NULL,
    by TEXT NOT NULL, name TEXT NOT NULL, rows INTEGER NOT NULL, share REAL NOT NULL,
    candidate REAL NOT NULL, champion REAL, low REAL, high REAL,
    PRIMARY KEY (training, by, place)
) STRICT, WITHOUT ROWID;
CREATE TABLE releases (
    release INTEGER PRIMARY KEY, created TEXT NOT NULL, signed_at TEXT, revoked_at TEXT,
    manifest TEXT NOT NULL, notes TEXT NOT NULL
) STRICT;
CREATE TABLE assignments (
    store TEXT PRIMARY KEY, release INTEGER NOT NULL REFERENCES releases (release),
    assigned TEXT NOT NULL, told_at TEXT,
    counter INTEGER NOT NULL DEFAULT 0, expires TEXT, envelope BLOB -- of the last signed word
) STRICT;
CREATE TABLE ways_back (
    release INTEGER PRIMARY KEY REFERENCES releases (release),
    back INTEGER NOT NULL UNIQUE REFERENCES releases (release)
) STRICT;
CREATE TABLE release_reports (
    store TEXT NOT NULL, release INTEGER NOT NULL, outcome INTEGER NOT NULL, reason TEXT NOT NULL,
    kinds TEXT, PRIMARY KEY (release, store)
) STRICT, WITHOUT ROWID;
CREATE TABLE rollouts (
    rollout INTEGER PRIMARY KEY, release INTEGER NOT NULL REFERENCES releases (release),
    base INTEGER NOT NULL, fallback INTEGER NOT NULL, plan TEXT NOT NULL,
    started_by TEXT NOT NULL, started TEXT NOT NULL
) STRICT;
CREATE TABLE rollout_journal (
    rollout INTEGER NOT NULL REFERENCES rollouts (rollout), entry INTEGER NOT NULL,
    event TEXT NOT NULL, at TEXT NOT NULL, reason TEXT NOT NULL, by TEXT NOT NULL,
    PRIMARY KEY (rollout, entry)
) STRICT, WITHOUT ROWID;
CREATE TABLE rollout_approvals (
    rollout INTEGER NOT NULL REFERENCES rollouts (rollout), wave INTEGER NOT NULL,
    by TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (rollout, wave, by)
) STRICT, WITHOUT ROWID;
CREATE TABLE rollout_wishes (
    wish INTEGER PRIMARY KEY, rollout INTEGER NOT NULL REFERENCES rollouts (rollout),
    store TEXT NOT NULL, release INTEGER NOT NULL, wave INTEGER NOT NULL,
    at TEXT NOT NULL, reason TEXT NOT NULL
) STRICT;
CREATE INDEX rollout_wishes_by_store ON rollout_wishes (rollout, store);

-- How forecasts fared, per store, day and item group ('' is the whole store); of the fleet in sum.
CREATE TABLE forecast_scores (
    store TEXT NOT NULL, item_group TEXT NOT NULL, day TEXT NOT NULL,
    release INTEGER NOT NULL, model TEXT NOT NULL, items INTEGER NOT NULL, covered INTEGER,
    units REAL NOT NULL, absolute_error REAL NOT NULL, error REAL NOT NULL,
    judged INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (store, item_group, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX forecast_scores_of_stores
    ON forecast_scores (day, store, units, absolute_error, error) WHERE item_group = '';
CREATE INDEX forecast_scores_unjudged ON forecast_scores (store) WHERE judged = 0;
CREATE TABLE fleet_scores (
    item_group TEXT NOT NULL, day TEXT NOT NULL, stores INTEGER NOT NULL, items INTEGER NOT NULL,
    asked INTEGER NOT NULL, covered INTEGER NOT NULL,
    units REAL NOT NULL, absolute_error REAL NOT NULL, error REAL NOT NULL,
    PRIMARY KEY (item_group, day)
) STRICT, WITHOUT ROWID;
CREATE TABLE drift_watches (
    store TEXT NOT NULL, item_group TEXT NOT NULL, watch TEXT NOT NULL,
    PRIMARY KEY (store, item_group)
) STRICT, WITHOUT ROWID;
CREATE TABLE drift_alarms (
    alarm INTEGER PRIMARY KEY, store TEXT NOT NULL, item_group TEXT NOT NULL, sign TEXT NOT NULL,
    since TEXT NOT NULL, opened TEXT NOT NULL, opened_at TEXT NOT NULL, why TEXT NOT NULL,
    closed TEXT, closed_at TEXT, UNIQUE (store, item_group, sign, opened)
) STRICT;
CREATE INDEX drift_alarms_open ON drift_alarms (opened) WHERE closed IS NULL;

-- What stores were ordered from afar, and the last signed word of it.
CREATE TABLE config_orders (
    store TEXT PRIMARY KEY, counter INTEGER NOT NULL, settings TEXT NOT NULL,
    ordered_by TEXT NOT NULL, ordered_at TEXT NOT NULL, reason TEXT NOT NULL,
    expires TEXT, envelope BLOB, told_at TEXT
) STRICT;
CREATE TABLE errand_orders (
    store TEXT NOT NULL, counter INTEGER NOT NULL, errand TEXT NOT NULL, reason TEXT NOT NULL,
    issued TEXT NOT NULL, expires TEXT NOT NULL, ordered_by TEXT NOT NULL,
    envelope BLOB, told_at TEXT, PRIMARY KEY (store, counter)
) STRICT;
CREATE TABLE bundles (
    store TEXT NOT NULL, counter INTEGER NOT NULL, received TEXT NOT NULL, size INTEGER NOT NULL,
    sha256 TEXT NOT NULL, PRIMARY KEY (store, counter)
) STRICT, WITHOUT ROWID;

-- What people said of the days to come, by whom it is for: all, a region, a store. Each change of a
-- part is a new revision. `feeds` is the last word to each store.
CREATE TABLE feed_parts (
    audience TEXT PRIMARY KEY, revision INTEGER NOT NULL, body TEXT NOT NULL DEFAULT '{}',
    said_by TEXT NOT NULL, said_at TEXT NOT NULL
) STRICT;
CREATE TABLE feed_events (
    audience TEXT NOT NULL, day TEXT NOT NULL, name TEXT NOT NULL, effect REAL,
    said_by TEXT NOT NULL, said_at TEXT NOT NULL, PRIMARY KEY (audience, day, name)
) STRICT;
CREATE TABLE feeds (
    store TEXT PRIMARY KEY, version INTEGER NOT NULL, digest TEXT NOT NULL, told_at TEXT
) STRICT;

-- Who the stores are: what was issued, to which key, and what counts no more.
CREATE TABLE certificates (
    serial TEXT PRIMARY KEY, store TEXT NOT NULL, key TEXT NOT NULL, parent TEXT,
    issued_at TEXT NOT NULL, not_after TEXT NOT NULL, content TEXT NOT NULL,
    revoked_at TEXT, reason TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX certificates_by_store ON certificates (store, issued_at);
CREATE INDEX certificates_by_parent ON certificates (parent) WHERE parent IS NOT NULL;
CREATE TABLE revoked_stores (
    store TEXT PRIMARY KEY, revoked_at TEXT NOT NULL, reason TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE enrolment_tokens (
    hash TEXT PRIMARY KEY, store TEXT NOT NULL, made_at TEXT NOT NULL, expires TEXT NOT NULL,
    used_at TEXT, serial TEXT REFERENCES certificates (serial), refused INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE TABLE allowed_keys (
    store TEXT NOT NULL, key TEXT NOT NULL, allowed_at TEXT NOT NULL,
    used_at TEXT, serial TEXT REFERENCES certificates (serial), PRIMARY KEY (store, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE enrolment_requests (
    request TEXT PRIMARY KEY, store TEXT NOT NULL, key TEXT NOT NULL, csr TEXT NOT NULL,
    asked_at TEXT NOT NULL, asked_from TEXT NOT NULL,
    standing TEXT NOT NULL CHECK (standing IN ('waiting', 'accepted', 'refused')),
    decided_at TEXT, serial TEXT REFERENCES certificates (serial)
) STRICT, WITHOUT ROWID;
"""


@migrations()
def first_tables(db: Database) -> None:
    """Make every table of the first release."""
    tables = _FIRST + schema_media.TABLES + schema_experiments.TABLES + schema_searches.TABLES
    tables += schema_review.TABLES + audit_log.TABLE
    for statement in tables.split(";\n"):
        if statement.strip():
            db.execute(statement)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the schema of `connection` up to date."""
    migrations.apply(Database(connection))
