"""The centre's tables of in-store media; schema.py makes them. Money is in micros."""

TABLES = """
-- Campaigns as people planned them, and the journal of what was ordered of each.
CREATE TABLE media_campaigns (
    campaign TEXT PRIMARY KEY, plan TEXT NOT NULL, budget INTEGER NOT NULL,
    first TEXT NOT NULL, last TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('draft', 'running', 'paused', 'ended')),
    since TEXT NOT NULL, made_by TEXT NOT NULL, made_at TEXT NOT NULL
) STRICT;
CREATE TABLE media_journal (
    campaign TEXT NOT NULL REFERENCES media_campaigns (campaign), entry INTEGER NOT NULL,
    event TEXT NOT NULL, at TEXT NOT NULL, by TEXT NOT NULL, reason TEXT NOT NULL,
    PRIMARY KEY (campaign, entry)
) STRICT, WITHOUT ROWID;
-- What may be played at each place, by the place's name.
CREATE TABLE media_slots (slot TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
-- Leases with what the ledger holds of each. `told_plays` and `told_spent` are what the store said
-- when it closed it; `settled_at` is when both agreed and the rest went back: that stays.
CREATE TABLE media_leases (
    lease TEXT PRIMARY KEY, campaign TEXT NOT NULL, store TEXT NOT NULL, amount INTEGER NOT NULL,
    first TEXT NOT NULL, until TEXT NOT NULL, granted_at TEXT NOT NULL,
    origin TEXT NOT NULL CHECK (origin IN ('granted', 'recalled', 'closed')),
    plays INTEGER NOT NULL DEFAULT 0, spent INTEGER NOT NULL DEFAULT 0,
    told_plays INTEGER, told_spent INTEGER, told_at TEXT, settled_at TEXT
) STRICT;
CREATE INDEX media_leases_by_campaign ON media_leases (campaign, store, until);
CREATE INDEX media_leases_unsettled ON media_leases (store) WHERE settled_at IS NULL;
-- What the centre once told a store that its settled leases cost: after the centre was restored
-- from an older copy, the store's money is counted no lower.
CREATE TABLE media_floors (
    campaign TEXT NOT NULL, store TEXT NOT NULL, spent INTEGER NOT NULL,
    PRIMARY KEY (campaign, store)
) STRICT, WITHOUT ROWID;
-- The ledger: every play once. `flag` says what is wrong with it; empty is nothing.
CREATE TABLE media_plays (
    play TEXT PRIMARY KEY, store TEXT NOT NULL, campaign TEXT, lease TEXT, gtin TEXT NOT NULL,
    slot TEXT NOT NULL, at TEXT NOT NULL, price INTEGER NOT NULL, policy TEXT NOT NULL,
    propensity REAL NOT NULL, relevance REAL NOT NULL, flag TEXT NOT NULL, received_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX media_plays_by_lease ON media_plays (lease) WHERE lease IS NOT NULL;
CREATE INDEX media_plays_by_campaign ON media_plays (campaign, at);
CREATE INDEX media_plays_flagged ON media_plays (campaign) WHERE flag <> '';
-- What came of plays, once each; it may come before its play.
CREATE TABLE media_outcomes (
    play TEXT NOT NULL, what TEXT NOT NULL, at TEXT NOT NULL, units REAL NOT NULL,
    amount INTEGER NOT NULL, PRIMARY KEY (play, what)
) STRICT, WITHOUT ROWID;
-- The same in sum, by day (UTC) and whether the place was held out; kept as plays come.
CREATE TABLE media_sums (
    campaign TEXT NOT NULL, store TEXT NOT NULL, day TEXT NOT NULL, slot TEXT NOT NULL,
    held_out INTEGER NOT NULL, plays INTEGER NOT NULL, spend INTEGER NOT NULL,
    tapped INTEGER NOT NULL DEFAULT 0, bought INTEGER NOT NULL DEFAULT 0,
    revenue INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (campaign, day, store, slot, held_out)
) STRICT, WITHOUT ROWID;
-- How many plays of every kind a store has on a day, by the hour (UTC), and how late they came.
CREATE TABLE media_rhythm (
    store TEXT NOT NULL, day TEXT NOT NULL, hour INTEGER NOT NULL, plays INTEGER NOT NULL,
    late_seconds REAL NOT NULL, PRIMARY KEY (store, day, hour)
) STRICT, WITHOUT ROWID;
CREATE INDEX media_rhythm_by_day ON media_rhythm (day);
-- The last signed word to each store; `news` counts what may be news for it, and `said` is that
-- count as it was when the word was made.
CREATE TABLE media_orders (
    store TEXT PRIMARY KEY, counter INTEGER NOT NULL DEFAULT 0, digest TEXT NOT NULL DEFAULT '',
    expires TEXT, envelope BLOB, told_at TEXT,
    news INTEGER NOT NULL DEFAULT 1, said INTEGER NOT NULL DEFAULT 0
) STRICT;
"""
