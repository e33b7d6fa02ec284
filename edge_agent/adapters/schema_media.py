"""The tables of in-store media; schema.py makes them. Money is in micros."""

TABLES = """
-- What the centre ordered last: campaigns and rules of places, as they came.
CREATE TABLE campaigns (campaign TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE slot_rules (slot TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
-- Budgets leased to this store; `spent` is what the plays of the lease cost, in the same write as
-- each play, so that it never passes `amount`. `closed_at` is when the centre was told.
CREATE TABLE leases (
    lease TEXT PRIMARY KEY, campaign TEXT NOT NULL, amount INTEGER NOT NULL,
    first TEXT NOT NULL, until TEXT NOT NULL, spent INTEGER NOT NULL DEFAULT 0,
    plays INTEGER NOT NULL DEFAULT 0, closed_at TEXT, CHECK (spent <= amount)
) STRICT;
CREATE INDEX leases_by_campaign ON leases (campaign, until);
-- Every play, once; `told` is whether the outbox has it.
CREATE TABLE plays (
    play TEXT PRIMARY KEY, campaign TEXT, lease TEXT, gtin TEXT NOT NULL, slot TEXT NOT NULL,
    at TEXT NOT NULL, price INTEGER NOT NULL, policy TEXT NOT NULL, propensity REAL NOT NULL,
    body TEXT NOT NULL, session TEXT, shopper TEXT, told INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX plays_untold ON plays (at) WHERE told = 0;
CREATE INDEX plays_by_campaign ON plays (campaign, at);
CREATE INDEX plays_by_shopper ON plays (shopper) WHERE shopper IS NOT NULL;
-- What came of plays, once each.
CREATE TABLE play_outcomes (
    play TEXT NOT NULL, what TEXT NOT NULL, at TEXT NOT NULL, units REAL NOT NULL,
    amount INTEGER NOT NULL, told INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (play, what)
) STRICT, WITHOUT ROWID;
"""
