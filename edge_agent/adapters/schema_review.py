"""The table of what people are asked about facings; schema.py makes it."""

TABLES = """
-- Small pictures of facings that people are asked about, for hours; `body` is the event without the
-- picture. A row goes when its time is over, whether it was answered or not.
CREATE TABLE facing_questions (
    picture TEXT PRIMARY KEY, camera TEXT NOT NULL, facing TEXT NOT NULL, day TEXT NOT NULL,
    reason TEXT NOT NULL, alert INTEGER NOT NULL, asked_at TEXT NOT NULL,
    body TEXT NOT NULL, jpeg BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX facing_questions_by_camera ON facing_questions (camera, facing, asked_at);
CREATE INDEX facing_questions_by_time ON facing_questions (asked_at);
"""
