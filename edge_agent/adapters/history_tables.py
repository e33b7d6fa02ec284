"""Deletes from SQLite what is older than anyone looks: sales, forecasts, days, closed gaps.

A step at a time, so that nothing else waits long. The tallies that were told stay, as does the
history of what the centre was sent: the outbox has its own.
"""

import sqlite3
from datetime import datetime

from endcap.plumbing.sqlite_file import SqliteFile

STEP = 5_000
ANSWERS_FOR = "-60 days"
"""How long, before the newest of it, what was offered and what was done with it is kept at most."""

_OLD = (
    """DELETE FROM sale_lines WHERE (transaction_id, line) IN
    (SELECT transaction_id, line FROM sale_lines WHERE day < :day LIMIT :step)""",
    """DELETE FROM day_sales WHERE (gtin, day) IN
    (SELECT gtin, day FROM day_sales WHERE day < :day LIMIT :step)""",
    """DELETE FROM forecasts WHERE (gtin, day) IN
    (SELECT gtin, day FROM forecasts WHERE day < :day LIMIT :step)""",
    """DELETE FROM forecast_scores WHERE day < :day""",
    """DELETE FROM stock_outs WHERE (day, gtin, source, since) IN
    (SELECT day, gtin, source, since FROM stock_outs WHERE day < :day LIMIT :step)""",
    """DELETE FROM stock_counts WHERE (gtin, counted_at) IN
    (SELECT gtin, counted_at FROM stock_counts WHERE counted_at < :at LIMIT :step)""",
    """DELETE FROM deliveries WHERE rowid IN
    (SELECT rowid FROM deliveries WHERE due < :day LIMIT :step)""",
    """DELETE FROM batches WHERE expires < :day""",
    """DELETE FROM proposals WHERE rowid IN
    (SELECT rowid FROM proposals WHERE day < :day LIMIT :step)""",
    """DELETE FROM proposal_decisions WHERE step IN
    (SELECT step FROM proposal_decisions WHERE at < :at LIMIT :step)""",
    """DELETE FROM order_lines WHERE line IN
    (SELECT line FROM order_lines WHERE arrives < :day LIMIT :step)""",
    """DELETE FROM markdowns WHERE ended_at < :at""",
    """DELETE FROM weather WHERE day < :day""",
    """DELETE FROM local_events WHERE day < :day""",
    """DELETE FROM calendar_days WHERE day < :day""",
    """DELETE FROM promotions WHERE last < :day""",
    """DELETE FROM prices WHERE since < (SELECT max(since) FROM prices AS later
    WHERE later.gtin = prices.gtin AND later.since < :at)""",
    """DELETE FROM refused_rows WHERE file IN (SELECT file FROM feed_files WHERE read_at < :at)""",
    """DELETE FROM noted_rows WHERE file IN (SELECT file FROM feed_files WHERE read_at < :at)""",
    """DELETE FROM answers WHERE number IN (SELECT number FROM answers WHERE day < max(:day,
    (SELECT date(max(day), :answers) FROM answers)) LIMIT :step)""",
    """DELETE FROM feedback WHERE number IN (SELECT number FROM feedback WHERE at < max(:day,
    (SELECT date(max(at), :answers) FROM feedback)) LIMIT :step)""",
    """DELETE FROM gaps WHERE rowid IN (SELECT rowid FROM gaps WHERE closed < :at LIMIT :step)""",
    """DELETE FROM facing_journal WHERE step IN
    (SELECT step FROM facing_journal WHERE at < :at LIMIT :step)""",
)


class HistoryTables:
    """Keeps the promises of edge_agent.ports.sync.HistoryCare."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def forget(self, before: datetime) -> int:
        """Delete a step of what is from before `before`; return how many rows went."""
        day = before.date().isoformat()
        named = {"day": day, "at": before.isoformat(), "step": STEP, "answers": ANSWERS_FOR}

        def delete(db: sqlite3.Connection) -> int:
            return sum(db.execute(statement, named).rowcount for statement in _OLD)

        return await self._file.write(delete)
