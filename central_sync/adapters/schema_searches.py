"""The centre's tables of what shoppers searched for; schema.py makes them."""

TABLES = """
-- How search did in a store on a day, as it was told last.
CREATE TABLE search_days (
    store TEXT NOT NULL, day TEXT NOT NULL, revision INTEGER NOT NULL, searches INTEGER NOT NULL,
    empty INTEGER NOT NULL, rescued INTEGER NOT NULL, tapped INTEGER NOT NULL,
    suppressed INTEGER NOT NULL, PRIMARY KEY (store, day)
) STRICT, WITHOUT ROWID;
-- What at least the store's minimum group of visits asked for in vain.
CREATE TABLE search_misses (
    store TEXT NOT NULL, day TEXT NOT NULL, query TEXT NOT NULL, searches INTEGER NOT NULL,
    empty INTEGER NOT NULL, PRIMARY KEY (store, day, query)
) STRICT, WITHOUT ROWID;
CREATE INDEX search_misses_by_day ON search_misses (day);
"""
