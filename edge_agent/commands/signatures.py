"""What the doctor sees of the centre's signatures: how fresh they are, what the store may begin.

Reads what the agent has written down; nothing is changed, and nothing is asked over the network.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime

from pydantic import ValidationError

from edge_agent.adapters.trust_tables import read_freshness, read_wish
from edge_agent.commands.examination import Finding
from edge_agent.config import EdgeConfig
from edge_agent.core.maintenance import lapsed
from edge_agent.core.trust import frozen


def signatures(config: EdgeConfig, at: datetime) -> Iterator[Finding]:
    """Look how long ago the centre signed anything new, and whether the assignment is good yet."""
    if config.updates is None or not config.storage.database.exists():
        return
    try:
        with closing(
            sqlite3.connect(f"file:{config.storage.database}?mode=ro", uri=True, timeout=5)
        ) as db:
            db.row_factory = sqlite3.Row
            fresh, wish = read_freshness(db), read_wish(db)
    except (sqlite3.Error, ValidationError):
        return  # that is the database's finding
    advice = "see whether the centre answers, and `central-sync release list` there"
    if fresh is None:
        yield Finding("updates", "ok", "nothing of the centre was verified yet")
    elif problem := frozen(fresh, at):
        yield Finding("updates", "warn", problem, advice)
    else:
        yield Finding("updates", "ok", f"signatures are good until {fresh.expires:%Y-%m-%d %H:%M}")
    over = lapsed(wish, wish.release, at) if wish else ""
    if over:
        yield Finding("updates", "warn", over, advice)
