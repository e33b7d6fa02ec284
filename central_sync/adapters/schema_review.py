"""The centre's tables of what people say of facings; schema.py makes them."""

TABLES = """
-- Facings that stores ask about. `jpeg` is nowhere else: events and the lake are kept without it.
-- `body` is the event; `settled` is what people came to, `over` that nobody more is to be asked.
CREATE TABLE review_questions (
    question INTEGER PRIMARY KEY, store TEXT NOT NULL, picture TEXT NOT NULL,
    camera TEXT NOT NULL, facing TEXT NOT NULL, day TEXT NOT NULL, reason TEXT NOT NULL,
    worth REAL NOT NULL, body TEXT NOT NULL, jpeg BLOB NOT NULL, received_at TEXT NOT NULL,
    settled TEXT, over INTEGER NOT NULL DEFAULT 0, UNIQUE (store, picture)
) STRICT;
CREATE UNIQUE INDEX review_questions_once
    ON review_questions (store, camera, facing, day) WHERE reason <> 'random';
CREATE INDEX review_questions_open ON review_questions (worth DESC, question) WHERE over = 0;
CREATE INDEX review_questions_by_time ON review_questions (received_at);
-- What people said, each once of a picture; one that was taken back stays with its time. A store's
-- own people are `store`, and their answer may come before the question.
CREATE TABLE review_answers (
    answer INTEGER PRIMARY KEY, store TEXT NOT NULL, picture TEXT NOT NULL,
    said TEXT NOT NULL CHECK (said IN ('full', 'low', 'empty', 'occluded', 'unsure')),
    who TEXT NOT NULL, place TEXT NOT NULL CHECK (place IN ('centre', 'store')),
    at TEXT NOT NULL, withdrawn_at TEXT
) STRICT;
CREATE UNIQUE INDEX review_answers_live
    ON review_answers (store, picture, who) WHERE withdrawn_at IS NULL;
"""
