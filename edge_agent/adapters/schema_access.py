"""The tables of who may use the kiosk's interface; schema.py makes them. No key is in them."""

TABLES = """
-- Keys by what they are known by, a hash under the store's own key; a revoked one knows nobody.
CREATE TABLE access_keys (
    name TEXT PRIMARY KEY, role TEXT NOT NULL, digest BLOB NOT NULL, made_at TEXT NOT NULL,
    revoked_at TEXT
) STRICT;
-- Links that begin a session, once, until a moment.
CREATE TABLE access_links (
    digest BLOB PRIMARY KEY, name TEXT NOT NULL, until TEXT NOT NULL
) STRICT;
"""
