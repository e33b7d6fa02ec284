"""The centre's tables of experiments; schema.py makes them."""

TABLES = """
-- Experiments as people planned them, where they stand, and the journal of what happened to each.
CREATE TABLE experiments (
    experiment TEXT PRIMARY KEY, plan TEXT NOT NULL, salt TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('running', 'stopped', 'ended')),
    since TEXT NOT NULL
) STRICT;
CREATE TABLE experiment_journal (
    entry INTEGER PRIMARY KEY AUTOINCREMENT,
    experiment TEXT NOT NULL REFERENCES experiments (experiment),
    event TEXT NOT NULL, at TEXT NOT NULL, by TEXT NOT NULL, reason TEXT NOT NULL
) STRICT;
-- What each store told last of an experiment: sums from its first day to the end of `day`.
CREATE TABLE experiment_words (
    experiment TEXT NOT NULL, store TEXT NOT NULL, day TEXT NOT NULL, revision INTEGER NOT NULL,
    arms TEXT NOT NULL, PRIMARY KEY (experiment, store)
) STRICT, WITHOUT ROWID;
-- The last signed word to each store; `said` is the last entry of the journal it knows of.
CREATE TABLE experiment_orders (
    store TEXT PRIMARY KEY, counter INTEGER NOT NULL DEFAULT 0, digest TEXT NOT NULL DEFAULT '',
    expires TEXT, envelope BLOB, told_at TEXT, said INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
"""
