"""The tables of in-store media; schema.py makes them. Money is in micros."""

TABLES = """
-- What the centre ordered last: campaigns and rules of places, as they came.
CREATE TABLE campaigns (campaign TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE slot_rules (slot TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
-- The order that stands in these tables.
CREATE TABLE media_order (
    one INTEGER PRIMARY KEY CHECK (one = 1), counter INTEGER NOT NULL, issued TEXT NOT NULL
) STRICT;
-- Budgets leased to this store; `spent` is what the plays of the lease cost, in the same write as
-- each play, so that it never passes `amount`. `closed_at` is when the centre was told.
CREATE TABLE leases (
    lease TEXT PRIMARY KEY, campaign TEXT NOT NULL, amount INTEGER NOT NULL,
    first TEXT NOT NULL, until TEXT NOT NULL, spent INTEGER NOT NULL DEFAULT 0,
    plays INTEGER NOT NULL DEFAULT 0, closed_at TEXT, CHECK (spent <= amount)
) STRICT;
CREATE INDEX leases_by_campaign ON leases (campaign, until);
CREATE INDEX leases_open ON leases (until) WHERE closed_at IS NULL;
-- Every play, once; `told` is whether the outbox has it. `context` is how well the item fitted.
CREATE TABLE plays (
    play TEXT PRIMARY KEY, campaign TEXT, lease TEXT, gtin TEXT NOT NULL, slot TEXT NOT NULL,
    at TEXT NOT NULL, price INTEGER NOT NULL, policy TEXT NOT NULL, propensity REAL NOT NULL,
    body TEXT NOT NULL, session TEXT, shopper TEXT, context INTEGER NOT NULL,
    told INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX plays_untold ON plays (at) WHERE told = 0;
CREATE INDEX plays_by_campaign ON plays (campaign, at);
CREATE INDEX plays_by_time ON plays (at);
CREATE INDEX plays_by_lease ON plays (lease) WHERE told = 0;
CREATE INDEX plays_by_session ON plays (session) WHERE session IS NOT NULL;
CREATE INDEX plays_by_shopper ON plays (shopper) WHERE shopper IS NOT NULL;
-- What came of plays, once each; `sale` is the line that was bought, which belongs to one play.
CREATE TABLE play_outcomes (
    play TEXT NOT NULL, what TEXT NOT NULL, at TEXT NOT NULL, units REAL NOT NULL,
    amount INTEGER NOT NULL, sale TEXT UNIQUE, told INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (play, what)
) STRICT, WITHOUT ROWID;
CREATE INDEX play_outcomes_untold ON play_outcomes (at) WHERE told = 0;
-- The places of late: the least price, and how relevant each campaign was that fitted.
CREATE TABLE media_places (
    place INTEGER PRIMARY KEY AUTOINCREMENT, floor INTEGER NOT NULL, relevance TEXT NOT NULL
) STRICT;
-- How many places there were in each hour of the store's days (2026-03-02T14).
CREATE TABLE media_hours (hour TEXT PRIMARY KEY, places INTEGER NOT NULL) STRICT, WITHOUT ROWID;
-- How dear each campaign's money is, and how much it may spend a place.
CREATE TABLE media_paces (
    campaign TEXT PRIMARY KEY, shadow REAL NOT NULL, rate REAL NOT NULL
) STRICT, WITHOUT ROWID;
-- How many plays of a campaign were answered, by how well the item fitted.
CREATE TABLE media_tallies (
    campaign TEXT NOT NULL, context INTEGER NOT NULL, plays INTEGER NOT NULL,
    hits INTEGER NOT NULL, PRIMARY KEY (campaign, context)
) STRICT, WITHOUT ROWID;
"""
