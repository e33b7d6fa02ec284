"""The tables of the store's database, as a list of migrations that only grows.

Each migration runs in one transaction with the record that it ran. A released one never changes.
"""

import sqlite3

from edge_agent.adapters import schema_access, schema_media, schema_review, schema_shoppers
from endcap.plumbing import audit_log
from endcap.plumbing.sqlite_tools import Database, Migrations

migrations = Migrations("edge_agent")

_FIRST = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    priority INTEGER NOT NULL,
    time TEXT NOT NULL,
    clock_ok INTEGER NOT NULL,
    body TEXT NOT NULL,
    acked INTEGER NOT NULL DEFAULT 0 -- 0 waits; else the Unix second in which the centre had it
) STRICT;
CREATE INDEX outbox_waiting ON outbox (priority, seq) WHERE acked = 0;
CREATE INDEX outbox_oldest ON outbox (seq) WHERE acked = 0;

-- What the centre was told lost; `told` is the event that told it.
CREATE TABLE lost_events (
    first INTEGER PRIMARY KEY, last INTEGER NOT NULL, told INTEGER NOT NULL
) STRICT;

-- The parts that fail now.
CREATE TABLE health (
    part TEXT PRIMARY KEY, code TEXT NOT NULL, detail TEXT NOT NULL, since TEXT NOT NULL
) STRICT;

CREATE TABLE items (
    gtin TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    brand TEXT NOT NULL DEFAULT '',
    department TEXT NOT NULL DEFAULT '',
    category TEXT NOT NULL DEFAULT '',
    size TEXT NOT NULL DEFAULT '',
    price REAL,
    diets TEXT NOT NULL DEFAULT '', -- those it is known to suit; what is not said is not known
    age INTEGER NOT NULL DEFAULT 0 -- the least age of who may buy it
) STRICT;
-- Counts what was changed of items, so that who keeps a copy need not read them to see that.
CREATE TABLE item_changes (number INTEGER NOT NULL) STRICT;
INSERT INTO item_changes VALUES (0);
CREATE TRIGGER items_added AFTER INSERT ON items BEGIN
    UPDATE item_changes SET number = number + 1; END;
CREATE TRIGGER items_altered AFTER UPDATE ON items BEGIN
    UPDATE item_changes SET number = number + 1; END;
CREATE TRIGGER items_removed AFTER DELETE ON items BEGIN
    UPDATE item_changes SET number = number + 1; END;
CREATE TABLE prices (
    gtin TEXT NOT NULL, since TEXT NOT NULL, price REAL NOT NULL, PRIMARY KEY (gtin, since)
) STRICT;
CREATE TABLE promotions (
    gtin TEXT NOT NULL, first TEXT NOT NULL, last TEXT NOT NULL, discount REAL NOT NULL,
    PRIMARY KEY (gtin, first)
) STRICT;
CREATE TABLE weather (day TEXT PRIMARY KEY, temperature REAL NOT NULL, rain REAL NOT NULL) STRICT;
-- What each source says of days and prices, the most believed first by `rank`, and what `version`
-- each source is at. Of each key the first stands in prices, promotions, weather, local_events or
-- calendar_days, whose `source` names it.
CREATE TABLE feed_sayings (
    subject TEXT NOT NULL, key TEXT NOT NULL, rank INTEGER NOT NULL, source TEXT NOT NULL,
    said TEXT NOT NULL, until TEXT NOT NULL, told_at TEXT NOT NULL,
    PRIMARY KEY (subject, key, rank)
) STRICT, WITHOUT ROWID;
CREATE INDEX feed_sayings_by_source ON feed_sayings (source, subject, until);
CREATE TABLE feed_sources (
    source TEXT PRIMARY KEY, version INTEGER NOT NULL, told_at TEXT NOT NULL,
    heard_at TEXT NOT NULL
) STRICT;
CREATE TABLE local_events (
    day TEXT NOT NULL, name TEXT NOT NULL, effect REAL, source TEXT NOT NULL DEFAULT 'centre',
    PRIMARY KEY (day, name)
) STRICT;
CREATE TABLE calendar_days (
    day TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL DEFAULT '',
    source TEXT NOT NULL DEFAULT 'centre', PRIMARY KEY (day, kind)
) STRICT;

-- How an item is bought in; `delivery_days` are the weekdays of its lorry, 0 (Monday) to 6.
CREATE TABLE supply (
    gtin TEXT PRIMARY KEY, case_pack REAL NOT NULL DEFAULT 1, lead_days INTEGER NOT NULL DEFAULT 1,
    shelf_life_days INTEGER, unit_cost REAL, minimum_units REAL NOT NULL DEFAULT 0,
    delivery_days TEXT NOT NULL DEFAULT '0123456', order_by TEXT NOT NULL DEFAULT '23:59'
) STRICT;
-- What was ordered and is due, or has come; `received_at` is NULL while it is on its way.
CREATE TABLE deliveries (
    delivery TEXT NOT NULL, gtin TEXT NOT NULL, due TEXT NOT NULL, units REAL NOT NULL,
    received_at TEXT, expires TEXT, PRIMARY KEY (delivery, gtin)
) STRICT;
CREATE INDEX deliveries_by_due ON deliveries (due, gtin);
-- Units on hand by the day they expire, as last counted.
CREATE TABLE batches (
    gtin TEXT NOT NULL, expires TEXT NOT NULL, units REAL NOT NULL, counted_at TEXT NOT NULL,
    PRIMARY KEY (gtin, expires)
) STRICT;

-- What the store proposes, and where it stands: open, accepted, changed, rejected or over.
CREATE TABLE proposals (
    proposal TEXT PRIMARY KEY, what TEXT NOT NULL, gtin TEXT NOT NULL, day TEXT NOT NULL,
    amount REAL, rank REAL NOT NULL, until TEXT NOT NULL, since TEXT,
    reasons TEXT NOT NULL, figures TEXT NOT NULL, made_at TEXT NOT NULL,
    state TEXT NOT NULL, decided REAL, decided_at TEXT
) STRICT;
CREATE INDEX proposals_by_state ON proposals (state, what, rank);
CREATE INDEX proposals_by_day ON proposals (day, what, rank);
-- Every decision of a person, in order.
CREATE TABLE proposal_decisions (
    step INTEGER PRIMARY KEY AUTOINCREMENT, proposal TEXT NOT NULL, decision TEXT NOT NULL,
    proposed REAL, decided REAL, reason TEXT NOT NULL, at TEXT NOT NULL
) STRICT;
-- Orders that people agreed to, and the file in which each goes out.
CREATE TABLE order_lines (
    line INTEGER PRIMARY KEY AUTOINCREMENT, proposal TEXT NOT NULL UNIQUE, gtin TEXT NOT NULL,
    units REAL NOT NULL, cases REAL NOT NULL, ordered TEXT NOT NULL, arrives TEXT NOT NULL,
    file TEXT, dropped_at TEXT
) STRICT;
CREATE INDEX order_lines_waiting ON order_lines (file) WHERE dropped_at IS NULL;
-- Prices lowered until `last`; `before` is what they go back to.
CREATE TABLE markdowns (
    gtin TEXT NOT NULL, since TEXT NOT NULL, price REAL NOT NULL, before REAL NOT NULL,
    last TEXT NOT NULL, ended_at TEXT, PRIMARY KEY (gtin, since)
) STRICT;

CREATE TABLE facings (
    camera TEXT NOT NULL, facing TEXT NOT NULL, gtin TEXT,
    x REAL NOT NULL, y REAL NOT NULL, w REAL NOT NULL, h REAL NOT NULL,
    PRIMARY KEY (camera, facing)
) STRICT;
CREATE INDEX facings_by_item ON facings (gtin);
-- Crops (RGB, side * side * 3 bytes) that a person or time vouched for, with the place and item
-- they are of; one that came before its facing was planned takes them from it then.
CREATE TABLE facing_references (
    camera TEXT NOT NULL, facing TEXT NOT NULL, state TEXT NOT NULL,
    side INTEGER NOT NULL, crop BLOB NOT NULL, taken_at TEXT NOT NULL,
    gtin TEXT, x REAL, y REAL, w REAL, h REAL,
    PRIMARY KEY (camera, facing, state)
) STRICT;
CREATE TRIGGER facing_references_placed AFTER INSERT ON facings BEGIN
    UPDATE facing_references SET gtin = new.gtin, x = new.x, y = new.y, w = new.w, h = new.h
    WHERE camera = new.camera AND facing = new.facing AND x IS NULL; END;
-- A small grey copy (PNG) of what each camera saw when its facings were drawn.
CREATE TABLE camera_views (
    camera TEXT PRIMARY KEY, picture BLOB NOT NULL, taken_at TEXT NOT NULL
) STRICT;
CREATE TABLE gaps (
    camera TEXT NOT NULL, facing TEXT NOT NULL, gtin TEXT,
    opened TEXT NOT NULL, closed TEXT, probability REAL NOT NULL,
    ended TEXT, lost REAL, -- who ended it: camera, person, planogram; the units it probably cost
    PRIMARY KEY (camera, facing, opened)
) STRICT;
CREATE INDEX gaps_open ON gaps (camera, facing) WHERE closed IS NULL;
CREATE INDEX gaps_by_item ON gaps (gtin, opened);
-- What each facing is, and every change of it. `opened` is since when a gap stands open, `said_at`
-- when a person said so.
CREATE TABLE facing_states (
    camera TEXT NOT NULL, facing TEXT NOT NULL, state TEXT NOT NULL, since TEXT NOT NULL,
    reason TEXT NOT NULL, opened TEXT, said_at TEXT, PRIMARY KEY (camera, facing)
) STRICT;
CREATE TABLE facing_journal (
    step INTEGER PRIMARY KEY AUTOINCREMENT, camera TEXT NOT NULL, facing TEXT NOT NULL, gtin TEXT,
    state TEXT NOT NULL, since TEXT NOT NULL, reason TEXT NOT NULL, seer TEXT NOT NULL,
    probability REAL, frames INTEGER, picture TEXT, at TEXT NOT NULL
) STRICT;
CREATE INDEX facing_journal_by_facing ON facing_journal (camera, facing, step);
CREATE TABLE camera_conditions (
    camera TEXT PRIMARY KEY, condition TEXT NOT NULL, since TEXT NOT NULL, detail TEXT NOT NULL
) STRICT;

CREATE TABLE feed_files (
    file TEXT PRIMARY KEY, sha256 TEXT NOT NULL, accepted INTEGER NOT NULL,
    refused INTEGER NOT NULL, read_at TEXT NOT NULL
) STRICT;
CREATE TABLE refused_rows (
    file TEXT NOT NULL, line INTEGER NOT NULL, reason TEXT NOT NULL, raw TEXT NOT NULL,
    PRIMARY KEY (file, line)
) STRICT;
-- Rows that were taken in with something assumed, such as which of two hours was meant.
CREATE TABLE noted_rows (
    file TEXT NOT NULL, line INTEGER NOT NULL, note TEXT NOT NULL, PRIMARY KEY (file, line)
) STRICT;
CREATE TABLE sale_lines (
    transaction_id TEXT NOT NULL, line INTEGER NOT NULL,
    gtin TEXT NOT NULL, units REAL NOT NULL, amount REAL NOT NULL,
    sold_at TEXT NOT NULL, day TEXT NOT NULL, shopper TEXT,
    promotion INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (transaction_id, line)
) STRICT, WITHOUT ROWID;
CREATE INDEX sale_lines_by_day ON sale_lines (day, gtin);
-- It has all that a shopper's past is made of, so that lines need not be looked up one by one.
CREATE INDEX sale_lines_by_shopper ON sale_lines
    (shopper, transaction_id, day, sold_at, gtin, units) WHERE shopper IS NOT NULL;
CREATE TABLE day_sales (
    day TEXT NOT NULL, gtin TEXT NOT NULL, units REAL NOT NULL, returns REAL NOT NULL,
    revenue REAL NOT NULL, price REAL, promotion INTEGER NOT NULL, in_stock REAL NOT NULL,
    PRIMARY KEY (gtin, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX day_sales_by_day ON day_sales (day);
-- The days whose tally, baskets or score must be worked out again.
CREATE TABLE changed_days (
    what TEXT NOT NULL, day TEXT NOT NULL, changes INTEGER NOT NULL, PRIMARY KEY (what, day)
) STRICT, WITHOUT ROWID;
CREATE TABLE tallies (
    what TEXT NOT NULL, day TEXT NOT NULL, revision INTEGER NOT NULL, digest TEXT NOT NULL,
    told_at TEXT NOT NULL, PRIMARY KEY (what, day)
) STRICT;

CREATE TABLE stock (gtin TEXT PRIMARY KEY, on_hand REAL NOT NULL, counted_at TEXT NOT NULL) STRICT;
CREATE INDEX stock_gone ON stock (gtin) WHERE on_hand <= 0;
CREATE TABLE forecasts (
    gtin TEXT NOT NULL, day TEXT NOT NULL, made_at TEXT NOT NULL, made_for TEXT NOT NULL,
    release INTEGER NOT NULL, model TEXT NOT NULL,
    expected REAL NOT NULL, quantiles TEXT NOT NULL,
    basis TEXT NOT NULL DEFAULT 'history', -- or what else it leans on: 'alike', 'chain'
    at_least_one REAL, -- the probability that it sells at all
    reasons TEXT NOT NULL DEFAULT '[]', -- what moved the whole day, as lines for people
    PRIMARY KEY (gtin, day)
) STRICT, WITHOUT ROWID;
-- What the standing forecasts of an item were made from, to say what moves them: the model's input
-- as float32, a column after the other, compressed; its first row is of the day `first`. `events`
-- lists by what each day was multiplied for its local events.
CREATE TABLE forecast_inputs (
    gtin TEXT PRIMARY KEY, release INTEGER NOT NULL, first TEXT NOT NULL, level REAL NOT NULL,
    whole INTEGER NOT NULL, events TEXT NOT NULL, rows BLOB NOT NULL
) STRICT;
CREATE TABLE forecast_scores (
    day TEXT PRIMARY KEY, release INTEGER NOT NULL, model TEXT NOT NULL, items INTEGER NOT NULL,
    units REAL NOT NULL, absolute_error REAL NOT NULL, error REAL NOT NULL, covered INTEGER,
    groups TEXT NOT NULL DEFAULT '[]'
) STRICT;
-- What the model itself said of a day to come, `lead` days before: kept until the day is learned
-- from. `figures` are float32, a row an item: mean, correction, too new, whole units, quantiles;
-- `event` is by what all were multiplied for local events.
CREATE TABLE drafts (
    day TEXT NOT NULL, lead INTEGER NOT NULL, release INTEGER NOT NULL, levels TEXT NOT NULL,
    event REAL NOT NULL, gtins TEXT NOT NULL, figures BLOB NOT NULL, PRIMARY KEY (day, lead)
) STRICT;
-- What sold and what the model expected of it, older days counting less; `name` is an item, a
-- category, or empty for the store, `bucket` how far ahead the forecasts were made.
CREATE TABLE level_sums (
    scope TEXT NOT NULL, name TEXT NOT NULL, bucket INTEGER NOT NULL,
    sold REAL NOT NULL, expected REAL NOT NULL, days REAL NOT NULL,
    PRIMARY KEY (scope, name, bucket)
) STRICT, WITHOUT ROWID;
-- By how much of its width an interval's edge must move, for items of a size.
CREATE TABLE interval_shifts (
    size INTEGER NOT NULL, bucket INTEGER NOT NULL, level REAL NOT NULL, shift REAL NOT NULL,
    PRIMARY KEY (size, bucket, level)
) STRICT;
-- What past days with a local event of a name sold, over what was expected of them without it.
CREATE TABLE event_effects (
    name TEXT PRIMARY KEY, days REAL NOT NULL, sum_log REAL NOT NULL
) STRICT;
-- When an item sells: units by hour, and for how much of the hour it was missing; older days count
-- less. `weekend` is 0 for Monday to Friday. An empty `gtin` counts the days themselves.
CREATE TABLE hour_sums (
    gtin TEXT NOT NULL, weekend INTEGER NOT NULL, hour INTEGER NOT NULL,
    units REAL NOT NULL, missing REAL NOT NULL, PRIMARY KEY (gtin, weekend, hour)
) STRICT, WITHOUT ROWID;
-- Why sales of a day count as less than the demand: who said that the item was missing, from when
-- to when, which share of its usual day that is, and how sure that is.
CREATE TABLE stock_outs (
    day TEXT NOT NULL, gtin TEXT NOT NULL, source TEXT NOT NULL, since TEXT NOT NULL,
    until TEXT NOT NULL, share REAL NOT NULL, chance REAL, detail TEXT NOT NULL,
    PRIMARY KEY (day, gtin, source, since)
) STRICT, WITHOUT ROWID;
-- Every count of stock, so that a day can be looked at again; `stock` has the latest.
CREATE TABLE stock_counts (
    gtin TEXT NOT NULL, counted_at TEXT NOT NULL, on_hand REAL NOT NULL,
    PRIMARY KEY (gtin, counted_at)
) STRICT, WITHOUT ROWID;
-- What all stores together sold of late, as the centre said it; parts of one origin at a time.
CREATE TABLE chain_parts (
    origin TEXT NOT NULL, part INTEGER NOT NULL, parts INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (origin, part)
) STRICT;

CREATE TABLE update_journal (
    step INTEGER PRIMARY KEY AUTOINCREMENT, release INTEGER NOT NULL, state TEXT NOT NULL,
    reason TEXT NOT NULL, steps INTEGER NOT NULL, counts TEXT NOT NULL, at TEXT NOT NULL
) STRICT;
-- The signed order that was taken last on each channel, and the keys that counted then.
CREATE TABLE orders (
    channel TEXT PRIMARY KEY, counter INTEGER NOT NULL, body TEXT NOT NULL, keys TEXT NOT NULL,
    taken_at TEXT NOT NULL
) STRICT;
-- What was asked for once; an errand that comes again is the same row.
CREATE TABLE errands (
    number INTEGER PRIMARY KEY, counter INTEGER NOT NULL, issued TEXT NOT NULL,
    errand TEXT NOT NULL, reason TEXT NOT NULL, expires TEXT NOT NULL,
    state TEXT NOT NULL, tries INTEGER NOT NULL, note TEXT NOT NULL, at TEXT NOT NULL,
    UNIQUE (counter, issued)
) STRICT;
-- The last release tried, in the shadow or on probation: how each kind of its models fared.
CREATE TABLE trial (
    one INTEGER PRIMARY KEY CHECK (one = 1), release INTEGER NOT NULL, stage TEXT NOT NULL,
    kinds TEXT NOT NULL
) STRICT;
-- How it fared where the truth is known by now.
CREATE TABLE trial_truths (
    kind TEXT PRIMARY KEY, release INTEGER NOT NULL, truths TEXT NOT NULL
) STRICT;
CREATE TABLE serving (
    one INTEGER PRIMARY KEY CHECK (one = 1), release INTEGER NOT NULL, manifest TEXT,
    previous_release INTEGER NOT NULL, previous_manifest TEXT, since TEXT NOT NULL
) STRICT;
"""


@migrations()
def first_tables(db: Database) -> None:
    """Make every table of the first release."""
    tables = (
        _FIRST
        + schema_shoppers.TABLES
        + schema_media.TABLES
        + schema_review.TABLES
        + schema_access.TABLES
        + audit_log.TABLE
    )
    for statement in tables.split(";\n"):
        if statement.strip():
            db.execute(statement)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the schema of `connection` up to date."""
    migrations.apply(Database(connection))
