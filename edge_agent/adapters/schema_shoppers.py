"""The tables of shoppers and of what they are offered; schema.py makes them.

What leads to a person is the pseudonym alone, and it stands in columns called `shopper`: whoever
is erased is erased from those.
"""

TABLES = """
-- Who agreed that the store remembers: since when, and how (asked at the till, at the kiosk, ...);
-- an empty `since` is one whose joining the loyalty programme was to agree. `diets` are what must
-- not be offered, as words.
CREATE TABLE shoppers (
    shopper TEXT PRIMARY KEY, since TEXT NOT NULL, source TEXT NOT NULL,
    diets TEXT NOT NULL DEFAULT '[]'
) STRICT, WITHOUT ROWID;
-- What was answered, to learn from it: `surface` is recommendations, search or media; `arms` are
-- the experiments it was part of; `items` is a list of what was shown, in order. The lower the
-- `number`, the older: the oldest go first when there are too many.
CREATE TABLE answers (
    number INTEGER PRIMARY KEY AUTOINCREMENT, answer TEXT NOT NULL UNIQUE,
    surface TEXT NOT NULL, at TEXT NOT NULL, day TEXT NOT NULL,
    session TEXT, shopper TEXT, query TEXT, found INTEGER, release INTEGER NOT NULL,
    arms TEXT NOT NULL DEFAULT '{}', items TEXT NOT NULL
) STRICT;
CREATE INDEX answers_by_day ON answers (day, surface);
-- With the answer in it: what was dismissed in a visit is asked at each question, and of no row.
CREATE INDEX answers_by_session ON answers (session, answer) WHERE session IS NOT NULL;
CREATE INDEX answers_by_shopper ON answers (shopper) WHERE shopper IS NOT NULL;
-- What people did with an answer, or a play: tapped, bought, dismissed. Once for each item.
CREATE TABLE feedback (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    answer TEXT NOT NULL, gtin TEXT NOT NULL, what TEXT NOT NULL, at TEXT NOT NULL,
    UNIQUE (answer, gtin, what)
) STRICT;
CREATE INDEX feedback_by_time ON feedback (at);
-- What was learned of recommendations: sums by item and by reason, older days counting less.
CREATE TABLE offer_lessons (
    what TEXT NOT NULL, name TEXT NOT NULL, looks REAL NOT NULL, acts REAL NOT NULL,
    PRIMARY KEY (what, name)
) STRICT, WITHOUT ROWID;
-- What telling the centre of persons' purchases cost, as zCDP, by the first day of the period told
-- of. No store tells more than a year's budget allows; nothing here is of any person.
CREATE TABLE privacy_spent (
    what TEXT NOT NULL, period TEXT NOT NULL, days INTEGER NOT NULL, rho REAL NOT NULL,
    told_at TEXT NOT NULL, PRIMARY KEY (what, period)
) STRICT;
"""
